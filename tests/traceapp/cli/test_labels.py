"""`labels`: a file that is whole or absent."""

from __future__ import annotations

import csv
import resource
import stat
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "labels"


def test_a_csv_holds_every_label_of_the_run(traceapp: Any, run: Any, file: Path) -> None:
    told = traceapp.json("labels", run["id"], "--format", "csv", "--output", file)
    assert told["hidden_codes"] is True
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    serials = [str(serial) for serial in range(run["first_serial"], run["last_serial"] + 1)]
    assert [row["serial"] for row in rows] == serials
    assert all(len(row["hidden_code"]) == 8 for row in rows)


def test_hidden_codes_are_for_the_owner_of_the_file_alone(
    traceapp: Any, run: Any, file: Path
) -> None:
    traceapp.json("labels", run["id"], "--output", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_part_of_a_run_is_drawn_on_a_sheet(traceapp: Any, run: Any, file: Path) -> None:
    first = run["first_serial"]
    told = traceapp.json(
        *("labels", run["id"], "--format", "pdf", "--sheet", "a4-40"),
        *("--first", first + 2, "--last", first + 4, "--output", file),
    )
    assert (told["first_serial"], told["last_serial"]) == (first + 2, first + 4)
    assert file.read_bytes().startswith(b"%PDF")


def test_nothing_is_on_standard_error_that_is_no_terminal(
    traceapp: Any, run: Any, file: Path
) -> None:
    assert traceapp("labels", run["id"], "--output", file).stderr == ""


def test_a_file_that_is_there_is_kept_unless_forced(traceapp: Any, run: Any, file: Path) -> None:
    file.write_text("mine")
    assert "--force" in traceapp.refused("labels", run["id"], "--output", file)
    assert file.read_text() == "mine"
    traceapp.json("labels", run["id"], "--output", file, "--force")
    assert file.read_text().startswith("serial,code,url,hidden_code")


@pytest.mark.parametrize(
    "wish",
    [
        ("--last", "999999"),
        ("--format", "pdf", "--sheet", "a4-41"),
        ("--as", "nobody@example.vn"),
    ],
)
def test_a_refusal_leaves_no_file(traceapp: Any, run: Any, file: Path, wish: Any) -> None:
    traceapp.refused("labels", run["id"], "--output", file, *wish)
    assert list(file.parent.iterdir()) == []


def test_a_disk_that_fills_up_leaves_no_file(traceapp: Any, run: Any, file: Path) -> None:
    ask = ("request", "add", "--product-id", run["product_id"], "--quantity", 10_000)
    roll = traceapp.json("request", "approve", traceapp.json(*ask)["id"])["run"]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Enough for the database, and not for ten thousand lines.
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
    try:
        said = traceapp.refused("labels", roll["id"], "--output", file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "too large" in said
    assert list(file.parent.iterdir()) == []
