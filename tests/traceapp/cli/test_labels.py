"""`labels`: a file that is whole or absent."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import resource
import stat
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from traceapp.cli.label_folder import UNFINISHED
from traceapp.services.runs.label_files import MANIFEST


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
    monkeypatch.setattr("traceapp.services.runs.label_files.LABELS_A_PART", 8)
    if not slash:
        file.mkdir()
    first, last = run["first_serial"], run["last_serial"]
    told = traceapp.json("labels", run["id"], "--output", f"{file}{slash}", "--first", first + 1)
    ends = [(first + 1, first + 8), (first + 9, first + 16), (first + 17, last)]
    names = [f"stamps-{start}-{end}.csv" for start, end in ends]
    assert told["files"] == names
    assert sorted(each.name for each in file.iterdir()) == sorted([*names, MANIFEST])
    serials = []
    for name in names:
        assert stat.S_IMODE((file / name).stat().st_mode) == 0o600
        with (file / name).open(newline="") as lines:
            serials += [int(row["serial"]) for row in csv.DictReader(lines)]
    assert serials == list(range(first + 1, last + 1))


def test_more_than_a_part_holds_is_drawn_in_parts_into_a_folder(
    traceapp: Any, run: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traceapp.services.runs.label_files.LABELS_A_PART", 12)
    ask = ("labels", run["id"], "--format", "pdf", "--output")
    assert len(traceapp.json(*ask, f"{file}/")["files"]) == 3
    assert sorted(each.suffix for each in file.iterdir()) == [".csv", ".json", ".pdf", ".pdf"]


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


def sums(folder: Path) -> dict[str, str]:
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.iterdir()
        if each.is_file() and each.name.startswith("stamps")
    }


def test_what_goes_wrong_leaves_whole_parts_and_is_gone_on_with(
    traceapp: Any, roll: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traceapp.services.runs.label_files.LABELS_A_PART", 2_500)
    first = roll["first_serial"]
    names = [f"stamps-{n}-{n + 2499}.csv" for n in range(first, first + 10_000, 2_500)]
    (file / names[2]).mkdir(parents=True)
    traceapp.refused("labels", roll["id"], "--output", file)
    assert not (file / MANIFEST).exists()
    whole = sums(file)
    assert set(whole) < set(names)
    known = json.loads((file / UNFINISHED).read_text())["files"] if whole else []
    assert all(whole[each["name"]] == each["sha256"] for each in known)
    (file / names[2]).rmdir()
    told = traceapp.json("labels", roll["id"], "--output", file)
    assert told["files"] == names and told["drawn"] == len(names) - len(known)
    assert set(sums(file)) == set(names) and not (file / UNFINISHED).exists()
    drawn = traceapp.json("drawing", "list", roll["id"])["items"]
    assert [each["outcome"] for each in drawn][-1] == "broken_off"
    assert {each["outcome"] for each in drawn[:-1]} == {"finished"}


def test_a_folder_that_is_whole_is_not_drawn_again(
    traceapp: Any, run: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traceapp.services.runs.label_files.LABELS_A_PART", 8)
    ask = ("labels", run["id"], "--hidden", "none", "--output", f"{file}/")
    assert traceapp.json(*ask)["drawn"] == 3
    manifest = json.loads((file / MANIFEST).read_text())
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == sums(file)
    assert sum(each["quantity"] for each in manifest["files"]) == manifest["quantity"] == 20
    assert traceapp.json(*ask)["drawn"] == 0
    part = file / manifest["files"][1]["name"]
    part.write_text("half a pa")
    assert traceapp.json(*ask)["drawn"] == 1
    assert json.loads((file / MANIFEST).read_text()) == manifest
    ranges = traceapp.json("drawn-range", "list", run["id"])
    assert (ranges["once"], ranges["again"]) == (12, 8)
    # Other labels than those that are there are drawn anew.
    assert traceapp.json("labels", run["id"], "--output", f"{file}/")["drawn"] == 3


def test_an_officers_command_leaves_a_leave_and_a_producers_needs_one(
    traceapp: Any, run: Any, file: Path
) -> None:
    ends = ("--first-serial", run["first_serial"], "--last-serial", run["last_serial"])
    traceapp.json("activation", "add", run["id"], *ends)
    ask = ("user", "add", "her@example.vn", "--role", "producer", "--party", run["party_id"])
    traceapp.json(*ask, given="con cá vàng bơi\n")
    hers = ("labels", run["id"], "--output", file, "--as", "her@example.vn")
    assert "in use" in traceapp.refused(*hers) and list(file.parent.iterdir()) == []
    assert traceapp.json("redraw-leave", "list")["items"] == []
    assert traceapp.json("labels", run["id"], "--output", file)["hidden_codes"] is True
    (leave,) = traceapp.json("redraw-leave", "list")["items"]
    assert leave["used_at"] is not None and leave["hidden_codes"] is True
    assert "in use" in traceapp.refused(*hers)
    traceapp.json("redraw-leave", "add", run["id"], *ends, "--reason", "damaged")
    assert "without hidden codes" in traceapp.refused(*hers)
    traceapp.json(*hers, "--hidden", "none")
    assert "in use" in traceapp.refused(*hers, "--hidden", "none")


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_picture_is_one_page_and_several_are_a_zip(
    traceapp: Any, run: Any, file: Path, form: str
) -> None:
    ask = ("labels", run["id"], "--format", form, "--hidden", "none", "--sheet", "roll-30x50")
    first = run["first_serial"]
    one, several = file.with_suffix(f".{form}"), file.with_suffix(".zip")
    assert "ends in .zip" in traceapp.refused(*ask, "--output", one)
    assert list(file.parent.iterdir()) == []
    traceapp.json(*ask, "--output", one, "--first", first, "--last", first)
    assert one.read_bytes()[:4] == (b"<svg" if form == "svg" else b"\x89PNG")
    traceapp.json(*ask, "--output", several, "--first", first, "--last", first + 2)
    with ZipFile(several) as pages:
        assert pages.namelist() == [f"page-{n:06}.{form}" for n in (1, 2, 3)]
        assert pages.read(f"page-000001.{form}") == one.read_bytes()
