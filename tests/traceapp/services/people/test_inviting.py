"""One-time links: used once, in time, by whom they are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.accounts import Account, Invitation, Role
from traceapp.records.acts import ActRecord
from traceapp.services.authority import Actor
from traceapp.services.paging import PageWish
from traceapp.services.people.accounts import Appointment, NewAccount, appoint, create_account
from traceapp.services.people.inviting import (
    Acceptance,
    Invited,
    NewInvitation,
    NewPassword,
    accept,
    accept_reset,
    invite,
    invite_to_reset,
    list_invitations,
    read_invitation,
    withdraw_invitation,
)
from traceapp.services.people.signing_in import (
    Attempt,
    begin_sign_in,
    find_credentials,
    fits,
    signed_in,
)
from traceapp.services.people.tokens import actor_of_token
from traceapp.services.refusals import Conflict, NotSignedIn, Unacceptable, Unknown

DAYS = 14
PASSWORD = "mẻ mắm tháng năm"
LAST = timedelta(days=DAYS) - timedelta(microseconds=1)


def invited(world: Any, who: Actor | None = None, **given: Any) -> Invited:
    new = NewInvitation(**{"role": Role.PRODUCER, "name": "Bà Lành"} | given)
    with world.writing() as session:
        return invite(session, who or world.officer.actor, new, DAYS, world.now)


def reset(world: Any, who: Actor | None = None) -> Invited:
    target = world.producer.actor.account_id
    with world.writing() as session:
        return invite_to_reset(session, who or world.officer.actor, target, world.now)


def acceptance(name: str = "0912345678", **given: Any) -> Acceptance:
    values = {"sign_in_name": name, "name": "Lê Thị Lành", "password": PASSWORD}
    return Acceptance(**values | given)


def join(world: Any, token: str, name: str = "0912345678", **given: Any) -> int:
    with world.writing() as session:
        return accept(session, token, acceptance(name, **given), world.now)


def choose(world: Any, token: str, password: str = PASSWORD) -> int:
    with world.writing() as session:
        return accept_reset(session, token, NewPassword(password=password), world.now)


def read(world: Any, token: str) -> Any:
    with world.reading() as session:
        return read_invitation(session, token, world.now)


def password_fits(world: Any, name: str, password: str) -> bool:
    with world.reading() as session:
        found = find_credentials(session, Attempt(name, password, ""), True)
    return fits(found, password)


def test_whoever_has_the_link_joins_as_what_it_says(world: Any) -> None:
    link = invited(world, party_id=world.producer.party.id)
    told = read(world, link.token)
    assert told == link.told and told.party_name == world.producer.party.name
    assert told.expires_at == world.now + timedelta(days=DAYS) == link.expires_at
    account_id = join(world, link.token)
    with world.reading() as session:
        row = session.get(Account, account_id)
        assert (row.sign_in_name, row.name) == ("0912345678", "Lê Thị Lành")
        assert (row.role, row.party_id) == (Role.PRODUCER, world.producer.party.id)
        used = session.get(Invitation, link.id)
        assert (used.used_by, used.used_at) == (account_id, world.now)
        acts = session.scalars(sa.select(ActRecord).order_by(ActRecord.id.desc()).limit(2)).all()
    assert [(each.name, each.account_id) for each in acts] == [
        ("account.own", account_id),
        ("account.invite", world.officer.actor.account_id),
    ]
    assert password_fits(world, "+84 912 345 678", PASSWORD)


def test_the_row_of_a_link_does_not_open_it_and_no_repr_shows_it(world: Any) -> None:
    link = invited(world)
    assert len(link.token) == 43 and link.token not in repr(link)
    assert PASSWORD not in repr(acceptance()) + repr(NewPassword(password=PASSWORD))
    with world.reading() as session:
        digest = session.get(Invitation, link.id).digest
        acts = [row.details for row in session.scalars(sa.select(ActRecord))]
    assert link.token.encode() not in digest and link.token not in str(acts)
    with pytest.raises(Unknown):
        read(world, digest.hex())


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_a_link_that_nobody_was_given_is_unknown(world: Any, refused: Any, token: str) -> None:
    invited(world)
    for act in (read, join, choose):
        with refused(Unknown, "no_invitation"):
            act(world, token)


def test_a_link_works_until_its_time_and_not_at_it(world: Any, refused: Any) -> None:
    first, second = invited(world), invited(world)
    begun = world.now
    world.now = begun + LAST
    assert read(world, first.token).id == first.id
    join(world, first.token)
    world.now = begun + timedelta(days=DAYS)
    for act in (read, join):
        with refused(Conflict, "invitation_expired"):
            act(world, second.token)


def test_a_reset_works_for_a_day(world: Any, refused: Any) -> None:
    link = reset(world)
    begun = world.now
    world.now = begun + timedelta(hours=24)
    for act in (read, choose):
        with refused(Conflict, "invitation_expired"):
            act(world, link.token)
    world.now -= timedelta(microseconds=1)
    assert choose(world, link.token) == world.producer.actor.account_id


def test_a_link_works_once(world: Any, refused: Any) -> None:
    link = invited(world)
    join(world, link.token)
    for act in (read, lambda w, t: join(w, t, "other@example.vn")):
        with refused(Conflict, "invitation_used"):
            act(world, link.token)
    # It is told that it was used rather than that it is old: she has an account.
    world.now += timedelta(days=DAYS + 1)
    with refused(Conflict, "invitation_used"):
        read(world, link.token)


def test_of_several_who_use_a_link_at_once_one_joins(
    world: Any, at_once: Callable[..., Any]
) -> None:
    link = invited(world)
    acts = [lambda n=n: join(world, link.token, f"09123456{n}0") for n in range(4)]
    results = at_once(acts)
    told = Counter(getattr(each, "code", "ok") for each in results)
    assert told == {"ok": 1, "invitation_used": 3}
    with world.reading() as session:
        query = sa.select(Account).where(Account.sign_in_name.like("09123456%"))
        assert len(session.scalars(query).all()) == 1


def test_of_two_who_use_a_reset_at_once_one_has_the_password(
    world: Any, at_once: Callable[..., Any]
) -> None:
    link = reset(world)
    chosen = ["mẻ mắm thứ nhất", "mẻ mắm thứ hai"]
    results = at_once([lambda each=each: choose(world, link.token, each) for each in chosen])
    told = Counter(getattr(each, "code", "ok") for each in results)
    assert told == {"ok": 1, "invitation_used": 1}
    won = chosen[next(place for place, each in enumerate(results) if isinstance(each, int))]
    assert password_fits(world, world.producer.email, won)


def test_a_refused_acceptance_leaves_the_link_as_it_was(world: Any, refused: Any) -> None:
    link = invited(world)
    with refused(Unacceptable, "password_common", "password"):
        join(world, link.token, password="12345678")
    with refused(Unacceptable, "sign_in_name", "sign_in_name"):
        join(world, link.token, "no name")
    with refused(Conflict, "sign_in_name_taken", "sign_in_name"):
        join(world, link.token, "Producer@Example.vn")
    assert join(world, link.token)


def test_a_withdrawn_link_is_useless(world: Any, refused: Any) -> None:
    link = invited(world)
    with world.writing() as session:
        told = withdraw_invitation(session, world.officer.actor, link.id, world.now)
    assert told.withdrawn_at == world.now
    for act in (read, join):
        with refused(Conflict, "invitation_withdrawn"):
            act(world, link.token)
    with refused(Conflict, "invitation_withdrawn"), world.writing() as session:
        withdraw_invitation(session, world.officer.actor, link.id, world.now)
    with refused(Unknown, "no_invitation"), world.writing() as session:
        withdraw_invitation(session, world.officer.actor, 99999, world.now)


def test_a_used_link_is_not_withdrawn(world: Any, refused: Any) -> None:
    link = invited(world)
    join(world, link.token)
    with refused(Conflict, "invitation_used"), world.writing() as session:
        withdraw_invitation(session, world.officer.actor, link.id, world.now)


def test_links_of_one_kind_do_nothing_of_the_other(world: Any, refused: Any) -> None:
    joins, resets = invited(world).token, reset(world).token
    with refused(Unknown, "no_invitation"):
        choose(world, joins)
    with refused(Unknown, "no_invitation"):
        join(world, resets)


def test_a_reset_ends_every_sign_in_and_nothing_else(world: Any) -> None:
    account_id = world.producer.actor.account_id
    with world.writing() as session:
        text = begin_sign_in(session, account_id, timedelta(hours=9), world.now)
    link = reset(world)
    told = read(world, link.token)
    assert (told.account_id, told.sign_in_name) == (account_id, world.producer.email)
    assert choose(world, link.token) == account_id
    assert password_fits(world, world.producer.email, PASSWORD)
    with world.reading() as session:
        assert signed_in(session, text, world.now, True) is None
        assert actor_of_token(session, world.producer.token, demonstration=True)


@pytest.mark.parametrize("password", ["", "ngắn", "12345678", "Producer@example.vn", "x" * 201])
def test_a_reset_takes_no_bad_password(world: Any, password: str) -> None:
    link = reset(world)
    with pytest.raises(Unacceptable) as caught:
        choose(world, link.token, password)
    assert caught.value.field == "password"
    assert choose(world, link.token)


def test_a_new_reset_withdraws_the_one_before(world: Any, refused: Any) -> None:
    first, second = reset(world), reset(world, world.admin.actor)
    with refused(Conflict, "invitation_withdrawn"):
        choose(world, first.token)
    assert choose(world, second.token)


def test_a_reset_of_a_producer_does_not_open_the_officer_she_became(
    world: Any, refused: Any
) -> None:
    link = reset(world)
    with world.writing() as session:
        target = world.producer.actor.account_id
        appoint(session, world.admin.actor, target, Appointment(role=Role.OFFICER), world.now)
    with refused(Conflict, "invitation_withdrawn"):
        choose(world, link.token)


def test_a_reset_does_not_open_a_closed_account(world: Any, refused: Any) -> None:
    """However it came to be closed while its link is open."""
    link = reset(world)
    with world.writing() as session:
        row = session.get(Account, world.producer.actor.account_id)
        row.closed_at = world.now
    with refused(NotSignedIn, "account_closed"):
        choose(world, link.token)


def test_whom_a_demonstrations_account_invites_is_the_demonstrations(world: Any) -> None:
    with world.writing() as session:
        new = NewAccount("demo@example.vn", Role.OFFICER, PASSWORD, demonstration=True)
        demo = create_account(session, new, world.now)
    ids = [
        join(world, invited(world, Actor(demo.id, Role.OFFICER, None)).token, "0912345671"),
        join(world, invited(world).token, "0912345672"),
    ]
    with world.reading() as session:
        assert [session.get(Account, each).demonstration for each in ids] == [True, False]


def test_an_invitation_fits_a_party_to_a_producer(world: Any, refused: Any) -> None:
    party_id = world.producer.party.id
    for role, number in ((Role.OFFICER, party_id), (Role.PRODUCER, 99999)):
        with refused(Unacceptable, "party_id", "party_id"):
            invited(world, world.admin.actor, role=role, party_id=number)


def test_invitations_are_listed_newest_first_page_by_page(world: Any, refused: Any) -> None:
    made = [invited(world, name=f"Bà {n}").told for n in range(3)] + [reset(world).told]
    with world.reading() as session:
        officer = world.officer.actor
        everything = list_invitations(session, officer, PageWish())
        first = list_invitations(session, officer, PageWish(limit=3))
        rest = list_invitations(session, officer, PageWish(limit=3, cursor=first.next_cursor))
    assert list(everything.items) == made[::-1] and everything.next_cursor is None
    assert [*first.items, *rest.items] == made[::-1] and rest.next_cursor is None
    for cursor in ("", "x", "-1", "1" * 16, "١"):
        with refused(Unacceptable, "cursor", "cursor"), world.reading() as session:
            list_invitations(session, world.officer.actor, PageWish(cursor=cursor))


def test_times_of_a_link_are_the_clocks_that_was_given(world: Any) -> None:
    moment = datetime.fromisoformat("2031-02-03T04:05:06+00:00")
    world.now = moment
    told = invited(world).told
    assert (told.created_at, told.used_at, told.withdrawn_at) == (moment, None, None)
