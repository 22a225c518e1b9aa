"""A producer's desk: what of her own waits, and what an officer did not let through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from traceapp.records.decided import State
from traceapp.services.desks.own_desk import LATELY, LINES, OwnDesk, own_desk
from traceapp.services.desks.waiting import Waits
from traceapp.services.refusals import NotAllowed
from traceapp.services.registry import deciding, holding, registering
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.holding import NewHold, Release
from traceapp.services.registry.registering import NewFacility
from traceapp.services.runs.requesting import reject_request
from traceapp.services.scans.scanning import Look, scan

REJECTION = Rejection(reason="Thiếu giấy tờ")


def desk(world: Any, who: Any = None) -> OwnDesk:
    with world.reading() as session:
        return own_desk(session, (who or world.producer).actor, world.now)


def test_requests_are_counted_by_state_and_the_newest_are_told(world: Any) -> None:
    batch = world.batch(lot="Mẻ 3")
    waits = [world.ask(1, batch) for _ in range(LINES)]
    with world.writing() as session:
        reject_request(session, world.officer.actor, waits[0], REJECTION, world.now)
    world.approve(waits[1])
    told = desk(world)
    assert told.requests == {State.SUBMITTED: 3, State.APPROVED: 1, State.REJECTED: 1}
    last = world.ask(7, None)
    told = desk(world)
    assert [each.id for each in told.newest_requests] == [last, *reversed(waits[1:])]
    assert (told.newest_requests[0].lot, told.newest_requests[0].quantity) == (None, 7)
    assert told.newest_requests[-1].lot == "Mẻ 3"


def test_runs_with_stamps_that_wait_are_told(world: Any) -> None:
    world.issue(20)
    partly = world.issue(20, activate=False)
    partly.activate(0, 9)
    partly.void(8, last=12)
    roll = world.issue(30, roll=True)
    told = desk(world).runs
    assert [(each.id, each.waiting) for each in told] == [(roll.run.id, 30), (partly.run.id, 7)]
    assert (told[1].lot, told[1].first_serial) == (partly.batch.lot, partly.run.first_serial)


def test_her_own_batches_that_are_stopped_are_told_while_they_are(world: Any) -> None:
    held, recalled, closed = world.batch(), world.issue(5), world.issue(5)
    world.batch()
    theirs = world.batch(who=world.neighbour)
    with world.writing() as session:
        holding.hold_batch(session, world.producer.actor, held.id, NewHold(), world.now)
        holding.hold_batch(session, world.neighbour.actor, theirs.id, NewHold(), world.now)
    recalled.recall("danger")
    over = closed.recall("danger")
    assert [each.id for each in desk(world).stopped] == [
        closed.batch.id,
        recalled.batch.id,
        held.id,
    ]
    closed.close_recall(over.id, "completed")
    told = desk(world).stopped
    assert [(each.id, each.on_hold, each.recalled) for each in told] == [
        (recalled.batch.id, False, True),
        (held.id, True, False),
    ]
    assert told[0].net_content == world.producer.product.net_content
    with world.writing() as session:
        holding.release_batch(session, world.officer.actor, held.id, Release(), world.now)
    assert [each.id for each in desk(world).stopped] == [recalled.batch.id]


def test_batches_that_expire_soon_are_told_the_first_to_expire_first(world: Any) -> None:
    day = timedelta(days=1)
    later = world.batch(expires_at=world.now + 29 * day)
    sooner = world.batch(expires_at=world.now + day)
    world.batch(expires_at=world.now)
    world.batch(expires_at=world.now + 31 * day)
    assert [each.id for each in desk(world).expiring] == [sooner.id, later.id]


def test_what_was_rejected_is_told_with_its_reason_for_a_while(world: Any) -> None:
    request_id = world.ask(5, world.batch())
    with world.writing() as session:
        reject_request(session, world.officer.actor, request_id, REJECTION, world.now)
        new = NewFacility(party_id=world.producer.party.id, name="Kho mới", address="Thôn 2")
        facility = registering.register_facility(session, world.producer.actor, new, world.now)
        later = world.now + timedelta(minutes=1)
        deciding.decide_facility(session, world.officer.actor, facility.id, REJECTION, later)
    told = desk(world).rejected
    product = world.producer.product
    assert [(each.kind, each.id, each.title, each.net_content) for each in told] == [
        (Waits.FACILITY, facility.id, "Kho mới", None),
        (Waits.REQUEST, request_id, product.name, product.net_content),
    ]
    assert {each.reason for each in told} == {"Thiếu giấy tờ"}
    world.now += LATELY + timedelta(hours=1)
    assert desk(world).rejected == []


def test_looks_at_stamps_that_she_forgot_are_counted(world: Any) -> None:
    issued = world.issue(20, activate=False)
    assert desk(world).notices == 0
    with world.writing() as session:
        for n in range(2):
            look = Look(issued.code(n), "phone", "192.0.2.1")
            scan(session, look, world.edge.scanning, world.now)
    assert desk(world).notices == 1  # of one run


def test_her_neighbour_sees_none_of_it(world: Any) -> None:
    issued = world.issue(20, activate=False, expires_at=world.now + timedelta(days=3))
    world.ask(5, issued.batch)
    told = desk(world, world.neighbour)
    assert set(told.requests.values()) == {0}
    assert (told.newest_requests, told.runs, told.expiring, told.rejected) == ([], [], [], [])


def test_an_officer_has_another_desk(world: Any) -> None:
    with pytest.raises(NotAllowed):
        desk(world, world.officer)
