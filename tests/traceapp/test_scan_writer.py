"""Looks while the records are out of reach: `unchecked`, kept, and each in the log once."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.database import Database
from traceapp.gathering import Round
from traceapp.records.key_files import KeyTrouble
from traceapp.records.late_looks import LateFile, LateLooks
from traceapp.records.scans import Scan, StampTotal
from traceapp.records.traces import Trace
from traceapp.scan_writer import PAUSE, SLOW, ScanWriter
from traceapp.services.scans.adding_up import TotalsWish, add_up, totals
from traceapp.services.scans.entering_late import enter_late, late_look
from traceapp.services.scans.looks import Asked, Look

ADDRESS = "203.0.113.77"
PHONE = "a-phone-that-nobody-else-has"


@contextmanager
def away(world: Any) -> Iterator[None]:
    """A database that nobody serves, in the place of the world's own."""
    own, other = world.edge.database, Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    object.__setattr__(world.edge, "database", other)
    yield
    object.__setattr__(world.edge, "database", own)
    other.close()


def look(world: Any, code: str, **given: Any) -> str:
    asked = Look(code, given.pop("phone", PHONE), ADDRESS, **given)
    return str(world.edge.scan_writer.scan(asked, world.now).verdict.value)


def files(world: Any) -> list[Path]:
    return sorted((world.edge.settings.data_dir / "late-looks").glob("*"))


def scans(world: Any) -> list[Scan]:
    with world.reading() as session:
        return list(session.scalars(sa.select(Scan).order_by(Scan.id)))


def count(world: Any, table: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(table)))


def test_a_look_is_kept_and_enters_the_log_with_what_it_belongs_to(world: Any) -> None:
    issued = world.issue()
    with away(world):
        assert look(world, issued.code(2)) == "unchecked"
    at, world.now = world.now, world.now + timedelta(hours=3)
    assert scans(world) == []
    assert world.edge.scan_writer.enter_late() == 1
    (scan,) = scans(world)
    assert (scan.verdict, scan.at, scan.serial) == ("unchecked", at, issued.run.first_serial + 2)
    assert (scan.run_id, scan.product_id) == (issued.run.id, issued.run.product_id)
    assert scan.batch_id == issued.batch.id
    with world.reading() as session:
        total = session.get_one(StampTotal, scan.serial)
        assert (total.looks, total.sessions, total.first_at) == (1, 1, at)
    assert count(world, Trace) == 1
    assert (files(world), count(world, LateFile)) == ([], 0)
    assert world.edge.scan_writer.enter_late() == 0
    assert len(scans(world)) == 1


def test_a_file_holds_neither_address_nor_phone(world: Any) -> None:
    issued = world.issue()
    for _ in range(2):  # The first look of a month makes its key, the next one reads it.
        assert look(world, issued.code()) == "registered"
    with away(world):
        look(world, issued.code(1))
    (file,) = files(world)
    text = file.read_text()
    assert ADDRESS not in text and PHONE not in text
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    # With the month's key at hand, the same address is known again later.
    world.edge.scan_writer.enter_late()
    assert look(world, issued.code(1), phone="another") == "registered"
    with world.reading() as session:
        sources = session.scalars(sa.select(Trace.source).where(Trace.serial % 4096 == 1)).all()
    assert len(sources) == 2 and len(set(sources)) == 1


def test_what_no_key_signed_and_what_is_no_code_leaves_no_file(world: Any) -> None:
    world.issue()
    with away(world):
        assert look(world, "0000000B8FXF2GQRGF18") == "forged"
        assert look(world, "XYZ") == "malformed"
    assert files(world) == []


def test_a_process_that_ends_in_between_leaves_nothing_twice_and_nothing_out(world: Any) -> None:
    issued = world.issue()
    with away(world):
        for n in range(5):
            look(world, issued.code(n))
    (file,) = files(world)
    late = LateLooks(file.parent)
    world.edge.scan_writer._about.late._seal(file)
    with late.taken(file) as looks, world.writing() as session:
        assert looks is not None and len(looks) == 5
        # The process ends here: part of the file is in the log, and the file is still there.
        assert enter_late(session, file.name, looks[:3], world.edge.scanning, world.now) == 0
    assert len(scans(world)) == 3
    assert world.edge.scan_writer.enter_late() == 5
    assert [each.serial % 4096 for each in scans(world)] == [0, 1, 2, 3, 4]


def test_what_is_undone_is_entered_again(world: Any) -> None:
    issued = world.issue()
    with away(world):
        look(world, issued.code())
    (file,) = files(world)
    world.edge.scan_writer._about.late._seal(file)
    with LateLooks(file.parent).taken(file) as looks:
        assert looks is not None
        with pytest.raises(ZeroDivisionError), world.writing() as session:
            enter_late(session, file.name, looks, world.edge.scanning, world.now)
            raise ZeroDivisionError
    assert (scans(world), count(world, LateFile)) == ([], 0)
    assert world.edge.scan_writer.enter_late() == 1
    assert len(scans(world)) == 1


