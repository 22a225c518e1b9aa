"""Which batches stamps can be for, and how many they may still have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from traceapp.services.refusals import Unknown
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.usable_batches import room_of, usable_batches


def _lots(world: Any, person: Any) -> list[str]:
    product = world.producer.product
    with world.reading() as session:
        return [each.lot for each in usable_batches(session, person.actor, product.id, world.now)]


def test_batches_that_can_get_stamps_newest_first(world: Any) -> None:
    world.batch(lot="A")
    world.batch(lot="B", produced_at=world.now + timedelta(days=1))
    world.batch(lot="OLD", expires_at=world.now)
    held = world.batch(lot="HELD")
    with world.writing() as session:
        hold_batch(session, world.producer.actor, held.id, NewHold(reason="Lạ"), world.now)
    recalled = world.issue(lot="BACK").recall()
    world.batch(lot="OTHER", product=world.product())
    assert _lots(world, world.producer) == ["B", "A"]
    assert _lots(world, world.neighbour) == []
    world.issue(lot="ONCE").close_recall(recalled.id, "withdrawn")
    assert _lots(world, world.producer) == ["ONCE", "BACK", "B", "A"]


def test_the_room_is_what_the_batch_may_have_less_what_it_has(world: Any) -> None:
    batch = world.batch(quantity=100)
    world.approve(world.ask(60, batch))
    world.ask(10, batch)
    with world.reading() as session:
        told, room = room_of(session, world.producer.actor, batch.id, 5)
        assert (told.id, room.most, room.left) == (batch.id, 105, 35)
        assert room_of(session, world.producer.actor, batch.id, 0)[1].left == 30
        with pytest.raises(Unknown):
            room_of(session, world.neighbour.actor, batch.id, 5)
