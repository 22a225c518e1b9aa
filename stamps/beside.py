"""The words beside the symbol: a column to its right, and rows along the foot.

The names stand at the column's top; at its foot, what to do. With foil, the foil's area takes the
label's right side. Code and serial share a row where both fit; the contacts have one below.
"""

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
    ink_of,
    word_width,
)
from stamps.layout import (
    Content,
    Ground,
    address,
    hint_of,
    language_font,
    mark_in,
    moved,
    name_gap,
    names_of,
    set_lines,
    stars_of,
    stars_width,
)
from stamps.symbols import QUIET_MODULES
from stamps.typefaces import BOLD, MONO, REGULAR
from stamps.typesetting import ELLIPSIS, caps, fitted, height_of, width_mm
from stamps.ways import FoilWay, Hint, Way, ways_of

_LEAST_COLUMN_MM = 10.5
_COLUMN_GAP_MM, _COLUMN_RISE_MM = 0.5, 0.6
_FOIL_RISE_MM = 0.5
_CODE_GAP_MM = 0.2
_SERIAL_GAP_MM, _SERIAL_RISE_MM = 1.2, 0.85
_BLOCK_GAP_MM = 1.3
_HINT_GAP_MM = 1.0
_STRIP_MM, _NARROW_STRIP_MM, _LEAST_STRIP_MM = 3.6, 2.6, 1.5
_STRIP_SHARE = 0.07
_STRIP_GAP_MM, _STRIP_RISE_MM = 0.8, 0.55
_FOIL_GAP_MM = 1.0
_CONTACT_GAP_MM = 2.0
_ROW_GAP = 0.09
"""Between rows, over the type size of the product's name."""

_HOST_LINES = 3
_SLACK_MM = 0.03
_TRIES = 4
_LEAST_SERIAL_PT = 4.5
_LEAST_CONTACT_PT = 4.0


class _Label:
    """One label being laid out: what is left of it, and what stands on it already."""

    def __init__(
        self, ground: Ground, content: Content, way: Way, over: float, under: float
    ) -> None:
        design = ground.design
        self.ground, self.content, self.way = ground, content, way
        quiet = QUIET_MODULES * way.module
        self.edge = ground.snapped(max(design.inset_mm, quiet) + ground.dot / 2)
        self.type = design.type_pt
        self.foot_width = ground.width - 2 * self.edge
        self.over = over
        self.floor = ground.height - design.inset_mm - under
        self.marks: list[Text | Shape] = []
        self.lines: list[OwnLine] = []
        self.serial: SerialLine | None = None


def lay_beside(ground: Ground, content: Content) -> Face | None:
    """The face with the largest modules that leave the words whole, or cut the fewest, or None."""
    best, least_cut, good = None, 0, ground.good_module
    for way in ways_of(ground, content):
        face = _unclipped(ground, content, way)
        if face is None:
            continue
        cut = sum(map(_is_cut, face.marks))
        is_large = best is None or way.module > min(good, best.symbol.module) - 1e-6
        if best is None or (is_large and cut < least_cut):
            best, least_cut = face, cut
        if not least_cut:
            break
    return best


def _unclipped(ground: Ground, content: Content, way: Way) -> Face | None:
    """The face, moved inwards where marks on letters, or below them, would pass the inset."""
    inset = ground.design.inset_mm
    over = under = 0.0
    for _ in range(_TRIES):
        face = _laid(_Label(ground, content, way, over, under))
        if face is None:
            return None
        top, bottom = ink_of(face.marks, face.lines, face.serial)
        missing = max(0.0, inset - top), max(0.0, bottom + inset - ground.height)
        if max(missing) < _SLACK_MM:
            return face
        # Moved inwards, names may be set in another size, with marks of another height.
        over, under = over + missing[0], under + missing[1]
    return None


def _is_cut(mark: Text | Shape) -> bool:
    """Whether a name was cut: a smaller symbol may leave it room."""
    return isinstance(mark, Text) and mark.text.endswith(ELLIPSIS)


def _laid(label: _Label) -> Face | None:
    """The label laid out in its way, or None where something has no room."""
    ground, content, edge = label.ground, label.content, label.edge
    module, wanted = label.way.module, label.way.foil
    right, foil = edge + label.foot_width, None
    if wanted is not None and wanted.aside:
        foil = _set_foil(label, wanted, right)
        if foil is None:
            return None
        right = foil.left - _FOIL_GAP_MM
        label.foot_width = right - edge
    strip = 0.0
    if content.mark and foil is None:
        strip = _STRIP_MM if wanted is None else _NARROW_STRIP_MM
        strip = min(strip, _STRIP_SHARE * ground.width)
    zone = (content.modules + QUIET_MODULES) * module
    beside = label.foot_width - zone - _COLUMN_GAP_MM - (strip + _STRIP_GAP_MM if strip else 0.0)
    # A web address is to be typed by whoever trusts no link: it is not cut while there is a row.
    is_long = width_mm(content.host, REGULAR, _LEAST_CONTACT_PT) > beside
    contacts_in_foot = bool(content.hotline) or (is_long and not label.way.wraps)
    if contacts_in_foot:
        _set_contacts(label)
    serial_in_column = _set_code(label)
    spare = label.floor - edge - zone
    if spare < 0:
        return None
    top = edge
    if spare > ground.dot and foil is None:
        top += ground.snapped(spare / 2 - ground.dot / 2)
    symbol = SymbolPlace(edge, top, content.modules, module)
    highest, lowest = symbol.top, symbol.top + symbol.side
    if foil is not None:
        lowest = max(lowest, label.floor - _BLOCK_GAP_MM)
    if wanted is not None and foil is None:
        foil = _set_foil(label, wanted, right)
        if foil is None:
            return None
        right = foil.left - _FOIL_GAP_MM
        highest = min(highest, foil.top)
        lowest = max(lowest, foil.top + foil.height - _COLUMN_RISE_MM)
    if strip:
        right -= strip
        label.marks += mark_in(content.mark, Box(right, symbol.top, strip, symbol.side))
        right -= _STRIP_GAP_MM
    left = edge + symbol.side + symbol.quiet + _COLUMN_GAP_MM
    highest += label.over
    column = Box(left, highest, right - left, lowest - highest)
    if not _set_column(label, column, not contacts_in_foot, serial_in_column):
        return None
    return Face(symbol, tuple(label.marks), tuple(label.lines), label.serial, foil)


