"""The words beside the symbol: a column to its right, and rows along the foot.

The names stand at the column's top; at its foot, what to do. With foil, the foil's area takes the
label's right side. Code and serial share a row where both fit; the contacts have one below.
"""

from dataclasses import replace

from stamps.face import Box, Face, OwnLine, SerialLine, Shape, SymbolPlace, Text, strip, word_width
from stamps.layout import (
    Content,
    Ground,
    frame_of,
    moved,
    name_gap,
    names_of,
    set_lines,
    stars_of,
    stars_width,
)
from stamps.symbols import QUIET_MODULES
from stamps.face import NOMINAL_DIGITS
from stamps.typefaces import BOLD, MONO, REGULAR
from stamps.typesetting import LEADING, MM, Lines, caps, fitted, height_of, width_mm

_LEAST_COLUMN_MM = 11.0
_COLUMN_GAP_MM = 0.5
_CODE_GAP_MM = 0.3
_SERIAL_GAP_MM = 1.2
_BLOCK_GAP_MM = 1.1
_STRIP_MM = 3.6
_STRIP_GAP_MM = 0.7
_LEAST_SERIAL_PT = 4.5
_LEAST_CONTACT_PT = 4.0


class _Label:
    """One label being laid out: what is left of it, and what stands on it already."""

    def __init__(self, ground: Ground, content: Content) -> None:
        design = ground.design
        self.ground, self.content = ground, content
        self.inset, self.type = design.inset_mm, design.type_pt
        self.foot_width = ground.width - 2 * design.inset_mm
        self.floor = ground.height - design.inset_mm
        self.marks: list[Text | Shape] = []
        self.lines: list[OwnLine] = []
        self.serial: SerialLine | None = None


def lay_beside(ground: Ground, content: Content) -> Face | None:
    """The face with the largest modules that leave room for the words, or None without any."""
    for module in ground.modules_tried(content.modules):
        foils = [0.0]
        if content.foil_modules:
            least = ground.least_dots
            foils = [dots * ground.dot for dots in (least + 1, least)]
        for foil in foils:
            face = _with_modules(_Label(ground, content), module, foil)
            if face is not None:
                return face
    return None


def _with_modules(label: _Label, module: float, foil_module: float) -> Face | None:
    ground, content = label.ground, label.content
    edge = ground.snapped(max(label.inset, QUIET_MODULES * module) + ground.dot / 2)
    symbol = SymbolPlace(edge, edge, content.modules, module)
    contacts_in_foot = bool(content.hotline) and label.foot_width > 30
    if contacts_in_foot:
        _set_contacts(label)
    serial_in_column = _set_code(label)
    if edge + symbol.side + symbol.quiet > label.floor:
        return None
    right = ground.width - label.inset
    foil = None
    if content.foil_modules:
        foil = ground.foil_box(content.foil_modules, foil_module)
        foil = moved(foil, right - foil.width, label.inset)
        if foil.top + foil.height > label.floor - 0.6:
            return None
        right = foil.left - 1.0
    if content.mark:
        right -= _STRIP_MM
        _set_mark(label, Box(right, edge, _STRIP_MM, symbol.side))
        right -= _STRIP_GAP_MM
    left = edge + symbol.side + symbol.quiet + _COLUMN_GAP_MM
    if right - left < _LEAST_COLUMN_MM:
        return None
    column = Box(left, edge, right - left, symbol.side)
    if not _set_column(label, column, serial_in_column, not contacts_in_foot):
        return None
    return Face(symbol, tuple(label.marks), tuple(label.lines), label.serial, foil)


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
    right_left = label.inset + label.foot_width
    right_left -= width_mm(right.texts[0], REGULAR, right.size)
    for lines, at in ((left, label.inset), (right, right_left)):
        if lines.texts[0]:
            label.marks.append(Text(lines.texts[0], REGULAR, lines.size, at, label.floor))
    label.floor -= largest * 1.34 / MM


