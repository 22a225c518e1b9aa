"""Plots, worked out from totals."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from traceapp.services.registry.provinces import read_provinces
from traceapp.services.scans.adding_up import DayTold, ProvinceTold, Totals
from traceapp.services.scans.judging import Verdict
from traceapp.settings import CONFIG
from traceapp.web import plots

START = date(2026, 1, 1)


def _totals(days: list[dict[str, int]], provinces: dict[str, int] | None = None) -> Totals:
    told = [
        DayTold(day=START + timedelta(days=n), looks=looks, sum=sum(looks.values()))
        for n, looks in enumerate(days)
    ]
    return Totals(
        since=START,
        until=START + timedelta(days=len(days) - 1),
        product_id=None,
        days=told,
        verdicts={},
        provinces=[ProvinceTold(province=name, looks=n) for name, n in (provinces or {}).items()],
        sum=0,
    )


def test_a_bar_stacks_its_tones_and_stays_inside() -> None:
    looks = {"registered": 6, "suspicious": 1, "void": 2, "recalled": 1}
    plot = plots.by_day(_totals([looks, {}, {"registered": 5}]))
    assert plot.tones == {plots.Tone.FINE: 11, plots.Tone.CARE: 1, plots.Tone.STOP: 3}
    assert (plot.sum, plot.top, plot.by_weeks) == (15, 10, False)
    first, empty, last = plot.bars
    assert [box.number for box in first.boxes] == [1, 2, 3]
    assert sum(box.height for box in first.boxes) == plots.HEIGHT
    assert min(box.y for box in first.boxes) == 0
    assert empty.boxes == ()
    assert last.boxes[0].height == plots.HEIGHT / 2
    assert last.boxes[0].x + last.boxes[0].width < plots.WIDTH


def test_no_look_at_all_is_drawn_as_nothing() -> None:
    plot = plots.by_day(_totals([{}] * 30))
    assert plot.sum == 0 and plot.tones == {} and all(not bar.boxes for bar in plot.bars)


def test_a_year_is_drawn_by_weeks_and_loses_no_look() -> None:
    plot = plots.by_day(_totals([{"registered": 1}] * 365))
    assert plot.by_weeks and len(plot.bars) == 53
    assert plot.sum == 365
    assert [bar.sum for bar in plot.bars] == [1] + [7] * 52
    for before, after in zip(plot.bars, plot.bars[1:], strict=False):
        assert after.first == before.last + timedelta(days=1)
    assert len(plots.by_day(_totals([{}] * 364)).bars) == 52


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 10), (11, 20), (21, 40), (41, 100), (999, 1000)]
)
def test_an_axis_ends_at_a_round_number_with_a_whole_half(most: int, top: int) -> None:
    assert plots.ceiling(most) == top
    assert top % 2 == 0


def test_every_verdict_has_a_tone() -> None:
    tones = {verdict: plots.tone_of(verdict) for verdict in Verdict}
    assert tones[Verdict.REGISTERED] is plots.Tone.FINE
    assert tones[Verdict.MALFORMED] is plots.Tone.UNREAD
    for verdict in ("forged", "unknown", "recalled", "on_hold", "void", "not_activated", "expired"):
        assert plots.tone_of(verdict) is plots.Tone.STOP


def test_provinces_carry_their_names_and_the_widest_is_full() -> None:
    told = plots.by_province(
        _totals([{}], {"thanh-hoa": 4, "an-giang": 1, "gone": 1}),
        read_provinces(CONFIG / "provinces.toml"),
    )
    assert [(each.name, each.count, each.width) for each in told] == [
        ("Thanh Hóa", 4, 100),
        ("An Giang", 1, 25),
        ("gone", 1, 25),
    ]


def test_parts_of_a_whole_stand_side_by_side() -> None:
    told = plots.shares({"a": (1, 1), "b": (0, 2), "c": (3, 3)})
    assert [(each.start, each.width) for each in told] == [(0, 25), (25, 0), (25, 75)]
    assert [each.width for each in plots.shares({"a": (0, 1)})] == [0]
