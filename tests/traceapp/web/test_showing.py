"""Facts as pages show them: Vietnam's days and clocks, numbers as the reader writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from flask import Flask
from flask_babel import Babel

from stamps import Key, sign
from traceapp.services.registry.product_kinds import ProductKind
from traceapp.web import showing

AMERICA = timezone(timedelta(hours=-5))


@contextmanager
def reading_in(language: str) -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, locale_selector=lambda: language)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("moment", "day", "clock"),
    [
        (datetime(2026, 6, 15, 16, 59, 59, tzinfo=UTC), "15/06/2026", "23:59"),
        (datetime(2026, 6, 15, 17, 0, tzinfo=UTC), "16/06/2026", "00:00"),
        (datetime(2026, 6, 15, 23, 59, tzinfo=UTC), "16/06/2026", "06:59"),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "01/01/2027", "00:00"),
        (datetime(2028, 2, 28, 17, 30, tzinfo=UTC), "29/02/2028", "00:30"),
        (datetime(2026, 6, 15, 12, 0, tzinfo=AMERICA), "16/06/2026", "00:00"),
        (datetime(2199, 12, 31, 16, 59, tzinfo=UTC), "31/12/2199", "23:59"),
    ],
)
def test_a_moment_is_shown_as_vietnams_calendar_and_clock_have_it(
    moment: datetime, day: str, clock: str
) -> None:
    assert (showing.day(moment), showing.clock(moment)) == (day, clock)
    assert showing.day_and_clock(moment) == f"{day} {clock}"


def test_a_day_without_a_time_is_no_instant_and_stays() -> None:
    assert showing.day(date(2026, 2, 1)) == "01/02/2026"
    assert showing.day(date(990, 12, 31)) == "31/12/0990"


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (0, "0", "0"),
        (7, "7", "7"),
        (1200, "1.200", "1,200"),
        (1234567, "1.234.567", "1,234,567"),
        (1234.5, "1.234,5", "1,234.5"),
        (27.0, "27", "27"),
        (0.125, "0,125", "0.125"),
        (27.12345, "27,12345", "27.12345"),
        (-3.5, "-3,5", "-3.5"),
        (0.1, "0,1", "0.1"),
    ],
)
def test_a_number_is_shown_with_every_digit_in_the_readers_marks(
    value: float, vi: str, en: str
) -> None:
    with reading_in("vi"):
        assert showing.number(value) == vi
    with reading_in("en"):
        assert showing.number(value) == en


def test_a_thing_is_named_in_the_readers_language() -> None:
    kind = ProductKind(name="fish_sauce", vi="Nước mắm", en="Fish sauce", attributes=())
    for language, name in (("vi", "Nước mắm"), ("en", "Fish sauce")):
        with reading_in(language):
            assert showing.language() == language
            assert showing.named(kind) == name


def test_a_code_is_shown_as_it_is_printed() -> None:
    code = sign(Key(bytes(32)), 41)
    groups = showing.code(code).split("-")
    assert [len(group) for group in groups] == [5, 5, 5, 5] and "".join(groups) == code
