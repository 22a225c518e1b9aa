"""The Makefile: what reaches the program from its command line, and what a failure leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parent.parent / "Makefile"


@pytest.fixture
def environment() -> dict[str, str]:
    ours = ("TRACEAPP_", "MAKE", "MFLAGS")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours) and name not in ("HOST", "PORT")
    }


def make(folder: Path, environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["make", "--file", MAKEFILE, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder where everything is installed, and the program says where it would serve."""
    (tmp_path / "config").mkdir()
    for name in ("config/requirements.txt", "setup.cfg", "pyproject.toml"):
        (tmp_path / name).touch()
    text = (
        f"#!{sys.executable}\nfrom traceapp.settings import read_settings\n"
        "found = read_settings()\nprint(f'{found.host}:{found.port} {found.base_url}')\n"
    )
    program(tmp_path / ".venv" / "bin" / "traceapp", text)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / ".venv" / ".installed").touch()
    (tmp_path / "traceapp.toml").write_text('port = 9000\nhost = "127.0.0.2"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "given", "served"),
    [
        ((), {}, ("127.0.0.1", 8000)),
        ((), {"TRACEAPP_CONFIG": "traceapp.toml"}, ("127.0.0.2", 9000)),
        ((), {"TRACEAPP_CONFIG": "traceapp.toml", "PORT": "9001"}, ("127.0.0.2", 9001)),
        ((), {"PORT": "9001", "HOST": "127.0.0.3"}, ("127.0.0.3", 9001)),
        ((), {"PORT": "9001", "TRACEAPP_PORT": "9002"}, ("127.0.0.1", 9002)),
        (("PORT=9003",), {"PORT": "9001", "TRACEAPP_PORT": "9002"}, ("127.0.0.1", 9003)),
        (("HOST=my.lan",), {"TRACEAPP_CONFIG": "traceapp.toml"}, ("my.lan", 9000)),
    ],
)
def test_it_serves_where_it_is_told_to(
    installed: Path,
    environment: dict[str, str],
    arguments: tuple[str, ...],
    given: dict[str, str],
    served: tuple[str, int],
) -> None:
    status, said = make(installed, environment | given, "run", *arguments)
    host, port = served
    assert (status, said) == (0, f"{host}:{port} http://localhost:{port}\n" * 3)


@pytest.mark.parametrize("had", [False, True])
def test_an_environment_that_could_not_be_made_is_made_anew_the_next_time(
    tmp_path: Path, environment: dict[str, str], had: bool
) -> None:
    failing = program(
        tmp_path / "python",
        '#!/bin/sh\n[ "$1" = -c ] && exit 0\nmkdir -p "$3/bin" && touch "$3/bin/python"\nexit 1\n',
    )
    if had:
        (tmp_path / ".venv").mkdir()
        (tmp_path / ".venv" / "mine").touch()
    for _ in range(2):
        status, said = make(tmp_path, environment, f"PYTHON={failing}", ".venv/bin/python")
        assert status == 2 and "python3-venv" in said
        assert (tmp_path / ".venv").exists() == had
    assert not (tmp_path / ".venv" / "bin" / "python").exists()
