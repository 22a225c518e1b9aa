"""How a range stands before it is put to use or taken out of use."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.services.refusals import Unacceptable, Unknown
from traceapp.services.runs.looking_ahead import RangeAhead, next_waiting, range_ahead
from traceapp.services.runs.undoing import Undo, UndoLimits, undo_void
from traceapp.services.values import SerialRange


def _ahead(world: Any, issued: Any, first: int, last: int) -> RangeAhead:
    wished = SerialRange(first_serial=issued.serial(first), last_serial=issued.serial(last))
    with world.reading() as session:
        return range_ahead(session, world.producer.actor, issued.run.id, wished)


def _next(world: Any, issued: Any) -> tuple[int, int] | None:
    """The next stamps that wait in a row, counted from the run's first."""
    with world.reading() as session:
        told = next_waiting(session, world.producer.actor, issued.run.id)
    start = issued.run.first_serial
    return None if told is None else (told.first_serial - start, told.last_serial - start)


def test_every_stamp_of_a_range_is_active_waiting_or_void(world: Any) -> None:
    issued = world.issue(quantity=40, activate=False)
    world.issue(quantity=40)
    issued.activate(5, 14)
    issued.activate(15, 19)
    issued.void(18, last=22)
    for first, last, counts in (
        (0, 39, (13, 22, 5)),
        (0, 4, (0, 5, 0)),
        (10, 18, (8, 0, 1)),
        (19, 19, (0, 0, 1)),
        (23, 39, (0, 17, 0)),
    ):
        told = _ahead(world, issued, first, last)
        assert (told.active, told.waiting, told.void) == counts, (first, last)
        assert told.quantity == last - first + 1


def test_what_was_undone_waits_again(world: Any) -> None:
    issued = world.issue(quantity=10, activate=False)
    gone = issued.void(0, last=4)
    assert _next(world, issued) == (5, 9)
    with world.writing() as session:
        limits = UndoLimits(days=10, spoilage_percent=10)
        undo_void(session, world.producer.actor, gone.id, Undo(reason="Nhầm"), limits, world.now)
    assert _ahead(world, issued, 0, 9).waiting == 10
    assert _next(world, issued) == (0, 9)


def test_the_next_that_wait_in_a_row_are_found_between_and_after_ranges(world: Any) -> None:
    issued = world.issue(quantity=10, activate=False)
    issued.activate(0, 2)
    issued.void(2, last=3)
    assert _next(world, issued) == (4, 9)
    issued.activate(6, 7)
    assert _next(world, issued) == (4, 5)
    issued.activate(4, 5)
    assert _next(world, issued) == (8, 9)
    issued.activate(8, 9)
    assert _next(world, issued) is None


def test_a_range_outside_the_run_and_a_neighbours_run_are_refused(world: Any) -> None:
    issued = world.issue(quantity=10, activate=False)
    with pytest.raises(Unacceptable):
        _ahead(world, issued, 0, 10)
    with pytest.raises(Unacceptable):
        _ahead(world, issued, 5, 4)
    with world.reading() as session, pytest.raises(Unknown):
        next_waiting(session, world.neighbour.actor, issued.run.id)
