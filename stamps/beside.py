"""The words beside the symbol: a column to its right, and rows along the foot.

The names stand at the column's top; at its foot, what to do. With foil, the foil's area takes the
label's right side. Code and serial share a row where both fit; the contacts have one below.
"""

from dataclasses import dataclass

from stamps.face import (
    NOMINAL_DIGITS,
    Box,
    Face,
    Own,
    OwnLine,
    SerialLine,
    Shape,
    SymbolPlace,
    Text,
    strip,
    word_width,
)
from stamps.layout import (
    Content,
    Ground,
    hint_of,
    language_font,
    moved,
    name_gap,
    names_of,
    set_lines,
    stars_of,
    stars_width,
)
from stamps.symbols import QUIET_MODULES
from stamps.typefaces import BOLD, MONO, REGULAR
from stamps.typesetting import ELLIPSIS, MM, caps, fitted, height_of, width_mm

_LEAST_COLUMN_MM = 10.5
_COLUMN_GAP_MM = 0.5
_CODE_GAP_MM = 0.3
_SERIAL_GAP_MM = 1.2
_BLOCK_GAP_MM = 1.3
_HINT_GAP_MM = 1.0
_STRIP_MM, _NARROW_STRIP_MM = 3.6, 2.6
_STRIP_GAP_MM = 0.7
_LEAST_SERIAL_PT = 4.5
_LEAST_CONTACT_PT = 4.0


@dataclass(frozen=True)
class _Foil:
    """How the foil's area is tried. module: of its symbol, in mm.

    hint_below: what to do with it stands below it, else in the column.
    """

    module: float
    hint_below: bool


class _Label:
    """One label being laid out: what is left of it, and what stands on it already."""

    def __init__(self, ground: Ground, content: Content, module: float) -> None:
        design = ground.design
        self.ground, self.content = ground, content
        self.edge = ground.snapped(max(design.inset_mm, QUIET_MODULES * module) + ground.dot / 2)
        self.type = design.type_pt
        self.foot_width = ground.width - 2 * self.edge
        self.floor = ground.height - design.inset_mm
        self.marks: list[Text | Shape] = []
        self.lines: list[OwnLine] = []
        self.serial: SerialLine | None = None


def lay_beside(ground: Ground, content: Content) -> Face | None:
    """The face with the largest modules that leave the words whole, or at least room, or None."""
    least = ground.least_dots
    foils = [
        _Foil(dots * ground.dot, below) for below in (True, False) for dots in (least + 1, least)
    ]
    best = None
    for module in ground.modules_tried(content.modules):
        for foil in foils if content.foil_modules else [None]:
            face = _with_modules(_Label(ground, content, module), module, foil)
            if face is None:
                continue
            is_good = best is None or module >= ground.good_module
            if is_good and all(map(_is_whole, face.marks)):
                return face
            best = best or face
    return best


def _is_whole(mark: Text | Shape) -> bool:
    """Whether no name was cut: a smaller symbol may leave it room."""
    return isinstance(mark, Shape) or not mark.text.endswith(ELLIPSIS)


def _with_modules(label: _Label, module: float, wanted: _Foil | None) -> Face | None:
    ground, content, edge = label.ground, label.content, label.edge
    beside = label.foot_width - (content.modules + QUIET_MODULES) * module - _COLUMN_GAP_MM
    long_host = width_mm(content.host, REGULAR, _LEAST_CONTACT_PT) > beside - (
        _STRIP_MM + _STRIP_GAP_MM if content.mark else 0.0
    )
    # A web address is to be typed by whoever trusts no link: it is not cut while there is a row.
    contacts_in_foot = bool(content.hotline) or long_host
    if contacts_in_foot:
        _set_contacts(label)
    serial_in_column = _set_code(label)
    spare = label.floor - edge - (content.modules + QUIET_MODULES) * module
    if spare < 0:
        return None
    top = edge + ground.snapped(spare / 2 - ground.dot / 2) if spare > ground.dot else edge
    symbol = SymbolPlace(edge, top, content.modules, module)
    right = ground.width - edge
    foil = None
    if wanted is not None:
        foil = _set_foil(label, wanted, right)
        if foil is None:
            return None
        right = foil.left - 1.0
    if content.mark:
        strip_width = _STRIP_MM if wanted is None else _NARROW_STRIP_MM
        right -= strip_width
        _set_mark(label, Box(right, symbol.top, strip_width, symbol.side))
        right -= _STRIP_GAP_MM
    left = edge + symbol.side + symbol.quiet + _COLUMN_GAP_MM
    if right - left < _LEAST_COLUMN_MM:
        return None
    column = Box(left, symbol.top, right - left, symbol.side)
    if foil is not None:
        column = Box(left, foil.top, right - left, foil.height)
    hint = content.scratch if wanted is not None and not wanted.hint_below else content.scan
    bottom = column.top + column.height
    if not contacts_in_foot:
        bottom = _set_host(label, column, bottom)
    if serial_in_column:
        bottom = _set_serial(label, column, bottom)
    bottom = _set_hint(label, hint, column, bottom)
    if not _set_names(label, column, bottom - column.top):
        return None
    return Face(symbol, tuple(label.marks), tuple(label.lines), label.serial, foil)


