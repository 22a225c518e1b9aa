"""Serials as they are given: the counter, what was printed, and whether any came twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from stamps import hidden_code, sign
from traceapp.edge import open_edge
from traceapp.services.refusals import Conflict
from traceapp.services.runs.issuing import Advanced, advance_counter
from traceapp.services.runs.reading_runs import RunTold
from traceapp.services.scans.scanning import Look, scan

ROOM = 100_000


def advanced(world: Any, room: int = ROOM) -> Advanced:
    with world.writing() as session:
        return advance_counter(session, world.edge.mark, room)


def advance(world: Any, room: int = ROOM) -> int:
    return advanced(world, room).next_serial


def seen(world: Any, serial: int) -> None:
    """Somebody with the key signed a serial that was never issued here, and looked at it."""
    code = sign(world.edge.stamp_keys.ring().newest, serial)
    with world.writing() as session:
        told = scan(session, Look(code, "phone", "192.0.2.1"), world.edge.scanning, world.now)
    assert told.verdict.value == "unknown"


def on_postgresql(world: Any) -> None:
    if world.edge.database.embedded:
        pytest.skip("an embedded database belongs to one machine")


def printed(world: Any, run: RunTold) -> tuple[set[int], set[str], set[str]]:
    """The serials, codes and hidden codes of a run."""
    serials = set(range(run.first_serial, run.last_serial + 1))
    stamp = world.edge.stamp_keys.ring().newest
    hidden = world.edge.hidden_keys.ring().newest
    return (
        serials,
        {sign(stamp, serial) for serial in serials},
        {hidden_code(hidden, serial) for serial in serials},
    )


def assert_nothing_twice(world: Any, *runs: RunTold) -> None:
    for kind in zip(*(printed(world, run) for run in runs), strict=True):
        assert len(set().union(*kind)) == sum(len(each) for each in kind)


def approve_or_advance(world: Any, request_id: int, refused: bool) -> RunTold:
    """The run of a request; where it should be refused at first, after an advance."""
    if refused:
        with pytest.raises(Conflict) as caught:
            world.approve(request_id)
        assert caught.value.code == "counter_not_trusted"
        assert "traceapp counter advance" in str(caught.value)
        advance(world)
    run: RunTold = world.approve(request_id)
    return run


def second_machine(world: Any, folder: Path) -> Any:
    """Another machine with the same keys, on the same PostgreSQL database, without a mark."""
    settings = world.edge.settings
    shutil.copytree(settings.data_dir / "keys", folder / "keys")
    edge = open_edge(settings.model_copy(update={"data_dir": folder}))
    return type(world)(edge, people=world.people)
