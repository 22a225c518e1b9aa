"""What a printer, dirt and scratches do to a drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conditions import Conditions, read_trial
from drawn_labels import Drawn, Row, Symbol, drawings
from printing import blotted, inked, scratched_free, worn

from stamps import Level

CLEAN = {"drops": 0, "specks": 0, "scratches": 0}


@pytest.fixture
def drawn() -> Drawn:
    return drawings(Row(Symbol.SHORT, "roll-20x20", Level.M, 300), 1)[0]


@pytest.fixture
def harsh() -> Conditions:
    return read_trial().strengths["harsh"]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_ink_creeps_out_on_some_labels_and_falls_short_on_others(
    drawn: Drawn, harsh: Conditions
) -> None:
    printing = replace(harsh.printing, stray_dots=0, dead_lines=0)
    gained = [inked(drawn, printing, rng(seed)).sum() - drawn.dots.sum() for seed in range(20)]
    assert min(gained) < 0 < max(gained)


def test_a_dead_element_leaves_a_line_without_ink(drawn: Drawn, harsh: Conditions) -> None:
    printing = replace(harsh.printing, stray_dots=0, dead_lines=50, dot_growth=0)
    symbol = slice(drawn.left, drawn.left + drawn.side)
    ink = inked(drawn, printing, rng())
    assert (ink[:, symbol].max(axis=0) == 0).sum() > 10
    assert (ink[:, : drawn.left] == drawn.dots[:, : drawn.left]).all()


def test_stray_dots_are_turned_over_either_way(drawn: Drawn, harsh: Conditions) -> None:
    printing = replace(harsh.printing, dead_lines=0, dot_growth=0)
    change = inked(drawn, printing, rng()) - drawn.dots
    assert {-1, 0, 1} == set(np.unique(change))
    assert np.abs(change).mean() < printing.stray_dots


def test_a_clean_label_has_two_shades_as_far_apart_as_its_contrast(
    drawn: Drawn, harsh: Conditions
) -> None:
    paper = replace(harsh.paper, **CLEAN)
    label = worn(drawn, drawn.dots.astype(np.float32), paper, rng())
    dark, light = np.unique(label)
    assert paper.contrast <= light - dark <= paper.best_contrast


@pytest.mark.parametrize("dirt", CLEAN)
def test_dirt_comes_over_the_symbol(drawn: Drawn, harsh: Conditions, dirt: str) -> None:
    paper = replace(harsh.paper, **CLEAN | {dirt: 40}, contrast=0.7, best_contrast=0.7)
    ink = drawn.dots.astype(np.float32)
    label = worn(drawn, ink, paper, rng())
    changed = np.abs(label - (paper.white - 0.7 * ink)) > 0.05
    symbol = np.zeros_like(changed)
    symbol[drawn.top : drawn.top + drawn.side, drawn.left : drawn.left + drawn.side] = True
    assert (changed & symbol).sum() > (changed & ~symbol).sum()


@pytest.mark.parametrize("on_corners", [False, True])
@pytest.mark.parametrize("dirt", CLEAN)
def test_dirt_spares_the_corner_squares_where_it_is_to(
    drawn: Drawn, harsh: Conditions, dirt: str, on_corners: bool
) -> None:
    dirty = CLEAN | {dirt: 200}
    paper = replace(harsh.paper, **dirty, dirt_on_corners=on_corners)
    ink = drawn.dots.astype(np.float32)
    plain = worn(drawn, ink, replace(harsh.paper, **CLEAN), rng())
    changed = worn(drawn, ink, paper, rng()) != plain
    side, far = 8 * drawn.module, drawn.side - 8 * drawn.module
    symbol = changed[drawn.top : drawn.top + drawn.side, drawn.left : drawn.left + drawn.side]
    corners = symbol[:side, :side], symbol[:side, far:], symbol[far:, :side]
    assert [bool(each.any()) for each in corners] == [on_corners] * 3
    assert symbol[far:, far:].any()


@pytest.mark.parametrize("share", [0.05, 0.25])
@pytest.mark.parametrize("dark", [True, False])
def test_a_blot_takes_its_share_of_the_symbol(drawn: Drawn, share: float, dark: bool) -> None:
    blank = replace(drawn, dots=np.full_like(drawn.dots, not dark))
    taken = (blotted(blank, share, dark).dots != blank.dots).sum()
    assert taken == pytest.approx(share * drawn.side**2, rel=0.02)


def test_foil_stays_on_its_share_of_the_symbol(drawn: Drawn, harsh: Conditions) -> None:
    white = np.ones(drawn.dots.shape, np.float32)
    shares = []
    for seed in range(20):
        label = scratched_free(drawn, white.copy(), harsh.paper, rng(seed))
        zone = (drawn.side + 8 * drawn.module) ** 2
        shares.append((label == np.float32(harsh.paper.foil_reflects)).sum() / zone)
    assert max(shares) <= harsh.paper.foil_left + 0.01
    assert max(shares) > harsh.paper.foil_left / 2
