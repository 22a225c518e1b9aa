"""The log as a table: all of it, readable by other people's programs, and harmless in them."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from traceapp.records.scan_days import Place
from traceapp.records.scans import Scan
from traceapp.services.desks import exporting
from traceapp.services.desks.auditing import ScanFilter
from traceapp.services.desks.exporting import (
    COLUMNS,
    check_exportable,
    defused,
    scan_rows,
    write_csv,
    write_xlsx,
)
from traceapp.services.refusals import NotAllowed, Unacceptable
from traceapp.services.scans.scanning import Look, scan

HOSTILE = '=HYPERLINK("http'  # what is kept of a link's lot is 20 characters
HEADERS = [f"Cột {name}" for name in COLUMNS]


@pytest.fixture
def looked_at(world: Any) -> Any:
    """Seven looks, a minute apart; the newest with a hostile link, in a lot of a hostile name."""
    issued = world.issue(10, lot="@SUM(1+1)")
    for n in range(6):
        look(world, Look(issued.code(n), "phone", "192.0.2.1"), n)
    look(world, Look(issued.code(6), "phone", "192.0.2.1", gtin="+1+1", lot=HOSTILE), 6)
    with world.writing() as session:
        row = session.scalars(sa.select(Scan).order_by(Scan.id)).first()
        session.add(
            Place(
                scan_id=row.id,
                at=world.now,
                serial=row.serial,
                product_id=row.product_id,
                province="thanh-hoa",
            )
        )
    return issued


def look(world: Any, sent: Look, minutes: int) -> None:
    with world.writing() as session:
        scan(session, sent, world.edge.scanning, world.now + timedelta(minutes=minutes))


def rows_of(world: Any, **wish: Any) -> Any:
    reading = world.edge.database.reading
    return scan_rows(reading, world.officer.actor, ScanFilter(**wish))


def read_csv(world: Any, **wish: Any) -> list[list[str]]:
    text = b"".join(write_csv(HEADERS, rows_of(world, **wish)))
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def read_xlsx(world: Any, **wish: Any) -> Any:
    file = io.BytesIO()
    write_xlsx(HEADERS, rows_of(world, **wish), file, world.now)
    return openpyxl.load_workbook(io.BytesIO(file.getvalue())).active


def test_the_rows_are_the_log_newest_first(world: Any, looked_at: Any) -> None:
    rows = list(rows_of(world))
    assert [row.serial for row in rows] == [looked_at.serial(n) for n in range(6, -1, -1)]
    oldest = rows[-1]
    assert oldest._asdict() == {
        "at": world.now,
        "kind": "look",
        "agent": "person",
        "verdict": "registered",
        "authentication": None,
        "reasons": "",
        "serial": looked_at.serial(0),
        "product": world.producer.product.name,
        "lot": "@SUM(1+1)",
        "run": looked_at.run.id,
        "province": "thanh-hoa",
        "link_gtin": None,
        "link_lot": None,
    }


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 8])
def test_pages_leave_nothing_out_and_give_nothing_twice(
    world: Any, looked_at: Any, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", at_once)
    every = [row.serial for row in rows_of(world)]
    assert every == [looked_at.serial(n) for n in range(6, -1, -1)]
    assert [row.serial for row in rows_of(world, limit=2, serial=looked_at.serial(3))] == [every[3]]


def test_no_transaction_is_open_while_rows_are_written(world: Any, looked_at: Any) -> None:
    rows = rows_of(world)
    next(rows)
    with world.writing() as session:  # would wait for ever on a reader that holds the database
        session.execute(sa.text("UPDATE parties SET phone = NULL"))
    assert world.edge.database.engine.pool.checkedout() == 0
    assert len(list(rows)) == 6


def test_csv_is_read_back_by_another_program(world: Any, looked_at: Any) -> None:
    lines = read_csv(world)
    assert lines[0] == HEADERS
    assert len(lines) == 8
    assert lines[7][0] == "2026-06-15T12:00:00+07:00"
    assert lines[7][1:4] == ["look", "person", "registered"]
    assert lines[7][6] == str(looked_at.serial(0))
    assert lines[7][7] == world.producer.product.name


def test_xlsx_is_read_back_with_dates_and_numbers(world: Any, looked_at: Any) -> None:
    sheet = read_xlsx(world)
    assert [cell.value for cell in sheet[1]] == HEADERS
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 8
    oldest = sheet[8]
    assert oldest[0].value == datetime(2026, 6, 15, 12, 0)  # noqa: DTZ001  (a sheet knows no zone)
    assert oldest[0].is_date
    assert oldest[6].value == looked_at.serial(0)
    assert oldest[7].value == world.producer.product.name
    assert oldest[4].value is None


def test_no_cell_is_a_formula(world: Any, looked_at: Any) -> None:
    newest = read_csv(world)[1]
    assert newest[8] == "'@SUM(1+1)"
    assert newest[11:] == ["'+1+1", "'" + HOSTILE]
    sheet = read_xlsx(world)
    assert [cell.value for cell in sheet[2]][11:] == ["'+1+1", "'" + HOSTILE]
    for line in sheet.iter_rows():
        for cell in line:
            assert cell.data_type != "f"
            assert cell.hyperlink is None
            assert not str(cell.value).startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@A1",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        " \uff1d1",
        "\ufe661",
        "\u22121",
        "=",
    ],
)
def test_a_text_that_begins_like_a_formula_is_defused(text: str) -> None:
    assert defused(text) == "'" + text


@pytest.mark.parametrize("text", ["", "LO-1", "a=b", "'=1", "0", " x", "Nước mắm", "1-1", "…"])
def test_another_text_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


def test_headers_are_defused_too(world: Any) -> None:
    text = b"".join(write_csv(["=A", "B"], [])).decode("utf-8-sig")
    assert text == "'=A,B\r\n"


def test_an_empty_log_is_a_table_of_headers(world: Any) -> None:
    assert read_csv(world) == [HEADERS]
    assert read_xlsx(world).max_row == 1


def test_too_many_rows_are_refused_before_any_is_read(
    world: Any, looked_at: Any, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 6)
    officer = world.officer.actor
    with refused(Unacceptable, "too_many_rows", "since"), world.reading() as session:
        check_exportable(session, officer, ScanFilter())
    later = ScanFilter(since=world.now + timedelta(minutes=1))
    with world.reading() as session:
        assert check_exportable(session, officer, later) == 6


def test_a_producer_takes_nothing_out(world: Any, looked_at: Any) -> None:
    actor = world.producer.actor
    with world.reading() as session, pytest.raises(NotAllowed):
        check_exportable(session, actor, ScanFilter())
    with pytest.raises(NotAllowed):
        next(scan_rows(world.edge.database.reading, actor, ScanFilter()))
