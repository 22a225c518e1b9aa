"""Cells and figures: what is counted as read, and that it can fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conditions import Trial, read_trial
from reading_tables import cells_of, choices
from reading_trials import Cell, Figure, Symbol, drawing, is_read, links, measure, pictures


@pytest.fixture
def trial() -> Trial:
    return replace(read_trial(), labels=6)


@pytest.mark.parametrize("symbol", Symbol)
def test_gentle_photographs_are_read(trial: Trial, symbol: Symbol) -> None:
    cell = Cell(symbol, "a4-40", "M", 300, "gentle")
    assert measure(cell, trial) == Figure(read=6, at_once=6, labels=6)


def test_photographs_at_an_absurd_strength_are_not(trial: Trial) -> None:
    gentle = trial.strengths["gentle"]
    absurd = replace(gentle, camera=replace(gentle.camera, electrons=0.3))
    trial = replace(trial, strengths={"gentle": absurd})
    cell = Cell(Symbol.SHORT, "a4-40", "M", 300, "gentle")
    assert measure(cell, trial) == Figure(read=0, at_once=0, labels=6)


def test_a_blot_larger_than_the_level_corrects_is_not_read(trial: Trial) -> None:
    small, large = (Cell(Symbol.SHORT, "a4-40", "L", 300, "gentle", blot) for blot in (0.01, 0.2))
    assert measure(small, trial).read == 6
    assert measure(large, trial).read == 0


def test_the_link_of_another_stamp_does_not_count(trial: Trial) -> None:
    cell = Cell(Symbol.SHORT, "a4-40", "M", 300, "gentle")
    first, second = links(Symbol.SHORT, 2)
    photo = next(pictures(drawing(cell, 0, trial), 0, trial.strengths["gentle"], trial.seed))
    assert is_read(photo, first)
    assert not is_read(photo, second)


def test_a_label_has_the_same_luck_at_every_level_and_size(trial: Trial) -> None:
    harsh = trial.strengths["harsh"]
    shades = set()
    for design, level in (("a4-40", "L"), ("roll-25x25", "H")):
        cell = Cell(Symbol.SHORT, design, level, 300, "harsh")
        photo = next(pictures(drawing(cell, 0, trial), 0, harsh, trial.seed))
        shades.add(round(float(np.median(photo[:3, :3])) / 16))
    assert len(shades) == 1


def test_symbols_under_foil_carry_the_hidden_code() -> None:
    plain, foil = links(Symbol.SHORT, 1)[0], links(Symbol.FOIL, 1)[0]
    assert foil.startswith(f"{plain}#H-")


def test_no_cell_has_a_module_under_the_least(trial: Trial) -> None:
    cells = list(cells_of(trial, ("roll-15x15", "a4-24")))
    assert {each.level for each in cells if each.design == "a4-24"} == set("LMQH")
    assert {each.level for each in cells if each.design == "roll-15x15"} < set("LMQH")
    assert all(drawing(each, 0, trial).module_mm >= 0.33 for each in cells)


@pytest.mark.parametrize(
    ("read", "low", "high"),
    [(300, 0.9874, 1.0), (297, 0.9710, 0.9966), (0, 0.0, 0.0126)],
)
def test_the_interval_is_wilsons(read: int, low: float, high: float) -> None:
    assert Figure(read, read, 300).interval() == pytest.approx((low, high), abs=5e-5)


def test_the_level_that_reaches_what_is_wanted_wins_over_one_that_reads_more(trial: Trial) -> None:
    figures = {
        Cell(Symbol.SHORT, "a4-40", level, dpi, strength): Figure(read, read, 100)
        for level, counts in {"L": (98, 90), "M": (99, 50), "Q": (99, 49)}.items()
        for dpi in trial.resolutions
        for strength, read in zip(("moderate", "harsh"), counts, strict=True)
    }
    (chosen,) = choices(figures, trial)
    assert (chosen.level, chosen.well) == ("M", True)
    short = {cell: figure for cell, figure in figures.items() if cell.level == "L"}
    (chosen,) = choices(short, trial)
    assert (chosen.level, chosen.well) == ("L", False)


def test_a_level_that_fits_one_resolution_alone_is_not_chosen(trial: Trial) -> None:
    figures = {
        Cell(Symbol.SHORT, "a4-40", level, dpi, "moderate"): Figure(100, 100, 100)
        for level, dpi in (("L", 203), ("L", 300), ("H", 300))
    }
    (chosen,) = choices(figures, trial)
    assert chosen.level == "L"
