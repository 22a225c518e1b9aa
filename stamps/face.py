"""The part of a label that all labels of a run share: names, contacts, frames.

It is drawn once into the PDF as a form (ISO 32000-1, section 8.10) and referred
to by each label, so that a label costs little more than its symbol.
"""

from dataclasses import dataclass, replace

from reportlab.pdfgen.canvas import Canvas

from stamps.labels import LabelFace
from stamps.layout import Layout, lay_out
from stamps.sheets import Sheet
from stamps.typesetting import BOLD, CAP_HEIGHT, MM, REGULAR, Lines, fitted, printable, width_mm

_LEADING = 1.24
"""Baseline to baseline over type size: room for a stacked mark below a descender."""

_PRODUCT_SIZES = (9.5, 6.0)
_PRODUCER_SIZES = (5.75, 4.5)
_CONTACT_SIZES = (5.0, 4.0)
_LEAST_HOST_SIZE = 4.5
_HINT_SIZES = (4.5, 3.75)
_SAMPLE_SIZES = (7.0, 4.0)

_NAMES_GAP_MM = 1.5
_BLOCK_GAP_MM = 1.5
_BOX_HEIGHT_MM = 4.6
_BOX_WIDTH_MM = 14.6
_BOX_CORNER_MM = 0.7
_STRIP_MM = 3.6
_STRIP_GAP_MM = 0.6
_CONTACT_GAP_MM = 2.0
_FRAME_GREY = 0.35
_STRIP_GREY = 0.25


@dataclass(frozen=True)
class Box:
    """A rectangle in millimetres from the label's lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True)
class Text:
    """Lines of one font. left: mm; top: of the first line's capitals, mm."""

    lines: Lines
    font: str
    left: float
    top: float


@dataclass(frozen=True)
class FaceDrawing:
    """A run's face, set for one layout and ready to be drawn.

    texts: everything but the sample mark; scratch: the box that the foil will
    cover, or None without a hidden layer; strip: the band of a demonstration
    label, or None; mark: what stands in it.
    """

    layout: Layout
    texts: tuple[Text, ...]
    scratch: Box | None = None
    strip: Box | None = None
    mark: str = ""


def caps(size: float) -> float:
    """Height of a capital of this type size, in mm."""
    return size * CAP_HEIGHT / MM


def set_face(face: LabelFace, sheet: Sheet, modules: int, has_hidden: bool) -> FaceDrawing:
    """Lay a run's labels out and fit its words in; what is too long is wrapped, shrunk, cut.

    The column holds the names at its top. At its foot stand the contacts or, with
    a hidden code, the scratch box; the contacts then have a row of their own. So
    they have when the web address is long: it is to be typed, and has to be legible.
    Rather than cut a name, the column reaches below the symbol.

    Raises BadLabel when the sheet's labels have no room.
    """
    mark = printable(face.sample_mark)
    layout = lay_out(sheet, modules, contacts_below=has_hidden)
    width = _column_width(layout, mark)
    if not has_hidden and width_mm(printable(face.host), REGULAR, _LEAST_HOST_SIZE) > width:
        layout = lay_out(sheet, modules, contacts_below=True)
        width = _column_width(layout, mark)
    drawing = _in_column(face, layout, width, layout.symbol_bottom, has_hidden)
    if not all(text.lines.whole for text in drawing.texts):
        lower = layout.symbol_bottom - layout.column_slack
        drawing = _in_column(face, layout, width, lower, has_hidden)
    return replace(drawing, strip=_strip(layout), mark=mark) if mark else drawing


def _in_column(
    face: LabelFace, layout: Layout, width: float, floor: float, has_hidden: bool
) -> FaceDrawing:
    """The drawing whose column reaches down to `floor`, without a sample mark."""
    scratch = None
    if layout.contacts_baseline is None:
        feet = _contacts_in_column(face, layout.column_left, width, floor)
        floor = max([floor, *(text.top for text in feet)])
    else:
        feet = _contacts_in_row(face, layout, layout.contacts_baseline)
    if has_hidden:
        box_left = layout.column_left + width - _BOX_WIDTH_MM
        scratch = Box(box_left, floor, _BOX_WIDTH_MM, _BOX_HEIGHT_MM)
        feet.append(_hint(face, layout.column_left, scratch))
        floor += _BOX_HEIGHT_MM
    names = _names(face, width, layout.symbol_top - floor - _BLOCK_GAP_MM)
    producer_top = layout.symbol_top - _height(names[0]) - _NAMES_GAP_MM
    texts = (
        Text(names[0], BOLD, layout.column_left, layout.symbol_top),
        Text(names[1], REGULAR, layout.column_left, producer_top),
        *feet,
    )
    return FaceDrawing(layout, texts, scratch)


def _column_width(layout: Layout, mark: str) -> float:
    """What a demonstration label's band leaves of the column."""
    return layout.column_width - (_STRIP_MM + _STRIP_GAP_MM if mark else 0.0)


def _strip(layout: Layout) -> Box:
    """The band along the right edge, as high as the symbol and never over it."""
    left = layout.column_left + layout.column_width - _STRIP_MM
    return Box(left, layout.symbol_bottom, _STRIP_MM, layout.symbol_side)


