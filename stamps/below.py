"""The words beneath the symbol, each line in the middle: labels that are square or upright.

What stands beneath is a stack of blocks: what to do, the names, the code, the contacts. What
height is left over goes between the blocks in equal shares.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

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
from stamps.typesetting import MM, caps, fitted, height_of, width_mm

_FACTORS = (1.0, 0.92, 0.85, 0.78, 0.72)
"""How far all type is shrunk together before a smaller symbol is tried."""

_LEAST_GAP_MM, _CLEAR_DOTS = 0.55, 2
_MARK_MM, _LEAST_MARK_MM, _LEAST_BARE_MM = 3.0, 1.5, 0.9
_LEAST_PT, _FOIL_SERIAL_PT = 4.0, 5.25
_LEAST_CODE_PT = 4.5


@dataclass(frozen=True)
class _Tightness:
    """What is tried before a smaller symbol. factor: all type is shrunk by it together;
    in_one_row: address and hotline share a row."""

    factor: float
    in_one_row: bool


@dataclass(frozen=True)
class _Piece:
    """What a block, drawn from an upper edge, adds to the label."""

    marks: tuple[Text | Shape, ...] = ()
    lines: tuple[OwnLine, ...] = ()
    serial: SerialLine | None = None
    foil: Box | None = None


@dataclass(frozen=True)
class _Block:
    """A height, and what stands there once its upper edge is known."""

    height: float
    draw: Callable[[float], _Piece]


@dataclass(frozen=True)
class _Inked(_Block):
    """A block whose height is that of its ink; above: ink over the edge that it is drawn from."""

    above: float

    @classmethod
    def of(cls, block: _Block) -> "_Inked":
        """The block with the marks on its letters, which are never to be clipped."""
        piece = block.draw(0.0)
        top, bottom = ink_of(piece.marks, piece.lines, piece.serial)
        top, bottom = min(top, 0.0), max(bottom, block.height)
        return cls(bottom - top, block.draw, -top)


def lay_below(ground: Ground, content: Content) -> Face | None:
    """The face with the largest modules and type that leave room for all, or None without any."""
    modules = ground.modules_tried(content.modules)
    good = ground.good_module
    for tried in ([m for m in modules if m >= good], [m for m in modules if m < good]):
        for in_one_row, factor, module in product((False, True), _FACTORS, tried):
            face = _with_modules(ground, content, module, _Tightness(factor, in_one_row))
            if face is not None:
                return face
    return None


def _with_modules(
    ground: Ground, content: Content, module: float, tightness: _Tightness
) -> Face | None:
    design = ground.design
    quiet = QUIET_MODULES * module
    side = content.modules * module
    top = design.band_mm
    blocks = [_Inked.of(block) for block in _blocks(ground, content, tightness)]
    # Letters are drawn on whole dots, and may rise a little higher than their outlines.
    clear = _CLEAR_DOTS * ground.dot if blocks else 0.0
    used = sum(block.height for block in blocks) + clear
    spare = ground.height - top - side - 2 * quiet - (design.inset_mm if blocks else 0.0) - used
    # Between quiet zone and first block there is white enough already.
    gaps = max(0, len(blocks) - 1)
    if spare < gaps * _LEAST_GAP_MM - 1e-6:
        return None
    share = spare / (gaps + 2) if blocks else spare / 2
    share = max(share, _LEAST_GAP_MM) if gaps else share
    rest = spare - share * gaps
    left = ground.snapped((ground.width - side) / 2)
    mark = None
    if content.mark:
        mark = _mark_place(ground, side + 2 * quiet)
        if mark is None:
            return None
        aside = mark.left - side - 2 * quiet - 1.5 * ground.dot
        left = min(left, quiet + max(0.0, ground.snapped(aside)))
    upper = ground.snapped(top + quiet + rest * 0.5)
    symbol = SymbolPlace(
        left, max(upper, ground.snapped(top + quiet + ground.dot / 2)), content.modules, module
    )
    y = symbol.top + side + quiet + clear + rest * 0.2
    pieces = [_band(ground, content)] if design.band_mm else []
    if mark is not None:
        box = Box(mark.left, symbol.top, mark.width, side)
        pieces.append(_Piece(tuple(mark_in(content.mark, box))))
    for block in blocks:
        pieces.append(block.draw(y + block.above))
        y += block.height + share
    return Face(
        symbol,
        tuple(mark for piece in pieces for mark in piece.marks),
        tuple(line for piece in pieces for line in piece.lines),
        next((piece.serial for piece in pieces if piece.serial), None),
        next((piece.foil for piece in pieces if piece.foil), None),
    )


def _mark_place(ground: Ground, zone: float) -> Box | None:
    """Across the label, where the mark stands beside the symbol's zone; None without room.

    Beneath it, the symbol would be smaller, and a test label is to tell how real ones are read.
    """
    inset = ground.design.inset_mm
    room = ground.width - zone - ground.dot
    width = min(_MARK_MM, room - ground.dot - inset)
    if width < _LEAST_MARK_MM:
        inset, width = 0.0, min(_LEAST_MARK_MM, room)
    if width < _LEAST_BARE_MM:
        return None
    return Box(ground.width - inset - width, 0, width, 0)


def _band(ground: Ground, content: Content) -> _Piece:
    """The dark band along the upper edge, over the cut, with what to do in white."""
    design = ground.design
    bleed = design.bleed_mm
    box = Box(-bleed, -bleed, ground.width + 2 * bleed, design.band_mm + bleed)
    width = ground.width - 2 * design.inset_mm
    marks: list[Text | Shape] = [box.shape()]
    sizes = ((design.type_pt * 0.72, 5.0), (design.type_pt * 0.5, 4.0))
    texts = [
        (fitted(text, language_font(number), sizes[min(number, 1)], width), number)
        for number, text in enumerate(content.scan)
    ]
    height = sum(caps(lines.size) for lines, _ in texts) + 0.75 * max(0, len(texts) - 1)
    y = (design.band_mm - height) / 2 + 0.12
    for lines, number in texts:
        font = language_font(number)
        marks += [
            replace(text, grey=1.0) for text in set_lines(lines, font, design.inset_mm, y, width)
        ]
        y += caps(lines.size) + 0.75
    return _Piece(tuple(marks))


def _blocks(ground: Ground, content: Content, tightness: _Tightness) -> Iterator[_Block]:
    """The blocks beneath the symbol, from the top."""
    design = ground.design
    width = ground.width - 2 * design.inset_mm
    size = design.type_pt * tightness.factor
    column = Box(design.inset_mm, 0, width, 0)
    if content.scan and not design.band_mm:
        yield _hint(content.scan, column, size)
    has_foil = bool(content.foil_modules)
    if content.product:
        yield _names(content, column, size)
    if content.code_length or (content.serial_word is not None and not has_foil):
        yield _code(content, column, size, design.code_lines, not has_foil)
    if has_foil:
        yield _foil(ground, content, column, size)
    if content.host or content.hotline:
        yield _contacts(content, column, size, tightness.in_one_row)


def _hint(texts: tuple[str, ...], column: Box, size: float) -> _Block:
    fits = [
        hint_of(text, language_font(number), size * 0.72, column.width)
        for number, text in enumerate(texts)
    ]

    def draw(top: float) -> _Piece:
        marks: list[Text | Shape] = []
        for number, lines in enumerate(fits):
            marks += set_lines(lines, language_font(number), column.left, top, column.width)
            top += height_of(lines) + 0.75
        return _Piece(tuple(marks))

    return _Block(sum(map(height_of, fits)) + 0.75 * (len(fits) - 1), draw)


def _names(content: Content, column: Box, size: float) -> _Block:
    above, below = names_of(content, (size, max(5.0, size * 0.7)), column.width, 99.0)
    gap = name_gap(size)
    radius = size * 0.085
    has_stars = content.stars and not content.foil_modules
    if has_stars:
        radius *= min(1.0, column.width / stars_width(content.stars, radius))
    heights = [height_of(lines) for lines in (above, below) if lines is not None]
    heights += [2 * radius + 0.3] if has_stars else []

    def draw(top: float) -> _Piece:
        marks: list[Text | Shape] = []
        for lines, font in ((above, BOLD), (below, REGULAR)):
            if lines is not None:
                marks += set_lines(lines, font, column.left, top, column.width)
                top += height_of(lines) + gap
        if has_stars:
            indent = (column.width - stars_width(content.stars, radius)) / 2
            marks += stars_of(content.stars, radius, column.left + indent, top + 0.3)
        return _Piece(tuple(marks))

    return _Block(sum(heights) + gap * (len(heights) - 1), draw)


def _code(content: Content, column: Box, size: float, lines: int, with_serial: bool) -> _Block:
    """The code in one line or two, and the serial beneath it."""
    cuts = content.code_lines(lines)
    longest = max((stop - start for start, stop in cuts), default=0)
    share = 0.62 if lines == 1 else 0.92
    code_size = max(_LEAST_CODE_PT, size * (share if content.own is Own.CODE else 1.1))
    if longest:
        code_size = min(code_size, column.width / width_mm("0" * longest, MONO, 1.0))
    leading = code_size * 1.12 / MM
    height = caps(code_size) + leading * (len(cuts) - 1) if cuts else 0.0
    word = content.serial_word if with_serial else None
    serial_size = max(4.5, size * 0.58)
    if word is not None:
        unit = word_width(word, 1.0) + width_mm("0" * NOMINAL_DIGITS, MONO, 1.0)
        serial_size = min(serial_size, column.width / unit)
        height += caps(serial_size) + (0.75 if cuts else 0.0)

    def draw(top: float) -> _Piece:
        own = []
        baseline = top + caps(code_size)
        for start, stop in cuts:
            left = (
                column.left + (column.width - width_mm("0" * (stop - start), MONO, code_size)) / 2
            )
            own.append(OwnLine(content.own, start, stop, code_size, left, baseline))
            baseline += leading
        serial = None
        if word is not None:
            middle = column.left + column.width / 2
            serial = SerialLine(word, serial_size, middle, top + height, 0.5)
        return _Piece(lines=tuple(own), serial=serial)

    return _Block(height, draw)


def _foil(ground: Ground, content: Content, column: Box, size: float) -> _Block:
    """The foil's area on the right, and to its left what to do with it, and the serial."""
    module = ground.least_dots * ground.dot
    box = ground.foil_box(content.foil_modules, module)
    width = column.width - box.width - 1.0
    texts = [
        (hint_of(text, language_font(number), size * 0.72, width), number)
        for number, text in enumerate(content.scratch)
    ]
    word = content.serial_word

    def draw(top: float) -> _Piece:
        marks: list[Text | Shape] = []
        y = top + 0.4
        for lines, number in texts:
            marks += set_lines(lines, language_font(number), column.left, y)
            y += height_of(lines) + 1.0
        if content.stars:
            radius = min(width / stars_width(content.stars, 1.0), size * 0.095)
            marks += stars_of(content.stars, radius, column.left, y)
            y += 2 * radius + 1.0
        serial = None
        if word is not None:
            unit = width_mm("0" * NOMINAL_DIGITS, MONO, 1.0)
            serial_size = min(max(_FOIL_SERIAL_PT, size * 0.66), width / unit)
            bottom = top + box.height - 0.4
            up = bottom - caps(serial_size) - 0.9
            marks.append(Text(word, REGULAR, serial_size, column.left, up))
            serial = SerialLine("", serial_size, column.left, bottom)
        foil = moved(box, column.left + column.width - box.width, top)
        return _Piece(tuple(marks), serial=serial, foil=foil)

    return _Block(box.height, draw)


