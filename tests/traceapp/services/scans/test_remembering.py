"""Looks of staff: kept in the log, and counted for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from stamps import BLOCK, Key, sign
from traceapp.records.scans import Agent, Scan, StampTotal
from traceapp.records.traces import Trace
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.judging import Authentication
from traceapp.services.scans.scanning import Answer, Look, scan


def look(world: Any, code: str, who: str | None, **given: Any) -> Answer:
    actor = None if who is None else world.people[who].actor
    with world.writing() as session:
        phone = Look(code, "phone", "192.0.2.1", actor=actor, **given)
        return scan(session, phone, world.edge.scanning, world.now)


def kept(world: Any) -> list[tuple[str, str]]:
    with world.reading() as session:
        scans = session.scalars(sa.select(Scan).order_by(Scan.id)).all()
    return [(each.agent.value, each.verdict) for each in scans]


def counted(world: Any) -> tuple[int, int]:
    """How many traces there are, and looks in the totals of all stamps."""
    with world.reading() as session:
        traces = session.scalar(sa.select(sa.func.count()).select_from(Trace))
        looks = session.scalar(sa.select(sa.func.sum(StampTotal.looks)))
    return int(traces or 0), int(looks or 0)


@pytest.mark.parametrize("who", ["producer", "officer", "admin"])
def test_whoever_is_at_work_is_kept_in_the_log_and_counts_for_nothing(world: Any, who: str) -> None:
    issued = world.issue(3)
    answer = look(world, issued.code(), who)
    assert kept(world) == [("staff", "registered")]
    assert counted(world) == (0, 0)
    assert answer.sessions == 0 and answer.first_at is None
    with world.reading() as session:
        assert session.scalars(sa.select(Scan.id)).all() == [answer.scan_id]
    assert look(world, issued.code(), None).sessions == 1
    assert look(world, issued.code(), who).sessions == 1
    assert counted(world) == (1, 1)


def test_a_producer_at_another_ones_stamp_is_a_buyer(world: Any) -> None:
    issued = world.issue(3)
    assert look(world, issued.code(), "neighbour").sessions == 1
    assert kept(world) == [("person", "registered")]
    look(world, issued.code(), "neighbour", agent=Agent.PREVIEW)
    assert kept(world)[1:] == [("preview", "registered")]


@pytest.mark.parametrize(
    ("who", "agent"), [("officer", "staff"), ("admin", "staff"), ("producer", "person")]
)
def test_a_code_that_was_never_issued_is_nobodys_own(world: Any, who: str, agent: str) -> None:
    world.issue(3)
    unknown = sign(world.edge.stamp_keys.ring().newest, 70 * BLOCK)
    forged = sign(Key(bytes(32)), 70 * BLOCK)
    for code in (unknown, forged):
        look(world, code, who)
    assert kept(world) == [(agent, "unknown"), (agent, "forged")]
    assert counted(world) == ((0, 0) if agent == "staff" else (2, 0))


def test_a_hidden_code_that_staff_type_is_answered_like_anybodys(world: Any) -> None:
    issued = world.issue(3)
    for who, found in (
        ("officer", Authentication.FIRST),
        ("producer", Authentication.BEFORE),
        (None, Authentication.BEFORE),
    ):
        actor = None if who is None else world.people[who].actor
        attempt = HiddenAttempt(
            Look(issued.code(), "phone", "192.0.2.1", fresh=False, actor=actor), issued.hidden()
        )
        with world.writing() as session:
            answer = confirm(session, attempt, world.edge.confirming, world.now)
        assert answer.authentication is found and not answer.same_phone
    assert [agent for agent, _ in kept(world)] == ["staff", "staff", "person"]
    assert counted(world) == (1, 1)
