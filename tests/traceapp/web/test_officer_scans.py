"""The scan log: filters in the address, older pages, and the same table to take away."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest

Visit = Callable[..., Any]


def _look(world: Any, *paths: str) -> None:
    for path in paths:
        world.client().get(path)


def _rows(text: str) -> int:
    return text.split("<tbody>")[1].split("</tbody>")[0].count("<tr>")


def test_the_log_is_filtered_by_its_address(world: Any, visit: Visit) -> None:
    good, gone = world.issue(), world.issue()
    gone.void(0, "stolen")
    _look(world, good.link_path(0), good.link_path(1), gone.link_path(0))
    officer = visit(world.officer)
    assert _rows(officer.get("/officer/scans").text) == 3
    for query, rows in (
        ("verdict=void", 1),
        (f"serial={good.serial(1)}", 1),
        (f"batch_id={good.batch.id}", 2),
        (f"run_id={gone.run.id}&verdict=void", 1),
        (f"product_id={good.run.product_id}", 3),
        ("agent=person&kind=look", 3),
        ("since=2026-06-15&until=2026-06-15", 3),
        ("since=15/06/2026", 3),
        ("verdict=&agent=", 3),
    ):
        assert _rows(officer.get(f"/officer/scans?{query}").text) == rows, query
    for query in ("until=2026-06-14", "since=2026-06-16", "verdict=forged"):
        assert "No scan fits." in officer.get(f"/officer/scans?{query}").text, query


def test_the_log_of_a_lot_is_asked_for_as_it_is_written(world: Any, visit: Visit) -> None:
    one, other = world.issue(), world.issue()
    _look(world, one.link_path(0), one.link_path(1), other.link_path(0))
    officer = visit(world.officer)
    text = officer.get("/officer/scans").text
    assert 'name="batch_id"' not in text and 'name="run_id"' not in text
    assert "· 500 ml</option>" in text
    assert _rows(officer.get(f"/officer/scans?lot={one.batch.lot.lower()}").text) == 2
    assert "No scan fits." in officer.get("/officer/scans?lot=khong-co").text
    assert one.batch.lot in officer.get(f"/officer/scans.csv?lot={one.batch.lot}").text


def test_what_a_link_chose_is_shown_and_can_be_taken_off(world: Any, visit: Visit) -> None:
    issued = world.issue()
    _look(world, issued.link_path())
    officer = visit(world.officer)
    chosen = f"batch_id={issued.batch.id}&run_id={issued.run.id}"
    text = officer.get(f"/officer/scans?verdict=registered&{chosen}").text
    assert f"lot {issued.batch.lot} · " in text
    assert f'href="/officer/scans?verdict=registered&amp;run_id={issued.run.id}"' in text
    assert f'<input type="hidden" name="batch_id" value="{issued.batch.id}">' in text
    assert "No scan fits." in officer.get("/officer/scans?batch_id=999&run_id=999").text


def test_a_forged_code_leads_to_no_stamps_story(world: Any, visit: Visit) -> None:
    issued = world.issue()
    code = issued.code()
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    _look(world, f"/S/{forged}")
    text = visit(world.officer).get("/officer/scans?verdict=forged").text
    assert _rows(text) == 1
    assert f"claims serial {issued.serial()}" in text
    assert "/officer/stamps?serial=" not in text


def test_a_day_of_the_log_is_vietnams(world: Any, visit: Visit) -> None:
    issued = world.issue()
    world.now += timedelta(hours=13)  # 01:00 of the next day in Vietnam, still the 15th in UTC
    _look(world, issued.link_path())
    officer = visit(world.officer)
    assert _rows(officer.get("/officer/scans?since=2026-06-16").text) == 1
    assert "16/06/2026 01:00" in officer.get("/officer/scans").text


@pytest.mark.parametrize(
    "query", ["since=31/02/2026", "serial=abc", "verdict=nonsense", "batch_id=0"]
)
def test_a_filter_that_cannot_be_used_says_where(world: Any, visit: Visit, query: str) -> None:
    officer = visit(world.officer)
    answer = officer.get(f"/officer/scans?{query}")
    assert answer.status_code == 200
    assert "Please look at this again" in answer.text
    led = officer.get(f"/officer/scans.csv?{query}")
    assert led.status_code == 303 and led.headers["Location"].startswith("/officer/scans?")


def test_older_pages_follow_by_a_cursor(world: Any, visit: Visit) -> None:
    issued = world.issue(quantity=60)
    for n in range(55):
        world.now += timedelta(minutes=1)
        _look(world, issued.link_path(n))
    officer = visit(world.officer)
    first = officer.get("/officer/scans?verdict=registered").text
    assert _rows(first) == 50
    older = first.split('href="/officer/scans?cursor=')[1].split('"')[0].replace("&amp;", "&")
    assert "verdict=registered" in older
    assert _rows(officer.get(f"/officer/scans?cursor={older}").text) == 5
    assert officer.get("/officer/scans?cursor=nonsense").status_code == 422


def test_the_log_is_taken_away_as_csv(world: Any, visit: Visit) -> None:
    good, gone = world.issue(), world.issue()
    gone.void(0, "stolen")
    _look(world, good.link_path(0), gone.link_path(0))
    officer = visit(world.officer)
    answer = officer.get("/officer/scans.csv?verdict=void")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert 'filename="scans-20260615-1200.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["Serial"] for row in rows] == [str(gone.serial(0))]
    assert rows[0]["Verdict"] == "Void" and rows[0]["Who"] == "Buyer"
    assert rows[0]["Time (UTC+7)"] == "2026-06-15T12:00:00+07:00"


def test_the_log_is_taken_away_as_a_workbook(world: Any, visit: Visit) -> None:
    issued = world.issue()
    _look(world, issued.link_path(0), issued.link_path(1))
    answer = visit(world.officer).get("/officer/scans.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "Time (UTC+7)"
    assert len(rows) == 3
    assert rows[1][3] == "Valid"


def test_totals_count_buyers_of_the_days_that_are_chosen(world: Any, visit: Visit) -> None:
    issued = world.issue()
    _look(world, issued.link_path(0), issued.link_path(1))
    officer = visit(world.officer)
    officer.get(issued.link_path(0))
    for query in ("", "?days=90", "?days=365", f"?product_id={issued.run.product_id}", "?days=7"):
        text = officer.get(f"/officer/totals{query}").text
        assert "<strong>2</strong>" in text, query
    other = officer.get(f"/officer/totals?product_id={world.neighbour.product.id}").text
    assert "Nobody scanned in these days." in other