def _set_column(label: _Label, column: Box, with_host: bool, with_serial: bool) -> bool:
    """What stands to the right of the symbol; whether there was room."""
    if column.width < _LEAST_COLUMN_MM:
        return False
    bottom = column.top + column.height
    if with_host and label.content.host:
        sizes = max(_LEAST_CONTACT_PT, label.type * 0.64), _LEAST_CONTACT_PT
        most = _HOST_LINES if label.way.wraps else 1
        lines = address(label.content.host, sizes, column.width, most)
        if not lines.whole:
            return False
        label.marks += set_lines(lines, REGULAR, column.left, bottom - height_of(lines))
        bottom -= height_of(lines) + 0.75
    if with_serial:
        bottom = _set_serial(label, column, bottom)
    hint, wanted = label.content.scan, label.way.foil
    if wanted is not None and (wanted.aside or wanted.hint is Hint.COLUMN):
        hint = label.content.scratch if wanted.hint is Hint.COLUMN else ()
    bottom = _set_hint(label, hint, column, bottom)
    return _set_names(label, column, bottom - column.top)


def _set_foil(label: _Label, wanted: FoilWay, right: float) -> Box | None:
    """The foil's area on the label's right, with what stands below it; None without room."""
    ground, content = label.ground, label.content
    foil = ground.foil_box(content.foil_modules, wanted.module)
    hints = []
    if wanted.hint is Hint.BELOW:
        hints = [
            fitted(text, language_font(number), (5.25, 4.0), foil.width)
            for number, text in enumerate(content.scratch)
        ]
    used = foil.height + sum(height_of(lines) + _HINT_GAP_MM for lines in hints)
    strip = 0.0
    if content.mark and wanted.aside:
        room = label.floor - ground.design.inset_mm - used - _STRIP_RISE_MM
        strip = max(_LEAST_STRIP_MM, min(_NARROW_STRIP_MM, room))
        used += strip + _STRIP_RISE_MM
    over = label.floor - ground.design.inset_mm - used
    over -= 0.0 if wanted.aside else _FOIL_RISE_MM
    if over < 0 or not all(lines.whole for lines in hints):
        return None
    foil = moved(foil, right - foil.width, ground.design.inset_mm + over / 2)
    top = foil.top + foil.height
    for number, lines in enumerate(hints):
        top += _HINT_GAP_MM
        label.marks += set_lines(lines, language_font(number), foil.left, top, foil.width)
        top += height_of(lines)
    if strip:
        box = Box(foil.left, top + _STRIP_RISE_MM, foil.width, strip)
        label.marks += mark_in(content.mark, box, turned=False)
    return foil


def _set_contacts(label: _Label) -> None:
    """Address on the left and hotline on the right of the last row, in one size; the hotline in a
    row of its own above it where one of them would be cut."""
    host, hotline = label.content.host, label.content.hotline
    largest = max(_LEAST_CONTACT_PT, min(6.5, label.type * 0.54))
    room = label.foot_width - (_CONTACT_GAP_MM if host and hotline else 0.0)
    natural = width_mm(host + hotline, REGULAR, largest)
    size = max(_LEAST_CONTACT_PT, min(largest, largest * room / max(natural, room)))
    if width_mm(host + hotline, REGULAR, size) <= room + 1e-6:
        used = width_mm(hotline, REGULAR, size)
        right = label.edge + label.foot_width - used
        rows = [[(host, label.edge), (hotline, right)]]
    else:
        rows = [[(host, label.edge)], [(hotline, label.edge)]]
    for row in rows:
        for text, left in row:
            if text:
                lines = fitted(text, REGULAR, (size, _LEAST_CONTACT_PT), label.foot_width)
                label.marks.append(Text(lines.texts[0], REGULAR, lines.size, left, label.floor))
        label.floor -= caps(size) + label.type * _ROW_GAP


def _set_code(label: _Label) -> bool:
    """The code's row, with the serial at its right end; whether the serial found no room there."""
    content = label.content
    if not content.code_length:
        return content.serial_word is not None
    letters = content.code_length
    size = max(5.0, label.type * (0.655 if content.own is Own.CODE else 0.9))
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


def _set_serial(label: _Label, column: Box, bottom: float) -> float:
    """The serial in the column; what is left above it."""
    word = label.content.serial_word or ""
    unit = word_width(word, 1.0) + width_mm("0" * NOMINAL_DIGITS, MONO, 1.0)
    size = min(max(4.75, label.type * 0.68), column.width / unit)
    label.serial = SerialLine(word, size, column.left, bottom)
    return bottom - caps(size) - _SERIAL_RISE_MM


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
