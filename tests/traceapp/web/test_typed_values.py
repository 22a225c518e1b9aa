"""Days, moments, counts and numbers, read as those mean them who type them."""

from __future__ import annotations

import pytest

from traceapp.web.forms import count, day, moment, number


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("31/12/2026", "2026-12-31"),
        ("2026-12-31", "2026-12-31"),
        ("1/2/2026", "2026-02-01"),
        ("01.02.2026", "2026-02-01"),
        ("1-2-2026", "2026-02-01"),
        ("  31/12/2026\n", "2026-12-31"),
        ("29/2/2028", "2028-02-29"),
        ("29/2/2000", "2000-02-29"),
        ("29/2/2026", None),
        ("29/2/2100", None),
        ("31/2/2026", None),
        ("31/4/2026", None),
        ("0/1/2026", None),
        ("1/13/2026", None),
        ("12/31/2026", None),
        ("31/12/9999", "9999-12-31"),
        ("1/1/0000", None),
        ("31/12/26", None),
        ("31/12", None),
        ("2026-02-31", None),
        ("2026/12/31", None),
        ("20261231", None),
        ("hôm nay", None),
        ("３１/12/2026", None),
        ("9" * 5000, None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_day_is_read_as_vietnam_writes_it(typed: str, meant: str | None) -> None:
    assert day(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("31/12/2026 17:30", "2026-12-31T17:30:00+07:00"),
        ("31/12/2026 17h30", "2026-12-31T17:30:00+07:00"),
        ("31/12/2026 17g30", "2026-12-31T17:30:00+07:00"),
        ("31/12/2026 7h", "2026-12-31T07:00:00+07:00"),
        ("31/12/2026, 17h30", "2026-12-31T17:30:00+07:00"),
        ("17h30 31/12/2026", "2026-12-31T17:30:00+07:00"),
        ("17:30, 31.12.2026", "2026-12-31T17:30:00+07:00"),
        ("31/12/2026", "2026-12-31T00:00:00+07:00"),
        ("31/12/2026 0h00", "2026-12-31T00:00:00+07:00"),
        ("29/2/2028 23:59", "2028-02-29T23:59:00+07:00"),
        ("31/12/9999 23:59", "9999-12-31T23:59:00+07:00"),
        ("2026-12-31T17:30", "2026-12-31T17:30:00+07:00"),
        ("2026-12-31T17:30:15", "2026-12-31T17:30:15+07:00"),
        ("2026-12-31 17:30", "2026-12-31T17:30:00+07:00"),
        ("2026-12-31", "2026-12-31T00:00:00+07:00"),
        ("2026-12-31T10:30:00+00:00", "2026-12-31T10:30:00+00:00"),
        ("2026-12-31T10:30Z", "2026-12-31T10:30:00+00:00"),
        ("31/12/2026 24:00", None),
        ("31/12/2026 17:60", None),
        ("31/12/2026 17h3", None),
        ("31/2/2026 17h30", None),
        ("29/2/2026 8:00", None),
        ("17h30", None),
        ("31/12/2026 17h30 18h30", None),
        ("31/12/2026 31/12/2026", None),
        ("31/12/2026 chiều", None),
        ("31/12/2026 -1:30", None),
        ("2026-02-31T08:00", None),
        ("2026-12-31T25:00", None),
        ("chiều nay", None),
        ("9" * 5000, None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_moment_is_vietnams_unless_it_names_a_zone(typed: str, meant: str | None) -> None:
    assert moment(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1200", 1200),
        ("1.200", 1200),
        ("1 200", 1200),
        ("1.234.567", 1234567),
        (" 7 ", 7),
        ("0", 0),
        ("007", 7),
        ("-3", -3),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("9" * 5000, None),
        ("12.34", None),
        ("12.34.567", None),
        ("1.2345", None),
        ("1,5", None),
        ("1,200", None),
        ("1e3", None),
        ("0x10", None),
        ("+7", None),
        ("-", None),
        ("ba", None),
        ("１２", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_count_may_be_grouped(typed: str, meant: int | None) -> None:
    assert count(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.234,5", 1234.5),
        ("1 234,5", 1234.5),
        ("1.234.567,25", 1234567.25),
        ("1.234", 1234.0),
        ("27,5", 27.5),
        ("27.5", 27.5),
        ("27.55", 27.55),
        ("27.5555", 27.5555),
        ("0,125", 0.125),
        ("-3", -3.0),
        ("\u22123", -3.0),
        ("\u22123,5", -3.5),
        ("-1.234,5", -1234.5),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("9" * 15, 999999999999999.0),
        ("9" * 16, None),
        ("9" * 5000, None),
        ("1,2,3", None),
        ("12.34.567", None),
        (",5", None),
        ("5,", None),
        ("1e5", None),
        ("nan", None),
        ("inf", None),
        ("+5", None),
        ("-", None),
        ("--3", None),
        ("27,5 kg", None),
        ("ba", None),
        ("１２", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_number_has_a_comma_and_a_lone_point_may_stand_for_it(
    typed: str, meant: float | None
) -> None:
    assert number(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("0.125", 0.125), ("-1.234", -1234.0), ("1,234.5", None), ("1.2,3", None), ("0.001,5", None)],
)
def test_a_number_is_never_taken_for_another_by_its_marks(typed: str, meant: float | None) -> None:
    """No number of thousands begins with a nought, and English marks are no Vietnamese ones."""
    assert number(typed) == meant
