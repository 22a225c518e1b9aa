"""What a label's layout is made of, whichever way its words stand. All lengths are millimetres.

A module is a whole number of the printer's dots, and the symbol stands on whole dots, so that
all modules come out equally wide.
"""

from dataclasses import dataclass, replace
from math import ceil, floor

from stamps.designs import LabelDesign
from stamps.face import Box, Face, Own, OwnLine, Shape, SymbolPlace, Text, star
from stamps.symbols import QUIET_MODULES
from stamps.typefaces import BOLD, MONO, REGULAR, UNITS, reach
from stamps.typesetting import LEADING, MM, Lines, caps, fitted, height_of, width_mm

LEAST_MODULE_MM = 0.33
"""Below it, ink that spreads on uncoated paper costs readings."""

GOOD_MODULE_MM = 0.4
"""What a phone reads without effort."""

SCRATCH_PT = 5.75
"""The hidden code's size in the foil's area."""

_FOIL_ROW_MM, _FOIL_CODE_MM = 2.0, 0.55
_FOIL_EDGE_MM = 0.25
"""From the quiet zone to the foil's edge."""

_FRAME_MM = 0.1

_LEAST_BAND_MM = 1.5
_BAND_INK, _BARE_INK, _BAND_RISE = 0.76, 0.87, 0.05
_LEAST_MARK_PT = 2.4


@dataclass(frozen=True)
class Content:
    """What one part of the labels says, as printable text; what is empty is not printed.

    own: what its lines are cut from; code_length: letters of it, 0 to leave it out;
    foil_modules: side of the hidden symbol whose area the face leaves to the foil, 0 for none.
    """

    modules: int
    own: Own = Own.CODE
    code_length: int = 0
    serial_word: str | None = None
    product: str = ""
    producer: str = ""
    stars: int = 0
    scan: tuple[str, ...] = ()
    host: str = ""
    hotline: str = ""
    mark: str = ""
    foil_modules: int = 0
    scratch: tuple[str, ...] = ()

    def code_lines(self, lines: int) -> list[tuple[int, int]]:
        """Where the grouped code is cut into lines: 5-5-5-5, or 5-5 and 5-5."""
        if not self.code_length:
            return []
        if lines == 1 or self.own is Own.HIDDEN:
            return [(0, self.code_length)]
        half = self.code_length // 2
        return [(0, half), (half + 1, self.code_length)]


@dataclass(frozen=True)
class Ground:
    """A design and the dots that it will be printed with."""

    design: LabelDesign
    dot: float

    @property
    def width(self) -> float:
        return self.design.label_width_mm

    @property
    def height(self) -> float:
        return self.design.label_height_mm

    @property
    def least_dots(self) -> int:
        """Dots of the smallest module."""
        return ceil(LEAST_MODULE_MM / self.dot - 1e-6)

    @property
    def good_module(self) -> float:
        """The smallest module that is read without effort, in mm."""
        return ceil(GOOD_MODULE_MM / self.dot - 1e-6) * self.dot - 1e-6

    def snapped(self, length: float) -> float:
        """The length in whole dots."""
        return round(length / self.dot) * self.dot

    def modules_tried(self, modules: int) -> list[float]:
        """Modules from the largest that the design wants down to the smallest allowed, in mm."""
        side = modules + 2 * QUIET_MODULES
        room = floor((min(self.width, self.height) + 1e-6) / side / self.dot)
        wanted = floor((self.design.symbol_most_mm + 1e-6) / side / self.dot)
        largest = min(room, max(wanted, self.least_dots))
        return [dots * self.dot for dots in range(largest, self.least_dots - 1, -1)]

    def foil_box(self, modules: int, module: float) -> Box:
        """The size of a foil's area: the hidden symbol with its quiet zone, and a row below.

        It reaches further than the quiet zone, so that the line around it lies outside of that.
        """
        side = (modules + 2 * QUIET_MODULES) * module + 2 * _FOIL_EDGE_MM
        return Box(0, 0, side, side + _FOIL_ROW_MM)


def under_foil(ground: Ground, foil: Box, modules: int) -> Face:
    """The hidden part of a label with foil: symbol and code in the foil's area, and its frame."""
    edge = _FOIL_EDGE_MM
    module = ground.snapped((foil.width - 2 * edge) / (modules + 2 * QUIET_MODULES))
    white = edge + QUIET_MODULES * module
    symbol = SymbolPlace(
        ground.snapped(foil.left + white), ground.snapped(foil.top + white), modules, module
    )
    size = min(SCRATCH_PT, (foil.width - 1.2) / width_mm("0" * 9, MONO, 1.0))
    left = foil.left + (foil.width - width_mm("0" * 9, MONO, size)) / 2
    baseline = foil.top + foil.height - _FOIL_CODE_MM
    line = OwnLine(Own.HIDDEN, 0, 9, size, left, baseline)
    return Face(symbol, (frame_of(foil),), (line,), foil=foil)


