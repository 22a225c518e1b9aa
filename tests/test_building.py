"""Tests of the building itself: what is written about it is true, and what it says is complete."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from traceapp.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("traceapp", "scanner_page")
METHODS = {
    "traceapp": [("**.py", "python"), ("web/templates/**.html", "jinja2")],
    "scanner_page": [("**.py", "python"), ("templates/**.html", "jinja2")],
}
KEYWORDS = {"message": None, "gettext": None, "_": None, "ngettext": (1, 2), "lazy_gettext": None}


def test_every_setting_has_its_line_in_the_readme() -> None:
    table = (ROOT / "README.md").read_text("utf-8")
    told = set(re.findall(rf"^\| `{PREFIX}([A-Z_]+)` \|", table, re.MULTILINE))
    assert told == {name.upper() for name in Settings.model_fields} | {"CONFIG"}


@pytest.mark.parametrize("room", ROOMS)
def test_every_message_has_its_vietnamese(room: str) -> None:
    found = extract_from_dir(ROOT / room, METHODS[room], keywords=KEYWORDS)
    wanted = {each[2] if isinstance(each[2], str) else each[2][0] for each in found}
    assert wanted
    catalogue = read_po(
        BytesIO((ROOT / room / "words/vi/LC_MESSAGES/messages.po").read_bytes()), locale="vi"
    )
    told = {
        each.id if isinstance(each.id, str) else each.id[0]
        for each in catalogue
        if each.id and each.string and not each.fuzzy
    }
    assert wanted - told == set()
    assert told - wanted == set(), "messages that nobody says any more"


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for room in (*ROOMS, "stamps", "tests")
        for file in (ROOT / room).rglob("*.py")
        if "versions" not in file.parts
        and (count := len(file.read_text("utf-8").splitlines())) > 350
    }
    assert long == {}
