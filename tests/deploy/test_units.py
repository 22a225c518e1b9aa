"""The sample units: they start what there is, as the service's user, and keep it in."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import click
import pytest

from traceapp.cli import main
from traceapp.serving.server import GRACE

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "config" / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
NIGHTLY = [unit for unit in SERVICES if unit.stem != "traceapp"]


def _read(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE):
        found[name].append(value)
    return found


def _hardening(unit: Path) -> str:
    return unit.read_text().partition("NoNewPrivileges")[2].partition("\n\n")[0].strip()


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_starts_what_there_is_with_the_installed_settings(unit: Path) -> None:
    said = _read(unit)
    (command,) = said["ExecStart"]
    program, *words = command.split()
    if program == "/opt/traceapp/.venv/bin/traceapp":
        (word,) = words
        assert isinstance(main.commands[word], click.Command)
    else:
        script = ROOT / Path(program).relative_to("/opt/traceapp")
        assert script.stat().st_mode & 0o111 and not words
    assert "TRACEAPP_CONFIG=/etc/traceapp/traceapp.toml" in said["Environment"]
    assert said["User"] == said["Group"] == said["StateDirectory"] == ["traceapp"]


def test_what_keeps_them_in_is_the_same_for_all() -> None:
    assert len({_hardening(unit) for unit in SERVICES}) == 1
    assert "ProtectSystem=strict" in _hardening(SERVICES[0])


def test_the_server_is_given_the_time_that_it_needs_to_stop() -> None:
    said = _read(DEPLOY / "systemd" / "traceapp.service")
    assert int(said["TimeoutStopSec"][0]) > GRACE + 2
    assert said["KillMode"] == ["mixed"]
    assert said["Restart"] == ["always"]


@pytest.mark.parametrize("unit", NIGHTLY, ids=lambda unit: unit.name)
def test_what_runs_at_night_has_its_timer_and_ends(unit: Path) -> None:
    assert _read(unit)["Type"] == ["oneshot"]
    timer = _read(unit.with_suffix(".timer"))
    assert timer["WantedBy"] == ["timers.target"]
    assert re.fullmatch(r"\*-\*-\* 0\d:\d\d:00 Asia/Ho_Chi_Minh", timer["OnCalendar"][0])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd reads its own files")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    for each in UNITS:
        there = re.sub(
            r"^ExecStart=.*", "ExecStart=/bin/true", each.read_text(), flags=re.MULTILINE
        )
        (tmp_path / each.name).write_text(there)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no"]
    done = subprocess.run([*command, tmp_path / unit.name], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "traceapp" in line]
    assert ours == [], done.stderr
