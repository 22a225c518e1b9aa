"""The province that a buyer names: once for her look, from the list, and of her look alone."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.scan_days import Place
from traceapp.records.scans import Agent, Scan
from traceapp.services.refusals import Unacceptable
from traceapp.services.registry.provinces import read_provinces
from traceapp.services.scans.placing import name_place
from traceapp.services.scans.scanning import Look, scan
from traceapp.settings import CONFIG

FILE = CONFIG / "provinces.toml"
PROVINCES = read_provinces(FILE)


def _look(world: Any, text: str, agent: Agent = Agent.PERSON) -> int:
    """A look that was kept; its scan's id."""
    with world.writing() as session:
        scan(
            session, Look(text, "phone", "203.0.113.7", agent=agent), world.edge.scanning, world.now
        )
        return int(session.scalar(sa.select(sa.func.max(Scan.id))) or 0)


def _name(world: Any, scan_id: int, province: str = "thanh-hoa") -> bool:
    with world.writing() as session:
        return name_place(session, scan_id, province, PROVINCES, world.now)


def _places(world: Any) -> list[tuple[int, str]]:
    with world.reading() as session:
        return [(each.scan_id, each.province) for each in session.scalars(sa.select(Place))]


def test_a_province_is_kept_with_what_was_looked_at(world: Any) -> None:
    issued = world.issue()
    scan_id = _look(world, issued.code())
    assert _name(world, scan_id)
    with world.reading() as session:
        place = session.scalars(sa.select(Place)).one()
    assert (place.serial, place.product_id) == (issued.serial(), world.producer.product.id)
    assert (place.at, place.province) == (world.now, "thanh-hoa")


def test_the_first_answer_counts(world: Any) -> None:
    scan_id = _look(world, world.issue().code())
    assert _name(world, scan_id)
    assert not _name(world, scan_id, "nghe-an")
    assert _places(world) == [(scan_id, "thanh-hoa")]


def test_two_answers_at_once_are_one(world: Any, at_once: Any) -> None:
    scan_id = _look(world, world.issue().code())
    kept = at_once([lambda: _name(world, scan_id), lambda: _name(world, scan_id, "nghe-an")])
    assert sorted(kept) == [False, True]
    assert len(_places(world)) == 1


@pytest.mark.parametrize("province", ["", "Thanh Hóa", "sai-gon", "x" * 10_000])
def test_what_is_not_in_the_list_is_refused(world: Any, refused: Any, province: str) -> None:
    scan_id = _look(world, world.issue().code())
    with refused(Unacceptable, "province", "province"):
        _name(world, scan_id, province)


def test_a_look_that_nobody_made_has_no_province(world: Any) -> None:
    code = world.issue().code()
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    for scan_id in (999_999, _look(world, code, Agent.PREVIEW), _look(world, forged)):
        assert not _name(world, scan_id)
    assert _places(world) == []


def test_the_list_has_the_34_provinces_since_july_2025_in_their_order() -> None:
    names = [each.vi for each in PROVINCES.values()]
    assert len(names) == len(set(names)) == 34
    assert {"Hà Nội", "Huế", "Đà Nẵng", "Hải Phòng", "Cần Thơ", "Thành phố Hồ Chí Minh"} <= set(
        names
    )
    assert not {"Bình Dương", "Hà Giang", "Quảng Nam", "Thái Bình"} & set(names)
    assert names == sorted(names, key=_in_the_vietnamese_alphabet)
    assert all(re.fullmatch(r"[a-z-]+", slug) for slug in PROVINCES)


_ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # as dictionaries have them


def _in_the_vietnamese_alphabet(name: str) -> list[tuple[list[int], list[int]]]:
    """Word by word, by letters first, then by tones."""
    key = []
    for word in unicodedata.normalize("NFD", name.lower()).split():
        tones = [1 + _TONES.index(mark) for mark in word if mark in _TONES]
        plain = "".join(mark for mark in word if mark not in _TONES)
        letters = [_ALPHABET.index(each) for each in unicodedata.normalize("NFC", plain)]
        key.append((letters, tones))
    return key


def test_a_list_that_names_a_slug_twice_is_refused(tmp_path: Any) -> None:
    file = tmp_path / "provinces.toml"
    one = '[[provinces]]\nslug = "hue"\nvi = "Huế"\nvalid_from = 2025-07-01\n'
    file.write_text(one * 2, "utf-8")
    with pytest.raises(ValueError, match="twice"):
        read_provinces(file)
