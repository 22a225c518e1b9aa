"""A producer's runs and requests at a glance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.services.paging import PageWish
from traceapp.services.refusals import Unacceptable
from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.newest_runs import LATELY, newest_runs, open_requests
from traceapp.services.runs.requesting import reject_request


def test_runs_come_newest_first_with_their_counts_in_few_queries(world: Any) -> None:
    issued = [world.issue(quantity=10, activate=False) for _ in range(3)]
    roll = world.issue(quantity=5, roll=True)
    issued[0].activate(0, 4)
    issued[0].void(4, last=5)
    asked: list[str] = []
    actor = world.producer.actor
    with world.reading() as session:
        sa.event.listen(
            session.get_bind().engine,
            "before_cursor_execute",
            lambda _c, _u, statement, *_: asked.append(statement),
        )
        first = newest_runs(session, actor, PageWish(limit=3))
        queries = sum(statement.lstrip().startswith("SELECT") for statement in asked)
        second = newest_runs(session, actor, PageWish(limit=3, cursor=first.next_cursor))
        assert newest_runs(session, world.neighbour.actor, PageWish()).items == []
        with pytest.raises(Unacceptable):
            newest_runs(session, actor, PageWish(cursor="x"))
    assert queries == 2
    assert [each.id for each in first.items] == [roll.run.id, issued[2].run.id, issued[1].run.id]
    assert first.items[0].lot is None
    (last,) = second.items
    assert (last.quantity, last.active, last.waiting, last.void) == (10, 4, 4, 2)
    assert second.next_cursor is None


def test_requests_that_wait_are_told_and_those_rejected_lately(world: Any) -> None:
    waiting, rejected = world.ask(5, world.batch()), world.ask(6, None)
    world.approve(world.ask(7, world.batch()))
    with world.writing() as session:
        reason = Rejection(reason="Thiếu giấy")
        reject_request(session, world.officer.actor, rejected, reason, world.now)
    actor = world.producer.actor
    with world.reading() as session:
        told = open_requests(session, actor, world.now)
        assert [(each.id, each.decision_reason) for each in told] == [
            (rejected, "Thiếu giấy"),
            (waiting, None),
        ]
        later = open_requests(session, actor, world.now + LATELY + timedelta(days=1))
        assert [each.id for each in later] == [waiting]
        assert open_requests(session, world.neighbour.actor, world.now) == []
