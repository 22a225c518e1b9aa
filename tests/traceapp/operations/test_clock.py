"""A clock that jumps a year ahead for a minute, or an hour back: nobody is locked out by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.traces import TraceKey
from traceapp.services.people.signing_in import (
    TRIES_OF_BOTH,
    Attempt,
    begin_sign_in,
    count_try,
    signed_in,
)
from traceapp.services.runs.undoing import Undo, undo_activation
from traceapp.services.scans.adding_up import TotalsWish, add_up, totals
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.judging import Authentication, Verdict
from traceapp.services.scans.scanning import Look, scan

YEAR, HOUR = timedelta(days=365), timedelta(hours=1)
JUMPS = [YEAR, timedelta(days=10), -HOUR]


@contextmanager
def jumped(world: Any, by: timedelta) -> Iterator[None]:
    """The clock stands wrong, and is set right again a minute later."""
    right = world.now
    world.now = right + by
    yield
    world.now = right + timedelta(minutes=1)


def look(world: Any, code: str, phone: str = "phone") -> Any:
    with world.writing() as session:
        return scan(session, Look(code, phone, "192.0.2.1"), world.edge.scanning, world.now)


def prove(world: Any, issued: Any, n: int, nonce: str | None = None) -> Authentication:
    with world.writing() as session:
        attempt = HiddenAttempt(
            Look(issued.code(n), "phone", "192.0.2.1"), issued.hidden(n), nonce=nonce
        )
        told = confirm(session, attempt, world.edge.confirming, world.now).authentication
    assert told is not None
    return told


def sign_in(world: Any, lasting: timedelta = 12 * HOUR) -> str:
    with world.writing() as session:
        return begin_sign_in(session, world.officer.actor.account_id, lasting, world.now)


def is_in(world: Any, text: str) -> bool:
    with world.reading() as session:
        return signed_in(session, text, world.now, demonstration=True) is not None


def tries_left(world: Any) -> int:
    """How often somebody may still try to sign in now. It uses them all up."""
    attempt = Attempt(world.officer.email, "wrong", "192.0.2.7")
    left = 0
    with world.writing() as session:
        while count_try(session, attempt, world.now) is None:
            left += 1
    return left


@pytest.mark.parametrize("by", JUMPS)
def test_a_stamp_is_judged_as_ever_once_the_clock_is_right(world: Any, by: timedelta) -> None:
    issued = world.issue()
    assert look(world, issued.code()).verdict is Verdict.REGISTERED
    with jumped(world, by):
        look(world, issued.code())
        prove(world, issued, 1, nonce="meanwhile")
    assert look(world, issued.code()).verdict is Verdict.REGISTERED
    assert prove(world, issued, 2) is Authentication.FIRST
    assert prove(world, issued, 1) is Authentication.BEFORE


def test_the_key_of_this_month_outlives_a_clock_that_was_a_year_ahead(world: Any) -> None:
    issued = world.issue()

    def key() -> bytes:
        with world.reading() as session:
            found = session.get(TraceKey, world.now.strftime("%Y-%m"))
            assert found is not None
            return bytes(found.key)

    look(world, issued.code())
    before = key()
    with jumped(world, YEAR):
        look(world, issued.code())
    assert key() == before
    assert look(world, issued.code()).sessions == 2  # the one of the wrong time is another


@pytest.mark.parametrize("by", JUMPS)
def test_tries_of_a_wrong_time_do_not_keep_anybody_out(world: Any, by: timedelta) -> None:
    with jumped(world, by):
        assert tries_left(world) == TRIES_OF_BOTH
    assert tries_left(world) == TRIES_OF_BOTH
    world.now += timedelta(minutes=16)
    assert tries_left(world) == TRIES_OF_BOTH


@pytest.mark.parametrize("by", JUMPS)
def test_whoever_is_signed_in_stays_so_and_no_longer_than_she_may(
    world: Any, by: timedelta
) -> None:
    before = sign_in(world)
    with jumped(world, by):
        meanwhile = sign_in(world)
        assert is_in(world, meanwhile)
    assert is_in(world, before)
    world.now += 14 * HOUR
    assert not is_in(world, before) and not is_in(world, meanwhile)
    assert is_in(world, sign_in(world))


def test_an_answer_that_was_given_at_a_wrong_time_is_not_given_again_for_a_year(
    world: Any,
) -> None:
    issued = world.issue()
    with jumped(world, YEAR):
        assert prove(world, issued, 0, nonce="once") is Authentication.FIRST
        assert prove(world, issued, 0, nonce="once") is Authentication.FIRST
    assert prove(world, issued, 0, nonce="once") is Authentication.BEFORE


@pytest.mark.parametrize("by", JUMPS)
def test_the_days_of_plots_are_right_again_when_the_clock_is(world: Any, by: timedelta) -> None:
    issued = world.issue()

    def seen() -> int:
        with world.reading() as session:
            today = world.now.date()
            wish = TotalsWish(since=today - timedelta(days=9), until=today)
            return totals(session, world.officer.actor, wish, world.now).sum

    def add_all() -> None:
        done = 1
        while done:
            with world.writing() as session:
                done = add_up(session, world.now)

    for days_ago in (3, 0):
        world.now -= timedelta(days=days_ago)
        look(world, issued.code())
        world.now += timedelta(days=days_ago)
    add_all()
    with jumped(world, by):
        add_all()
    look(world, issued.code())
    assert seen() == 3
    add_all()
    assert seen() == 3
    world.now += timedelta(days=2)
    add_all()
    assert seen() == 3


@pytest.mark.parametrize("by", JUMPS)
def test_an_act_sent_again_after_the_clock_was_set_right_is_done_once_or_told(
    world: Any, by: timedelta
) -> None:
    """The key is forgotten where the wrong time made it a day old; the act is then refused."""
    issued = world.issue(activate=False)
    client = world.client()
    path = f"/api/v1/stamp-runs/{issued.run.id}/activations"
    body = {"first_serial": issued.serial(0), "last_serial": issued.serial(4)}
    headers = world.officer.headers | {"Idempotency-Key": "one"}
    first = client.post(path, json=body, headers=headers)
    with jumped(world, by):
        other = {"first_serial": issued.serial(9), "last_serial": issued.serial(9)}
        client.post(path, json=other, headers=headers | {"Idempotency-Key": "two"})
    again = client.post(path, json=body, headers=headers)
    assert first.status_code == 201
    assert (again.status_code, again.json == first.json) in ((201, True), (409, False))


@pytest.mark.parametrize("by", JUMPS)
def test_what_was_put_to_use_at_a_wrong_time_can_be_undone(world: Any, by: timedelta) -> None:
    issued = world.issue(activate=False)
    actor = world.producer.actor
    with jumped(world, by):
        # The batch may be expired, or not yet made, by the clock that stands wrong.
        early = issued.activate(0, 4) if abs(by) < YEAR else None
    late = issued.activate(5, 9)
    with world.writing() as session:
        for activation in filter(None, (early, late)):
            limits = world.edge.undo_limits
            undo = Undo(reason="Nhầm")
            undo_activation(session, actor, activation.id, undo, limits, world.now)
    with world.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM activations")) in (1, 2)
