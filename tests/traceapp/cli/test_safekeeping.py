"""`backup` and `restore`, as an operator types them."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from traceapp.cli.opening import Trouble
from traceapp.cli.safekeeping import _plain
from traceapp.safekeeping import present


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar"


def move(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """From now on commands are typed on another machine."""
    monkeypatch.setenv("TRACEAPP_DATA_DIR", str(folder))


def test_an_installation_moves_to_another_machine(
    traceapp: Any, run: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "apart" / "keys.json"
    keys.parent.mkdir()
    told = traceapp.json("backup", file, "--keys", keys)
    assert told | {"taken_at": "", "bytes": 0} == {
        "file": str(file),
        "keys": str(keys),
        "database": True,
        "picture_files": 0,
        "bytes": 0,
        "taken_at": "",
        "next_serial": 4096,
    }
    assert told["bytes"] == file.stat().st_size and told["taken_at"].endswith("+00:00")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    elsewhere = tmp_path / "elsewhere"
    move(monkeypatch, elsewhere)
    told = traceapp.json("restore", file, "--keys", keys)
    assert told["database"] == str(elsewhere / "traceapp.db")
    assert told["next"] == ["traceapp counter advance"]
    assert traceapp.json("run", "show", run["id"])["first_serial"] == run["first_serial"]
    ask = ("request", "add", "--product-id", run["product_id"], "--quantity", 5)
    asked = traceapp.json(*ask)["id"]
    assert "counter advance" in traceapp.refused("request", "approve", asked)
    traceapp.json("counter", "advance")
    assert traceapp.json("request", "approve", asked)["run"]["first_serial"] > run["last_serial"]


def test_it_says_that_the_keys_are_not_in_it(traceapp: Any, file: Path) -> None:
    assert "keys are not in it" in traceapp("backup", file).stderr


def test_it_warns_of_keys_beside_the_backup(traceapp: Any, file: Path) -> None:
    result = traceapp("backup", file, "--keys", file.with_name("keys.json"))
    assert result.exit_code == 0 and "protect nothing" in result.stderr


def test_refusals_are_one_line(traceapp: Any, file: Path, tmp_path: Path) -> None:
    traceapp.json("backup", file)
    assert "there already" in traceapp.refused("backup", file)
    assert "no folder" in traceapp.refused("backup", tmp_path / "no" / "b.tar")
    assert "A database is here already" in traceapp.refused("restore", file)
    assert "No such file" in traceapp.refused("restore", tmp_path / "none.tar")
    file.write_bytes(b"none")
    assert "no whole backup" in traceapp.refused("restore", file)


def test_there_is_nothing_to_back_up_before_the_first_upgrade(
    environment: Path, traceapp: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(monkeypatch, tmp_path / "nothing")
    assert "no data directory" in traceapp.refused("backup", file)
    assert not file.exists()


def test_a_stamp_whose_key_is_missing_needs_a_word(
    traceapp: Any, run: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traceapp.json("backup", file)
    move(monkeypatch, tmp_path / "elsewhere")
    assert run["key_id"] in traceapp.refused("restore", file)
    result = traceapp("restore", file, "--without-keys")
    assert result.exit_code == 0
    assert f"cannot be verified: {run['key_id']}" in result.stderr
    assert "traceapp db upgrade" in result.stdout


def test_a_mark_that_was_kept_is_told(traceapp: Any, file: Path) -> None:
    traceapp.json("backup", file)
    for old in traceapp.data_dir.glob("traceapp.db*"):
        old.unlink()
    with present(traceapp.data_dir):
        assert "stop it first" in traceapp.refused("restore", file)
    result = traceapp("restore", file)
    assert result.exit_code == 0 and "this machine's own mark" in result.stderr
    assert '"next": []' in result.stdout


def test_whoever_is_told_to_stop_says_so_and_tidies_up() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Trouble, match="Stopped"), _plain():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before
