"""`demo`: demonstration data where there is no other, shown each time."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from traceapp.cli import main
from traceapp.demonstration import read_script
from traceapp.demonstration.samples import LOOKS

PASSWORD = "con cá vàng bơi"


@pytest.fixture(scope="session")
def demo_template(empty_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory after the first `demo`, with what that said beside it."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(empty_template, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACEAPP_DATA_DIR", str(folder))
        result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 0, result.stderr
    (folder / "said").write_text(result.stdout)
    return folder


@pytest.fixture
def shown(environment: Path, demo_template: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the first `demo` said, in an environment that is as it was then."""
    shutil.copytree(demo_template, environment)
    monkeypatch.delenv("TRACEAPP_BASE_URL")
    return (environment / "said").read_text()


def content(data_dir: Path) -> list[str]:
    """All that the database holds."""
    connection = sqlite3.connect(data_dir / "traceapp.db")
    dumped = list(connection.iterdump())
    connection.close()
    return dumped


def test_it_shows_a_link_for_each_answer(shown: str) -> None:
    links = re.findall(r"^  (\w+) +http://localhost:8000/(S|01)/\S+$", shown, re.MULTILINE)
    assert [verdict for verdict, _ in links] == [verdict.value for verdict in LOOKS]
    coded = re.findall(r"^  (\w+) +\S+  code \w{4}-\w{4}$", shown, re.MULTILINE)
    assert coded == ["authenticated", "wrong_hidden_code"]
    assert "Address: http://localhost:8000\n" in shown


def test_it_shows_the_accounts_with_their_passwords(shown: str) -> None:
    for player in read_script().accounts:
        assert re.search(rf"{player.role} +{player.sign_in_name} +{player.password}\n", shown)


def test_the_command_for_a_token_can_be_pasted(shown: str, environment: Path) -> None:
    line = shown.splitlines()[-1].strip()
    assert line.startswith("TRACEAPP_DATA_DIR=")
    arguments = line.partition("traceapp ")[2].split()
    assert len(CliRunner().invoke(main, arguments).stdout.strip()) == 43


def test_a_second_time_it_shows_the_same_and_changes_nothing(shown: str, environment: Path) -> None:
    before = content(environment)
    again = CliRunner().invoke(main, ["demo"])
    # The command for a token names the folder that this test copied the data to.
    assert again.stdout.splitlines()[:-1] == shown.splitlines()[:-1]
    assert content(environment) == before


def test_it_needs_a_migrated_database(environment: Path) -> None:
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 1 and "traceapp db upgrade" in result.stderr


def test_real_data_is_left_alone(traceapp: Any) -> None:
    before = content(traceapp.data_dir)
    assert "real data" in traceapp.refused("demo")
    assert content(traceapp.data_dir) == before
    assert not (traceapp.data_dir / "demonstration").exists()


def test_data_whose_mark_was_taken_away_counts_as_real(
    shown: str, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (environment / "demonstration").unlink()
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 1 and "real data" in result.stderr
    assert not (environment / "demonstration").exists()


@pytest.mark.parametrize("marked", [False, True])
def test_a_new_data_directory_beside_a_database_with_the_demonstration_is_told_apart(
    shown: str, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marked: bool
) -> None:
    monkeypatch.setenv("TRACEAPP_DATABASE_URL", f"sqlite:///{environment / 'traceapp.db'}")
    monkeypatch.setenv("TRACEAPP_DATA_DIR", str(tmp_path / "new"))
    (tmp_path / "new").mkdir()
    if marked:
        (tmp_path / "new" / "demonstration").touch()
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 1 and "real data" not in result.stderr
    assert ("not the keys" if marked else "neither the keys nor the mark") in result.stderr
    assert str(tmp_path / "new") in result.stderr and str(environment) in result.stderr


def test_it_is_refused_where_it_is_not_wanted(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(empty.data_dir)
    monkeypatch.setenv("TRACEAPP_DEMO", "false")
    assert "TRACEAPP_DEMO" in empty.refused("demo")
    assert content(empty.data_dir) == before
    assert not (empty.data_dir / "demonstration").exists()


def test_an_account_that_is_there_already_stops_it_before_the_mode_is_on(empty: Any) -> None:
    email = read_script().officer.sign_in_name
    empty.json("user", "add", email, "--role", "officer", given=f"{PASSWORD}\n")
    before = content(empty.data_dir)
    assert "already" in empty.refused("demo")
    assert content(empty.data_dir) == before
    assert not (empty.data_dir / "demonstration").exists()


def test_demonstration_accounts_act_in_demonstration_mode_alone(
    shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["run", "list", "--as", read_script().officer.sign_in_name]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    monkeypatch.setenv("TRACEAPP_DEMO", "false")
    refused = CliRunner().invoke(main, arguments)
    assert refused.exit_code == 1 and "demonstration mode only" in refused.stderr
