"""`labels`: a file that is whole or absent."""

from __future__ import annotations

import csv
import os
import resource
import stat
from pathlib import Path
from typing import Any

import pytest

from traceapp.cli.labels import LABELS_A_PART
from traceapp.services.runs.drawing import LABELS_A_PDF


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


def test_the_line_of_the_contract_works_as_it_stands(
    traceapp: Any, run: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRACEAPP_ACTOR")
    for form in ("csv", "pdf"):
        arguments = ("--format", form, "--sheet", "a4-40", "--output", file)
        assert traceapp.json("labels", run["id"], *arguments)["hidden_codes"] is True


def test_a_file_that_is_there_is_replaced_once_the_new_one_is_whole(
    traceapp: Any, run: Any, file: Path
) -> None:
    file.write_text("mine")
    traceapp.refused("labels", run["id"], "--output", file, "--last", 999_999)
    assert file.read_text() == "mine"
    link = file.with_name("link")
    link.symlink_to(file)
    traceapp.json("labels", run["id"], "--output", link)
    assert file.read_text().startswith("serial,code,url,hidden_code")
    assert link.is_symlink() and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_no_file_is_not_replaced(traceapp: Any, run: Any, file: Path) -> None:
    os.mkfifo(file)
    assert "no file" in traceapp.refused("labels", run["id"], "--output", file)
    assert file.is_fifo()


@pytest.fixture
def roll(traceapp: Any, run: Any) -> Any:
    """A run of 10,000 stamps without hidden codes."""
    ask = ("request", "add", "--product-id", run["product_id"], "--quantity", 10_000)
    return traceapp.json("request", "approve", traceapp.json(*ask)["id"])["run"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_gets_parts(
    traceapp: Any, run: Any, file: Path, slash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traceapp.cli.labels.LABELS_A_PART", 8)
    if not slash:
        file.mkdir()
    first, last = run["first_serial"], run["last_serial"]
    told = traceapp.json("labels", run["id"], "--output", f"{file}{slash}", "--first", first + 1)
    ends = [(first + 1, first + 8), (first + 9, first + 16), (first + 17, last)]
    names = [f"stamps-{start}-{end}.csv" for start, end in ends]
    assert told["files"] == names
    assert sorted(each.name for each in file.iterdir()) == sorted(names)
    serials = []
    for name in names:
        assert stat.S_IMODE((file / name).stat().st_mode) == 0o600
        with (file / name).open(newline="") as lines:
            serials += [int(row["serial"]) for row in csv.DictReader(lines)]
    assert serials == list(range(first + 1, last + 1))


def test_more_than_a_pdf_holds_is_drawn_in_parts(
    traceapp: Any, run: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traceapp.cli.labels.LABELS_A_PART", 12)
    monkeypatch.setattr("traceapp.services.runs.drawing.LABELS_A_PDF", 12)
    ask = ("labels", run["id"], "--format", "pdf", "--output")
    assert "in parts" in traceapp.refused(*ask, file)
    assert len(traceapp.json(*ask, f"{file}/")["files"]) == 2
    assert all(each.read_bytes().startswith(b"%PDF") for each in file.iterdir())


def test_a_part_is_as_long_as_a_pdf_may_be() -> None:
    assert LABELS_A_PART <= LABELS_A_PDF


@pytest.mark.parametrize("wish", [("--last", "999999"), ("--format", "pdf", "--sheet", "a4-41")])
def test_a_refusal_leaves_no_folder(traceapp: Any, run: Any, file: Path, wish: Any) -> None:
    traceapp.refused("labels", run["id"], "--output", f"{file}/", *wish)
    assert list(file.parent.iterdir()) == []


def test_parts_go_into_no_file(traceapp: Any, run: Any, file: Path) -> None:
    file.write_text("mine")
    assert "is a file" in traceapp.refused("labels", run["id"], "--output", f"{file}/")
    assert "no folder" in traceapp.refused("labels", run["id"], "--output", f"{file}-no/where/")
    assert file.read_text() == "mine"


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


def test_a_disk_that_fills_up_leaves_no_file(traceapp: Any, roll: Any, file: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Enough for the database, and not for ten thousand lines.
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
    try:
        said = traceapp.refused("labels", roll["id"], "--output", file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "too large" in said
    assert list(file.parent.iterdir()) == []


def test_a_disk_that_fills_up_leaves_whole_parts(
    traceapp: Any, roll: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traceapp.cli.labels.LABELS_A_PART", 100)
    first = roll["first_serial"]
    second = file / f"stamps-{first + 100}-{first + 199}.csv"
    second.mkdir(parents=True)
    traceapp.refused("labels", roll["id"], "--output", file)
    assert sorted(file.iterdir()) == [file / f"stamps-{first}-{first + 99}.csv", second]
    assert len((file / f"stamps-{first}-{first + 99}.csv").read_text().splitlines()) == 101
