"""Stamps that come back by an undo need room in their batch like any others."""

from __future__ import annotations

from collections import Counter
from typing import Any

from traceapp.services.refusals import Conflict
from traceapp.services.registry.quotas import committed
from traceapp.services.runs.undoing import Undo, UndoLimits, undo_activation, undo_void

LIMITS = UndoLimits(days=10, spoilage_percent=5)


def undo(world: Any, service: Any, told: Any) -> Any:
    with world.writing() as session:
        actor = world.producer.actor
        return service(session, actor, told.id, Undo(reason="Nhầm"), LIMITS, world.now)


def committed_to(world: Any, batch: Any) -> int:
    with world.reading() as session:
        return committed(session, batch.id)


def full(world: Any, activate: bool = True) -> Any:
    """A run of twenty, of a batch that may have one stamp more."""
    issued = world.issue(20, activate=activate)
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE batches SET quantity = 20 WHERE id = {issued.batch.id}")
    return issued


def test_stamps_come_back_only_where_their_batch_has_room(world: Any, refused: Any) -> None:
    issued = full(world)
    told = issued.void(0, last=4)
    waiting = world.ask(5, issued.batch)
    with refused(Conflict, "over_quantity"):
        undo(world, undo_void, told)
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE stamp_requests SET quantity = 1 WHERE id = {waiting}")
    undo(world, undo_void, told)
    assert committed_to(world, issued.batch) == 21


def test_every_batch_that_gets_stamps_back_needs_room(world: Any, refused: Any) -> None:
    issued = full(world, activate=False)
    other = world.batch(quantity=10)
    issued.activate(0, 9, other.id)
    told = issued.void(5, last=14)  # five of them the other batch's
    world.ask(5, other)
    assert (committed_to(world, issued.batch), committed_to(world, other)) == (5, 10)
    with refused(Conflict, "over_quantity") as caught:
        undo(world, undo_void, told)
    assert caught.value.data["lot"] == other.lot


def test_stamps_lent_to_another_batch_come_home_only_where_there_is_room(
    world: Any, refused: Any
) -> None:
    issued = full(world, activate=False)
    told = issued.activate(0, 9, world.batch().id)
    world.ask(10, issued.batch)
    with refused(Conflict, "over_quantity") as caught:
        undo(world, undo_activation, told)
    assert caught.value.data["lot"] == issued.batch.lot


def test_a_batch_that_shrank_since_refuses_only_what_would_add_to_it(
    world: Any, refused: Any
) -> None:
    issued = full(world, activate=False)
    activation, void = issued.activate(0, 9), issued.void(10, last=14)
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE batches SET quantity = 5")
    undo(world, undo_activation, activation)
    with refused(Conflict, "over_quantity"):
        undo(world, undo_void, void)


def test_a_void_undone_and_stamps_asked_for_at_once_do_not_overfill_a_batch(
    world: Any, at_once: Any
) -> None:
    issued = full(world)
    told = issued.void(0, last=4)

    results = at_once([lambda: undo(world, undo_void, told), lambda: world.ask(5, issued.batch)])
    said = Counter(getattr(each, "code", "ok") for each in results)
    assert said == {"ok": 1, "over_quantity": 1}
    assert committed_to(world, issued.batch) == 20
