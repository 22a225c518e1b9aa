"""Batches as they are listed: newest first, their stamps counted as the runs count them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from traceapp.services.desks.listing_batches import (
    BatchWish,
    code_of_batch,
    count_batches,
    lately_expired,
    newest_batches,
    recalls_of_batch,
    stamps_of_batch,
)
from traceapp.services.refusals import Unacceptable, Unknown
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.runs.activating import NewActivation, activate


def _counts(world: Any, batch_id: int) -> tuple[int, int, int]:
    with world.reading() as session:
        told = count_batches(session, [batch_id])[batch_id]
    return told.active, told.waiting, told.void


def test_stamps_are_counted_by_the_batch_that_they_are_used_for(world: Any) -> None:
    issued = world.issue(60, activate=False)
    other = world.batch()
    assert _counts(world, issued.batch.id) == (0, 60, 0)
    issued.void(0, last=4)
    issued.activate(5, 29)
    issued.activate(30, 39, batch_id=other.id)
    issued.void(29, last=31)
    assert _counts(world, issued.batch.id) == (24, 20, 6)
    assert _counts(world, other.id) == (8, 0, 2)
    roll = world.issue(50, roll=True)
    with world.writing() as session:
        new = NewActivation(
            first_serial=roll.serial(), last_serial=roll.serial(9), batch_id=other.id
        )
        activate(session, world.producer.actor, roll.run.id, new, 5, world.now)
    assert _counts(world, other.id) == (18, 0, 2)


def test_a_batch_tells_the_runs_its_stamps_are_of(world: Any) -> None:
    issued = world.issue(20, activate=False)
    roll = world.issue(50, roll=True)
    world.ask(7, issued.batch)
    with world.writing() as session:
        new = NewActivation(
            first_serial=roll.serial(), last_serial=roll.serial(9), batch_id=issued.batch.id
        )
        activate(session, world.producer.actor, roll.run.id, new, 5, world.now)
    with world.reading() as session:
        told = stamps_of_batch(session, world.producer.actor, issued.batch.id, 5)
        code = code_of_batch(
            session, world.producer.actor, issued.batch.id, world.edge.stamp_keys.ring()
        )
    assert (told.active, told.waiting, told.asked, told.left) == (10, 20, 7, 1050 - 37)
    assert [each.id for each in told.runs] == [roll.run.id, issued.run.id]
    assert told.in_use and code == roll.code()


def test_the_list_says_what_is_stopped_recalled_or_expired(world: Any) -> None:
    good = world.batch()
    stopped = world.batch()
    recalled = world.issue(5)
    recalled.recall()
    lifted = world.issue(5)
    lifted.close_recall(lifted.recall().id, "withdrawn")
    old = world.issue(5, expires_at=world.now + timedelta(hours=1))
    with world.writing() as session:
        hold_batch(session, world.producer.actor, stopped.id, NewHold(reason="x"), world.now)
    world.now += timedelta(hours=2)
    with world.reading() as session:
        actor = world.producer.actor
        lines = newest_batches(session, actor, BatchWish(), world.now).items
        expired = lately_expired(session, actor, 5, world.now)
        recalls = recalls_of_batch(session, actor, recalled.batch.id)
    told = {each.id: (each.on_hold, each.recalled, each.expired) for each in lines}
    assert [each.id for each in lines] == sorted(told, reverse=True)
    assert told[good.id] == told[lifted.batch.id] == (False, False, False)
    assert told[stopped.id] == (True, False, False)
    assert told[recalled.batch.id] == (False, True, False)
    assert told[old.batch.id] == (False, False, True)
    assert [each.id for each in expired] == [old.batch.id]
    assert [each.reason for each in recalls] == ["Sai nhãn"]


def test_a_neighbours_batches_are_not_listed(world: Any) -> None:
    batch = world.batch()
    with world.reading() as session:
        actor = world.neighbour.actor
        assert newest_batches(session, actor, BatchWish(), world.now).items == []
        for ask in (
            lambda: stamps_of_batch(session, actor, batch.id, 5),
            lambda: recalls_of_batch(session, actor, batch.id),
            lambda: code_of_batch(session, actor, batch.id, world.edge.stamp_keys.ring()),
        ):
            with pytest.raises(Unknown):
                ask()


@pytest.mark.parametrize("cursor", ["x", "-1", "1" * 16, "１"])
def test_a_cursor_of_somebody_else_is_refused(world: Any, cursor: str) -> None:
    with world.reading() as session, pytest.raises(Unacceptable):
        newest_batches(session, world.producer.actor, BatchWish(cursor=cursor), world.now)
