"""Opening a recall, and closing it."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.registry.recalling import (
    Closure,
    NewRecall,
    Outcome,
    close_recall,
    open_recall,
    show_recall,
)


def open_one(world: Any, batch_ids: list[int], who: Any = None, **given: Any) -> Any:
    values = {"severity": "danger", "reason": "Nhiễm khuẩn", "notice": "Ngừng dùng."} | given
    with world.writing() as session:
        actor = (who or world.officer).actor
        return open_recall(session, actor, NewRecall(batch_ids=batch_ids, **values), world.now)


def close_one(world: Any, recall_id: int, outcome: str, who: Any = None) -> Any:
    closure = Closure(outcome=Outcome(outcome), reason="Xong")
    with world.writing() as session:
        actor = (who or world.officer).actor
        return close_recall(session, actor, recall_id, closure, world.now)


@pytest.mark.parametrize("outcome", ["completed", "withdrawn"])
def test_a_recall_is_opened_and_closed_once(world: Any, refused: Any, outcome: str) -> None:
    first, second = world.batch(), world.batch()
    opened = open_one(world, [second.id, first.id, second.id])
    assert opened.state == "open" and opened.batch_ids == [first.id, second.id]
    assert opened.closed_at is None and opened.closure_reason is None
    closed = close_one(world, opened.id, outcome)
    assert (closed.state, closed.closure_reason) == (outcome, "Xong")
    assert closed.closed_at == world.now
    for again in ("completed", "withdrawn"):
        with refused(Conflict, "closed"):
            close_one(world, opened.id, again)


def test_a_batch_that_is_not_there_recalls_nothing(world: Any, refused: Any) -> None:
    batch = world.batch()
    with refused(Unacceptable, "batch_ids", "batch_ids") as caught:
        open_one(world, [batch.id, 999_999, 888_888])
    assert caught.value.data == {"missing": 888_888}


def test_a_range_the_wrong_way_round_recalls_nothing(world: Any, refused: Any) -> None:
    good, bad = ({"first_serial": a, "last_serial": b} for a, b in ((0, 5), (9, 8)))
    batch = world.batch()
    with refused(Unacceptable, "range_order", "serial_ranges"):
        open_one(world, [batch.id], serial_ranges=[good, bad])


def test_only_an_officer_opens_and_closes(world: Any, refused: Any) -> None:
    batch = world.batch()
    opened = open_one(world, [batch.id])
    for who in (world.producer, world.neighbour, world.admin):
        with refused(NotAllowed, "not_allowed"):
            open_one(world, [batch.id], who)
        with refused(NotAllowed, "not_allowed"):
            close_one(world, opened.id, "completed", who)
    with refused(Unknown, "no_recall"):
        close_one(world, 999_999, "completed")


def test_a_recall_is_shown_to_whom_it_concerns(world: Any) -> None:
    opened = open_one(world, [world.batch().id])
    with world.reading() as session:
        for who in (world.producer, world.officer, world.admin):
            assert show_recall(session, who.actor, opened.id) == opened
        with pytest.raises(Unknown):
            show_recall(session, world.neighbour.actor, opened.id)


def test_a_range_without_a_stamp_of_its_batches_is_refused_since_it_warns_nobody(
    world: Any, refused: Any
) -> None:
    issued, other = world.issue(10), world.issue(10)
    wished = [{"first_serial": other.serial(0), "last_serial": other.serial(9)}]
    with refused(Unacceptable, "range_reaches_nothing", "serial_ranges"):
        open_one(world, [issued.batch.id], serial_ranges=wished)
    roll = world.issue(10, roll=True)
    roll.activate(0, 4, issued.batch.id)
    wished = [{"first_serial": roll.serial(0), "last_serial": roll.serial(1)}]
    assert open_one(world, [issued.batch.id], serial_ranges=wished).id
