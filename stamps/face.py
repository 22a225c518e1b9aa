"""What stands on a label, in its places: the marks all labels share, and the lines of its own.

Lengths are millimetres from the label's upper left corner, to the right and downwards; type
sizes are points. The drawings to PDF, SVG and pixels all draw this one value.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import cos, pi, sin

from stamps.symbols import QUIET_MODULES
from stamps.typefaces import MONO, REGULAR, UNITS, reach
from stamps.typesetting import MM, width_mm

NOMINAL_DIGITS = 9
"""Digits that a serial's place is made for; longer serials are set smaller."""

_SPACE_MM = 0.55
_CODE_LETTERS = "-0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ROUND = 6
"""Straight pieces of a rounded corner: at 0.7 mm, no printer tells them from a curve."""


class Part(StrEnum):
    """The two layers of labels with hidden codes; pages of the one never hold the other."""

    HIDDEN = "hidden"
    FACE = "face"


class Own(StrEnum):
    """What a line of a label's own is cut from: the grouped code, or the grouped hidden code."""

    CODE = "code"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Text:
    """A line of text. turned: it reads upwards, about the middle of its baseline."""

    text: str
    font: str
    size: float
    left: float
    baseline: float
    grey: float = 0.0
    turned: bool = False


@dataclass(frozen=True)
class Shape:
    """A closed outline, filled; or, with a line width in mm, drawn as a line for the foil."""

    points: tuple[tuple[float, float], ...]
    grey: float = 0.0
    line: float = 0.0


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float

    def shape(self, corner: float = 0.0, grey: float = 0.0, line: float = 0.0) -> Shape:
        """The rectangle with its corners rounded."""
        if not corner:
            right, bottom = self.left + self.width, self.top + self.height
            points = [(self.left, self.top), (right, self.top), (right, bottom)]
            return Shape((*points, (self.left, bottom)), grey, line)
        turns = []
        for quarter, (x, y) in enumerate(((1, 1), (0, 1), (0, 0), (1, 0))):
            middle_x = self.left + corner + x * (self.width - 2 * corner)
            middle_y = self.top + corner + y * (self.height - 2 * corner)
            for step in range(_ROUND + 1):
                angle = (quarter + step / _ROUND) * pi / 2
                turns.append((middle_x + corner * cos(angle), middle_y + corner * sin(angle)))
        return Shape(tuple(turns), grey, line)


@dataclass(frozen=True)
class SymbolPlace:
    """The dark symbol's upper left corner; modules: along a side; module: of one, in mm."""

    left: float
    top: float
    modules: int
    module: float

    @property
    def side(self) -> float:
        """Without the quiet zone."""
        return self.modules * self.module

    @property
    def quiet(self) -> float:
        """The quiet zone's width."""
        return QUIET_MODULES * self.module


@dataclass(frozen=True)
class OwnLine:
    """Letters `start` to `stop` of a code as people are shown it, in the monospaced font."""

    own: Own
    start: int
    stop: int
    size: float
    left: float
    baseline: float


@dataclass(frozen=True)
class SerialLine:
    """The serial, after its word. anchor: 0 stands to the right of `at`, 1 to its left."""

    word: str
    size: float
    at: float
    baseline: float
    anchor: float = 0.0

    def placed(self, digits: int) -> tuple[float, float, float]:
        """(left of the word, left of the digits, type size) for a serial of so many digits."""
        size = self.size * min(1.0, NOMINAL_DIGITS / digits)
        word = word_width(self.word, size)
        whole = word + width_mm("0" * digits, MONO, size)
        left = self.at - self.anchor * whole
        return left, left + word, size


@dataclass(frozen=True)
class Face:
    """One part of a run's labels.

    foil: the area to be covered, on either part of a label that has one.
    """

    symbol: SymbolPlace
    marks: tuple[Text | Shape, ...] = ()
    lines: tuple[OwnLine, ...] = ()
    serial: SerialLine | None = None
    foil: Box | None = None


def ink_of(
    marks: Iterable[Text | Shape], lines: Iterable[OwnLine] = (), serial: SerialLine | None = None
) -> tuple[float, float]:
    """The highest and the lowest ink, with all marks on letters; (0, 0) where there is none."""
    bounds = []
    for mark in marks:
        if isinstance(mark, Shape):
            bounds += [y for _, y in mark.points]
        elif mark.turned:
            length = width_mm(mark.text, mark.font, mark.size)
            bounds += [mark.baseline - length, mark.baseline]
        else:
            bounds += _bounds(mark.text, mark.font, mark.size, mark.baseline)
    for line in lines:
        bounds += _bounds(_CODE_LETTERS, MONO, line.size, line.baseline)
    if serial is not None:
        bounds += _bounds(serial.word, REGULAR, serial.size, serial.baseline)
        bounds += _bounds("0123456789", MONO, serial.size, serial.baseline)
    return min(bounds, default=0.0), max(bounds, default=0.0)


def _bounds(text: str, font: str, size: float, baseline: float) -> list[float]:
    above, below = reach(font, text)
    return [baseline - above * size / UNITS / MM, baseline + below * size / UNITS / MM]


def word_width(word: str, size: float) -> float:
    """The word before a serial, with the space after it."""
    return width_mm(word, REGULAR, size) + (_SPACE_MM * size / 5 if word else 0.0)


def star(x: float, y: float, radius: float) -> Shape:
    """A five-pointed star around its middle."""
    points = []
    for step in range(10):
        reach = radius if step % 2 == 0 else radius * 0.42
        angle = step * pi / 5
        points.append((x + reach * sin(angle), y - reach * cos(angle)))
    return Shape(tuple(points))
