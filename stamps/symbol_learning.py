"""What segno does to a link, learnt from symbols that it draws.

Error correction, the placing of modules and masks are in no line of ours. What
is known here is how a link becomes bits: its letters are taken two by two, a
pair is a number, and the number stands in the symbol's data as 11 or 16 bits
(ISO/IEC 18004, sections 7.4.4 and 7.4.5). `stamps.symbol_press` says why the
symbols of a few links tell those of all.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import segno
import segno.encoder
from numpy.typing import NDArray

from stamps.crockford import ALPHABET
from stamps.errors import BadLink
from stamps.symbols import Level

MASKS = 8


@dataclass(frozen=True)
class Mode:
    """How letters become bits. bits: of a letter that stands alone, and of a pair."""

    name: str
    letters: str
    bits: tuple[int, int]

    def number(self, text: str) -> int:
        """What a letter or a pair is in the symbol's data."""
        number = 0
        for letter in text:
            number = number * len(self.letters) + self.letters.index(letter)
        return number

    def text(self, number: int, length: int) -> str:
        """The letter or the pair that is this number."""
        first, second = divmod(number, len(self.letters))
        return (self.letters[first] if length == 2 else "") + self.letters[second]


_MODES = {
    mode.name: mode
    for mode in (
        Mode("alphanumeric", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", (6, 11)),
        Mode("byte", "".join(map(chr, range(256))), (8, 16)),
    )
}


@dataclass(frozen=True)
class Frame:
    """What the symbols of a run share: it decides which modules a bit of data reaches."""

    mode: Mode
    level: Level
    length: int


@dataclass(frozen=True)
class Place:
    """A letter, or two that are one number, at an even place of the link.

    text: what stands there in the first link; varies: which of its letters do.
    """

    start: int
    text: str
    varies: tuple[bool, ...]

    @property
    def span(self) -> tuple[int, int]:
        """Where the place starts, and its letters."""
        return self.start, len(self.text)

    def numbers(self, mode: Mode) -> NDArray[np.int64]:
        """What may stand here, by the letters' values in Crockford's order, the last fastest."""
        letters = [
            ALPHABET if varies else letter
            for letter, varies in zip(self.text, self.varies, strict=True)
        ]
        texts = [""]
        for choices in letters:
            texts = [text + letter for text in texts for letter in choices]
        return np.array([mode.number(text) for text in texts])


def frame_of(link: str, level: Level) -> tuple[Frame, int]:
    """The frame of a link and all of its form, and the version that segno takes for it.

    Raises BadLink for what fits no symbol, and for nothing but digits, which are no link.
    """
    try:
        code = segno.make(link, error=level, boost_error=False, micro=False)
        mode = _MODES[str(code.mode)]
    except (ValueError, KeyError) as error:
        raise BadLink("a link too long for a QR symbol, or in letters of another mode") from error
    return Frame(mode, level, len(link)), int(code.version)


def drawn(frame: Frame, text: str, mask: int = 0) -> NDArray[np.uint8]:
    """The modules of a text under a mask, as segno draws them: 1 is dark."""
    code = segno.make(
        text, error=frame.level, mode=frame.mode.name, mask=mask, boost_error=False, micro=False
    )
    return np.array([list(row) for row in code.matrix], np.uint8)


@lru_cache(maxsize=4096)
def contribution(frame: Frame, place: tuple[int, int], bit: int) -> NDArray[np.uint8]:
    """The modules that one bit of a place's number turns over.

    place: where it starts, and its letters, 1 or 2. bit: 0 is the lowest.
    """
    start, letters = place
    blank = frame.mode.text(0, 1)
    text = frame.mode.text(1 << bit, letters)
    return _blank(frame) ^ drawn(
        frame, blank * start + text + blank * (frame.length - start - letters)
    )


@lru_cache(maxsize=32)
def _blank(frame: Frame) -> NDArray[np.uint8]:
    """The symbol of a text whose letters are all zero."""
    return drawn(frame, frame.mode.text(0, 1) * frame.length)


@lru_cache(maxsize=32)
def mask_patterns(frame: Frame) -> NDArray[np.uint8]:
    """The modules in which each mask differs from mask 0: shape (masks, side, side)."""
    text = frame.mode.text(0, 1) * frame.length
    return np.stack([drawn(frame, text, mask) ^ _blank(frame) for mask in range(MASKS)])


def unscored(side: int) -> NDArray[np.bool_]:
    """The modules that are light while segno weighs masks: it writes into them afterwards."""
    make_matrix: Any = segno.encoder.make_matrix
    blank = np.array([list(row) for row in make_matrix(side, side)], np.uint8)
    return np.equal(blank, 0)