def _contacts(content: Content, column: Box, size: float, in_one_row: bool) -> _Block:
    """Address and hotline, each in the middle of a row; or side by side, where that can be."""
    both = width_mm(content.host + content.hotline, REGULAR, _LEAST_PT) + 2 * _LEAST_GAP_MM
    if in_one_row and content.host and content.hotline and both <= column.width:
        return _one_row(content, column)
    fits = [
        fitted(text, REGULAR, (max(4.25, size * 0.58), _LEAST_PT), column.width)
        for text in (content.host, content.hotline)
        if text
    ]

    def draw(top: float) -> _Piece:
        marks: list[Text | Shape] = []
        for lines in fits:
            marks += set_lines(lines, REGULAR, column.left, top, column.width)
            top += height_of(lines) + 0.75
        return _Piece(tuple(marks))

    return _Block(sum(map(height_of, fits)) + 0.75 * (len(fits) - 1), draw)


def _one_row(content: Content, column: Box) -> _Block:
    """The address on the left, the hotline on the right."""
    used = width_mm(content.hotline, REGULAR, _LEAST_PT)
    right = column.left + column.width - used

    def draw(top: float) -> _Piece:
        baseline = top + caps(_LEAST_PT)
        host = Text(content.host, REGULAR, _LEAST_PT, column.left, baseline)
        return _Piece((host, Text(content.hotline, REGULAR, _LEAST_PT, right, baseline)))

    return _Block(caps(_LEAST_PT), draw)
