"""Label sheets: corners, and sheets that are refused."""

from typing import Any

import pytest

from stamps import BadSheet, Sheet

A4_40: dict[str, Any] = {
    "name": "a4-40",
    "page_width_mm": 210,
    "page_height_mm": 297,
    "columns": 4,
    "rows": 10,
    "label_width_mm": 52.5,
    "label_height_mm": 29.7,
}


def test_the_sheet_in_config_is_a_full_a4_page(a4_40: Sheet) -> None:
    assert a4_40 == Sheet(**A4_40)
    assert a4_40.per_page == 40
    assert a4_40.corner(0) == (0, 0)
    assert a4_40.corner(3) == pytest.approx((157.5, 0))
    assert a4_40.corner(4) == pytest.approx((0, 29.7))
    assert a4_40.corner(39) == pytest.approx((157.5, 267.3))


def test_margins_and_gaps_move_the_corners() -> None:
    table = A4_40 | {"columns": 3, "rows": 8, "left_mm": 7, "top_mm": 13}
    sheet = Sheet(**table, gap_x_mm=2.5, gap_y_mm=1)
    assert sheet.corner(4) == pytest.approx((7 + 55, 13 + 30.7))


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
        {"label_width_mm": 0},
        {"left_mm": -1},
        {"gap_x_mm": float("nan")},
        {"page_width_mm": float("inf")},
        {"page_width_mm": "210"},
    ],
)
def test_a_sheet_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadSheet):
        Sheet(**A4_40 | change)
