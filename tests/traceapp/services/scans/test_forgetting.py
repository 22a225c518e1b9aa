"""What is left of a person goes when its time is over; what is known of the stamp stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from traceapp.records.accounts import Invitation, Role, SignIn, SignInTries
from traceapp.records.scans import Scan, StampTotal
from traceapp.records.traces import Trace, TraceKey
from traceapp.services.people.inviting import Acceptance, NewInvitation, accept, invite
from traceapp.services.people.signing_in import Attempt, begin_sign_in, count_try
from traceapp.services.scans.forgetting import forget


def _count(world: Any, table: Any, *conditions: Any) -> int:
    with world.reading() as session:
        query = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return int(session.scalar(query))


def test_traces_go_after_ninety_days_and_totals_stay(world: Any) -> None:
    issued = world.issue()
    world.client().get(issued.link_path())
    world.now += timedelta(days=89)
    with world.writing() as session:
        assert forget(session, world.now).traces == 0
    world.now += timedelta(days=2)
    with world.writing() as session:
        assert forget(session, world.now).traces == 1
    assert _count(world, Trace) == 0
    assert _count(world, Scan) == 1
    assert _count(world, StampTotal, StampTotal.sessions == 1) == 1


def test_what_links_stamps_within_a_day_goes_after_two(world: Any) -> None:
    world.client().get(world.issue().link_path())
    assert _count(world, Trace, Trace.day.is_not(None)) == 1
    world.now += timedelta(hours=49)
    with world.writing() as session:
        assert forget(session, world.now).days == 1
    assert _count(world, Trace, Trace.day.is_not(None)) == 0


def test_the_key_of_a_month_is_destroyed_by_the_next_months_first_look(world: Any) -> None:
    issued = world.issue()
    world.client().get(issued.link_path())
    world.now += timedelta(days=31)
    world.client().get(issued.link_path())
    with world.reading() as session:
        months = session.scalars(sa.select(TraceKey.month)).all()
    assert months == [world.now.strftime("%Y-%m")]


def test_no_row_holds_an_address(world: Any) -> None:
    world.client().get(world.issue().link_path(), environ_base={"REMOTE_ADDR": "203.0.113.77"})
    with world.reading() as session:
        trace = session.scalars(sa.select(Trace)).one()
    assert b"203.0.113.77" not in trace.source and len(trace.source) == 16


def _forget(world: Any) -> None:
    with world.writing() as session:
        forget(session, world.now)


def test_a_sign_in_goes_when_its_time_is_over(world: Any) -> None:
    with world.writing() as session:
        for hours in (1, 2):
            lasts = timedelta(hours=hours)
            begin_sign_in(session, world.producer.actor.account_id, lasts, world.now)
    world.now += timedelta(hours=1)
    _forget(world)
    assert _count(world, SignIn) == 1


def test_tries_at_signing_in_go_after_a_day(world: Any) -> None:
    with world.writing() as session:
        count_try(session, Attempt("a@b.vn", "", "203.0.113.7"), world.now)
    world.now += timedelta(days=1)
    _forget(world)
    assert _count(world, SignInTries) == 3
    world.now += timedelta(minutes=1)
    _forget(world)
    assert _count(world, SignInTries) == 0


def test_a_link_that_nobody_used_goes_ninety_days_after_its_time(world: Any) -> None:
    tokens = []
    for name in ("Bà Lành", "Bà Hạnh"):
        with world.writing() as session:
            new = NewInvitation(role=Role.PRODUCER, name=name)
            tokens.append(invite(session, world.officer.actor, new, 14, world.now).token)
    with world.writing() as session:
        body = Acceptance(sign_in_name="0912345678", name="Lành", password="mẻ mắm tháng năm")
        accept(session, tokens[0], body, world.now)
    world.now += timedelta(days=14 + 90)
    _forget(world)
    assert _count(world, Invitation) == 2
    world.now += timedelta(seconds=1)
    _forget(world)
    assert _count(world, Invitation) == _count(world, Invitation, Invitation.used_by > 0) == 1