def frame_of(foil: Box) -> Shape:
    """The line that shows the printer where the foil goes."""
    return foil.shape(0.5, line=_FRAME_MM)


def moved(box: Box, left: float, top: float) -> Box:
    """The box elsewhere."""
    return replace(box, left=left, top=top)


def set_lines(
    lines: Lines, font: str, left: float, top: float, width: float | None = None
) -> list[Text]:
    """Lines from the top of the first one's capitals; in the middle of a `width` that is given."""
    texts = []
    baseline = top + caps(lines.size)
    for line in lines.texts:
        indent = 0.0 if width is None else (width - width_mm(line, font, lines.size)) / 2
        texts.append(Text(line, font, lines.size, left + indent, baseline))
        baseline += lines.size * LEADING / MM
    return texts


def mark_in(mark: str, box: Box, turned: bool = True) -> list[Text | Shape]:
    """What says that a label is no real one, in a dark band along the box.

    A band is seen on every printer, unlike a pale word behind type. A box too narrow for white
    letters to be read in it holds the bare word. turned: it reads upwards.
    """
    across, along = (box.width, box.height) if turned else (box.height, box.width)
    is_band = across >= _LEAST_BAND_MM
    above, below = reach(BOLD, mark)
    ink = across * (_BAND_INK if is_band else _BARE_INK)
    size = ink * MM * UNITS / max(above + below, 1)
    lines = fitted(mark, BOLD, (size, min(size, _LEAST_MARK_PT)), along - 1.0)
    word = lines.texts[0]
    # In its middle stand the letters with their marks, as on Ẫ, and a little higher, where the eye
    # sees them in the middle; a bare word keeps away from what is before it.
    drop = (above - below) / 2 * lines.size / UNITS / MM
    drop += across * (-_BAND_RISE if is_band else (1 - _BARE_INK) / 2)
    half = width_mm(word, BOLD, lines.size) / 2
    x, y = box.left + box.width / 2, box.top + box.height / 2
    left, baseline = (x + drop, y + half) if turned else (x - half, y + drop)
    text = Text(word, BOLD, lines.size, left, baseline, float(is_band), turned)
    if not is_band:
        return [text]
    return [box.shape(min(0.7, across / 4), 0.12), text]


def address(host: str, sizes: tuple[float, float], width: float, most: int) -> Lines:
    """A web address on one line, or on several that begin with a dot and so are seen to go on."""
    line = fitted(host, REGULAR, sizes, width)
    if line.whole or most == 1:
        return line
    lines = fitted(host.replace(".", " ."), REGULAR, sizes, width, most)
    return replace(lines, texts=tuple(each.replace(" .", ".") for each in lines.texts))


def language_font(number: int) -> str:
    """The font of a hint's first language, and of those after it."""
    return REGULAR if number else BOLD


def hint_of(text: str, font: str, size: float, width: float) -> Lines:
    """What to do, rather in one small line than in two."""
    sizes = max(4.5, size), 4.25
    line = fitted(text, font, sizes, width)
    return line if line.whole else fitted(text, font, (sizes[0], 4.0), width, 2)


def stars_of(count: int, radius: float, left: float, top: float) -> list[Text | Shape]:
    """ "OCOP" and its stars, from the upper edge of the stars."""
    size = radius * 2 * 0.92 * MM / 0.74
    word = Text("OCOP", BOLD, size, left, top + radius * 1.9)
    x = left + width_mm("OCOP", BOLD, size) + radius * 1.9
    return [word, *(star(x + each * radius * 2.3, top + radius, radius) for each in range(count))]


def stars_width(count: int, radius: float) -> float:
    """How wide `stars_of` is."""
    size = radius * 2 * 0.92 * MM / 0.74
    return width_mm("OCOP", BOLD, size) + radius * (0.9 + 2.3 * count - 0.3)


def names_of(
    content: Content, sizes: tuple[float, float], width: float, height: float
) -> tuple[Lines | None, Lines | None]:
    """Product and producer in the largest sizes whose lines stay within the height."""
    smallest = sizes[1]
    largest = max(sizes)
    gap = name_gap(largest)
    for most, below_most in ((2, 2), (2, 1), (1, 1)):
        size = largest
        while size >= smallest:
            above = fitted(content.product, BOLD, (size, smallest), width, most)
            below = None
            if content.producer:
                below_sizes = max(4.5, size * 0.62), 4.5
                below = fitted(content.producer, REGULAR, below_sizes, width, below_most)
            used = height_of(above) + (gap + height_of(below) if below else 0.0)
            if used <= height:
                return above, below
            size = above.size - 0.25
    return above, below


def name_gap(size: float) -> float:
    """Between the product's last baseline and the producer's capitals."""
    return size * 0.135
