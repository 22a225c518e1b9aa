"""`db downgrade`: back to the version before, and never over rows that nobody gave up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from traceapp import migrations
from traceapp.cli import main

VERSIONS = Path(migrations.__file__).parent / "versions"
PREVIOUS = sorted(file.name[:4] for file in VERSIONS.glob("[0-9]*.py"))[-2]


def version(traceapp: Any) -> str:
    with closing(sqlite3.connect(traceapp.data_dir / "traceapp.db")) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@pytest.mark.parametrize("arguments", [(), ("-1",), (PREVIOUS,)])
def test_it_goes_back_to_the_version_before_and_up_again(empty: Any, arguments: Any) -> None:
    newest = version(empty)
    done = empty("db", "downgrade", *arguments)
    assert done.exit_code == 0, done.stderr
    assert f"at version {PREVIOUS}: install the program of that version" in done.stdout
    assert version(empty) == PREVIOUS
    assert "traceapp db upgrade" in empty.refused("serve")
    assert f"at version {newest}, the newest" in empty("db", "upgrade").stdout
    assert version(empty) == newest


def test_rows_of_a_later_version_are_kept_unless_they_are_given_up(traceapp: Any) -> None:
    newest = version(traceapp)
    said = traceapp.refused("db", "downgrade", "base")
    assert "1 of stamp_runs" in said and "--drop-rows" in said
    assert version(traceapp) == newest
    assert traceapp.json("run", "list")["items"]
    done = traceapp("db", "downgrade", "base", "--drop-rows")
    assert (done.exit_code, done.stdout) == (0, "The database is empty now.\n")


@pytest.mark.parametrize("revision", ["0099", "-9", "+1", "nothing", "0001:0002"])
def test_a_version_that_is_not_before_this_one_is_refused(empty: Any, revision: str) -> None:
    newest = version(empty)
    done = empty("db", "downgrade", revision)
    assert done.exit_code == 1, (done.stdout, done.exception)
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    assert version(empty) == newest


def test_where_nothing_is_nothing_is_made(environment: Any) -> None:
    refused = CliRunner().invoke(main, ["db", "downgrade"])
    assert refused.exit_code == 1 and "nothing to go back from" in refused.stderr
    assert not environment.exists()