def _names(face: LabelFace, width: float, height: float) -> tuple[Lines, Lines]:
    """Product and producer in the largest sizes whose lines stay within the height."""
    largest, smallest = _PRODUCT_SIZES
    product, producer = printable(face.product), printable(face.producer)
    for product_lines, producer_lines in ((2, 2), (2, 1), (1, 1)):
        below = fitted(producer, REGULAR, _PRODUCER_SIZES, width, producer_lines)
        size = largest
        while size >= smallest:
            above = fitted(product, BOLD, (size, smallest), width, product_lines)
            if _height(above) + _NAMES_GAP_MM + _height(below) <= height:
                return above, below
            size = above.size - 0.25
    return above, below


def _contacts(face: LabelFace) -> tuple[str, str]:
    """The web address, and the hotline with its word; both may be empty."""
    hotline = printable(face.hotline)
    if hotline:
        hotline = f"{printable(face.words.hotline)} {hotline}".strip()
    return printable(face.host), hotline


def _contacts_in_column(face: LabelFace, left: float, width: float, floor: float) -> list[Text]:
    """Address above hotline, the last baseline on the column's floor."""
    texts: list[Text] = []
    baseline = floor
    for contact in reversed(_contacts(face)):
        if contact:
            lines = fitted(contact, REGULAR, _CONTACT_SIZES, width)
            texts.insert(0, _standing(lines, left, baseline))
            baseline += lines.size * _LEADING / MM
    return texts


def _contacts_in_row(face: LabelFace, layout: Layout, baseline: float) -> list[Text]:
    """Address on the left and hotline on the right of the last row, in one size."""
    host, hotline = _contacts(face)
    largest, least = _CONTACT_SIZES
    room = layout.foot_width - _CONTACT_GAP_MM
    natural = width_mm(host + hotline, REGULAR, largest)
    size = max(least, min(largest, largest * room / max(natural, room)))
    left = fitted(host, REGULAR, (size, least), room)
    right_room = room - width_mm(left.texts[0], REGULAR, left.size)
    right = fitted(hotline, REGULAR, (size, least), right_room)
    right_left = layout.foot_left + layout.foot_width
    right_left -= width_mm(right.texts[0], REGULAR, right.size)
    return [_standing(left, layout.foot_left, baseline), _standing(right, right_left, baseline)]


def _hint(face: LabelFace, left: float, box: Box) -> Text:
    """What to do with the foil, to the left of the box and level with its middle."""
    lines = fitted(printable(face.words.scratch), REGULAR, _HINT_SIZES, box.left - left - 1.4, 2)
    return Text(lines, REGULAR, left, box.bottom + (box.height + _height(lines)) / 2)


def _standing(lines: Lines, left: float, baseline: float) -> Text:
    """One line on a baseline."""
    return Text(lines, REGULAR, left, baseline + caps(lines.size))


def _height(lines: Lines) -> float:
    """From the first line's capitals down to the last baseline, in mm."""
    return caps(lines.size) + (len(lines.texts) - 1) * lines.size * _LEADING / MM


def draw_face(canvas: Canvas, drawing: FaceDrawing) -> None:
    """Draw the face with the label's lower left corner at the origin, in points."""
    if drawing.strip is not None:
        _draw_strip(canvas, drawing.strip, drawing.mark)
    if drawing.scratch is not None:
        _draw_scratch(canvas, drawing.scratch)
    canvas.setFillGray(0)
    for text in drawing.texts:
        baseline = text.top - caps(text.lines.size)
        for line in text.lines.texts:
            canvas.setFont(text.font, text.lines.size)
            canvas.drawString(text.left * MM, baseline * MM, line)
            baseline -= text.lines.size * _LEADING / MM


def _draw_scratch(canvas: Canvas, box: Box) -> None:
    """The frame that marks where the foil goes."""
    canvas.setStrokeGray(_FRAME_GREY)
    canvas.setLineWidth(0.5)
    _draw_box(canvas, box, stroke=1, fill=0)


def _draw_strip(canvas: Canvas, box: Box, mark: str) -> None:
    """The mark of a demonstration label, white in a dark band that reads upwards.

    A band rather than a pale word behind the text: it is seen on every printer,
    and small type stays readable.
    """
    canvas.setFillGray(_STRIP_GREY)
    _draw_box(canvas, box, stroke=0, fill=1)
    lines = fitted(mark, BOLD, _SAMPLE_SIZES, box.height - 2 * _BOX_CORNER_MM)
    canvas.saveState()
    canvas.translate((box.left + box.width / 2) * MM, (box.bottom + box.height / 2) * MM)
    canvas.rotate(90)
    canvas.setFillGray(1)
    canvas.setFont(BOLD, lines.size)
    # Half of the capital and half of the marks that stand on it, as on Ẫ.
    canvas.drawCentredString(0, -lines.size * (CAP_HEIGHT + 0.4) / 2, lines.texts[0])
    canvas.restoreState()


def _draw_box(canvas: Canvas, box: Box, stroke: int, fill: int) -> None:
    """A rectangle with its corners rounded a little."""
    x, y, width, height = (mm * MM for mm in (box.left, box.bottom, box.width, box.height))
    canvas.roundRect(x, y, width, height, _BOX_CORNER_MM * MM, stroke=stroke, fill=fill)
