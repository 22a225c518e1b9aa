"""How pages show facts: dd/mm/yyyy, times in UTC+7, numbers as readers write them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from babel.numbers import format_decimal
from flask_babel import get_locale

from stamps import grouped
from traceapp.services.values import in_vietnam

__all__ = ["clock", "code", "day", "day_and_clock", "number"]


def day(moment: date) -> str:
    """dd/mm/yyyy; an instant is shown as Vietnam's calendar has it."""
    if isinstance(moment, datetime):
        moment = in_vietnam(moment)
    return f"{moment.day:02}/{moment.month:02}/{moment.year:04}"


def clock(moment: datetime) -> str:
    """HH:MM in UTC+7."""
    return in_vietnam(moment).strftime("%H:%M")


def day_and_clock(moment: datetime) -> str:
    return f"{day(moment)} {clock(moment)}"


def number(value: float) -> str:
    """A number with every digit it has: 1.234,5 in Vietnamese, 1,234.5 in English."""
    return format_decimal(value, locale=get_locale(), decimal_quantization=False)


def code(text: str) -> str:
    """A stamp's code in groups, as it is printed."""
    return grouped(text)


def language() -> str:
    return str(get_locale())


def named(thing: Any) -> str:
    """The name, in the reader's language, of something that has one in both."""
    return str(thing.vi if language() == "vi" else thing.en)
