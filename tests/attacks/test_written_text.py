"""What somebody types is text wherever it is shown: it runs nothing and looks like no other."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from stamps import sign

UNSEEN = ("\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u3164", "\u2800", "\U000e0041")
LOOK_ALIKES = (
    "HTX nem Huân Hồng".replace("a", "\u0430").replace("n", "\u0578"),  # Cyrillic, Armenian
    "\u041d\u0422\u0425 nem",  # three Cyrillic letters
    "\u039fCOP",  # a Greek one
    "\uff28\uff34\uff38",  # full-width forms
    "\U0001d407\U0001d413\U0001d417",  # mathematical ones
    "n\u0251m",  # a Latin letter of phonetics
)
TURNED = ("abc\u202edcba", "\u2067abc", "a\u2028b")


class Parts(HTMLParser):
    """What a browser finds in a page that could run or load something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction", "srcset")
            away = leads and not re.match(r"(?![/\\]{2})[a-z0-9./?#]+(?!:)", value or ".", re.I)
            if name.startswith("on") or name == "style" or away:
                self.found.append(f"<{tag} {name}={value}>")
        if tag in ("iframe", "object", "embed", "base"):
            self.found.append(f"<{tag}>")


def test_no_text_runs_on_any_page(pages: Any, hostile: str) -> None:
    shown = 0
    for name, answer in pages():
        if answer.mimetype == "text/html":
            assert "<svg onload" not in answer.text and hostile not in answer.text, name
            assert Parts(answer.text).found == [], name
            shown += "&lt;svg onload" in answer.text
    assert shown > 30  # the texts are really there


def test_no_text_runs_on_what_buyers_see(world: Any, things: Any, hostile: str) -> None:
    ring = world.edge.stamp_keys.ring()
    with world.edge.database.engine.connect() as connection:
        runs = connection.execute(sa.text("SELECT first_serial, key_id FROM stamp_runs")).all()
    shown = 0
    for serial, key_id in runs:
        for n in (0, 11, 15):  # in use, waiting, void, or recalled
            code = sign(ring.get(key_id), serial + n)
            page = world.client().get(f"/S/{code}", headers={"Accept": "text/html"})
            assert page.mimetype == "text/html" and "<svg onload" not in page.text
            assert Parts(page.text).found == []
            shown += "&lt;svg onload" in page.text
            told = world.client().get(f"/S/{code}", headers={"Accept": "application/json"})
            assert told.mimetype == "application/json"
            assert told.headers["X-Content-Type-Options"] == "nosniff"
    assert shown >= len(runs)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_of_a_table_is_a_formula(world: Any, browse: Any, kind: str) -> None:
    issued = world.issue(lot="-2+3+cmd|' /C calc'!A0"[:20])
    for lot in ("=1+1", "+1", "@SUM(1)", "\t=1", "\u200b=1", "\uff1d1"):
        world.client().get(f"/01/=1+1/10/{lot}/21/{issued.code()}")
    answer = browse(world.officer).get(f"/officer/scans.{kind}")
    assert answer.status_code == 200
    if kind == "csv":
        text = answer.get_data().decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
        found = [cell for row in sheet.iter_rows() for cell in row]
        assert all(cell.data_type != "f" for cell in found)
        cells = [str(cell.value) for cell in found if cell.data_type == "s"]
    assert "'=1+1" in cells
    assert not [each for each in cells if each.lstrip("\t\u200b")[:1] in set("=+-@\uff1d") - {""}]


@pytest.mark.parametrize("mark", UNSEEN)
def test_a_mark_that_nobody_sees_makes_no_other_name(world: Any, mark: str) -> None:
    sent = {"party_id": world.producer.party.id, "address": "Thôn 1"}
    address, headers = "/api/v1/facilities", world.producer.headers
    made = world.client().post(address, json=sent | {"name": f"Xưở{mark}ng{mark}"}, headers=headers)
    assert made.json["name"] == "Xưởng"
    for name in (mark, f" {mark} "):
        answer = world.client().post(address, json=sent | {"name": name}, headers=headers)
        assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "name"


def test_a_lot_is_no_other_lot_by_a_mark_that_nobody_sees(world: Any) -> None:
    world.batch(lot="M-12")
    with pytest.raises(Exception, match="lot"):
        world.batch(lot="M\u200b-12")


@pytest.mark.parametrize("name", [*LOOK_ALIKES, *TURNED])
def test_a_name_that_reads_like_anothers_is_refused(world: Any, browse: Any, name: str) -> None:
    sent = {"party_id": world.producer.party.id, "name": name, "address": "Thôn 1"}
    headers = world.producer.headers
    answer = world.client().post("/api/v1/facilities", json=sent, headers=headers)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == ["name"]
    page = browse(world.producer).post("/producer/facilities/new", sent)
    assert page.status_code == 422


@pytest.mark.parametrize(
    "name", ["Cơ sở Đặng Ngọc Ánh", "魚露 Năm Quyên", "Nước mắm 40°N – loại I"]
)
def test_honest_names_are_taken_in_any_script(world: Any, name: str) -> None:
    sent = {"party_id": world.producer.party.id, "name": name, "address": "Thôn 1"}
    headers = world.producer.headers
    answer = world.client().post("/api/v1/facilities", json=sent, headers=headers)
    assert (answer.status_code, answer.json["name"]) == (201, name)
