"""Cells of the reading bench: labels of one design and level, printed, worn, photographed, read.

The same label gets the same luck in every cell of a strength: dots, dirt, hand and light are drawn
from generators that know the seed, the strength and the label alone, so that levels and designs
are compared over the same photographs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import zxingcpp
from conditions import Conditions, Trial
from drawn_labels import Drawn, Row, Symbol, drawings, links
from numpy.typing import NDArray
from photographing import frames
from printing import blotted, inked, scratched_free, worn

_FRAME = 512  # pixels; more than zxing-cpp's limit, and quickly read
_Z = 1.959964  # standard deviations that hold 95 % of a bell


@dataclass(frozen=True)
class Cell:
    """What one figure is about. blot: the share of the symbol that a blot takes; dirty_corners:
    whether dirt falls on the corner squares as well, whatever the strength says."""

    row: Row
    strength: str
    blot: float = 0.0
    dirty_corners: bool = False


@dataclass(frozen=True)
class Figure:
    """How many of a cell's labels were read: in any frame, and in the first one."""

    read: int
    at_once: int
    labels: int

    @property
    def share(self) -> float:
        return self.read / self.labels

    def interval(self) -> tuple[float, float]:
        """Wilson's, of 95 %: it stays within 0 and 1 and is right near them."""
        n, p = self.labels, self.share
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z / (1 + _Z**2 / n) * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __add__(self, other: Figure) -> Figure:
        return Figure(
            self.read + other.read, self.at_once + other.at_once, self.labels + other.labels
        )


def pictures(
    drawn: Drawn, number: int, conditions: Conditions, seed: int, foil: bool = False
) -> Iterator[NDArray[np.uint8]]:
    """What a phone sees of a label, frame after frame.

    Each step has a generator of its own, so that none shifts another.
    """
    printing, wearing, scratching, seeing = (
        np.random.default_rng((seed, conditions.number, number, step)) for step in range(4)
    )
    ink = inked(drawn, conditions.printing, printing)
    label = worn(drawn, ink, conditions.paper, wearing)
    if foil:
        label = scratched_free(drawn, label, conditions.paper, scratching)
    return frames(drawn, label, conditions, seeing)


def is_read(photo: NDArray[np.uint8], link: str) -> bool:
    """Whether zxing-cpp, as it is set by itself, reads just this link; it then tries hard.

    A phone hands over its whole frame, which zxing-cpp also tries at a third of its size. It does
    so above 500 pixels, which the part around a symbol may lack.
    """
    height, width = (max(0, _FRAME - each) for each in photo.shape)
    frame = np.pad(photo, ((0, height), (0, width)), mode="edge")
    found = zxingcpp.read_barcodes(frame, formats=zxingcpp.BarcodeFormat.QRCode)
    return any(each.text == link for each in found)


def measure(cell: Cell, trial: Trial) -> Figure:
    """Try all labels of a cell."""
    conditions, read, at_once = trial.strengths[cell.strength], 0, 0
    if cell.dirty_corners:
        paper = replace(conditions.paper, dirt_on_corners=True)
        conditions = replace(conditions, paper=paper)
    foil = cell.row.symbol is Symbol.FOIL
    drawn = drawings(cell.row, trial.labels)
    for number, link in enumerate(links(cell.row.symbol, trial.labels)):
        label = drawn[number]
        if cell.blot:
            label = blotted(label, cell.blot, dark=number % 2 == 0)
        seen = pictures(label, number, conditions, trial.seed, foil)
        tried = next((n for n in range(trial.frames) if is_read(next(seen), link)), None)
        read += tried is not None
        at_once += tried == 0
    return Figure(read, at_once, trial.labels)


def measure_all(cells: list[Cell], trial: Trial) -> list[Figure]:
    """The figures of cells in one row, whose labels are drawn once."""
    return [measure(each, trial) for each in cells]
