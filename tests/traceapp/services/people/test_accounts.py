"""Accounts: who gets one, and who may change whose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from accounts_made import create, sign_in

from traceapp.records.accounts import Role, SignIn
from traceapp.records.acts import ActRecord
from traceapp.services.authority import Actor
from traceapp.services.paging import PageWish
from traceapp.services.people.accounts import (
    Appointment,
    Renaming,
    appoint,
    close_account,
    list_accounts,
    rename,
    reopen_account,
    show_account,
)
from traceapp.services.people.acting import create_operator
from traceapp.services.people.inviting import (
    NewInvitation,
    invite,
    invite_to_reset,
    list_invitations,
    read_invitation,
    withdraw_invitation,
)
from traceapp.services.people.second_factor import drop_for
from traceapp.services.people.signing_in import signed_in
from traceapp.services.refusals import Conflict, NotAllowed, Refusal, Unacceptable, Unknown

WISH = PageWish()


def change(world: Any, act: Callable[..., Any], actor: Actor, *given: Any) -> Any:
    with world.writing() as session:
        return act(session, actor, *given, world.now)


# Who may do what to whose account. Each cell is the code of the refusal, or "ok".
ACTS: dict[str, Callable[..., Any]] = {
    "show": lambda s, a, i, n: show_account(s, a, i),
    "close": close_account,
    "reset": invite_to_reset,
    "appoint": lambda s, a, i, n: appoint(s, a, i, Appointment(role=Role.PRODUCER), n),
    "rename": lambda s, a, i, n: rename(s, a, i, Renaming(name="Tên mới"), n),
    "drop_for": drop_for,
}

NO, OK = "not_allowed", "ok"
OFF = "second_factor_off"  # allowed as far as the role goes
LIMITS = {
    # act: (producer, officer, admin) as actors, each over (producer, officer, admin) as targets
    "show": ((NO, NO, NO), (OK, NO, NO), (OK, OK, OK)),
    "close": ((NO, NO, NO), (OK, NO, NO), (OK, OK, OK)),
    "reset": ((NO, NO, NO), (OK, NO, NO), (OK, OK, OK)),
    "appoint": ((NO, NO, NO), (NO, NO, NO), (OK, OK, OK)),
    "rename": ((NO, NO, NO), (NO, NO, NO), (OK, OK, OK)),
    "drop_for": ((NO, NO, NO), (NO, NO, NO), (OFF, OFF, OFF)),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_role_reaches_the_accounts_that_it_should(world: Any, act: str) -> None:
    targets = [
        create(world, "p@example.vn", Role.PRODUCER),
        create(world, "o@example.vn", Role.OFFICER),
        create(world, "a@example.vn", Role.ADMIN),
    ]
    found = []
    for actor in (world.producer.actor, world.officer.actor, world.admin.actor):
        row = []
        for target in targets:
            session = world.edge.database.writing()
            try:
                with session as opened:
                    ACTS[act](opened, actor, target.id, world.now)
                    opened.rollback()  # Each cell is asked of the same accounts.
                row.append(OK)
            except Refusal as refusal:
                row.append(refusal.code)
        found.append(tuple(row))
    assert tuple(found) == LIMITS[act]


@pytest.mark.parametrize("act", [name for name in ACTS if name != "show"])
def test_nobody_changes_the_operator_or_an_account_that_is_not_there(
    world: Any, refused: Any, act: str
) -> None:
    with world.writing() as session:
        operator = create_operator(session, world.now)
    with refused(Conflict, "operator"):
        change(world, ACTS[act], world.admin.actor, operator.account_id)
    with refused(Unknown, "no_account"):
        change(world, ACTS[act], world.admin.actor, 99999)


@pytest.mark.parametrize("act", ["close", "reset", "appoint", "drop_for"])
def test_nobody_does_it_to_his_own_account(world: Any, refused: Any, act: str) -> None:
    create(world, "second@example.vn", Role.ADMIN)
    with refused(Conflict, "own_account"):
        change(world, ACTS[act], world.admin.actor, world.admin.actor.account_id)


def test_lists_show_what_the_reader_may_see_page_by_page(world: Any, refused: Any) -> None:
    with world.writing() as session:
        create_operator(session, world.now)
    with world.reading() as session:
        everybody = list_accounts(session, world.admin.actor, WISH).items
        seen = list_accounts(session, world.officer.actor, WISH).items
        officers = list_accounts(session, world.admin.actor, WISH, Role.OFFICER).items
        none = list_accounts(session, world.officer.actor, WISH, Role.ADMIN).items
        first = list_accounts(session, world.admin.actor, PageWish(limit=2))
        wish = PageWish(limit=2, cursor=first.next_cursor)
        rest = list_accounts(session, world.admin.actor, wish)
    assert [each.sign_in_name for each in everybody] == [
        f"{name}@example.vn" for name in ("officer", "admin", "producer", "neighbour")
    ]
    assert {each.role for each in seen} == {Role.PRODUCER} and len(seen) == 2
    assert [each.sign_in_name for each in officers] == ["officer@example.vn"] and none == []
    assert [*first.items, *rest.items] == list(everybody) and rest.next_cursor is None
    with refused(NotAllowed, "not_allowed"), world.reading() as session:
        list_accounts(session, world.producer.actor, WISH)


def test_everybody_sees_and_renames_her_own_account(world: Any) -> None:
    for person in world.people.values():
        own = person.actor.account_id
        told = change(world, rename, person.actor, own, Renaming(name="Lê Thị Lành"))
        with world.reading() as session:
            assert show_account(session, person.actor, own) == told
        assert told.name == "Lê Thị Lành"


def test_a_closed_account_loses_its_sign_ins_and_the_links_it_gave(world: Any) -> None:
    officer = create(world, "second@example.vn", Role.OFFICER)
    second = Actor(officer.id, Role.OFFICER, None)
    text = sign_in(world, officer.id)
    with world.writing() as session:
        new = NewInvitation(role=Role.PRODUCER, name="Bà Lành")
        link = invite(session, second, new, 14, world.now).token
        reset = invite_to_reset(session, world.admin.actor, officer.id, world.now).token
    told = change(world, close_account, world.admin.actor, officer.id)
    assert told.closed_at == world.now
    for token in (link, reset):
        with world.reading() as session, pytest.raises(Conflict, match="withdrawn"):
            read_invitation(session, token, world.now)
    change(world, reopen_account, world.admin.actor, officer.id)
    with world.reading() as session:
        assert signed_in(session, text, world.now, True) is None


def test_closing_twice_and_opening_what_is_open_are_told(world: Any, refused: Any) -> None:
    target = world.producer.actor.account_id
    with refused(Conflict, "account_open"):
        change(world, reopen_account, world.officer.actor, target)
    change(world, close_account, world.officer.actor, target)
    with refused(Conflict, "account_closed"):
        change(world, close_account, world.officer.actor, target)
    with refused(Conflict, "account_closed"):
        change(world, invite_to_reset, world.officer.actor, target)


def test_another_role_ends_every_sign_in_and_the_same_one_none(world: Any) -> None:
    target, party_id = world.producer.actor.account_id, world.producer.party.id
    same = Appointment(role=Role.PRODUCER, party_id=party_id)
    text = sign_in(world, target)
    change(world, appoint, world.admin.actor, target, same)
    with world.reading() as session:
        assert signed_in(session, text, world.now, True) is not None
    told = change(world, appoint, world.admin.actor, target, Appointment(role=Role.OFFICER))
    assert told.role is Role.OFFICER and told.party_id is None
    with world.reading() as session:
        assert signed_in(session, text, world.now, True) is None
        assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0


def test_an_appointment_fits_a_party_to_a_producer(world: Any, refused: Any) -> None:
    target, party_id = world.officer.actor.account_id, world.producer.party.id
    for role, number in ((Role.ADMIN, party_id), (Role.PRODUCER, 99999)):
        with refused(Unacceptable, "party_id", "party_id"):
            appointment = Appointment(role=role, party_id=number)
            change(world, appoint, world.admin.actor, target, appointment)
    appointment = Appointment(role=Role.PRODUCER, party_id=party_id)
    assert change(world, appoint, world.admin.actor, target, appointment).party_id == party_id


def test_the_last_administrator_stays(world: Any, refused: Any) -> None:
    """Also where the operator acts, who is an administrator for these commands."""
    with world.writing() as session:
        operator = create_operator(session, world.now)
    owner = Actor(operator.account_id, Role.ADMIN, None)
    last = world.admin.actor.account_id
    # An administrator of the demonstration ends with its mode: she does not count.
    create(world, "demo@example.vn", Role.ADMIN, demonstration=True)
    for act in ("close", "appoint"):
        with refused(Conflict, "last_admin"):
            change(world, ACTS[act], owner, last)
    second = create(world, "second@example.vn", Role.ADMIN)
    assert change(world, close_account, owner, last).closed_at is not None
    with refused(Conflict, "last_admin"):
        change(world, close_account, owner, second.id)
    # One who is closed already is not lost by becoming something else.
    assert change(world, ACTS["appoint"], owner, last).role is Role.PRODUCER


def test_of_two_administrators_who_close_each_other_one_stays(world: Any, at_once: Any) -> None:
    second = create(world, "second@example.vn", Role.ADMIN)
    pair = (world.admin.actor, Actor(second.id, Role.ADMIN, None))
    results = at_once(
        [
            lambda: change(world, close_account, pair[0], pair[1].account_id),
            lambda: change(world, close_account, pair[1], pair[0].account_id),
        ]
    )
    assert Counter(getattr(each, "code", "ok") for each in results) == {"ok": 1, "last_admin": 1}


def test_acts_on_accounts_are_written_down(world: Any) -> None:
    target = world.producer.actor.account_id
    change(world, close_account, world.officer.actor, target)
    change(world, reopen_account, world.officer.actor, target)
    change(world, invite_to_reset, world.officer.actor, target)
    change(world, appoint, world.admin.actor, target, Appointment(role=Role.PRODUCER))
    with world.reading() as session:
        query = sa.select(ActRecord).where(ActRecord.name.like("account.%")).order_by(ActRecord.id)
        rows = session.scalars(query).all()
    assert [(row.name, row.account_id, row.subject_id) for row in rows] == [
        ("account.close", world.officer.actor.account_id, target),
        ("account.close", world.officer.actor.account_id, target),
        ("account.reset", world.officer.actor.account_id, target),
        ("account.appoint", world.admin.actor.account_id, target),
    ]
    assert [rows[0].details, rows[1].details] == [{"closed": True}, {"closed": False}]
    assert rows[3].details["role_before"] == "producer"


def test_invitations_have_limits_of_their_own(world: Any, refused: Any) -> None:
    for role in (Role.OFFICER, Role.ADMIN):
        new = NewInvitation(role=role, name="Ai đó")
        with world.writing() as session:
            made = invite(session, world.admin.actor, new, 14, world.now)
        with refused(NotAllowed, "not_allowed"), world.writing() as session:
            invite(session, world.officer.actor, new, 14, world.now)
        with refused(NotAllowed, "not_allowed"):
            change(world, withdraw_invitation, world.officer.actor, made.id)
    new = NewInvitation(role=Role.PRODUCER, name="Bà Lành")
    with refused(NotAllowed, "not_allowed"), world.writing() as session:
        invite(session, world.producer.actor, new, 14, world.now)
    with refused(NotAllowed, "not_allowed"), world.reading() as session:
        list_invitations(session, world.producer.actor, WISH)
    with refused(NotAllowed, "not_allowed"):
        change(world, withdraw_invitation, world.producer.actor, made.id)
    with world.reading() as session:
        assert list_invitations(session, world.officer.actor, WISH).items == []
        assert len(list_invitations(session, world.admin.actor, WISH).items) == 2
