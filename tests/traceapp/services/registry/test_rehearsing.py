"""How far a recall would reach, before anybody opens it."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.services.refusals import NotAllowed
from traceapp.services.registry.recalling import NewRecall
from traceapp.services.registry.rehearsing import recall_reach


def reach(world: Any, *batches: Any, ranges: Any = (), who: Any = None) -> tuple[int, int]:
    """How many stamps, and how many of them in use."""
    new = NewRecall(
        batch_ids=[each.id for each in batches],
        severity="danger",
        reason="Nhiễm khuẩn",
        notice="Ngừng dùng.",
        serial_ranges=[{"first_serial": a, "last_serial": b} for a, b in ranges],
    )
    with world.reading() as session:
        told = recall_reach(session, (who or world.officer).actor, new)
    return told.stamps, told.in_use


def test_stamps_that_wait_are_hit_and_those_that_are_void_are_not_in_use(world: Any) -> None:
    issued = world.issue(quantity=10, activate=False)
    assert reach(world, issued.batch) == (10, 0)
    issued.activate(2, 7)
    assert reach(world, issued.batch) == (10, 6)
    issued.void(6, "stolen", 8)
    assert reach(world, issued.batch) == (10, 4)
    other = world.issue(quantity=3)
    assert reach(world, issued.batch, other.batch) == (13, 7)


def test_a_stamp_belongs_to_the_batch_that_it_was_put_to_use_for(world: Any) -> None:
    issued = world.issue(quantity=10, activate=False)
    elsewhere = world.batch()
    issued.activate(0, 3, batch_id=elsewhere.id)
    assert reach(world, issued.batch) == (6, 0)
    assert reach(world, elsewhere) == (4, 4)
    assert reach(world, issued.batch, elsewhere) == (10, 4)


def test_ranges_that_share_stamps_count_them_once(world: Any) -> None:
    issued = world.issue(quantity=10, activate=False)
    issued.activate(0, 4)
    ends = [(issued.serial(a), issued.serial(b)) for a, b in ((3, 6), (5, 8), (0, 0))]
    assert reach(world, issued.batch, ranges=ends) == (7, 3)


def test_only_who_may_open_a_recall_asks(world: Any) -> None:
    with pytest.raises(NotAllowed):
        reach(world, world.batch(), who=world.producer)
