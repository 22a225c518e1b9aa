"""Labels as the bench takes them: real drawings, of which it knows where the symbol stands."""

from __future__ import annotations

import pytest
import zxingcpp
from drawn_labels import Row, Symbol, drawings, links

from stamps import BadLabel, Level


@pytest.mark.parametrize("symbol", Symbol)
@pytest.mark.parametrize("dpi", [203, 300])
def test_a_label_says_its_link_where_its_symbol_is_said_to_stand(symbol: Symbol, dpi: int) -> None:
    drawn = drawings(Row(symbol, "a4-24", Level.M, dpi), 2)
    for label, link in zip(drawn, links(symbol, 2), strict=True):
        quiet = 3 * label.module  # along the outermost one runs the line that marks the foil
        cut = label.dots[
            label.top - quiet : label.top + label.side + quiet,
            label.left - quiet : label.left + label.side + quiet,
        ]
        (found,) = zxingcpp.read_barcodes((255 * (1 - cut)).astype("uint8"), is_pure=True)
        assert found.text == link
        assert found.position.top_left.x == quiet
        assert label.module_mm >= 0.33


def test_the_symbol_under_the_foil_carries_the_hidden_code() -> None:
    plain, foil = next(links(Symbol.SHORT, 1)), next(links(Symbol.FOIL, 1))
    assert foil.startswith(f"{plain}#H-")


def test_a_level_that_the_design_has_no_room_for_is_refused() -> None:
    with pytest.raises(BadLabel):
        drawings(Row(Symbol.SHORT, "roll-15x15", Level.H, 203), 1)
