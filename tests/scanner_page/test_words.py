"""Words: complete in Vietnamese, and never more certain than the facts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import scanner_page
from scanner_page import phrases, wording
from stamps import Why
from traceapp.services.lists import PartyKind, Severity, VoidReason
from traceapp.services.scans.judging import Verdict

ROOM = Path(scanner_page.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"message": None, "gettext": None, "_": None, "ngettext": (1, 2)}


def test_the_vietnamese_catalogue_is_complete_and_nothing_in_it_is_guessed() -> None:
    with (ROOM / "words/vi/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = {each.id: each for each in read_po(file, locale="vi") if each.id}
    said = {
        tuple(found[2]) if isinstance(found[2], tuple | list) else found[2]
        for found in extract_from_dir(ROOM, METHODS, keywords=KEYWORDS)
    }
    assert set(catalogue) == said
    assert [each.id for each in catalogue.values() if each.fuzzy or not each.string] == []
    for each in catalogue.values():
        english = each.id if isinstance(each.id, str) else each.id[1]
        vietnamese = each.string if isinstance(each.string, str) else each.string[0]
        places = re.compile(r"%\((\w+)\)s")
        assert set(places.findall(english)) == set(places.findall(vietnamese))


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (phrases.HEADLINES, Verdict),
        (wording._NEXT, Verdict),
        (phrases.TYPED, Why),
        (phrases.RECALLED, Severity),
        (phrases.VOID, VoidReason),
        (phrases.PARTY_KINDS, PartyKind),
    ],
)
def test_every_closed_list_has_its_words(table: dict[Any, str], members: Any) -> None:
    assert set(table) == set(members)


def test_the_room_names_no_record() -> None:
    for file in ROOM.rglob("*.py"):
        assert "traceapp.records" not in file.read_text("utf-8"), file


def test_nothing_is_called_false_and_only_a_hidden_code_makes_genuine() -> None:
    with (ROOM / "words/vi/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = [each for each in read_po(file, locale="vi") if each.id]
    for each in catalogue:
        text = f"{each.id} {each.string}".lower()
        assert not re.search(r"\b(giả|hàng nhái|fake|counterfeit)\b", text)
        if re.search(r"\b(genuine|chính hãng)\b", text):
            assert each.id == "Genuine"
    assert phrases.HEADLINES[Verdict.AUTHENTICATED][1] == "Genuine"
