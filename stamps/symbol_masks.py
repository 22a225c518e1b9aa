"""Which mask segno would choose, weighed for many symbols at once.

segno takes the mask whose symbol has the fewest penalty points, and of equal
ones the first (ISO/IEC 18004, section 7.8.3). Where the standard leaves room,
its own rules are what is weighed here:

N1. A run of five or more equal modules in a row or a column costs its length
    less 2.
N2. Each square of four equal modules costs 3.
N3. Dark-light-dark-dark-dark-light-dark in a row or a column costs 40 where four
    light modules come before or after it; outside the symbol all is light. One
    that counts hides those that begin within it.
N4. 10 for each whole 5 % by which the share of dark modules is off a half.

The modules that segno fills in after it has weighed count as light.

A `lane` is a line of modules, packed into words; lane after lane lies in memory,
and in each the symbols stand side by side. What comes next to each other across
lanes is then compared for all symbols in one operation, and nothing is ever
shifted. Rows as lanes show what runs down the columns, columns as lanes what runs
along the rows. N2 needs both directions in one: for it a third set of lanes says
where a row's neighbours differ. Points that all eight masks are given alike are
left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[Any]
"""Words of 32 bits for symbols whose rows fit, else of 64."""

_MARGIN = 4
"""Light lanes beyond each edge: as far as N3 looks."""


def sides(modules: NDArray[np.uint8], beyond: int = 0) -> Words:
    """Rows, columns and differing neighbours of a symbol: shape (3, side, words).

    A sum of symbols has the sum of their sides. beyond: whether the last module
    of a row differs from what is not there; in a whole symbol it does, so that
    it is in no square.
    """
    side = len(modules)
    word = np.uint32 if side <= 32 else np.uint64
    bits = 8 * np.dtype(word).itemsize
    wide = np.zeros((3, side, -(-side // bits) * bits), np.uint8)
    wide[0, :, :side] = modules
    wide[1, :, :side] = modules.T
    wide[2, :, : side - 1] = modules[:, 1:] ^ modules[:, :-1]
    wide[2, :, side - 1 :] = beyond
    return np.packbits(wide, axis=-1).view(word)


class MaskChoice:
    """Chooses masks for symbols of one side. patterns: the sides of each mask, (8, 3, side, words).

    at_once: how many symbols are weighed together.
    """

    def __init__(self, patterns: Words, at_once: int) -> None:
        masks, sets, side, words = patterns.shape
        self.at_once = at_once
        self._shape = (sets, side + 2 * _MARGIN, at_once, words)
        self._inner = slice(_MARGIN, _MARGIN + side)
        # The patterns are spread over all symbols beforehand: two arrays of one
        # shape are added several times as fast as an array and a small one.
        spread = np.zeros((masks, *self._shape), patterns.dtype)
        spread[:, :, self._inner] = patterns[:, :, :, np.newaxis]
        self._patterns = spread.reshape(masks, sets, -1, at_once * words)
        dark = np.arange(side * side + 1) / side**2
        self._unbalanced = 10 * (np.abs(dark * 100 - 50) / 5).astype(np.int32)

    def best(self, symbols: Words) -> NDArray[np.intp]:
        """The number of the mask for each symbol, from its sides under mask 0."""
        count = len(symbols)
        lanes = np.zeros(self._shape, symbols.dtype)
        lanes[:, self._inner, :count] = symbols.transpose(1, 2, 0, 3)
        masked = lanes.reshape(self._patterns.shape[1:]) ^ self._patterns
        scores: NDArray[np.intp] = self._points(masked).argmin(axis=0)[:count]
        return scores

    def _points(self, masked: Words) -> NDArray[np.int32]:
        """Penalty points of each mask and symbol, less what is the same for all masks."""
        both = masked[:, :2]
        modules = both[:, :, self._inner]
        changes = modules[:, :, 1:] ^ modules[:, :, :-1]
        unlike = changes[:, :, 1:] | changes[:, :, :-1]
        # Where five in a line are not all equal. With F places at which five are,
        # in R runs, N1 is F + 2 R. R is counted at the runs' beginnings: where five
        # are equal and the five from one place before are not. So F is a constant
        # less what is in `broken`, and R, at the edge and elsewhere, a constant and
        # what is in `broken` or in its neighbour, less what is in `broken`.
        broken = unlike[:, :, 2:] | unlike[:, :, :-2]
        points = 2 * self._counted(broken[:, :, 1:] | broken[:, :, :-1])
        points -= 3 * self._counted(broken)
        across = masked[:, 2, self._inner]
        unequal = across[:, 1:] | across[:, :-1] | changes[:, 0]
        points -= 3 * self._counted(unequal[:, np.newaxis])
        points += 40 * self._counted(_finders(both, modules, changes))
        points += self._unbalanced[self._counted(modules[:, :1])]
        return points

    def _counted(self, lanes: Words) -> NDArray[np.int32]:
        """How many bits each mask and symbol has in all lanes."""
        counts = np.bitwise_count(lanes).sum(axis=(1, 2), dtype=np.uint16)
        words = self._shape[-1]
        whole: NDArray[np.int32] = counts.reshape(len(counts), -1, words).sum(-1, dtype=np.int32)
        return whole


def _finders(both: Words, modules: Words, changes: Words) -> Words:
    """Where N3 counts a pattern that begins: it looks like the finders in the corners."""
    # Dark, light, dark begins where a dark module is followed by two changes.
    ends = modules[:, :, :-2] & changes[:, :, :-1] & changes[:, :, 1:]
    found = ends[:, :, :-4] & ends[:, :, 4:] & modules[:, :, 3:-3]
    dark = both[:, :, 1:] | both[:, :, :-1]
    light = ~(dark[:, :, 2:] | dark[:, :, :-2])
    span = found.shape[2]
    before = found & light[:, :, :span]
    counted = before | found & light[:, :, -span:]
    # One pattern can begin 4 or 6 modules after another has. What has light modules
    # before it is hidden by none, and what has none before it hides nothing that
    # counts: then it counts for those after it, which the next one begins in.
    plain = ~before
    counted[:, :, 4:] &= plain[:, :, :-4]
    counted[:, :, 6:] &= plain[:, :, :-6]
    return counted
