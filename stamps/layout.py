"""Where on a label each thing goes. All lengths are millimetres.

The symbol stands on the left with its quiet zone, a column of words to its
right, and a row with code and serial along the foot. The contacts stand in the
column or in a second row below the first. Positions are measured from the label's
lower left corner, upwards, as PDF does.
"""

from dataclasses import dataclass
from math import floor

from stamps.errors import BadLabel
from stamps.sheets import Sheet
from stamps.symbols import QUIET_MODULES
from stamps.typesetting import CAP_HEIGHT, MM

DOT_MM = 25.4 / 300
"""A printer's dot at 300 per inch. A module is a whole number of them, so that an
office printer draws all modules equally wide."""

GOOD_DOTS = 5
"""0.42 mm a module: what a phone reads without effort."""

LEAST_DOTS = 4
"""0.34 mm a module: below it, ink spread on uncoated paper costs readings."""

# Most office printers leave 4.2 mm (a sixth of an inch) of the page white, and
# edge-to-edge sheets have labels there. Smaller labels come on rolls, whose
# printers reach further out.
_INSETS_MM = (4.1, 3.0, 2.0)

CODE_SIZE = 6.2
_CODE_CAPS_MM = CODE_SIZE * CAP_HEIGHT / MM
_CODE_GAP_MM = 0.25
_SECOND_ROW_MM = 2.2
_COLUMN_GAP_MM = 0.4
_FOOT_GAP_MM = 1.4
_LEAST_COLUMN_MM = 20.0


@dataclass(frozen=True)
class Layout:
    """The places on one label, for all labels of a run.

    inset: how far everything printed stays from the label's edge; module: the
    side of a module; symbol_left, symbol_bottom: the dark symbol's corner, its
    quiet zone lies outside of it; symbol_side: without the quiet zone;
    column_left, column_width: the words beside it, from the symbol's upper edge
    down to its lower; column_slack: how much lower they may reach at need;
    foot_left, foot_width: the rows along the foot; code_baseline: of code and
    serial; contacts_baseline: of the row below, or None when the contacts stand
    in the column.
    """

    inset: float
    module: float
    symbol_left: float
    symbol_bottom: float
    symbol_side: float
    column_left: float
    column_width: float
    column_slack: float
    foot_left: float
    foot_width: float
    code_baseline: float
    contacts_baseline: float | None

    @property
    def symbol_top(self) -> float:
        """The symbol's upper edge."""
        return self.symbol_bottom + self.symbol_side


def lay_out(sheet: Sheet, modules: int, contacts_below: bool) -> Layout:
    """The layout with the largest module that leaves room for the words.

    modules: the symbol's side in modules; contacts_below: whether the foot has a
    second row. Raises BadLabel when not even modules of 0.34 mm leave room on the
    sheet's labels.
    """
    least = dict.fromkeys(_INSETS_MM, GOOD_DOTS)
    least[_INSETS_MM[-1]] = LEAST_DOTS
    for inset in _INSETS_MM:
        code_baseline = inset + (_SECOND_ROW_MM if contacts_below else 0.0)
        dots = _largest(sheet, modules, inset, code_baseline)
        if dots >= least[inset]:
            return _placed(sheet, modules * dots * DOT_MM, dots * DOT_MM, inset, code_baseline)
    raise BadLabel(
        f"a label of {sheet.label_width_mm:g} x {sheet.label_height_mm:g} mm has no room for a"
        f" symbol of {modules} modules of 0.33 mm or more and the words beside it"
    )


def _largest(sheet: Sheet, modules: int, inset: float, code_baseline: float) -> int:
    """The dots of the largest module that fits this inset, counted in whole dots."""
    # Below the symbol, its quiet zone ends above the code. Above it and to its
    # left, the quiet zone lies in the inset, which therefore bounds the module.
    code_top = code_baseline + _CODE_CAPS_MM + _CODE_GAP_MM
    height = sheet.label_height_mm - inset - code_top
    width = sheet.label_width_mm - 2 * inset - _COLUMN_GAP_MM - _LEAST_COLUMN_MM
    side = min(height, width) / (modules + QUIET_MODULES)
    return floor(min(side, inset / QUIET_MODULES) / DOT_MM)


def _placed(sheet: Sheet, side: float, module: float, inset: float, code_baseline: float) -> Layout:
    """Everything in its place, for a symbol of this side."""
    column_left = inset + side + QUIET_MODULES * module + _COLUMN_GAP_MM
    symbol_bottom = sheet.label_height_mm - inset - side
    lowest = code_baseline + _CODE_CAPS_MM + _FOOT_GAP_MM
    return Layout(
        inset=inset,
        module=module,
        symbol_left=inset,
        symbol_bottom=symbol_bottom,
        symbol_side=side,
        column_left=column_left,
        column_width=sheet.label_width_mm - inset - column_left,
        column_slack=max(0.0, symbol_bottom - lowest),
        foot_left=inset,
        foot_width=sheet.label_width_mm - 2 * inset,
        code_baseline=code_baseline,
        contacts_baseline=inset if code_baseline > inset else None,
    )
