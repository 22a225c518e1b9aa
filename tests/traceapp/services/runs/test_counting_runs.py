"""The stamps of many runs are counted as those of one are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from traceapp.services.runs.counting_runs import count_runs
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.undoing import Undo, UndoLimits, undo_activation, undo_void


def test_a_list_counts_each_run_as_a_single_one_is_counted(world: Any) -> None:
    world.issue(20)
    partly = world.issue(20, activate=False)
    partly.activate(0, 4)
    partly.activate(8, 12)
    partly.void(3, last=9)  # over both, and over some that wait
    world.issue(20, roll=True)
    undone = world.issue(20, activate=False)
    activation = undone.activate(0, 9)
    void = undone.void(5, last=14)
    undone.void(16)
    with world.writing() as session:
        limits = UndoLimits(10, 5)
        asks = (session, world.officer.actor)
        undo_void(*asks, void.id, Undo(reason="Nhầm"), limits, world.now)
        undo_activation(*asks, activation.id, Undo(reason="Nhầm"), limits, world.now)
    with world.reading() as session:
        runs = list(session.scalars(sa.text("SELECT id FROM stamp_runs ORDER BY id")))
        counted = count_runs(session, runs)
        for run_id in runs:
            told = show_run(session, world.officer.actor, run_id)
            count = counted[run_id]
            assert (count.active, count.waiting, count.void) == (
                told.active,
                told.waiting,
                told.void,
            )
    assert [(each.active, each.void) for each in counted.values()] == [
        (20, 0),
        (6, 7),
        (0, 0),
        (0, 1),
    ]


def test_no_runs_are_no_counts(world: Any) -> None:
    with world.reading() as session:
        assert count_runs(session, []) == {}
