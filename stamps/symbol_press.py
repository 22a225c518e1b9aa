"""A press for QR symbols: those of a run's links, by the thousand.

Each equals what segno draws of its link. The mathematics, in a page:

A QR symbol is a string of data bits, followed by error-correction bits, laid out
on a grid. All of it happens over GF(2), the field of 0 and 1 whose sum is the
exclusive or: each error-correction bit is a sum of certain data bits
(Reed-Solomon codes are linear), each module shows one bit, a mask turns a fixed
set of modules over, and what is neither data nor correction depends on version,
level and mask alone. So, as long as version, level, mode, length and mask stay
the same, a symbol S is an affine function of its data bits b1, b2, ...:

    S = C + b1 * M1 + b2 * M2 + ...        (sums are exclusive ors)

Nobody has to know C and the Mi by the standard. If two texts differ in bit i
alone, their symbols differ by Mi: the modules that the bit turns over. segno
draws both texts, and Mi is learnt (`symbol_learning.contribution`).

The links of a run differ in the letters of the code alone. QR takes letters two
by two from the link's first one on, and writes each pair as a number: 11 bits in
alphanumeric mode, 16 in byte mode. So a code stands in ten such places when it
begins at an even letter of the link; else its first letter shares a place with
the letter before it, and its last one with the letter after it, or stands alone
at the link's end. Of each place a table is made, which says for each pair that
may stand there which modules differ from the first link's, the one whose code is
all zeros: the sum of Mi over the bits in which the two numbers differ. A symbol
is then the first link's symbol, plus one row of each table:

    S(code) = S(000...0) + T1[pair 1] + T2[pair 2] + ...

Modules are packed, 64 to a machine word, so that a row is added in a few steps.

A mask is fixed above. Changing it adds a pattern that is the same for all links:
mask k's first symbol plus mask 0's, format information included. Which mask is
the best for a link does depend on its modules, in no linear way, and has to be
weighed for each (`symbol_masks`). The weighing wants a symbol's rows, its
columns, and where neighbours in a row differ: these are sums of modules too, so
that tables give them as well, ready-made (`symbol_masks.sides`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stamps.codes import CODE_LENGTH
from stamps.crockford import ALPHABET
from stamps.errors import Malformed, Why
from stamps.hidden import HIDDEN_LENGTH
from stamps.links import Link, hidden_link
from stamps.symbol_learning import (
    MASKS,
    Frame,
    Place,
    contribution,
    drawn,
    frame_of,
    mask_patterns,
    unscored,
)
from stamps.symbol_masks import MaskChoice, Words, sides
from stamps.symbols import Level

_NO_LETTER = len(ALPHABET)
_VALUES = np.full(256, _NO_LETTER, np.intp)
_VALUES[np.frombuffer(ALPHABET.encode(), np.uint8)] = np.arange(len(ALPHABET))


# How many symbols are worked on at once, so that what they need stays in the
# processor's cache: much more where masks are weighed.
_PRESSED_AT_ONCE = 512
_WEIGHED_WORDS = 1 << 12


@dataclass(frozen=True, eq=False)
class _Sum:
    """The first symbol's words, to which a row of each table is added."""

    first: Words
    tables: tuple[Words, ...]

    def of(self, rows: Sequence[NDArray[np.intp]]) -> Words:
        """The words of each symbol, by the row that it takes of each table."""
        total = np.repeat(self.first[np.newaxis], len(rows[0]), axis=0)
        addend = np.empty_like(total)
        for table, row in zip(self.tables, rows, strict=True):
            # With `clip` numpy writes straight into `addend`; no row is out of bounds.
            np.take(table, row, axis=0, out=addend, mode="clip")
            total ^= addend
        return total


