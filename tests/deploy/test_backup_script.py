"""The nightly script: a whole backup without keys, and the newest stay."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "config" / "deploy"
PROGRAM = Path(sys.executable).with_name("traceapp")
INSTALLED = "/opt/traceapp/.venv/bin/traceapp"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own, beside a folder for its backups."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TRACEAPP_")}
    ours |= {"TRACEAPP_DATA_DIR": str(tmp_path / "data"), "FOLDER": str(tmp_path / "backups")}
    ours.pop("PGDATABASE", None)
    (tmp_path / "backups").mkdir()
    subprocess.run([PROGRAM, "db", "upgrade"], env=ours, check=True, capture_output=True)
    return ours


def _run(
    environment: dict[str, str], script: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    file = folder / "script"
    file.write_text(script)
    command = ["sh", str(file)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def script() -> str:
    text = (DEPLOY / "traceapp-backup").read_text()
    assert INSTALLED in text
    return text.replace(INSTALLED, str(PROGRAM))


def test_a_backup_is_taken_and_the_newest_stay(
    environment: dict[str, str], script: str, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    names = [f"traceapp-2026-01-0{day}T013000Z.tar" for day in (1, 2, 3)]
    for name in [*names, "first.tar", "traceapp-2026-01-01T013000Z.dump"]:
        (folder / name).touch()
    done = _run(environment | {"KEEP": "2"}, script, tmp_path)
    assert done.returncode == 0, done.stderr
    left = sorted(file.name for file in folder.iterdir())
    assert left[:3] == ["first.tar", "traceapp-2026-01-01T013000Z.dump", names[2]]
    (taken,) = left[3:]
    with tarfile.open(folder / taken) as held:
        assert not any("keys" in name or "highwater" in name for name in held.getnames())
    assert (folder / taken).stat().st_mode & 0o777 == 0o600


def test_where_no_backup_can_be_taken_the_old_ones_stay(
    environment: dict[str, str], script: str, tmp_path: Path
) -> None:
    old = [tmp_path / "backups" / f"traceapp-2026-01-0{day}T013000Z.tar" for day in (1, 2)]
    for each in old:
        each.touch()
    (tmp_path / "data" / "traceapp.db").unlink()
    done = _run(environment | {"KEEP": "1"}, script, tmp_path)
    assert done.returncode != 0
    assert all(each.exists() for each in old)
