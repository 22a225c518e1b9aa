"""Bearer tokens, and who acts on the server without one."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.records.accounts import Role
from traceapp.services.people.accounts import (
    Appointment,
    NewAccount,
    appoint,
    close_account,
    create_account,
    reopen_account,
)
from traceapp.services.people.acting import actor_of_account, create_operator, find_operator
from traceapp.services.people.tokens import actor_of_token, create_token, list_tokens, revoke_token
from traceapp.services.refusals import Conflict, NotSignedIn, Unknown

LONG = "một mật khẩu dài"


def create(world: Any, email: str, role: Role = Role.OFFICER, **given: Any) -> Any:
    with world.writing() as session:
        return create_account(session, NewAccount(email, role, LONG, **given), world.now)


def token(world: Any, email: str, hidden_codes: bool = False) -> str:
    with world.writing() as session:
        return create_token(session, email, hidden_codes=hidden_codes, now=world.now)


def test_a_token_speaks_for_its_account(world: Any) -> None:
    made = create(world, " New@Example.VN ", Role.PRODUCER, party_id=world.producer.party.id)
    for allowed in (False, True):
        text = token(world, "NEW@example.vn", allowed)
        with world.reading() as session:
            actor = actor_of_token(session, text, demonstration=False)
        assert actor.account_id == made.id and actor.party_id == world.producer.party.id
        assert actor.role is Role.PRODUCER and actor.hidden_codes is allowed


@pytest.mark.parametrize("text", ["", "x", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_a_token_that_nobody_has_is_refused(world: Any, text: str) -> None:
    with world.reading() as session, pytest.raises(NotSignedIn):
        actor_of_token(session, text, demonstration=True)


def test_a_token_one_letter_off_is_refused(world: Any) -> None:
    good = world.officer.token
    wrong = [good[:-1], good + "x", good.swapcase(), ("A" if good[0] != "A" else "B") + good[1:]]
    with world.reading() as session:
        for text in wrong:
            with pytest.raises(NotSignedIn):
                actor_of_token(session, text, demonstration=True)


@pytest.mark.parametrize("name", ["nobody@example.vn", "x", "", "a\x00@b.vn", "\ud800@b.vn"])
def test_nobody_gets_a_token_without_an_account(world: Any, refused: Any, name: str) -> None:
    with refused(Unknown, "no_account"):
        token(world, name)


def test_a_demonstration_account_works_in_its_mode_alone(world: Any) -> None:
    create(world, "demo@example.vn", demonstration=True)
    text = token(world, "demo@example.vn")
    with world.reading() as session:
        assert actor_of_token(session, text, demonstration=True).role is Role.OFFICER
        assert actor_of_account(session, "Demo@example.vn", demonstration=True).hidden_codes
        for ask in (
            lambda: actor_of_token(session, text, demonstration=False),
            lambda: actor_of_account(session, "demo@example.vn", demonstration=False),
        ):
            with pytest.raises(NotSignedIn, match="demonstration"):
                ask()
        with pytest.raises(Unknown):
            actor_of_account(session, "nobody@example.vn", demonstration=True)


def test_a_closed_account_acts_neither_by_token_nor_by_name(world: Any) -> None:
    name, text = world.producer.email, world.producer.token
    with world.writing() as session:
        close_account(session, world.officer.actor, world.producer.actor.account_id, world.now)
    with world.reading() as session:
        for ask in (
            lambda: actor_of_token(session, text, demonstration=True),
            lambda: actor_of_account(session, name, demonstration=True),
        ):
            with pytest.raises(NotSignedIn, match="closed"):
                ask()
    with world.writing() as session:
        reopen_account(session, world.officer.actor, world.producer.actor.account_id, world.now)
    with world.reading() as session:
        assert actor_of_token(session, text, demonstration=True).role is Role.PRODUCER


def test_a_token_given_to_a_producer_does_not_become_an_officers(world: Any) -> None:
    account_id, text = world.producer.actor.account_id, world.producer.token
    with world.writing() as session:
        appointment = Appointment(role=Role.OFFICER)
        appoint(session, world.admin.actor, account_id, appointment, world.now)
    with world.reading() as session, pytest.raises(NotSignedIn, match="not known"):
        actor_of_token(session, text, demonstration=True)


def test_the_operator_is_made_once_and_has_no_token(world: Any, refused: Any) -> None:
    with world.reading() as session:
        assert find_operator(session) is None
    made = []
    for _ in range(2):
        with world.writing() as session:
            made.append(create_operator(session, world.now))
    assert made[0] == made[1] and made[0].role is Role.OFFICER and made[0].hidden_codes
    with world.reading() as session:
        assert find_operator(session) == made[0]
    with refused(Conflict, "operator"):
        token(world, "operator")


def test_a_revoked_token_is_not_known_any_more(world: Any, refused: Any) -> None:
    create(world, "new@example.vn")
    text = token(world, "new@example.vn", True)
    with world.writing() as session:
        (listed,) = list_tokens(session, "NEW@example.vn")
        assert listed in list_tokens(session) and listed.hidden_codes
        assert revoke_token(session, listed.id) == listed
    with world.reading() as session:
        assert list_tokens(session, "new@example.vn") == ()
        with pytest.raises(NotSignedIn):
            actor_of_token(session, text, demonstration=True)
    with refused(Unknown, "no_token"), world.writing() as session:
        revoke_token(session, listed.id)