def test_half_a_line_was_no_answer(world: Any) -> None:
    issued = world.issue()
    with away(world):
        look(world, issued.code()), look(world, issued.code(1))
    (file,) = files(world)
    os.truncate(file, file.stat().st_size - 7)
    assert world.edge.scan_writer.enter_late() == 1
    assert [each.serial % 4096 for each in scans(world)] == [0]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(world: Any) -> None:
    issued = world.issue()
    with away(world):
        look(world, issued.code())
    (file,) = files(world)
    older = file.with_name("0.jsonl")
    older.write_bytes(b"{}\n")
    os.utime(older, (1, 1))
    assert world.edge.scan_writer.enter_late() == 1
    assert [each.serial % 4096 for each in scans(world)] == [0]
    assert files(world) == [older]


def test_a_disk_without_room_leaves_no_half_line(tmp_path: Path, world: Any) -> None:
    asked = Asked(Look(world.issue().code(), PHONE, ADDRESS), world.now)
    late = late_look(asked, world.edge.stamp_keys.ring(), b"k" * 32)
    assert late is not None
    room, size = LateLooks(tmp_path / "late"), len(late.line())
    assert room.keep([late]) == 1
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, before[1]))
    try:
        assert room.keep([late]) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert room.keep([late]) == 1
    (file,) = (tmp_path / "late").iterdir()
    assert file.read_bytes() == late.line() * 2


def test_a_key_that_is_missing_is_the_trouble_of_its_own_stamps_alone(world: Any) -> None:
    old = world.issue()
    keys = world.edge.stamp_keys
    keys.rotate()
    new = world.issue()
    codes = [new.code(), old.code(), new.code(1)]
    keys.file.write_text(keys.file.read_text("ascii").splitlines()[-1], "ascii")
    told: dict[str, str] = {}

    def ask(code: str) -> None:
        try:
            told[code] = look(world, code)
        except KeyTrouble:
            told[code] = "trouble"

    Round().work_on([partial(ask, code) for code in codes])
    assert [told[code] for code in codes] == ["registered", "trouble", "registered"]


def test_a_file_that_another_process_writes_is_left_to_it(world: Any) -> None:
    issued = world.issue()
    with away(world):
        look(world, issued.code())
    (file,) = files(world)
    own = LateLooks(file.parent)
    with file.open("rb") as other:
        world.edge.scan_writer._about.late._seal(file)
        fcntl.flock(other, fcntl.LOCK_EX)
        with own.taken(file) as looks:
            assert looks is None
        assert world.edge.scan_writer.enter_late() == 0
    assert world.edge.scan_writer.enter_late() == 1


def test_what_may_be_in_the_log_already_enters_only_if_it_is_not(world: Any) -> None:
    issued = world.issue()
    assert look(world, issued.code()) == "registered"
    there = scans(world)[0].id
    ring, now = world.edge.stamp_keys.ring(), world.now
    asked = Asked(Look(issued.code(), PHONE, ADDRESS), now)
    late = [late_look(asked, ring, b"k" * 32, scan_id) for scan_id in (there, there + 7, None)]
    with world.writing() as session:
        assert enter_late(session, "x.jsonl", late, world.edge.scanning, now) == 0
    assert {each.id for each in scans(world)} == {there, there + 7, *scans_after(world, there)}
    assert len(scans(world)) == 3


def scans_after(world: Any, known: int) -> set[int]:
    return {each.id for each in scans(world) if each.id not in (known, known + 7)}


def test_a_late_look_reaches_its_day_though_that_was_added_up(world: Any) -> None:
    issued = world.issue()
    look(world, issued.code())
    with away(world):
        look(world, issued.code(1))
    day = world.now.date()
    world.now += timedelta(days=3)
    with world.writing() as session:
        assert add_up(session, world.now) > 0
    world.edge.scan_writer.enter_late()
    wish = TotalsWish(since=day, until=day)
    for who in (world.officer, world.producer):
        with world.reading() as session:
            told = totals(session, who.actor, wish, world.now)
        assert told.days[0].looks == {"registered": 1, "unchecked": 1}


def test_a_file_takes_so_much_and_no_more(tmp_path: Path, world: Any) -> None:
    issued = world.issue()
    asked = Asked(Look(issued.code(), PHONE, ADDRESS), world.now)
    late = late_look(asked, world.edge.stamp_keys.ring(), b"k" * 32)
    assert late is not None
    room = LateLooks(tmp_path / "late", largest=len(late.line()) * 3 + 1)
    assert room.keep([late] * 2) == 2
    assert room.keep([late] * 2) == 1
    (file,) = (tmp_path / "late").iterdir()
    assert [json.loads(line)["code"] for line in file.read_text().splitlines()] == [late.code] * 3


def test_after_a_slow_failure_nobody_waits_for_a_while(world: Any, settings: Any) -> None:
    clock = [0.0]
    about = world.edge.scan_writer._about
    tried = []

    class Slow(Database):
        def looking(self) -> Any:
            tried.append(clock[0])
            clock[0] += SLOW * 2
            return super().looking()

    gone = Slow("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    writer = ScanWriter(replace(about, database=lambda: gone), lambda: clock[0])
    code = world.issue().code()
    for _ in range(3):
        assert writer.scan(Look(code, PHONE, ADDRESS), world.now).verdict.value == "unchecked"
    assert len(tried) == 1
    clock[0] += PAUSE
    writer.scan(Look(code, PHONE, ADDRESS), world.now)
    assert len(tried) == 2
    gone.close()
