"""Cut marks: short lines in a page's margins, at every edge of its labels. In mm."""

from stamps.designs import LabelDesign

CUT_LINE_MM = 0.09
_LENGTH_MM = 2.5
_GAP_MM = 1.0

Line = tuple[float, float, float, float]
"""From (x, y) to (x, y), from the page's upper left corner."""


def cut_lines(design: LabelDesign) -> list[Line]:
    """The marks of a design that wants some, where its page has margins wide enough."""
    if not design.cut_marks:
        return []
    right = design.corner(design.columns - 1)[0] + design.label_width_mm
    bottom = design.corner(design.per_page - 1)[1] + design.label_height_mm
    lefts = [design.corner(column)[0] for column in range(design.columns)]
    tops = [design.corner(row * design.columns)[1] for row in range(design.rows)]
    xs = dict.fromkeys(x for left in lefts for x in (left, left + design.label_width_mm))
    ys = dict.fromkeys(y for top in tops for y in (top, top + design.label_height_mm))
    lines: list[Line] = []
    for start, end in _outwards(design.top_mm, bottom, design.page_height_mm):
        lines += [(x, start, x, end) for x in xs]
    for start, end in _outwards(design.left_mm, right, design.page_width_mm):
        lines += [(start, y, end, y) for y in ys]
    return lines


def _outwards(before: float, after: float, page: float) -> list[tuple[float, float]]:
    """Where marks begin and end in the two margins along one side of a page."""
    reach = _GAP_MM + _LENGTH_MM
    marks = []
    if before >= reach:
        marks.append((before - _GAP_MM, before - reach))
    if page - after >= reach:
        marks.append((after + _GAP_MM, after + reach))
    return marks