def _set_foil(label: _Label, wanted: _Foil, right: float) -> Box | None:
    """The foil's area on the label's right, with what to do below it; None without room."""
    ground, content = label.ground, label.content
    foil = ground.foil_box(content.foil_modules, wanted.module)
    hints = []
    if wanted.hint_below:
        hints = [
            fitted(text, language_font(number), (5.25, 4.0), foil.width)
            for number, text in enumerate(content.scratch)
        ]
    used = foil.height + sum(height_of(lines) + _HINT_GAP_MM for lines in hints)
    over = label.floor - 0.8 - ground.design.inset_mm - used
    if over < 0 or not all(lines.whole for lines in hints):
        return None
    foil = moved(foil, right - foil.width, ground.design.inset_mm + over / 2)
    top = foil.top + foil.height
    for number, lines in enumerate(hints):
        top += _HINT_GAP_MM
        label.marks += set_lines(lines, language_font(number), foil.left, top, foil.width)
        top += height_of(lines)
    return foil


def _set_contacts(label: _Label) -> None:
    """Address on the left and hotline on the right of the last row, in one size."""
    host, hotline = label.content.host, label.content.hotline
    largest = max(_LEAST_CONTACT_PT, min(6.5, label.type * 0.54))
    room = label.foot_width - (2.0 if host and hotline else 0.0)
    natural = width_mm(host + hotline, REGULAR, largest)
    size = max(_LEAST_CONTACT_PT, min(largest, largest * room / max(natural, room)))
    sizes = (size, min(size, _LEAST_CONTACT_PT))
    left = fitted(host, REGULAR, sizes, room)
    right = fitted(hotline, REGULAR, sizes, room - width_mm(left.texts[0], REGULAR, left.size))
    right_left = label.edge + label.foot_width
    right_left -= width_mm(right.texts[0], REGULAR, right.size)
    for lines, at in ((left, label.edge), (right, right_left)):
        if lines.texts[0]:
            label.marks.append(Text(lines.texts[0], REGULAR, lines.size, at, label.floor))
    label.floor -= largest * 1.34 / MM


def _set_code(label: _Label) -> bool:
    """The code's row, with the serial at its right end; whether the serial found no room there."""
    content = label.content
    if not content.code_length:
        return content.serial_word is not None
    letters = content.code_length
    size = max(5.0, label.type * (0.655 if content.own is Own.CODE else 1.0))
    serial_fits = False
    if content.serial_word is not None:
        room = label.foot_width - width_mm("0" * letters, MONO, size) - _SERIAL_GAP_MM
        wished = max(5.0, label.type * 0.655) * 0.85
        unit = word_width(content.serial_word, 1.0) + width_mm("0" * NOMINAL_DIGITS, MONO, 1.0)
        serial_size = min(wished, room / unit)
        if serial_size >= _LEAST_SERIAL_PT:
            serial_fits = True
            at = label.edge + label.foot_width
            label.serial = SerialLine(content.serial_word, serial_size, at, label.floor, 1.0)
    if not serial_fits:
        size = min(
            max(size, label.type * 0.9), label.foot_width / width_mm("0" * letters, MONO, 1.0)
        )
    label.lines.append(OwnLine(content.own, 0, letters, size, label.edge, label.floor))
    label.floor -= caps(size) + _CODE_GAP_MM
    return content.serial_word is not None and not serial_fits


def _set_mark(label: _Label, box: Box) -> None:
    """The band of a demonstration label, as high as the symbol."""
    lines = fitted(label.content.mark, BOLD, (box.width * 1.95, 4.0), box.height - 1.4)
    label.marks += strip(box, lines.size, lines.texts[0], BOLD, turned=True)


def _set_host(label: _Label, column: Box, bottom: float) -> float:
    """The contacts at the column's foot; what is left above them."""
    for contact in filter(None, (label.content.hotline, label.content.host)):
        sizes = max(_LEAST_CONTACT_PT, label.type * 0.64), _LEAST_CONTACT_PT
        lines = fitted(contact, REGULAR, sizes, column.width)
        label.marks.append(Text(lines.texts[0], REGULAR, lines.size, column.left, bottom))
        bottom -= caps(lines.size) + 0.75
    return bottom


def _set_serial(label: _Label, column: Box, bottom: float) -> float:
    """The serial in the column; what is left above it."""
    word = label.content.serial_word or ""
    unit = word_width(word, 1.0) + width_mm("0" * NOMINAL_DIGITS, MONO, 1.0)
    size = min(max(4.75, label.type * 0.68), column.width / unit)
    label.serial = SerialLine(word, size, column.left, bottom)
    return bottom - caps(size) - 0.85


def _set_hint(label: _Label, hint: tuple[str, ...], column: Box, bottom: float) -> float:
    """What to do, a line a language or two, the last one on the column's foot; what is left."""
    for number, text in reversed(list(enumerate(hint))):
        font = language_font(number)
        lines = hint_of(text, font, label.type * (0.5 if number else 0.58), column.width)
        label.marks += set_lines(lines, font, column.left, bottom - height_of(lines))
        bottom -= height_of(lines) + (0.7 if number else _BLOCK_GAP_MM)
    return bottom


def _set_names(label: _Label, column: Box, height: float) -> bool:
    """Product, producer, stars from the column's top; whether there was room."""
    content, top = label.content, column.top
    radius = label.type * 0.085
    stars_height = 0.0
    if content.stars:
        radius *= min(1.0, column.width / stars_width(content.stars, radius))
        stars_height = 2 * radius
    used = stars_height
    if content.product or content.producer:
        sizes = label.type, max(5.0, label.type * 0.62)
        gap = name_gap(label.type)
        room = height - (stars_height + gap if content.stars else 0.0)
        names = names_of(content, sizes, column.width, room)
        for lines, font in zip(names, (BOLD, REGULAR), strict=True):
            if lines is not None and lines.texts[0]:
                label.marks += set_lines(lines, font, column.left, top)
                top += height_of(lines) + gap
                used += height_of(lines) + gap
        used -= 0.0 if content.stars else gap
    if content.stars:
        label.marks += stars_of(content.stars, radius, column.left, top)
    return used <= height + 1e-6
