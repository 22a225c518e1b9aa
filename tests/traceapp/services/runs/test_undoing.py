"""Undoing a slip: by its party in time and before a buyer met it, later by an officer."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.acts import ActRecord
from traceapp.records.scans import Agent
from traceapp.services.paging import PageWish
from traceapp.services.refusals import Conflict, NotAllowed, Refusal, Unacceptable, Unknown
from traceapp.services.registry.holding import NewHold, Release, hold_batch, release_batch
from traceapp.services.registry.quotas import committed
from traceapp.services.registry.recalling import NewRecall, open_recall
from traceapp.services.runs.activating import (
    NewActivation,
    activate,
    list_activations,
    show_activation,
)
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.undoing import (
    Undo,
    UndoLimits,
    may_undo_activation,
    may_undo_void,
    undo_activation,
    undo_void,
)
from traceapp.services.runs.voiding import list_voids, show_void
from traceapp.services.scans.scanning import Look, scan

LIMITS = UndoLimits(days=10, spoilage_percent=5)
SERVICES = {
    "activate": (undo_activation, may_undo_activation),
    "void": (undo_void, may_undo_void),
}


def undo(world: Any, act: str, told: Any, who: Any = None, reason: str = "Nhầm dãy") -> Any:
    """Undo what `act` made; whether it may be undone is asked before, and must not err."""
    service, may = SERVICES[act]
    actor = (who or world.producer).actor
    asks = (told.id, Undo(reason=reason), LIMITS, world.now)
    with world.reading() as session:
        offered = may(session, actor, told.id, LIMITS, world.now)
    try:
        with world.writing() as session:
            done = service(session, actor, *asks)
    except Refusal as refusal:
        assert offered == (refusal.code == "over_quantity")
        raise
    assert offered
    return done


def look(world: Any, issued: Any, n: int = 0, **given: Any) -> str:
    with world.writing() as session:
        phone = Look(issued.code(n), "phone", "192.0.2.1", **given)
        return scan(session, phone, world.edge.scanning, world.now).verdict.value


def counts(issued: Any) -> tuple[int, int, int]:
    with issued.world.reading() as session:
        run = show_run(session, issued.world.officer.actor, issued.run.id)
    assert run.quantity == run.active + run.waiting + run.void
    return run.active, run.waiting, run.void


def committed_to(world: Any, batch: Any) -> int:
    with world.reading() as session:
        return committed(session, batch.id)


def made(world: Any, act: str) -> tuple[Any, Any]:
    """A run of ten, and its first five activated or voided."""
    issued = world.issue(10, activate=False)
    told = issued.activate(0, 4) if act == "activate" else issued.void(0, last=4)
    return issued, told


def test_an_undone_activation_waits_again_and_may_be_activated_for_another_batch(
    world: Any,
) -> None:
    roll, right, wrong = world.issue(10, roll=True), world.batch(), world.batch()
    told = roll.activate(0, 9, wrong.id)
    world.now += timedelta(hours=1)
    undone = undo(world, "activate", told)
    assert (undone.undone_at, undone.undo_reason) == (world.now, "Nhầm dãy")
    assert undone.model_copy(update={"undone_at": None, "undo_reason": None}) == told
    assert counts(roll) == (0, 10, 0) and committed_to(world, wrong) == 0
    assert look(world, roll) == "not_activated"
    again = roll.activate(0, 9, right.id)
    assert counts(roll) == (10, 0, 0) and committed_to(world, right) == 10
    assert look(world, roll) == "registered"
    with world.reading() as session:
        actor = world.producer.actor
        assert show_activation(session, actor, told.id) == undone
        listed = list_activations(session, actor, roll.run.id, PageWish()).items
    assert listed == [undone, again]


def test_an_undone_void_gives_back_what_was_active_as_active_and_the_rest_waits(world: Any) -> None:
    issued = world.issue(10, activate=False)
    issued.activate(0, 4)
    told = issued.void(2, last=7)
    assert counts(issued) == (2, 2, 6)
    undone = undo(world, "void", told)
    assert (undone.undone_at, undone.undo_reason) == (world.now, "Nhầm dãy")
    assert counts(issued) == (5, 5, 0)
    assert (look(world, issued, 4), look(world, issued, 7)) == ("registered", "not_activated")
    again = issued.void(4, last=4)
    with world.reading() as session:
        actor = world.producer.actor
        assert show_void(session, actor, told.id) == undone
        assert list_voids(session, actor, issued.run.id, PageWish()).items == [undone, again]


def test_a_void_over_an_undone_activation_stays(world: Any) -> None:
    issued = world.issue(10, activate=False)
    activation, void = issued.activate(0, 4), issued.void(3, last=6)
    undo(world, "activate", activation)
    assert counts(issued) == (0, 6, 4)
    assert look(world, issued, 3) == "void"
    undo(world, "void", void, world.officer)
    assert counts(issued) == (0, 10, 0)


@pytest.mark.parametrize("act", ["activate", "void"])
def test_both_acts_stay_on_record(world: Any, act: str) -> None:
    issued, told = made(world, act)
    undo(world, act, told)
    name = "activation.undo" if act == "activate" else "void.undo"
    with world.reading() as session:
        (kept,) = session.scalars(sa.select(ActRecord).where(ActRecord.name == name)).all()
    assert (kept.subject_id, kept.account_id) == (told.id, world.producer.actor.account_id)
    assert kept.details == {
        "run_id": issued.run.id,
        "first_serial": issued.serial(0),
        "last_serial": issued.serial(4),
    }


@pytest.mark.parametrize("act", ["activate", "void"])
@pytest.mark.parametrize("second", ["producer", "officer"])
def test_nothing_is_undone_twice(world: Any, refused: Any, act: str, second: str) -> None:
    _, told = made(world, act)
    undo(world, act, told)
    with refused(Conflict, "undone"):
        undo(world, act, told, world.people[second])


@pytest.mark.parametrize("act", ["activate", "void"])
def test_a_party_undoes_up_to_the_last_moment_of_its_days(
    world: Any, refused: Any, act: str
) -> None:
    _, late = made(world, act)
    _, timely = made(world, act)
    world.now += timedelta(days=10)
    undo(world, act, timely)
    world.now += timedelta(microseconds=1)
    with refused(Conflict, "too_late"):
        undo(world, act, late)
    world.now += timedelta(days=1000)
    undo(world, act, late, world.officer)


@pytest.mark.parametrize("act", ["activate", "void"])
def test_a_buyers_look_at_any_of_the_stamps_leaves_it_to_an_officer(
    world: Any, refused: Any, act: str
) -> None:
    issued, told = made(world, act)
    look(world, issued, 5)  # the stamp beside the range
    _, beside = made(world, act)
    look(world, issued, 4)
    with refused(Conflict, "scanned"):
        undo(world, act, told)
    undo(world, act, told, world.officer)
    undo(world, act, beside)


@pytest.mark.parametrize("act", ["activate", "void"])
def test_looks_before_the_act_and_looks_of_robots_and_staff_do_not_count(
    world: Any, act: str
) -> None:
    issued = world.issue(10, activate=False)
    look(world, issued)
    world.now += timedelta(seconds=1)
    told = issued.activate(0, 4) if act == "activate" else issued.void(0, last=4)
    look(world, issued, agent=Agent.PREVIEW)
    for who in (world.producer, world.officer, world.admin):
        look(world, issued, actor=who.actor)
    undo(world, act, told)


def test_a_neighbours_look_counts_like_any_buyers(world: Any, refused: Any) -> None:
    issued, told = made(world, "activate")
    look(world, issued, actor=world.neighbour.actor)
    with refused(Conflict, "scanned"):
        undo(world, "activate", told)


def test_what_was_stolen_is_given_back_by_an_officer_alone(world: Any, refused: Any) -> None:
    issued = world.issue(10)
    told = issued.void(0, "stolen", 4)
    with refused(Conflict, "stolen"):
        undo(world, "void", told)
    undo(world, "void", told, world.officer)
    assert counts(issued) == (10, 0, 0)


@pytest.mark.parametrize("act", ["activate", "void"])
def test_nobody_else_undoes(world: Any, refused: Any, act: str) -> None:
    _, told = made(world, act)
    nothing = told.model_copy(update={"id": 999_999})
    code = "no_activation" if act == "activate" else "no_void"
    for what, who in ((told, world.neighbour), (nothing, world.producer), (nothing, world.officer)):
        with refused(Unknown, code):
            undo(world, act, what, who)
    with refused(NotAllowed, "not_allowed"):
        undo(world, act, told, world.admin)


def test_a_warning_is_not_lost_by_moving_stamps_to_another_batch(world: Any, refused: Any) -> None:
    """Undone, a roll's stamps are of no batch, where neither a recall nor a hold reaches them."""
    held, recalled = world.batch(), world.batch()
    rolls = [world.issue(5, roll=True) for _ in range(2)]
    on_hold, under_recall = (
        roll.activate(0, 4, batch.id) for roll, batch in zip(rolls, (held, recalled), strict=True)
    )
    with world.writing() as session:
        hold_batch(session, world.producer.actor, held.id, NewHold(reason="Mùi lạ"), world.now)
        new = NewRecall(batch_ids=[recalled.id], severity="info", reason="Sai", notice="Dừng")
        open_recall(session, world.officer.actor, new, world.now)
    with refused(Conflict, "batch_on_hold"):
        undo(world, "activate", on_hold)
    with refused(Conflict, "batch_recalled"):
        undo(world, "activate", under_recall)
    undo(world, "activate", under_recall, world.officer)
    with world.writing() as session:
        release_batch(session, world.officer.actor, held.id, Release(reason="Tốt"), world.now)
    undo(world, "activate", on_hold)