@dataclass(frozen=True, eq=False)
class SymbolPress:
    """Draws the symbols of all links of one form. Made by `press`; threads may share it.

    version: 1..40; modules: the side, 17 + 4 * version; places: those of the link
    in which the code stands, and the hidden code; printed, masks: modules as they
    are given back; weighed, choice: as masks are chosen.
    """

    version: int
    modules: int
    places: tuple[Place, ...] = field(repr=False)
    printed: _Sum = field(repr=False)
    masks: Words = field(repr=False)
    weighed: _Sum = field(repr=False)
    choice: MaskChoice = field(repr=False)

    def symbols(
        self,
        codes: NDArray[np.uint8],
        hidden_codes: NDArray[np.uint8] | None = None,
        mask: int | None = None,
    ) -> NDArray[np.uint8]:
        """The symbols of canonical codes: shape (codes, modules, bytes of a row), 1 is dark.

        codes: shape (codes, 20), ASCII, as `codes_of` gives them; hidden_codes: (codes, 8)
        for a press whose links carry one, else None; mask: 0..7, or None to choose it as
        segno does. A row begins in the highest bit of its first byte and is filled up with
        zeros. Raises Malformed (letters) for a letter that is in no canonical code, and
        ValueError for another mask and for arrays of another shape.
        """
        if mask is not None and not 0 <= mask < MASKS:
            raise ValueError(f"a mask is within 0..{MASKS - 1}")
        letters = self._letters(codes, hidden_codes)
        symbols = np.empty((len(letters), self.masks.shape[1]), np.uint64)
        at_once = _PRESSED_AT_ONCE if mask is not None else self.choice.at_once
        for start in range(0, len(letters), at_once):
            rows = self._rows(letters[start : start + at_once])
            chosen = self._chosen(rows) if mask is None else mask
            symbols[start : start + at_once] = self.printed.of(rows) ^ self.masks[chosen]
        width = -(-self.modules // 8)
        shown = symbols.view(np.uint8)[:, : self.modules * width]
        return shown.reshape(-1, self.modules, width)

    def _letters(
        self, codes: NDArray[np.uint8], hidden_codes: NDArray[np.uint8] | None
    ) -> NDArray[np.uint8]:
        """All that varies in a link, side by side."""
        letters = codes if hidden_codes is None else np.hstack([codes, hidden_codes])
        wanted = sum(sum(place.varies) for place in self.places)
        if letters.ndim != 2 or letters.shape[1] != wanted or letters.dtype != np.uint8:
            raise ValueError(f"a link of this press has {wanted} letters of its own, in ASCII")
        return letters

    def _rows(self, letters: NDArray[np.uint8]) -> list[NDArray[np.intp]]:
        """The row of each place's table that each symbol takes."""
        values = _VALUES[letters.T]
        if values.max() == _NO_LETTER:
            raise Malformed(Why.LETTERS)
        columns = iter(values)
        return [
            next(columns) * len(ALPHABET) + next(columns)
            if sum(place.varies) == 2
            else next(columns)
            for place in self.places
        ]

    def _chosen(self, rows: list[NDArray[np.intp]]) -> NDArray[np.intp]:
        """The mask that segno would choose for each symbol."""
        return self.choice.best(self.weighed.of(rows))


@lru_cache(maxsize=16)
def press(link: Link, level: Level = Level.M, hidden: bool = False) -> SymbolPress:
    """The press for a run's links. The first of its kind takes a second to learn, at most.

    hidden: whether the links carry a hidden code, as `hidden_link` writes them. Raises
    BadLink for links that no symbol holds.
    """
    code = ALPHABET[0] * CODE_LENGTH
    text = link.of(code)
    varying = [*range(len(text) - CODE_LENGTH, len(text))]
    if hidden:
        text = hidden_link(text, ALPHABET[0] * HIDDEN_LENGTH)
        varying += range(len(text) - HIDDEN_LENGTH, len(text))
    frame, version = frame_of(text, level)
    places = tuple(_places(text, set(varying)))
    first = drawn(frame, text)
    scored = ~unscored(len(first))
    printed, weighed = _tables(frame, places)
    patterns = mask_patterns(frame)
    side_patterns = np.stack([sides(pattern * scored) for pattern in patterns])
    at_once = max(1, _WEIGHED_WORDS // side_patterns[0].size)
    return SymbolPress(
        version,
        len(first),
        places,
        _Sum(_words(first), printed),
        np.stack([_words(pattern) for pattern in patterns]),
        _Sum(sides(first * scored, beyond=1), weighed),
        MaskChoice(side_patterns, at_once),
    )


def _places(link: str, varying: set[int]) -> Iterator[Place]:
    """Where letters vary, taken two by two from the first letter on."""
    for start in range(0, len(link), 2):
        text = link[start : start + 2]
        varies = tuple(start + letter in varying for letter in range(len(text)))
        if any(varies):
            yield Place(start, text, varies)


@lru_cache(maxsize=8)
def _tables(frame: Frame, places: tuple[Place, ...]) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    """What each place adds to the first link's symbol: printed, and weighed."""
    return (
        tuple(_table(frame, place, _words) for place in places),
        tuple(_table(frame, place, sides) for place in places),
    )


def _table(frame: Frame, place: Place, form: Callable[[NDArray[np.uint8]], Words]) -> Words:
    """For each number that may stand at a place, the sum of what its bits add."""
    numbers = place.numbers(frame.mode)
    changed = numbers ^ numbers[0]
    added = {
        bit: form(contribution(frame, place.span, bit))
        for bit in range(frame.mode.bits[-1])
        if (changed >> bit & 1).any()
    }
    like = next(iter(added.values()))
    table = np.zeros((len(numbers), *like.shape), like.dtype)
    for bit, modules in added.items():
        table[(changed >> bit & 1).astype(bool)] ^= modules
    return table


def _words(modules: NDArray[np.uint8]) -> Words:
    """Rows packed into bytes, one after the other, and filled up to whole words."""
    packed = np.packbits(modules, axis=1).ravel()
    return np.pad(packed, (0, -len(packed) % 8)).view(np.uint64)
