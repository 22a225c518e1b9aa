"""A batch on hold: stopped at once by its producer, let go by an officer alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.acts import ActRecord
from traceapp.services.refusals import Conflict, NotAllowed, Unknown
from traceapp.services.registry.holding import (
    NewHold,
    Release,
    hold_batch,
    release_batch,
    standing_hold_told,
)
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.judging import Authentication, Verdict
from traceapp.services.scans.scanning import Answer, Look, scan


def hold(world: Any, batch: Any, who: Any = None, reason: str = "Mùi lạ") -> Any:
    actor = (who or world.producer).actor
    with world.writing() as session:
        return hold_batch(session, actor, batch.id, NewHold(reason=reason), world.now)


def release(world: Any, batch: Any, who: Any = None) -> Any:
    actor = (who or world.officer).actor
    with world.writing() as session:
        return release_batch(session, actor, batch.id, Release(reason="Không sao"), world.now)


def look(world: Any, code: str) -> Answer:
    with world.writing() as session:
        return scan(session, Look(code, "phone", "192.0.2.1"), world.edge.scanning, world.now)


def send(world: Any, issued: Any, n: int = 0) -> Answer:
    attempt = HiddenAttempt(Look(issued.code(n), "phone", "192.0.2.1"), issued.hidden(n))
    with world.writing() as session:
        return confirm(session, attempt, world.edge.confirming, world.now)


def test_a_producer_stops_her_batch_and_an_officer_lets_it_go(world: Any) -> None:
    issued = world.issue(3)
    told = hold(world, issued.batch)
    assert (told.batch_id, told.lot, told.reason) == (issued.batch.id, issued.batch.lot, "Mùi lạ")
    assert told.product_name == world.producer.product.name
    assert told.created_at == world.now and told.released_at is None
    answer = look(world, issued.code())
    assert answer.verdict is Verdict.ON_HOLD and answer.reasons == ("on_hold",)
    assert answer.held_at == told.created_at and answer.held_by_producer
    world.now += timedelta(hours=5)
    told = release(world, issued.batch)
    assert (told.released_at, told.release_reason) == (world.now, "Không sao")
    answer = look(world, issued.code())
    assert answer.verdict is Verdict.REGISTERED and answer.held_at is None
    with world.reading() as session:
        acts = session.scalars(sa.select(ActRecord).where(ActRecord.name.like("batch.%"))).all()
    assert [(each.name, each.subject_id, each.account_id) for each in acts[1:]] == [
        ("batch.hold", issued.batch.id, world.producer.actor.account_id),
        ("batch.release", issued.batch.id, world.officer.actor.account_id),
    ]


def test_an_officer_may_stop_a_batch_too_and_it_is_not_called_her_own_doing(world: Any) -> None:
    issued = world.issue(3)
    hold(world, issued.batch, world.officer)
    answer = look(world, issued.code())
    assert answer.verdict is Verdict.ON_HOLD and not answer.held_by_producer


def test_a_batch_is_held_once_and_released_once_and_may_be_held_again(
    world: Any, refused: Any
) -> None:
    batch = world.batch()
    with refused(Conflict, "not_on_hold"):
        release(world, batch)
    first = hold(world, batch)
    for who in (world.producer, world.officer):
        with refused(Conflict, "already_on_hold"):
            hold(world, batch, who)
    release(world, batch)
    with refused(Conflict, "not_on_hold"):
        release(world, batch)
    assert hold(world, batch).id != first.id


def test_nobody_else_stops_a_batch_and_its_producer_does_not_release_it(
    world: Any, refused: Any
) -> None:
    batch = world.batch()
    with refused(Unknown, "no_batch"):
        hold(world, batch, world.neighbour)
    with refused(NotAllowed, "not_allowed"):
        hold(world, batch, world.admin)
    hold(world, batch)
    for who in (world.producer, world.neighbour, world.admin):
        with refused(NotAllowed, "not_allowed"):
            release(world, batch, who)
    with refused(Unknown, "no_batch"), world.writing() as session:
        actor = world.officer.actor
        release_batch(session, actor, 999_999, Release(reason="Không sao"), world.now)


def test_a_batch_on_hold_gets_no_stamps_until_it_is_released(world: Any, refused: Any) -> None:
    issued = world.issue(10, activate=False)
    waiting = world.ask(5, issued.batch)
    roll = world.issue(10, roll=True)
    hold(world, issued.batch)
    with refused(Conflict, "batch_on_hold"):
        issued.activate()
    with refused(Conflict, "batch_on_hold"):
        roll.activate(0, 4, issued.batch.id)
    with refused(Conflict, "batch_on_hold"):
        world.ask(5, issued.batch)
    with refused(Conflict, "batch_on_hold"):
        world.approve(waiting)
    issued.void(9)  # Taking stamps out of use is always safe.
    release(world, issued.batch)
    issued.activate(0, 8)
    roll.activate(0, 4, issued.batch.id)
    world.ask(5, issued.batch)
    world.approve(waiting)


def test_stamps_that_wait_are_on_hold_with_their_batch_and_other_batches_are_not(
    world: Any,
) -> None:
    waiting, other = world.issue(3, activate=False), world.issue(3)
    hold(world, waiting.batch)
    answer = look(world, waiting.code())
    assert answer.verdict is Verdict.ON_HOLD
    assert answer.reasons == ("on_hold", "not_activated")
    assert look(world, other.code()).verdict is Verdict.REGISTERED


def test_a_hidden_code_is_kept_for_the_day_of_the_release(world: Any) -> None:
    issued = world.issue(3)
    hold(world, issued.batch)
    answer = send(world, issued)
    assert (answer.verdict, answer.authentication) == (Verdict.ON_HOLD, Authentication.NONE)
    release(world, issued.batch)
    answer = send(world, issued)
    assert (answer.verdict, answer.authentication) == (
        Verdict.AUTHENTICATED,
        Authentication.FIRST,
    )


def test_a_code_that_was_used_before_and_one_that_is_wrong_are_still_told_so(world: Any) -> None:
    issued = world.issue(3)
    send(world, issued)
    hold(world, issued.batch)
    answer = send(world, issued)
    assert (answer.verdict, answer.authentication) == (Verdict.ON_HOLD, Authentication.BEFORE)
    attempt = HiddenAttempt(Look(issued.code(1), "phone", "192.0.2.1"), issued.hidden(2))
    with world.writing() as session:
        answer = confirm(session, attempt, world.edge.confirming, world.now)
    assert (answer.verdict, answer.authentication) == (Verdict.ON_HOLD, Authentication.WRONG)


def test_a_recall_is_worse_than_a_hold_and_leaves_it_standing(world: Any, refused: Any) -> None:
    issued = world.issue(3)
    hold(world, issued.batch)
    recall = issued.recall()
    answer = look(world, issued.code())
    assert answer.verdict is Verdict.RECALLED and answer.reasons == ("recalled", "on_hold")
    issued.close_recall(recall.id, "withdrawn")
    assert look(world, issued.code()).verdict is Verdict.ON_HOLD
    release(world, issued.batch)
    assert look(world, issued.code()).verdict is Verdict.REGISTERED


def test_a_batch_tells_whether_it_is_on_hold_to_whom_it_concerns(world: Any) -> None:
    batch = world.batch()
    for held in (False, True):
        if held:
            hold(world, batch)
        with world.reading() as session:
            for who in (world.producer, world.officer, world.admin):
                told = standing_hold_told(session, who.actor, batch.id)
                assert (told is not None) == held
            with pytest.raises(Unknown):
                standing_hold_told(session, world.neighbour.actor, batch.id)
