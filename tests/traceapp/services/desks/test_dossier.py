"""What belongs to a producer, and what happened to a batch, each on one page."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.services.desks.dossier import batch_story, party_things, request_story
from traceapp.services.refusals import NotAllowed, Unknown


def test_a_party_is_told_with_everything_that_is_its_own(world: Any) -> None:
    world.issue()
    world.ask(5, world.batch())
    with world.reading() as session:
        own = party_things(session, world.officer.actor, world.producer.party.id)
        other = party_things(session, world.officer.actor, world.neighbour.party.id)
    assert [each.name for each in own.batches.items] == ["LO-2", "LO-1"]
    assert (own.batches.count, own.runs.count, own.accounts.count, own.requests) == (2, 1, 1, 2)
    assert own.accounts.items[0].name == "producer@example.vn"
    assert (other.batches.count, other.runs.count, other.requests) == (0, 0, 0)


def test_a_batch_is_told_with_its_room_and_its_stamps(world: Any) -> None:
    issued = world.issue(quantity=40)
    issued.void(0)
    percent = world.edge.settings.spoilage_percent
    with world.reading() as session:
        told = batch_story(session, world.officer.actor, issued.batch.id, percent)
    assert (told.room.most, told.room.committed, told.room.left) == (1050, 39, 1011)
    (run,) = told.runs
    assert (run.count.active, run.count.waiting, run.count.void) == (39, 0, 1)
    (activation,) = told.activations
    assert activation.who == "officer@example.vn"


def test_a_request_is_told_with_what_it_stands_on(world: Any) -> None:
    request_id = world.ask(40, world.batch(quantity=100))
    roll = world.ask(40, None)
    with world.reading() as session:
        told = request_story(session, world.officer.actor, request_id, 5)
        assert request_story(session, world.officer.actor, roll, 5).room is None
    assert told.room is not None
    assert (told.lot, told.room.left) == ("LO-1", 65)


def test_what_is_not_there_is_unknown_and_producers_are_refused(world: Any) -> None:
    with world.reading() as session:
        for ask in (batch_story, request_story):
            with pytest.raises(Unknown):
                ask(session, world.officer.actor, 999, 5)
            with pytest.raises(NotAllowed):
                ask(session, world.producer.actor, 999, 5)
