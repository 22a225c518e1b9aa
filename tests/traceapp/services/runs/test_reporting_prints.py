"""What came back from the printer: all of a report or nothing, and a run that always adds up."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from traceapp.services.paging import PageWish
from traceapp.services.refusals import Conflict, Refusal, Unacceptable, Unknown
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.counting_runs import count_runs
from traceapp.services.runs.looking_ahead import range_ahead
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.reporting_prints import (
    PrintReport,
    Spoilage,
    list_good_prints,
    print_standing,
    report_print,
)
from traceapp.services.runs.undoing import Undo, undo_activation, undo_void
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.values import SerialRange


def report(world: Any, issued: Any, good: Any = (), spoiled: Any = (), who: Any = None) -> Any:
    def ends(first: int, last: int) -> dict[str, int]:
        return {"first_serial": issued.serial(first), "last_serial": issued.serial(last)}

    body = PrintReport.model_validate(
        {
            "good": [ends(*each) for each in good],
            "spoiled": [ends(*each[:2]) | {"reason": each[2]} for each in spoiled],
        }
    )
    with world.writing() as session:
        actor = who or world.producer.actor
        return report_print(session, actor, issued.run.id, body, world.now)


def test_good_ranges_are_remembered_and_spoiled_ones_are_void_at_once(world: Any) -> None:
    issued = world.issue(100, activate=False)
    told = report(world, issued, [(0, 39), (50, 89)], [(40, 49, "misprinted"), (90, 94, "lost")])
    assert [each.quantity for each in told.good_ranges] == [40, 40]
    assert [each.reason for each in told.voids] == ["misprinted", "lost"]
    assert (told.good, told.void, told.unreported) == (80, 15, 5)
    with world.reading() as session:
        actor = world.producer.actor
        run = show_run(session, actor, issued.run.id)
        assert (run.active, run.waiting, run.void) == (0, 85, 15)
        kept = list_good_prints(session, actor, issued.run.id, PageWish()).items
        assert [each.id for each in kept] == [each.id for each in told.good_ranges]
    # What turns out to be spoiled later is not good any more.
    later = report(world, issued, [], [(10, 11, "damaged")])
    assert (later.good, later.void, later.unreported) == (78, 17, 5)


@pytest.mark.parametrize(
    ("good", "spoiled", "code", "field"),
    [
        ([], [], "no_ranges", "good"),
        ([(0, 10), (10, 12)], [], "ranges_meet", "good.1.first_serial"),
        ([(5, 9)], [(0, 5, "lost")], "ranges_meet", "good.0.first_serial"),
        ([(0, 20)], [], "outside_run", "good.0.last_serial"),
        ([(0, 3)], [(5, 4, "lost")], "range_order", "spoiled.0.last_serial"),
    ],
)
def test_a_report_that_does_not_add_up_is_refused_by_its_field(
    world: Any, unchanged: Any, good: Any, spoiled: Any, code: str, field: str
) -> None:
    issued = world.issue(20, activate=False)
    with unchanged(), pytest.raises(Unacceptable) as refused:
        report(world, issued, good, spoiled)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_one_wrong_range_undoes_the_whole_report(world: Any, unchanged: Any) -> None:
    issued = world.issue(20, activate=False)
    issued.void(15)
    report(world, issued, [(0, 3)])
    for good, spoiled, code in (
        ([(4, 9)], [(10, 11, "damaged"), (14, 16, "lost")], "already_void"),
        ([(4, 9), (14, 16)], [(10, 11, "damaged")], "already_void"),
        ([(3, 9)], [(10, 11, "damaged")], "already_reported"),
    ):
        with unchanged(), pytest.raises(Conflict) as refused:
            report(world, issued, good, spoiled)
        assert refused.value.code == code


def test_test_labels_and_other_partys_are_not_reported(world: Any, unchanged: Any) -> None:
    issued, tests = world.issue(20, activate=False), world.test_labels()
    with unchanged(), pytest.raises(Conflict, match="test labels"):
        report(world, tests, [(0, 9)])
    with unchanged(), pytest.raises(Unknown):
        report(world, issued, [(0, 9)], who=world.neighbour.actor)


def test_whatever_happens_a_run_adds_up(world: Any) -> None:
    """Random acts, some of them refused, against a list of what each stamp must be."""
    size, chance = 60, random.Random(20260615)
    issued = world.issue(size, activate=False)
    active, void, good = set[int](), set[int](), set[int]()
    done: list[tuple[str, int, set[int]]] = []
    happened: Counter[str] = Counter()
    actor, run_id = world.officer.actor, issued.run.id

    def some() -> tuple[int, int]:
        first = chance.randrange(size)
        return first, min(size - 1, first + chance.randrange(12))

    def ends() -> tuple[dict[str, int], set[int]]:
        first, last = some()
        serials = {"first_serial": issued.serial(first), "last_serial": issued.serial(last)}
        return serials, set(range(first, last + 1))

    for _ in range(120):
        act = chance.choice(["activate", "void", "report", "undo"])
        with suppress(Refusal):
            if act == "activate":
                wished, serials = ends()
                with world.writing() as session:
                    new = NewActivation(**wished)
                    row: Any = activate(session, actor, run_id, new, 5, world.now)
                active |= serials
                done.append(("activation", row.id, serials))
            elif act == "void":
                wished, serials = ends()
                with world.writing() as session:
                    row = void_stamps(
                        session, actor, run_id, NewVoid(**wished, reason="lost"), world.now
                    )
                void |= serials
                done.append(("void", row.id, serials))
            elif act == "report":
                kept, spoiled = some(), some()
                row = report(world, issued, [kept], [(*spoiled, chance.choice(list(Spoilage)))])
                good |= set(range(kept[0], kept[1] + 1))
                serials = set(range(spoiled[0], spoiled[1] + 1))
                void |= serials
                done.append(("void", row.voids[0].id, serials))
            elif done:
                kind, number, serials = done.pop(chance.randrange(len(done)))
                undo, limits = Undo(reason="Nhầm"), world.edge.undo_limits
                with world.writing() as session:
                    if kind == "void":
                        undo_void(session, actor, number, undo, limits, world.now)
                        void -= serials
                    else:
                        undo_activation(session, actor, number, undo, limits, world.now)
                        active -= serials
            happened[act] += 1
        with world.reading() as session:
            run = show_run(session, actor, run_id)
            whole = SerialRange(first_serial=run.first_serial, last_serial=run.last_serial)
            ahead = range_ahead(session, actor, run_id, whole)
            counted = count_runs(session, [run_id])[run_id]
            standing = print_standing(session, actor, run_id)
        expected = (len(active - void), size - len(active | void), len(void))
        assert (run.active, run.waiting, run.void) == expected
        assert (ahead.active, ahead.waiting, ahead.void) == expected
        assert (counted.active, counted.waiting, counted.void) == expected
        assert run.quantity == sum(expected) == size
        assert standing.good == len(good - void) and standing.void == len(void)
        assert standing.unreported == size - len(good | void)
    assert min(happened[each] for each in ("activate", "void", "report", "undo")) > 2, happened
