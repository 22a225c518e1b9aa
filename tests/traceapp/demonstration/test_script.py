"""The script is whole, believable, and says what its words mean."""

from __future__ import annotations

import tomllib
import unicodedata
from datetime import UTC, date, datetime

import pytest

from stamps import good_gtin
from traceapp.demonstration import read_script
from traceapp.demonstration.script import FILES, Script, moment, resolve
from traceapp.services.registry.product_kinds import read_kinds
from traceapp.services.values import VIETNAM
from traceapp.settings import CONFIG

LATE = datetime(2026, 6, 15, 20, 0, tzinfo=UTC)  # the 16th, 03:00 in Vietnam


@pytest.fixture(scope="module")
def script() -> Script:
    return read_script()


def test_days_are_counted_from_the_day_in_vietnam() -> None:
    assert moment("-1", LATE) == date(2026, 6, 15)
    assert moment("+30", LATE) == date(2026, 7, 16)
    assert moment("-1 06:45", LATE) == datetime(2026, 6, 15, 6, 45, tzinfo=VIETNAM)


@pytest.mark.parametrize("text", ["1", "-", "-1 6:45", "-1 06:45:00", "yesterday", "-1 "])
def test_other_texts_are_no_moments(text: str) -> None:
    with pytest.raises(ValueError, match="no moment"):
        moment(text, LATE)


def test_moments_are_worked_out_at_any_depth() -> None:
    told = {"a": ["-1", {"b": "+1 08:00"}], "c": 5, "d": "−18 °C"}
    assert resolve(told, LATE) == {
        "a": ["2026-06-15", {"b": "2026-06-17T08:00:00+07:00"}],
        "c": 5,
        "d": "−18 °C",
    }


def test_batches_state_every_attribute_of_their_kind(script: Script) -> None:
    kinds = read_kinds(CONFIG / "product_kinds")
    kind_of = {each.key: each.fields(LATE)["kind"] for each in script.products}
    for batch in script.batches:
        fields = batch.fields(LATE)
        wanted = {attribute.name for attribute in kinds[kind_of[fields["product"]]].attributes}
        assert set(fields["attributes"]) == wanted, batch.key


def test_fish_sauce_lay_two_years_in_vats_that_held_nothing_else(script: Script) -> None:
    held: list[tuple[str, date, date]] = []
    for batch in script.batches:
        stated = batch.fields(LATE)["attributes"]
        if "vat" not in stated:
            continue
        salted, drawn, blended, bottled = (
            date.fromisoformat(stated[name])
            for name in ("salting_started_on", "drawn_off_on", "blended_on", "bottled_on")
        )
        assert (drawn - salted).days > 730
        assert drawn < blended < bottled
        assert len(stated["blended_from"]) > 1
        held += [(vat, salted, drawn) for vat in stated["blended_from"]]
    for vat, salted, drawn in held:
        others = [each for each in held if each[0] == vat and each != (vat, salted, drawn)]
        assert all(drawn < other[1] or other[2] < salted for other in others), vat


def test_everything_written_is_composed_unicode() -> None:
    for name in FILES:
        text = (CONFIG / "demonstration" / f"{name}.toml").read_text("utf-8")
        assert unicodedata.is_normalized("NFC", text)
        tomllib.loads(text)


def test_gtins_have_their_right_check_digit(script: Script) -> None:
    gtins = [each.fields(LATE).get("gtin") for each in script.products]
    assert any(gtins) and not all(gtins)
    assert all(good_gtin(gtin.zfill(14)) for gtin in gtins if gtin)


def test_no_household_has_a_tax_code(script: Script) -> None:
    """It would be a citizen's number, which is never invented."""
    for party in script.parties:
        fields = party.fields(LATE)
        assert fields["kind"] != "household" or "tax_code" not in fields
