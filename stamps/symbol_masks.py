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
    """Chooses masks for symbols of one side, at most `count` at once, for one thread.

    patterns: the sides of each mask, shape (masks, 3, side, words). What is worked
    out on the way is written into the same few arrays again and again: to take new
    ones from the system each time costs as much as the work itself.
    """

    def __init__(self, patterns: Words, count: int) -> None:
        _, sets, side, words = patterns.shape
        self._patterns = patterns[:, :, :, np.newaxis]
        self._inner = slice(_MARGIN, _MARGIN + side)
        shape = (sets, side + 2 * _MARGIN, count, words)
        self._lanes = np.zeros(shape, patterns.dtype)
        self._masked = np.zeros_like(self._lanes)
        self._rooms = np.empty((3, 2, shape[1], count * words), patterns.dtype)
        self._counts = np.empty(self._rooms.shape[1:], np.uint8)
        self._scores = np.empty((len(patterns), count), np.int32)
        dark = np.arange(side * side + 1) / side**2
        self._unbalanced = 10 * (np.abs(dark * 100 - 50) / 5).astype(np.int32)

    def best(self, symbols: Words) -> NDArray[np.intp]:
        """The number of the mask for each symbol, from its sides under mask 0."""
        masks: NDArray[np.intp] = self.points(symbols).argmin(axis=0)
        return masks

    def points(self, symbols: Words) -> NDArray[np.int32]:
        """Penalty points of each mask and symbol, less what a symbol has under every mask.

        They stay what they are until the next symbols are weighed.
        """
        count = len(symbols)
        self._lanes[:, self._inner, :count] = symbols.transpose(1, 2, 0, 3)
        lanes, masked = self._lanes[:, self._inner], self._masked[:, self._inner]
        for pattern, scores in zip(self._patterns, self._scores, strict=True):
            np.bitwise_xor(lanes, pattern, out=masked)
            scores[:] = self._weighed(self._masked.reshape(*self._masked.shape[:2], -1))
        return self._scores[:, :count]

    def _weighed(self, masked: Words) -> NDArray[np.int32]:
        """The points of each symbol under one mask."""
        modules = masked[:2, self._inner]
        side = modules.shape[1]
        room, other, third = self._rooms
        changes = np.bitwise_xor(modules[:, 1:], modules[:, :-1], out=room[:, : side - 1])
        unlike = np.bitwise_or(changes[:, 1:], changes[:, :-1], out=other[:, : side - 2])
        # Where five in a line are not all equal. With F places at which five are,
        # in R runs, N1 is F + 2 R. R is counted at the runs' beginnings: where five
        # are equal and the five from one place before are not. So F is a constant
        # less what is in `broken`, and R, at the edge and elsewhere, a constant and
        # what is in `broken` or in its neighbour, less what is in `broken`.
        broken = np.bitwise_or(unlike[:, 2:], unlike[:, :-2], out=third[:, : side - 4])
        either = np.bitwise_or(broken[:, 1:], broken[:, :-1], out=other[:, : side - 5])
        points = 2 * self._counted(either) - 3 * self._counted(broken)

        across = masked[2:, self._inner]
        unequal = np.bitwise_or(across[:, 1:], across[:, :-1], out=other[:1, : side - 1])
        unequal |= changes[:1]
        points -= 3 * self._counted(unequal)
        points += 40 * self._counted(self._finders(masked[:2], changes))
        points += self._unbalanced[self._counted(modules[:1])]
        return points

    def _finders(self, modules: Words, changes: Words) -> Words:
        """Where N3 counts a pattern that begins: it looks like the finders in the corners.

        `changes` is lost: its room is used again.
        """
        room, other, third = self._rooms
        inner = modules[:, self._inner]
        # Dark, light, dark begins where a dark module is followed by two changes.
        ends = np.bitwise_and(changes[:, 1:], changes[:, :-1], out=other[:, : changes.shape[1] - 1])
        ends &= inner[:, :-2]
        found = np.bitwise_and(ends[:, 4:], ends[:, :-4], out=third[:, : ends.shape[1] - 4])
        found &= inner[:, 3:-3]
        span = found.shape[1]

        dark = np.bitwise_or(modules[:, 1:], modules[:, :-1], out=room[:, : modules.shape[1] - 1])
        light = np.bitwise_or(dark[:, 2:], dark[:, :-2], out=other[:, : dark.shape[1] - 2])
        np.invert(light, out=light)
        before = np.bitwise_and(found, light[:, :span], out=room[:, :span])
        counted: Words = np.bitwise_and(found, light[:, -span:], out=third[:, :span])
        counted |= before
        # The next pattern may begin 4 or 6 modules after one that counts, within it,
        # and is then hidden. Only one with light modules before it can hide another:
        # where light ones come after it, no other begins within it. And none that
        # has light ones before it is hidden: there is no room for them.
        np.invert(before, out=before)
        counted[:, 4:] &= before[:, :-4]
        counted[:, 6:] &= before[:, :-6]
        return counted

    def _counted(self, lanes: Words) -> NDArray[np.int32]:
        """How many bits each symbol has in all lanes."""
        counts = np.bitwise_count(lanes, out=self._counts[: len(lanes), : lanes.shape[1]])
        by_word = counts.sum(axis=(0, 1), dtype=np.uint16).reshape(self._scores.shape[1], -1)
        total: NDArray[np.int32] = by_word.sum(axis=1, dtype=np.int32)
        return total