def test_a_recall_of_other_serials_does_not_stand_in_the_way(world: Any) -> None:
    issued = world.issue(10, activate=False)
    told = issued.activate(0, 4)
    issued.activate(5, 9)
    ends = {"first_serial": issued.serial(5), "last_serial": issued.serial(9)}
    issued.recall(serial_ranges=[ends])
    undo(world, "activate", told)


def test_a_void_is_undone_in_a_batch_that_warns_and_the_next_look_says_so(world: Any) -> None:
    issued = world.issue(10)
    told = issued.void(0, last=4)
    issued.recall()
    undo(world, "void", told)
    assert look(world, issued) == "recalled"
    held = world.issue(10)
    told = held.void(0, last=4)
    with world.writing() as session:
        batch_id = held.batch.id
        hold_batch(session, world.producer.actor, batch_id, NewHold(reason="Mùi lạ"), world.now)
    undo(world, "void", told)
    assert look(world, held) == "on_hold"


def test_an_undone_activation_is_in_no_recall_of_its_batch(world: Any, refused: Any) -> None:
    roll, batch = world.issue(10, roll=True), world.batch()
    undo(world, "activate", roll.activate(0, 9, batch.id))
    ends = {"first_serial": roll.serial(0), "last_serial": roll.serial(9)}
    new = NewRecall(
        batch_ids=[batch.id], severity="info", reason="Sai", notice="Dừng", serial_ranges=[ends]
    )
    with (
        refused(Unacceptable, "range_reaches_nothing", "serial_ranges"),
        world.writing() as session,
    ):
        open_recall(session, world.officer.actor, new, world.now)


def test_two_undos_and_an_activation_at_once_leave_every_stamp_in_one_state(
    world: Any, at_once: Any
) -> None:
    issued = world.issue(30, activate=False)
    told = issued.activate(0, 19)

    def undoing() -> Any:
        with world.writing() as session:
            asks = (session, world.producer.actor, told.id, Undo(reason="Nhầm"), LIMITS)
            return undo_activation(*asks, world.now)

    def activating() -> Any:
        new = NewActivation(first_serial=issued.serial(10), last_serial=issued.serial(29))
        with world.writing() as session:
            return activate(session, world.producer.actor, issued.run.id, new, 5, world.now)

    results = at_once([undoing, activating, undoing, activating, undoing])
    said = Counter(getattr(each, "code", type(each).__name__) for each in results)
    assert said["undone"] == 2
    # Whoever came after the undo had its way, and only one of them could.
    again = said["ActivationTold"] - 1
    assert again in (0, 1) and said["already_active"] == 2 - again
    assert counts(issued) == (20 * again, 30 - 20 * again, 0)
