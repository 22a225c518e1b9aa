"""The bench as it is run: the same figures each time, and a picture of what it does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

BENCH = Path(__file__).resolve().parents[2] / "benches/reading.py"


def run(*options: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, BENCH, *options], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.splitlines()


def test_it_prints_the_same_figures_each_time() -> None:
    options = ("--labels", "2", "--design", "roll-15x15", "--processes")
    first, second = run(*options, "1"), run(*options, "2")
    assert first[:-1] == second[:-1]
    assert sum(line.strip().startswith("roll-15x15") for line in first) >= 4


def test_it_draws_what_each_strength_looks_like(tmp_path: Path) -> None:
    run("--picture", str(tmp_path / "reading.webp"))
    with Image.open(tmp_path / "reading.webp") as sheet:
        assert sheet.width > 4 * 400
