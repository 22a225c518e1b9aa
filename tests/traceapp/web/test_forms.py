"""Forms: what people type, read as they mean it, and what is told where it cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from traceapp.services.registry.opening_batches import Expiry
from traceapp.services.registry.product_kinds import read_kinds
from traceapp.services.slips import Slip
from traceapp.services.values import Count, Id, Instant, Maybe, Note, Sent, SerialRange, Word
from traceapp.web.forms import (
    PLUMBING,
    SECRET,
    Form,
    Slipped,
    read,
    rows_of,
    sent_again,
    shown,
)

KINDS = read_kinds(Path(__file__).resolve().parents[3] / "config" / "product_kinds")
NEW_YEARS_EVE = datetime(2026, 12, 31, 17, 30, tzinfo=UTC) - timedelta(hours=7)


class Thing(Sent):
    """Every shape of field that a form can have."""

    name: Word
    pieces: Count
    weight: float | None = None
    made_on: date | None = None
    made_at: Instant | None = None
    loud: bool = False
    note: Maybe[Note] = None
    party_id: Maybe[Id] = None
    words: list[Word] = []
    expiries: list[Expiry] | None = None
    ranges: list[SerialRange] = []
    attributes: dict[str, Any] | None = None


class Change(Sent):
    """A correction: what is left out stays as it is."""

    note: Maybe[Note] = None
    stars: int | None = None
    until: date | None = None
    words: list[Word] | None = None


GOOD = {"name": "Nước mắm", "pieces": "1.200"}


def form(*pairs: tuple[str, str], **values: str) -> MultiDict[str, str]:
    return MultiDict([*values.items(), *pairs])


def slips_of(model: type[BaseModel], sent: MultiDict[str, str], **given: Any) -> list[str]:
    with pytest.raises(Slipped) as caught:
        read(model, sent, **given)
    return sorted(slip.field for slip in caught.value.slips)


def test_a_form_is_read_into_its_value() -> None:
    sent = form(
        ("words", "Chum 1"),
        ("words", " "),
        ("words", "Chum 2"),
        ("expiries.0.condition", "Tủ mát"),
        ("expiries.0.expires_at", "31/12/2026 17h30"),
        ("ranges.0.first_serial", "1.000"),
        ("ranges.0.last_serial", "1.999"),
        **GOOD,
        weight="1.234,5",
        made_on="31/12/2026",
        made_at="31/12/2026 17h30",
        loud="yes",
        note="Dòng một\r\nDòng hai",
        party_id="7",
    )
    assert read(Thing, sent) == Thing(
        name="Nước mắm",
        pieces=1200,
        weight=1234.5,
        made_on=date(2026, 12, 31),
        made_at=NEW_YEARS_EVE.isoformat(),
        loud=True,
        note="Dòng một\nDòng hai",
        party_id=7,
        words=["Chum 1", "Chum 2"],
        expiries=[Expiry(condition="Tủ mát", expires_at=NEW_YEARS_EVE.isoformat())],
        ranges=[SerialRange(first_serial=1000, last_serial=1999)],
    )


def test_what_was_left_empty_was_left_out() -> None:
    empty = {"weight": " ", "made_on": "", "made_at": "", "note": "", "party_id": "", "words": ""}
    found = read(Thing, form(**GOOD, **empty))
    assert found == Thing(name="Nước mắm", pieces=1200)
    assert found.model_fields_set == {"name", "pieces", "loud", "words"}
    assert slips_of(Thing, form(name="  ", pieces="")) == ["name", "pieces"]


def test_a_tick_that_is_not_sent_is_none() -> None:
    ticks = {text: read(Thing, form(**GOOD, loud=text)).loud for text in ("yes", "on", "1", "true")}
    assert all(ticks.values())
    for text in ("", "no", "0", "YES "):
        assert not read(Thing, form(**GOOD, loud=text)).loud
    assert not read(Thing, form(**GOOD)).loud


def test_each_slip_stands_beside_its_field() -> None:
    wrong = {
        "pieces": "ba",
        "weight": "nặng",
        "made_on": "31/2/2026",
        "made_at": "31/12/2026 25h",
        "party_id": "1,5",
    }
    sent = form(
        ("expiries.2.condition", "Tủ mát"),
        ("expiries.2.expires_at", "mai"),
        ("ranges.0.first_serial", "x"),
        name="Nước mắm",
        **wrong,
    )
    expected = sorted([*wrong, "expiries.2.expires_at", "ranges.0.first_serial"])
    assert slips_of(Thing, sent) == expected


def test_what_the_value_itself_refuses_is_told_by_its_dotted_field() -> None:
    assert slips_of(Thing, form(name="Mắm", pieces="0")) == ["pieces"]
    assert slips_of(Thing, form(name="Mắm", pieces="9" * 18)) == ["pieces"]
    assert slips_of(Thing, form(**GOOD, made_at="31/12/9999")) == ["made_at"]
    assert slips_of(Thing, form(("expiries.0.condition", "Tủ mát"), **GOOD)) == [
        "expiries.0.expires_at"
    ]
    assert slips_of(Thing, form(("words", "đ" * 101), **GOOD)) == ["words.0"]


def test_rows_are_read_in_order_and_empty_ones_are_none() -> None:
    sent = form(
        ("ranges.10.first_serial", "30"),
        ("ranges.10.last_serial", "39"),
        ("ranges.1.first_serial", " "),
        ("ranges.1.last_serial", ""),
        ("ranges.0.first_serial", "10"),
        ("ranges.0.last_serial", "19"),
        ("ranges.x.first_serial", "5"),
        ("ranges.99999.first_serial", "5"),
        **GOOD,
    )
    assert [each.first_serial for each in read(Thing, sent).ranges] == [10, 30]
    assert read(Thing, form(("ranges.0.first_serial", ""), **GOOD)).ranges == []


def test_a_slip_in_a_row_is_told_of_the_row_that_was_typed() -> None:
    sent = form(
        ("ranges.0.first_serial", ""),
        ("ranges.2.first_serial", "10"),
        ("ranges.2.last_serial", "19"),
        ("ranges.5.first_serial", "30"),
        ("ranges.7.owner", "1"),
        **GOOD,
    )
    assert slips_of(Thing, sent) == ["ranges.5.last_serial"]
    assert rows_of(sent, "ranges", ("first_serial", "last_serial")) == [2, 5]


def test_a_field_that_nobody_asks_for_is_not_taken() -> None:
    sent = form(**GOOD, owner="1", csrf_token="t", once="o", form="thing")
    assert read(Thing, sent) == Thing(name="Nước mắm", pieces=1200)


def test_an_empty_field_clears_where_a_form_corrects() -> None:
    empty = form(note=" ", stars="", until="", words="")
    cleared = read(Change, empty, clearing=True)
    assert cleared.model_dump(exclude_unset=True) == {
        "note": None,
        "stars": None,
        "until": None,
        "words": [],
    }
    assert read(Change, empty).model_fields_set == {"words"}
    assert read(Change, form(), clearing=True).model_fields_set == set()
    assert slips_of(Thing, form(name="", pieces="5"), clearing=True) == ["name"]


def test_the_attributes_of_each_kind_are_read_as_it_describes_them() -> None:
    sauce = {
        "attributes.species": "Cá cơm than",
        "attributes.fish_kg": "1.234,5",
        "attributes.bottled_on": "1/6/2026",
        "attributes.blended_from": "Chum 1\r\n\r\n  Chum 2  \n",
        "attributes.salt": "  ",
        "attributes.pieces": "40",
    }
    assert read(Thing, form(**GOOD, **sauce), kind=KINDS["fish_sauce"]).attributes == {
        "species": "Cá cơm than",
        "fish_kg": 1234.5,
        "bottled_on": "2026-06-01",
        "blended_from": ["Chum 1", "Chum 2"],
    }
    nem = {
        "attributes.pieces": "1.200",
        "attributes.mixed_at": "31/12/2026 17h30",
        "attributes.storage_temperature_c": "\u22122",
    }
    assert read(Thing, form(**GOOD, **nem), kind=KINDS["nem_nam"]).attributes == {
        "pieces": 1200,
        "mixed_at": "2026-12-31T17:30:00+07:00",
        "storage_temperature_c": -2.0,
    }
    assert read(Thing, form(**GOOD, **sauce)).attributes is None


def test_a_slip_in_an_attribute_names_it() -> None:
    wrong = {"attributes.pieces": "nhiều", "attributes.mixed_at": "31/2/2026"}
    assert slips_of(Thing, form(**GOOD, **wrong), kind=KINDS["nem_nam"]) == sorted(wrong)


def test_a_form_comes_back_as_it_was_sent_but_for_secrets_and_plumbing() -> None:
    hidden = dict.fromkeys(PLUMBING | SECRET, "bí mật")
    assert set(hidden) == {"csrf_token", "once", "form", "password", "old", "new", "code"}
    sent = form(("words", "một"), ("words", "hai"), name=" Nước <mắm> ", pieces="ba", **hidden)
    again = sent_again("thing", sent, [Slip("pieces", "At most %(most)s.", {"most": 5})])
    assert again == Form(
        "thing",
        {"words": ["một", "hai"], "name": [" Nước <mắm> "], "pieces": ["ba"]},
        {"pieces": "At most 5."},
        tried=True,
    )
    assert "bí mật" not in repr(again)
    assert (again.value("words"), again.chosen("words")) == ("hai", ["một", "hai"])
    assert (again.value("gone", "-"), again.chosen("gone")) == ("-", [])
    assert (again.slip("pieces"), again.slip("name")) == ("At most 5.", None)


def sent_as_shown(told: Form) -> MultiDict[str, str]:
    """What a browser sends of a form that nobody changed."""
    return MultiDict([(name, text) for name, texts in told.values.items() for text in texts])


@pytest.mark.parametrize("loud", [True, False])
def test_what_is_shown_is_read_back_as_it_was(loud: bool) -> None:
    told = Thing(
        name="Nước mắm <Năm Quyên> & con",
        pieces=1_000_000,
        weight=1234.5,
        made_on=date(2026, 2, 1),
        made_at=NEW_YEARS_EVE.isoformat(),
        loud=loud,
        note="Dòng một\nDòng hai",
        party_id=7,
        words=["Chum 1", "Chum 2"],
        expiries=[
            Expiry(condition="Tủ mát", expires_at=NEW_YEARS_EVE.isoformat()),
            Expiry(condition="Để ngoài", expires_at="2026-06-30T00:00:00+07:00"),
        ],
        ranges=[SerialRange(first_serial=0, last_serial=1000)],
    )
    assert read(Thing, sent_as_shown(shown("thing", told))) == told


@pytest.mark.parametrize(
    "weight",
    [0.0, 0.125, 0.1, 27.5, -3.5, 1e-5, 1e-10, 1234567.25, 19.802134567891, 123456789012345.0],
)
def test_no_digit_of_a_number_is_lost_on_the_way_to_a_form_and_back(weight: float) -> None:
    told = Thing(name="Mắm", pieces=1, weight=weight)
    assert read(Thing, sent_as_shown(shown("thing", told))).weight == weight


def test_a_form_shows_nothing_for_what_is_not_there() -> None:
    empty = shown("thing")
    assert (empty.values, empty.tried, empty.value("name")) == ({}, False, "")
    held = shown("thing", {"note": None, "words": []}, role="producer", party_id=None)
    assert held.values == {"role": ["producer"]}
