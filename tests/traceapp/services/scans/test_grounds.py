"""What a process remembers of stamps: never more than is still true, whoever changes it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.edge import Edge, open_edge
from traceapp.records.changes import WATCHED, gather_changes, version
from traceapp.services.registry.holding import NewHold, Release, hold_batch, release_batch
from traceapp.services.scans.grounds import Grounds, Stretch, read_ground
from traceapp.services.scans.looks import Answer, Look
from traceapp.services.scans.scanning import examine, scan

SQL = {
    "a product": "UPDATE products SET storage = 'Nơi mát'",
    "a certificate": "UPDATE products SET ocop_stars = 4, ocop_until = '2099-01-01'",
    "a party": "UPDATE parties SET phone = '0912345678'",
    "a facility": "UPDATE facilities SET name = 'Xưởng mới'",
    "a batch": "UPDATE batches SET lot = 'KHÁC'",
    "an activation": "UPDATE activations SET undone_at = created_at, undone_by = created_by",
}


@pytest.fixture
def other(world: Any, settings: Any) -> Iterator[Edge]:
    """Another process on the same database."""
    opened = open_edge(settings, lambda: world.now)
    yield opened
    opened.database.close()


def answer(edge: Edge, code: str, now: Any, *, fresh: bool = False) -> Answer:
    """The answer that a process gives, from what it remembers or from nothing."""
    scanning = replace(edge.scanning, grounds=Grounds()) if fresh else edge.scanning
    with edge.database.reading() as session:
        return examine(session, Look(code, "phone", "192.0.2.1"), scanning, now).answer


def test_what_another_process_did_is_told_by_the_very_next_look(world: Any, other: Edge) -> None:
    issued = world.issue(10, activate=False)
    code, batch = issued.code(), issued.batch
    officer, producer = world.officer.actor, world.producer.actor

    def seen() -> str:
        return answer(other, code, world.now).verdict.value

    assert seen() == "not_activated"
    issued.activate()
    assert seen() == "registered"
    with world.writing() as session:
        hold_batch(session, producer, batch.id, NewHold(reason="Mùi lạ"), world.now)
    assert seen() == "on_hold"
    with world.writing() as session:
        release_batch(session, officer, batch.id, Release(reason="Đã kiểm tra"), world.now)
    assert seen() == "registered"
    recall = issued.recall(
        serial_ranges=[{"first_serial": issued.serial(1), "last_serial": issued.serial(2)}]
    )
    assert seen() == "registered"
    assert answer(other, issued.code(1), world.now).verdict == "recalled"
    issued.close_recall(recall.id, "withdrawn")
    assert answer(other, issued.code(1), world.now).verdict == "registered"
    issued.void(3)
    assert seen() == "registered"
    assert answer(other, issued.code(3), world.now).verdict == "void"
    world.compromise(issued.run.key_id)
    assert seen() == "suspicious"


@pytest.mark.parametrize("what", SQL)
def test_what_plain_sql_changed_is_told_by_the_very_next_look(
    world: Any, other: Edge, what: str
) -> None:
    code = world.issue(10).code()
    before = answer(other, code, world.now)
    with world.writing() as session:
        session.execute(sa.text(SQL[what]))
    after = answer(other, code, world.now)
    assert after != before
    assert after == answer(other, code, world.now, fresh=True)


def test_a_change_that_was_undone_leaves_no_mark(world: Any, other: Edge) -> None:
    code = world.issue(10).code()
    before = answer(other, code, world.now)
    with pytest.raises(ZeroDivisionError), world.writing() as session:
        session.execute(sa.text("UPDATE batches SET lot = 'KHÁC'"))
        raise ZeroDivisionError
    assert answer(other, code, world.now) == before


@pytest.mark.parametrize("seed", range(3))
def test_remembering_never_changes_an_answer(world: Any, other: Edge, seed: int) -> None:
    chance = random.Random(seed)
    runs = [world.issue(30, activate=False) for _ in range(2)]
    free = [list(range(0, 30, 3)) for _ in runs]
    for _ in range(20):
        at = chance.randrange(len(runs))
        issued, act = runs[at], chance.choice("avrshl")
        if act == "a" and free[at]:
            first = free[at].pop(chance.randrange(len(free[at])))
            issued.activate(first, first + chance.randrange(3))
        elif act == "v" and free[at]:
            issued.void(free[at].pop(chance.randrange(len(free[at]))))
        elif act == "r":
            first = issued.serial(chance.randrange(30))
            ranges = [{"first_serial": first, "last_serial": first}]
            recall = issued.recall(chance.choice(("info", "danger")), serial_ranges=ranges)
            if chance.random() < 0.7:
                issued.close_recall(recall.id, "withdrawn")
        elif act == "l":
            world.now += timedelta(days=chance.randrange(3))
        else:
            code = issued.code(chance.randrange(30))
            with other.database.writing() as session:
                scan(session, Look(code, "p", "192.0.2.1"), other.scanning, world.now)
        # No act is refused for what another one did: whatever is left of them is compared.
        for n in chance.sample(range(30), 6):
            code = runs[chance.randrange(len(runs))].code(n)
            told = answer(other, code, world.now)
            assert told == answer(other, code, world.now, fresh=True)


def test_whatever_a_ground_reads_is_watched(world: Any) -> None:
    issued = world.issue(10)
    issued.void(3)
    issued.recall()
    world.compromise(issued.run.key_id)
    with world.writing() as session:
        hold = NewHold(reason="Mùi lạ")
        hold_batch(session, world.producer.actor, issued.batch.id, hold, world.now)
    read: set[str] = set()

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        read.update(re.findall(r"\b(?:FROM|JOIN) ([a-z_]+)", statement))
        for listed in re.findall(r"\bFROM ([a-z_]+(?:, [a-z_]+)+)", statement):
            read.update(listed.split(", "))

    engine = world.edge.database.engine
    sa.event.listen(engine, "before_cursor_execute", listen)
    with world.reading() as session:
        assert read_ground(session, issued.serial(), world.edge.kinds) is not None
    sa.event.remove(engine, "before_cursor_execute", listen)
    assert read == set(WATCHED)


def test_every_watched_table_counts_its_changes(world: Any) -> None:
    if world.edge.database.embedded:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        wanted = {f"{t}_counts_{m}" for t in WATCHED for m in ("insert", "update", "delete")}
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        wanted = {f"{table}_counts_changes" for table in WATCHED}
    with world.reading() as session:
        assert wanted <= set(session.scalars(sa.text(query)))


def test_gathering_changes_makes_them_few_and_a_version_that_never_was(world: Any) -> None:
    world.issue(10)
    with world.reading() as session:
        before = session.scalar(sa.select(version()))
    with world.writing() as session:
        gather_changes(session)
    with world.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM changes")) == 1
        assert session.scalar(sa.select(version())) == before + 1


def test_a_stretch_is_cut_by_whatever_begins_or_ends_in_it() -> None:
    run = Stretch(0, 99)
    cuts = [Stretch(0, 9), Stretch(50, 99), Stretch(20, 40)]
    assert run.around(30, cuts) == Stretch(20, 40)
    assert run.around(45, cuts) == Stretch(41, 49)
    assert run.around(5, cuts) == Stretch(0, 9)
