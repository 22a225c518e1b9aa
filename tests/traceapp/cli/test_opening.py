"""What keeps every command from its work is said in one line, without a traceback or a secret."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from traceapp.cli import main


def test_a_database_that_is_not_migrated_is_told_to_be_upgraded(environment: Path) -> None:
    result = CliRunner().invoke(main, ["run", "list", "--as", "officer@example.vn"])
    assert result.exit_code == 1
    assert "traceapp db upgrade" in result.stderr
    assert not (environment / "traceapp.db").exists()


def test_upgrading_makes_the_database_and_the_first_keys_once(environment: Path) -> None:
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    keys = (environment / "keys" / "stamp.keys").read_text()
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    assert (environment / "keys" / "stamp.keys").read_text() == keys


def test_a_database_of_a_newer_version_is_left_alone(empty: Any) -> None:
    with sqlite3.connect(empty.data_dir / "traceapp.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "newer version" in empty.refused("keys", "list")


def test_a_wrong_setting_is_named(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEAPP_PORT", "many")
    assert "TRACEAPP_PORT" in empty.refused("keys", "list")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://officer:sesame@127.0.0.1:1/traceapp",
        "postgresql://officer:open@sesame@127.0.0.1:1/traceapp",
        "mysql://officer:sesame@127.0.0.1/traceapp",
        "sesame",
    ],
)
def test_a_database_out_of_reach_is_told_without_its_password(
    empty: Any, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("TRACEAPP_DATABASE_URL", url)
    said = empty.refused("keys", "list")
    assert "TRACEAPP_DATABASE_URL" in said
    assert "sesame" not in said


def test_an_open_key_file_is_told_to_be_closed(empty: Any) -> None:
    (empty.data_dir / "keys" / "hidden.keys").chmod(0o644)
    assert "chmod 600" in empty.refused("serve")
    assert "chmod 600" in empty.refused("keys", "rotate")


def test_a_missing_key_file_is_never_replaced(traceapp: Any, run: Any) -> None:
    (traceapp.data_dir / "keys" / "stamp.keys").unlink()
    assert "is missing" in traceapp.refused("serve")
    assert traceapp("db", "upgrade").exit_code == 0
    assert not (traceapp.data_dir / "keys" / "stamp.keys").exists()


def test_a_damaged_high_water_mark_is_named(empty: Any) -> None:
    (empty.data_dir / "serials.highwater").write_text("many\n")
    assert "serials.highwater" in empty.refused("counter", "advance")


def test_help_needs_no_installation(environment: Path) -> None:
    assert CliRunner().invoke(main, ["batch", "add", "--help"]).exit_code == 0
    assert not environment.exists()
