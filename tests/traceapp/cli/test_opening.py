"""What keeps every command from its work is said in one line, without a traceback or a secret."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from traceapp.cli import main
from traceapp.database import Database


def test_a_database_that_is_not_migrated_is_told_to_be_upgraded(environment: Path) -> None:
    result = CliRunner().invoke(main, ["run", "list", "--as", "officer@example.vn"])
    assert result.exit_code == 1
    assert "traceapp db upgrade" in result.stderr and str(environment) in result.stderr
    assert not environment.exists()


def test_a_command_in_another_folder_makes_nothing_there(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRACEAPP_DATA_DIR")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for command in (["run", "list"], ["demo"], ["serve"], ["keys", "list"], ["forget"]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 1 and str(tmp_path / "elsewhere" / "data") in result.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    assert CliRunner().invoke(main, ["run", "list"]).exit_code == 0


def test_a_database_that_was_never_made_is_named(
    empty: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "other" / "stamps.db"
    monkeypatch.setenv("TRACEAPP_DATABASE_URL", f"sqlite:///{file}")
    assert str(file) in empty.refused("run", "list")
    assert not file.parent.exists()
    assert empty("db", "upgrade").exit_code == 0
    assert file.exists()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://u:geheim@db.example.vn:5433/stamps", "stamps on db.example.vn:5433"),
        ("postgresql://u:open@geheim@db.example.vn/stamps", "stamps on db.example.vn"),
        ("postgresql://u/geheim@db.example.vn/stamps", None),
        ("postgresql:///stamps?password=geheim", "stamps on this machine"),
    ],
)
def test_the_place_of_a_server_holds_no_password(url: str, place: str | None) -> None:
    database = Database(url)
    assert "geheim" not in database.place
    assert place is None or database.place == place
    database.close()


def test_the_data_directory_is_its_owners_alone(environment: Path) -> None:
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    assert stat.S_IMODE(environment.stat().st_mode) == 0o700
    environment.chmod(0o755)
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    assert stat.S_IMODE(environment.stat().st_mode) == 0o700
    environment.chmod(0o1777)  # shared by intent, as /tmp is
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    assert stat.S_IMODE(environment.stat().st_mode) == 0o1777


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
