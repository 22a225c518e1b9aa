"""The database's versions: up, down, and up again, empty or filled, by one process or by two."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.database import Database
from traceapp.edge import open_edge, prepare
from traceapp.migrations import Standing, check, downgrade, standing, upgrade, version_of
from traceapp.records.counter import is_original, lock_counter

pytestmark = pytest.mark.own_database

ROOT = Path(__file__).resolve().parents[3]

UPGRADER = """
import sys
from traceapp.edge import open_edge, prepare
from traceapp.settings import read_settings

edge = open_edge(read_settings())
print("ready", flush=True)
sys.stdin.readline()
prepare(edge)
print(edge.stamp_keys.ring().newest.id, edge.hidden_keys.ring().newest.id, flush=True)
edge.database.close()
"""


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names()) - {"alembic_version"}


def leftovers(database: Database) -> list[Any]:
    """Functions and triggers of ours that outlived their tables."""
    if database.embedded:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT proname FROM pg_proc WHERE proname = 'refuse_change'"
    with database.engine.connect() as connection:
        return list(connection.execute(sa.text(query)).scalars())


@pytest.fixture
def database(settings: Any) -> Any:
    opened = Database(settings.url)
    yield opened
    opened.close()


def test_the_tables_are_what_the_records_declare(database: Database) -> None:
    check(database)


def test_an_empty_database_goes_down_and_up_again(database: Database) -> None:
    upgrade(database)
    made = tables(database)
    downgrade(database)
    assert tables(database) == set() and leftovers(database) == []
    upgrade(database)
    assert tables(database) == made and leftovers(database)
    check(database)


def test_a_filled_database_goes_down_and_up_again(world: Any) -> None:
    issued = world.issue()
    issued.void()
    issued.recall()
    world.compromise(issued.run.key_id)
    database = world.edge.database
    made = tables(database)
    downgrade(database)
    assert tables(database) == set() and leftovers(database) == []
    upgrade(database)
    assert tables(database) == made
    check(database)


def test_a_new_counter_is_trusted_by_nobody(database: Database) -> None:
    downgrade(database)
    upgrade(database)
    with database.reading() as session:
        counter = lock_counter(session)
        assert (counter.next_serial, counter.cluster, counter.written_by) == (0, "", None)
        assert database.embedded or not is_original(session)


def test_upgrading_again_changes_nothing(world: Any, unchanged: Any) -> None:
    world.issue()
    with unchanged():
        upgrade(world.edge.database)


def test_versions_are_run_and_read_without_a_word_of_alembics(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    downgrade(database)
    upgrade(database)
    assert standing(database) is Standing.CURRENT and version_of(database) is not None
    assert [each.getMessage() for each in caplog.records if each.name.startswith("alembic")] == []


def test_the_rules_beyond_columns_are_there_after_an_upgrade(database: Database) -> None:
    """What no model declares, and so no comparison would miss."""
    if database.embedded:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
            "UNION SELECT conname FROM pg_constraint WHERE contype = 'x'"
        )
    with database.engine.connect() as connection:
        names = set(connection.execute(sa.text(query)).scalars())
    for table in ("stamp_runs", "activations", "voids"):
        assert any(each.startswith(f"{table}_never_meet") for each in names), table
    for table in ("stamp_runs", "scans", "acts", "redemptions", "compromised_keys"):
        assert any(each.startswith(f"{table}_append_only") for each in names), table


def test_two_processes_that_start_at_once_share_one_database_and_its_keys(
    settings: Any, database: Database
) -> None:
    downgrade(database)
    if database.embedded:
        database.close()
        (settings.data_dir / "traceapp.db").unlink()
    environment = os.environ | {
        "TRACEAPP_DATA_DIR": str(settings.data_dir),
        "TRACEAPP_DATABASE_URL": settings.url,
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", UPGRADER],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(said) == 1 and len(said.pop().split()) == 2
    assert (settings.data_dir / "serials.highwater").read_text() == "0\n"
    with database.reading() as session:
        assert database.embedded or is_original(session)
    check(database)


def test_an_installation_is_prepared_from_nothing(tmp_path: Path, settings: Any) -> None:
    fresh = settings.model_copy(update={"data_dir": tmp_path / "a" / "new" / "folder"})
    if settings.url.startswith("sqlite"):
        edge = open_edge(fresh)
        prepare(edge)
        prepare(edge)
        check(edge.database)
        edge.database.close()
        assert (fresh.data_dir.stat().st_mode & 0o777) == 0o700
