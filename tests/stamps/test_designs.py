"""Label designs: those in config, corners, and designs that are refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from stamps import Arrangement, BadDesign, Element, HiddenLayer, LabelDesign, Level, read_designs

NAMES = ["a4-24", "a4-40", "a4-65"]
ROLLS = ["roll-15x15", "roll-20x20", "roll-25x25", "roll-20x30", "roll-30x50"]
A4_40: dict[str, Any] = {
    "name": "a4-40",
    "page_width_mm": 210,
    "page_height_mm": 297,
    "columns": 4,
    "rows": 10,
    "label_width_mm": 52.5,
    "label_height_mm": 29.7,
    "arrangement": "beside",
    "level": "m",
    "type_pt": 9.5,
    "inset_mm": 4.1,
    "symbol_most_mm": 20,
    "prints": ["code", "serial"],
    "hidden": ["inside"],
}


def test_config_has_the_sheets_and_the_rolls(designs: Mapping[str, LabelDesign]) -> None:
    assert list(designs) == NAMES + ROLLS
    for name in NAMES:
        design = designs[name]
        assert (design.page_width_mm, design.page_height_mm) == (210, 297)
        assert design.per_page == int(name.removeprefix("a4-"))
        assert not design.is_roll
    for name in ROLLS:
        width, height = map(float, name.removeprefix("roll-").split("x"))
        design = designs[name]
        assert (design.label_width_mm, design.label_height_mm) == (width, height)
        assert (design.page_width_mm, design.page_height_mm) == (width, height)
        assert design.is_roll


def test_sheets_lie_in_the_middle_of_their_page(designs: Mapping[str, LabelDesign]) -> None:
    for name in NAMES:
        design = designs[name]
        left, top = design.corner(design.per_page - 1)
        right = design.page_width_mm - left - design.label_width_mm
        bottom = design.page_height_mm - top - design.label_height_mm
        assert design.left_mm == pytest.approx(right)
        assert design.top_mm == pytest.approx(bottom)


def test_a_table_becomes_a_design() -> None:
    design = LabelDesign.of(A4_40)
    assert design.arrangement is Arrangement.BESIDE
    assert design.level is Level.M
    assert design.prints == {Element.CODE, Element.SERIAL}
    assert design.hidden == {HiddenLayer.INSIDE}
    assert design.corner(0) == (0, 0)
    assert design.corner(3) == pytest.approx((157.5, 0))
    assert design.corner(4) == pytest.approx((0, 29.7))
    assert design.corner(39) == pytest.approx((157.5, 267.3))


def test_margins_and_gaps_move_the_corners() -> None:
    table = A4_40 | {"columns": 3, "rows": 8, "left_mm": 7, "top_mm": 13}
    design = LabelDesign.of(table | {"gap_x_mm": 2.5, "gap_y_mm": 1})
    assert design.corner(4) == pytest.approx((7 + 55, 13 + 30.7))


@pytest.mark.parametrize(
    "change",
    [
        {"columns": 5},
        {"rows": 11},
        {"left_mm": 0.1},
        {"top_mm": 0.1},
        {"gap_x_mm": 0.1},
        {"gap_y_mm": 0.1},
        {"label_width_mm": 52.6},
        {"page_width_mm": 148},
        {"columns": 0},
        {"rows": -1},
        {"columns": 4.0},
        {"rows": True},
        {"code_lines": 0},
        {"label_width_mm": 0},
        {"type_pt": 0},
        {"type_pt": "9"},
        {"left_mm": -1},
        {"gap_x_mm": float("nan")},
        {"page_width_mm": float("inf")},
        {"page_width_mm": "210"},
        {"bleed_mm": 2},
        {"level": "x"},
        {"arrangement": "above"},
        {"prints": ["ministry"]},
        {"hidden": ["glued"]},
        {"colour": "red"},
    ],
)
def test_a_design_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadDesign):
        LabelDesign.of(A4_40 | change)


@pytest.mark.parametrize("missing", ["label_width_mm", "arrangement", "level", "type_pt"])
def test_a_design_that_says_too_little_is_refused(missing: str) -> None:
    with pytest.raises(BadDesign):
        LabelDesign.of({name: value for name, value in A4_40.items() if name != missing})


@pytest.mark.parametrize("text", ["", "design = 1 =", "[[sheet]]\nname = 'a'"])
def test_a_document_without_designs_is_refused(text: str) -> None:
    with pytest.raises(BadDesign):
        read_designs(text)


def test_two_designs_of_one_name_are_refused() -> None:
    table = "\n".join(
        f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
        for name, value in A4_40.items()
    )
    with pytest.raises(BadDesign, match="one name"):
        read_designs(f"[[design]]\n{table}\n[[design]]\n{table}\n")


def test_hidden_symbols_have_their_own_level_or_the_designs() -> None:
    assert LabelDesign.of(A4_40).level_of(hidden=True) is Level.M
    apart = LabelDesign.of({**A4_40, "hidden_level": "l"})
    assert (apart.level_of(hidden=True), apart.level_of(hidden=False)) == (Level.L, Level.M)
    with pytest.raises(BadDesign):
        LabelDesign.of({**A4_40, "hidden_level": "x"})
