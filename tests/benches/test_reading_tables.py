"""Which cells are tried, and how a level is chosen from their figures."""

from __future__ import annotations

import pytest
from conditions import Trial, read_trial
from drawn_labels import DESIGNS, Row, Symbol, drawings
from reading_tables import FACES, HIDDEN, Figures, cells_of, choices, unread
from reading_trials import Cell, Figure

from stamps import Level


@pytest.fixture
def trial() -> Trial:
    return read_trial()


def figures_of(counts: dict[tuple[Level, int], tuple[int, int]]) -> Figures:
    """Labels of a hundred that were read at the moderate and the harsh strength."""
    return {
        Cell(Row(Symbol.SHORT, "a4-40", level, dpi), strength): Figure(read, read, 100)
        for (level, dpi), of_strength in counts.items()
        for strength, read in zip(("moderate", "harsh"), of_strength, strict=True)
    }


def test_designs_without_room_for_a_level_are_not_tried_with_it(trial: Trial) -> None:
    cells = list(cells_of(trial, ("roll-15x15", "roll-30x50")))
    of_design = {
        design: {each.row.level for each in cells if each.row.design == design}
        for design in ("roll-15x15", "roll-30x50")
    }
    assert of_design["roll-30x50"] == set(Level)
    assert of_design["roll-15x15"] < set(Level)
    assert all(drawings(each.row, 1)[0].module_mm >= 0.33 for each in cells)
    assert not any(each.row.symbol in HIDDEN for each in cells if "15x15" in each.row.design)


def test_a_level_that_reaches_what_is_wanted_wins_over_one_that_reads_more(trial: Trial) -> None:
    low = figures_of({(Level.L, dpi): (98, 90) for dpi in (203, 300)})
    high = figures_of({(Level.M, dpi): (99, 50) for dpi in (203, 300)})
    (chosen,) = choices(low | high, trial, FACES)
    assert (chosen.level, chosen.missed) == (Level.M, frozenset())
    (chosen,) = choices(low, trial, FACES)
    assert (chosen.level, chosen.missed) == (Level.L, {Symbol.SHORT})


def test_of_equals_the_level_that_corrects_more_wins(trial: Trial) -> None:
    figures = figures_of({(level, 300): (100, 70) for level in (Level.Q, Level.L, Level.M)})
    (chosen,) = choices(figures, trial, FACES)
    assert chosen.level is Level.Q


def test_a_level_that_fits_fewer_printers_than_another_is_not_chosen(trial: Trial) -> None:
    figures = figures_of(
        {(Level.L, 203): (99, 9), (Level.L, 300): (99, 9), (Level.H, 300): (100, 99)}
    )
    (chosen,) = choices(figures, trial, FACES)
    assert chosen.level is Level.L


def test_dirt_on_the_corners_is_tried_at_the_level_that_a_design_has(trial: Trial) -> None:
    cells = [each for each in cells_of(trial, ("a4-40",)) if each.dirty_corners]
    assert [each.row.symbol for each in cells] == list(FACES)
    assert {each.row.level for each in cells} == {DESIGNS["a4-40"].level}


@pytest.mark.parametrize(("read", "failing"), [(99, []), (98, ["a4-40"])])
def test_a_design_whose_own_level_is_read_too_seldom_fails(
    trial: Trial, read: int, failing: list[str]
) -> None:
    figures = figures_of({(level, 300): (100, 70) for level in Level})
    own = figures_of({(DESIGNS["a4-40"].level, 300): (read, 0)})
    assert unread(figures | own, trial) == failing


def test_a_design_whose_own_level_was_not_read_at_all_fails(trial: Trial) -> None:
    others = [level for level in Level if level is not DESIGNS["a4-40"].level]
    assert unread(figures_of({(level, 300): (100, 70) for level in others}), trial) == ["a4-40"]