def _set_code(label: _Label) -> bool:
    """The code's row, with the serial at its right end; whether the serial found no room there."""
    content = label.content
    if not content.code_length:
        return content.serial_word is not None
    letters = content.code_length
    size = max(5.0, label.type * 0.655)
    serial_fits = False
    if content.serial_word is not None:
        room = label.foot_width - width_mm("0" * letters, MONO, size) - _SERIAL_GAP_MM
        wished = size * 0.85
        unit = word_width(content.serial_word, 1.0) + width_mm("0" * NOMINAL_DIGITS, MONO, 1.0)
        serial_size = min(wished, room / unit)
        if serial_size >= _LEAST_SERIAL_PT:
            serial_fits = True
            at = label.inset + label.foot_width
            label.serial = SerialLine(content.serial_word, serial_size, at, label.floor, 1.0)
    if not serial_fits:
        size = min(label.type * 0.9, label.foot_width / width_mm("0" * letters, MONO, 1.0))
    label.lines.append(OwnLine(content.own, 0, letters, size, label.inset, label.floor))
    label.floor -= caps(size) + _CODE_GAP_MM
    return content.serial_word is not None and not serial_fits


def _set_mark(label: _Label, box: Box) -> None:
    """The band of a demonstration label, as high as the symbol."""
    lines = fitted(label.content.mark, BOLD, (7.0, 4.0), box.height - 1.4)
    label.marks += strip(box, lines.size, lines.texts[0], BOLD, turned=True)


def _set_column(label: _Label, column: Box, has_serial: bool, has_host: bool) -> bool:
    """Names at the column's top, and at its foot what to do; whether there was room."""
    content = label.content
    bottom = column.top + column.height
    if has_host:
        for contact in filter(None, (content.hotline, content.host)):
            sizes = max(_LEAST_CONTACT_PT, label.type * 0.64), _LEAST_CONTACT_PT
            lines = fitted(contact, REGULAR, sizes, column.width)
            label.marks.append(Text(lines.texts[0], REGULAR, lines.size, column.left, bottom))
            bottom -= caps(lines.size) + 0.75
    if has_serial and content.serial_word is not None:
        unit = word_width(content.serial_word, 1.0) + width_mm("0" * NOMINAL_DIGITS, MONO, 1.0)
        size = min(max(4.75, label.type * 0.68), column.width / unit)
        label.serial = SerialLine(content.serial_word, size, column.left, bottom)
        bottom -= caps(size) + 0.85
    hint = content.scratch or content.scan
    bottom = _set_hint(label, hint, column, bottom)
    return _set_names(label, column, bottom - column.top)


def _set_hint(label: _Label, hint: tuple[str, ...], column: Box, bottom: float) -> float:
    """What to do, a line a language or two, the last one on the column's foot; what is left."""
    for number, text in reversed(list(enumerate(hint))):
        font = REGULAR if number else BOLD
        sizes = max(4.25, label.type * (0.5 if number else 0.58)), 4.0
        lines = fitted(text, font, sizes, column.width, 1 if number else 2)
        label.marks += set_lines(lines, font, column.left, bottom - height_of(lines))
        bottom -= height_of(lines) + 0.6
    return bottom


def _set_names(label: _Label, column: Box, height: float) -> bool:
    """Product, producer, stars from the column's top."""
    content, top = label.content, column.top
    radius = label.type * 0.085
    if content.stars:
        radius *= min(1.0, column.width / stars_width(content.stars, radius))
        height -= 2 * radius + _BLOCK_GAP_MM
    height -= _BLOCK_GAP_MM - 0.6
    if content.product or content.producer:
        sizes = label.type, max(5.0, label.type * 0.62)
        above, below = names_of(content, sizes, column.width, height)
        for lines, font in ((above, BOLD), (below, REGULAR)):
            if lines is not None and lines.texts[0]:
                label.marks += set_lines(lines, font, column.left, top)
                top += height_of(lines) + name_gap(label.type)
                height -= height_of(lines) + name_gap(label.type)
    if content.stars:
        label.marks += stars_of(content.stars, radius, column.left, top)
    return height > -name_gap(label.type) - 1e-6
