"""What the README tells people to type works, word for word."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.executable).with_name("traceapp")


def _blocks() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    return re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What `make run` does once everything is installed; gives its environment."""
    port = _free_port()
    environment = os.environ | {
        "TRACEAPP_DATA_DIR": str(tmp_path / "data"),
        "TRACEAPP_PORT": str(port),
        "TRACEAPP_WORKERS": "2",
    }
    for command in (["db", "upgrade"], ["demo"]):
        subprocess.run([PROGRAM, *command], env=environment, check=True, stdout=subprocess.PIPE)
    with subprocess.Popen([PROGRAM, "serve"], env=environment, stderr=subprocess.PIPE) as server:
        assert server.stderr is not None
        try:
            assert b'"serving"' in server.stderr.readline()
            urlopen(f"http://127.0.0.1:{port}/", timeout=30).close()
            yield environment
        finally:
            server.terminate()
            server.stderr.read()


def test_the_journey_in_the_readme_runs_word_for_word(
    served: dict[str, str], tmp_path: Path
) -> None:
    journey, commands = _blocks()[:2]
    assert journey.count("http://localhost:8000") == 1
    typed = (journey + commands).replace(
        "http://localhost:8000", f"http://localhost:{served['TRACEAPP_PORT']}"
    )
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "traceapp").symlink_to(PROGRAM)
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail"],
        input=typed,
        env=served,
        cwd=tmp_path,
        text=True,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: list[dict[str, Any]] = [
        json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")
    ]
    verdicts = [each["verdict"] for each in told if "verdict" in each]
    assert verdicts == ["not_activated", "registered", "authenticated"]
    lists = [each["items"] for each in told if "items" in each]
    logs = [[item["verdict"] for item in items] for items in lists if "verdict" in items[0]]
    (drawings,) = [items for items in lists if "outcome" in items[0]]
    assert [each["outcome"] for each in drawings] == ["finished"] * 3
    assert logs == [["authenticated", "registered", "not_activated"]] * 2
    assert (tmp_path / "labels.pdf").read_bytes().startswith(b"%PDF")
    assert len((tmp_path / "labels.csv").read_text().splitlines()) == 201
    assert (tmp_path / "sheet.pdf").stat().st_size > 10_000
