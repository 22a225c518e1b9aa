"""Putting stamps to use, and taking them out of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.voiding import NewVoid, void_stamps


def put_to_use(world: Any, who: Any, run_id: int, **given: Any) -> Any:
    with world.writing() as session:
        percent = world.edge.settings.spoilage_percent
        return activate(session, who.actor, run_id, NewActivation(**given), percent, world.now)


def take_out(world: Any, who: Any, run_id: int, **given: Any) -> Any:
    with world.writing() as session:
        new = NewVoid(**{"reason": "lost"} | given)
        return void_stamps(session, who.actor, run_id, new, world.now)


def counts(issued: Any) -> tuple[int, int, int]:
    with issued.world.reading() as session:
        run = show_run(session, issued.world.officer.actor, issued.run.id)
    assert run.quantity == run.active + run.waiting + run.void
    return run.active, run.waiting, run.void


def test_stamps_are_activated_in_parts_and_voided_in_any_state(world: Any) -> None:
    issued = world.issue(30, activate=False)
    assert counts(issued) == (0, 30, 0)
    issued.activate(0, 9)
    issued.activate(20, 29)
    assert counts(issued) == (20, 10, 0)
    issued.void(5, last=14)
    assert counts(issued) == (15, 5, 10)
    issued.void(15, last=29)
    assert counts(issued) == (5, 0, 25)


def test_a_producer_activates_and_voids_her_own(world: Any) -> None:
    issued = world.issue(10, activate=False)
    ends = {"first_serial": issued.serial(0), "last_serial": issued.serial(4)}
    told = put_to_use(world, world.producer, issued.run.id, **ends, destination="Chợ Vạn")
    assert (told.quantity, told.batch_id, told.destination) == (5, issued.batch.id, "Chợ Vạn")
    told = take_out(world, world.producer, issued.run.id, **ends, note="Rách\nướt")
    assert (told.quantity, told.reason, told.note) == (5, "lost", "Rách\nướt")


@pytest.mark.parametrize("act", [put_to_use, take_out])
def test_nobody_else_does(world: Any, refused: Any, act: Any) -> None:
    issued = world.issue(10, activate=False)
    ends = {"first_serial": issued.serial(0), "last_serial": issued.serial(4)}
    with refused(Unknown, "no_stamp_run"):
        act(world, world.neighbour, issued.run.id, **ends)
    with refused(NotAllowed, "not_allowed"):
        act(world, world.admin, issued.run.id, **ends)
    with refused(Unknown, "no_stamp_run"):
        act(world, world.officer, 999_999, **ends)


@pytest.mark.parametrize("act", [put_to_use, take_out])
def test_a_range_outside_its_run_is_refused(world: Any, refused: Any, act: Any) -> None:
    before, issued = world.issue(10), world.issue(10, activate=False)
    first, last = issued.serial(0), issued.serial(9)
    for low, high, code, field in (
        (last, first, "range_order", "last_serial"),
        (first - 1, last, "outside_run", "first_serial"),
        (first, last + 1, "outside_run", "last_serial"),
        (before.serial(0), before.serial(5), "outside_run", "first_serial"),
    ):
        with refused(Unacceptable, code, field):
            act(world, world.officer, issued.run.id, first_serial=low, last_serial=high)


def test_a_serial_is_activated_once(world: Any, refused: Any) -> None:
    issued = world.issue(30, activate=False)
    issued.activate(10, 19)
    for first, last in ((10, 19), (19, 25), (5, 10), (0, 29), (15, 15)):
        with refused(Conflict, "already_active", "first_serial"):
            issued.activate(first, last)


def test_a_void_serial_is_neither_activated_nor_voided_again(world: Any, refused: Any) -> None:
    issued = world.issue(30, activate=False)
    issued.void(10, last=19)
    for first, last in ((10, 19), (19, 25), (5, 10), (0, 29), (15, 15)):
        with refused(Conflict, "already_void", "first_serial"):
            issued.activate(first, last)
        with refused(Conflict, "already_void", "first_serial"):
            issued.void(first, last=last)


def test_a_roll_says_which_batch_it_is_for(world: Any, refused: Any) -> None:
    roll = world.issue(10, roll=True)
    with refused(Unacceptable, "batch_id", "batch_id"):
        roll.activate()
    wrong = (world.batch(who=world.neighbour), world.batch(world.product()))
    for number in (*(each.id for each in wrong), 999_999):
        with refused(Unacceptable, "batch_id", "batch_id"):
            roll.activate(0, 4, number)
    assert roll.activate(0, 4, world.batch().id).quantity == 5


def test_stamps_wait_for_their_batch_to_be_made(world: Any, refused: Any) -> None:
    issued = world.issue(5, activate=False, produced_at=world.now + timedelta(hours=1))
    with refused(Conflict, "not_produced"):
        issued.activate()
    world.now += timedelta(hours=1)
    assert issued.activate().quantity == 5


def test_stamps_are_not_put_on_what_is_expired(world: Any, refused: Any) -> None:
    issued = world.issue(5, activate=False)
    world.now = issued.batch.expires_at - timedelta(seconds=1)
    issued.activate(0, 0)
    world.now = issued.batch.expires_at
    with refused(Conflict, "batch_expired"):
        issued.activate(1)


def test_stamps_are_not_put_on_what_is_recalled(world: Any, refused: Any) -> None:
    issued = world.issue(10, activate=False)
    ranges = [{"first_serial": issued.serial(3), "last_serial": issued.serial(5)}]
    recall = issued.recall(serial_ranges=ranges)
    for first, last in ((0, 3), (5, 9), (4, 4), (0, 9)):
        with refused(Conflict, "batch_recalled"):
            issued.activate(first, last)
    issued.activate(0, 2)  # serials that the recall does not name
    issued.close_recall(recall.id, "withdrawn")
    assert issued.activate(3).quantity == 7


def test_a_recall_of_another_batch_does_not_matter(world: Any) -> None:
    other = world.issue(5)
    other.recall()
    assert world.issue(5).batch.id != other.batch.id
