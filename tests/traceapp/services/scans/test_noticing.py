"""A producer is told when buyers scan stamps that she forgot to put to use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from traceapp.records.scans import Agent
from traceapp.services.refusals import NotAllowed, Unknown
from traceapp.services.scans.noticing import count_notices, list_notices, see_notice
from traceapp.services.scans.scanning import Look, scan


def look(world: Any, issued: Any, n: int = 0, **given: Any) -> None:
    with world.writing() as session:
        phone = Look(issued.code(n), "phone", "192.0.2.1", **given)
        scan(session, phone, world.edge.scanning, world.now)


def notices(world: Any, who: Any = None, *, only_unseen: bool = True) -> list[Any]:
    actor = (who or world.producer).actor
    with world.reading() as session:
        found = list_notices(session, actor, only_unseen=only_unseen)
        unseen = [each for each in found if each.seen_at is None]
        assert count_notices(session, actor) == len(unseen)
    return found


def see(world: Any, notice_id: int, who: Any = None) -> Any:
    with world.writing() as session:
        return see_notice(session, (who or world.producer).actor, notice_id, world.now)


def test_looks_at_stamps_that_wait_become_one_notice_of_their_run(world: Any) -> None:
    issued = world.issue(5, activate=False)
    first = world.now
    look(world, issued, 0)
    world.now += timedelta(minutes=7)
    look(world, issued, 3)
    (told,) = notices(world)
    assert (told.run_id, told.serial, told.looks) == (issued.run.id, issued.serial(3), 2)
    assert (told.first_at, told.last_at, told.seen_at) == (first, world.now, None)
    assert told.product_name == world.producer.product.name
    assert notices(world, world.neighbour) == []


def test_the_run_looked_at_last_stands_first(world: Any) -> None:
    older, newer = world.issue(2, activate=False), world.issue(2, activate=False)
    for issued in (older, newer):
        look(world, issued)
        world.now += timedelta(minutes=1)
    assert [each.run_id for each in notices(world)] == [newer.run.id, older.run.id]
    look(world, older)
    assert [each.run_id for each in notices(world)] == [older.run.id, newer.run.id]


def test_only_a_person_at_a_stamp_that_merely_waits_leaves_a_notice(world: Any) -> None:
    waiting, active = world.issue(4, activate=False), world.issue(2)
    look(world, active)
    look(world, waiting, agent=Agent.PREVIEW)
    for person in (world.producer, world.officer, world.admin):
        look(world, waiting, actor=person.actor)
    waiting.void(0)
    look(world, waiting)  # A void stamp was not forgotten.
    assert notices(world) == []
    look(world, waiting, 1, actor=world.neighbour.actor)  # A neighbour is a buyer like any other.
    assert len(notices(world)) == 1


def test_a_notice_is_seen_once_and_the_next_look_begins_another(world: Any) -> None:
    issued = world.issue(5, activate=False)
    look(world, issued)
    (told,) = notices(world)
    seen_at = world.now
    assert see(world, told.id).seen_at == seen_at
    assert notices(world) == []
    world.now += timedelta(hours=1)
    assert see(world, told.id).seen_at == seen_at
    look(world, issued, 1)
    (newer,) = notices(world)
    assert (newer.looks, newer.serial) == (1, issued.serial(1))
    assert [each.id for each in notices(world, only_unseen=False)] == [newer.id, told.id]


@pytest.mark.parametrize("act", ["activate", "void"])
def test_a_notice_is_settled_when_its_stamp_is_dealt_with(world: Any, act: str) -> None:
    issued = world.issue(10, activate=False)
    other = world.issue(10, activate=False)
    for each in (issued, other):
        look(world, each, 4)
    getattr(issued, act)(5, last=9)
    assert len(notices(world)) == 2
    getattr(issued, act)(0, last=4)
    assert [each.run_id for each in notices(world)] == [other.run.id]


def test_only_her_own_party_sees_a_notice(world: Any, refused: Any) -> None:
    look(world, world.issue(2, activate=False))
    (told,) = notices(world)
    for number in (told.id, 999_999):
        with refused(Unknown, "no_notice"):
            see(world, number, world.neighbour)
    for who in (world.officer, world.admin):
        with refused(NotAllowed, "not_allowed"):
            see(world, told.id, who)
        with refused(NotAllowed, "not_allowed"):
            notices(world, who)
    assert [each.id for each in notices(world)] == [told.id]


def test_looks_at_once_are_all_counted_in_one_notice(world: Any, at_once: Any) -> None:
    issued = world.issue(8, activate=False)
    results = at_once([lambda n=n: look(world, issued, n) for n in range(8)])
    assert results == [None] * 8
    (told,) = notices(world)
    assert told.looks == 8
