"""Plots, worked out: what `templates/web/plots.html` draws as SVG, with the numbers beneath.

A year has more days than a phone has room for bars: a long span is drawn by weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from traceapp.services.refusals import message
from traceapp.services.registry.provinces import Provinces
from traceapp.services.scans.adding_up import DayTold, Totals
from traceapp.services.scans.judging import Verdict

WIDTH, HEIGHT = 1000, 200  # of the drawing; the page stretches it to the room it has
MOST_BARS = 100  # more days than that are drawn by weeks
_FULL = 100  # a bar of shares is so wide


class Tone(StrEnum):
    """How a buyer was answered, as the public page colours it."""

    FINE = "fine"
    CARE = "care"
    STOP = "stop"
    UNREAD = "unread"


TONE_NAMES: dict[Tone, str] = {
    Tone.FINE: message("All is well"),
    Tone.CARE: message("Look closely"),
    Tone.STOP: message("Warned not to buy or use"),
    Tone.UNREAD: message("Could not be read"),
}

_TONES: dict[str, Tone] = {
    Verdict.REGISTERED: Tone.FINE,
    Verdict.AUTHENTICATED: Tone.FINE,
    Verdict.MALFORMED: Tone.UNREAD,
    Verdict.UNCHECKED: Tone.UNREAD,
    Verdict.SUSPICIOUS: Tone.CARE,
    Verdict.ALREADY_AUTHENTICATED: Tone.CARE,
    Verdict.WRONG_HIDDEN_CODE: Tone.CARE,
    Verdict.TOO_MANY_TRIES: Tone.CARE,
    Verdict.NO_HIDDEN_CODE: Tone.CARE,
}


def tone_of(verdict: str) -> Tone:
    return _TONES.get(verdict, Tone.STOP)


@dataclass(frozen=True)
class Box:
    """One rectangle. `number` chooses its colour: 1 to 4."""

    x: float
    y: float
    width: float
    height: float
    number: int


@dataclass(frozen=True)
class Bar:
    """Looks of one day, or of the days `first` to `last`, both of which belong to it."""

    first: date
    last: date
    looks: Mapping[Tone, int]
    boxes: tuple[Box, ...]

    @property
    def sum(self) -> int:
        return sum(self.looks.values())


@dataclass(frozen=True)
class DaysPlot:
    """Bars from the oldest day to the newest. `top` is the value at the drawing's upper edge.

    `tones` are those that anybody was answered with, each with its sum.
    """

    bars: tuple[Bar, ...]
    top: int
    tones: Mapping[Tone, int]
    by_weeks: bool

    @property
    def sum(self) -> int:
        return sum(self.tones.values())


@dataclass(frozen=True)
class Share:
    """One line of a comparison: its name, its number, and how wide it is drawn, 0 to 100."""

    name: str
    count: int
    width: float
    start: float = 0.0
    number: int = 1


def by_day(totals: Totals) -> DaysPlot:
    """Looks by day, stacked by tone."""
    by_weeks = len(totals.days) > MOST_BARS
    groups = _weeks(totals.days) if by_weeks else [[day] for day in totals.days]
    counted = [_by_tone(group) for group in groups]
    sums = {tone: sum(each[tone] for each in counted) for tone in Tone}
    top = ceiling(max((sum(each.values()) for each in counted), default=0))
    step = WIDTH / max(len(groups), 1)
    bars = tuple(
        Bar(group[0].day, group[-1].day, looks, _stack(looks, place * step, step, top))
        for place, (group, looks) in enumerate(zip(groups, counted, strict=True))
    )
    return DaysPlot(bars, top, {tone: n for tone, n in sums.items() if n}, by_weeks)


def _weeks(days: list[DayTold]) -> list[list[DayTold]]:
    """Groups of seven days, the newest of which is full."""
    odd = len(days) % 7
    starts = ([0] if odd else []) + list(range(odd, len(days), 7))
    return [days[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def _by_tone(group: list[DayTold]) -> dict[Tone, int]:
    looks = dict.fromkeys(Tone, 0)
    for day in group:
        for verdict, number in day.looks.items():
            looks[tone_of(verdict)] += number
    return looks


def _stack(looks: Mapping[Tone, int], x: float, step: float, top: int) -> tuple[Box, ...]:
    boxes, y = [], float(HEIGHT)
    for number, (_, many) in enumerate(looks.items(), start=1):
        if not many:
            continue
        height = HEIGHT * many / top
        y -= height
        left, width = round(x + step * 0.12, 2), round(step * 0.76, 2)
        boxes.append(Box(left, round(y, 2), width, round(height, 2), number))
    return tuple(boxes)


def ceiling(most: int) -> int:
    """The lowest of 2, 4, 10, 20, 40, 100 … that is not below `most`; its half is a whole number.

    So an axis has three labels that are easy to read.
    """
    power = 1
    while True:
        for head in (2, 4, 10):
            if most <= head * power:
                return head * power
        power *= 10


def by_province(totals: Totals, provinces: Provinces) -> tuple[Share, ...]:
    """Looks whose province a buyer named, most of them first."""
    names = {slug: each.vi for slug, each in provinces.items()}
    most = max((each.looks for each in totals.provinces), default=1)
    return tuple(
        Share(names.get(each.province, each.province), each.looks, _FULL * each.looks / most)
        for each in totals.provinces
    )


def shares(parts: Mapping[str, tuple[int, int]]) -> tuple[Share, ...]:
    """Parts of a whole, one beside the other: by name their count and the number of their colour.

    A part that is there is always seen, however small it is.
    """
    whole = sum(count for count, _ in parts.values()) or 1
    told, start = [], 0.0
    for name, (count, number) in parts.items():
        width = _FULL * count / whole
        told.append(Share(name, count, round(width, 3), round(start, 3), number))
        start += width
    return tuple(told)
