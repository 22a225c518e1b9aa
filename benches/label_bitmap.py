"""A label of each design at a printer's dots: white, the symbol in its quiet zone, and words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from math import floor

import numpy as np
import segno
from numpy.typing import NDArray

LEVELS = "LMQH"
QUIET = 4  # modules on each side: ISO/IEC 18004, section 6.3.8

# Millimetres: width, height, and the most that the symbol takes with its quiet zone.
DESIGNS = {
    "roll-15x15": (15.0, 15.0, 15.0),
    "roll-20x20": (20.0, 20.0, 15.8),
    "roll-25x25": (25.0, 25.0, 18.9),
    "roll-20x30": (20.0, 30.0, 17.5),
    "roll-30x50": (30.0, 50.0, 22.0),
    "a4-65": (38.1, 21.2, 16.0),
    "a4-40": (52.5, 29.7, 20.0),
    "a4-24": (63.5, 33.9, 26.0),
}


@dataclass(frozen=True)
class Drawn:
    """One label at a printer's dots: 1 is ink.

    left, top: of the symbol without its quiet zone, and module: its side, all in dots; modules:
    along the symbol's side; dots_mm: dots in a millimetre.
    """

    dots: NDArray[np.uint8]
    version: int
    left: int
    top: int
    module: int
    modules: int
    dots_mm: float

    @property
    def module_mm(self) -> float:
        return self.module / self.dots_mm

    @property
    def side(self) -> int:
        """The symbol without its quiet zone, in dots."""
        return self.module * self.modules


def label_bitmap(design: str, level: str, link: str, dpi: int) -> Drawn:
    """The label, whatever its module comes to: who prints it looks at `module_mm`."""
    version, symbol = _symbol(link, level)
    dots_mm = dpi / 25.4
    module = floor(DESIGNS[design][2] * dots_mm / (len(symbol) + 2 * QUIET))
    words, (left, top) = _words(design, dpi, module * (len(symbol) + 2 * QUIET))
    dots, corner = words.copy(), (left + QUIET * module, top + QUIET * module)
    side = module * len(symbol)
    if module:
        large = np.kron(symbol, np.ones((module, module), np.uint8))
        dots[corner[1] : corner[1] + side, corner[0] : corner[0] + side] = large
    return Drawn(dots, version, *corner, module, len(symbol), dots_mm)


@cache
def _symbol(link: str, level: str) -> tuple[int, NDArray[np.uint8]]:
    """The symbol's version and modules; one symbol is photographed many times."""
    code = segno.make(link, error=level, boost_error=False, micro=False)
    return int(code.version), np.array([list(row) for row in code.matrix], np.uint8)


@lru_cache(maxsize=64)
def _words(design: str, dpi: int, zone: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The label without its symbol, and the upper left corner of the quiet zone, `zone` dots wide.

    What stands for words are strokes as wide and as near each other as those of small type.
    """
    dots_mm = dpi / 25.4
    width, height = (round(each * dots_mm) for each in DESIGNS[design][:2])
    dots = np.zeros((height, width), np.uint8)
    left = 0 if width > 1.2 * height else (width - zone) // 2
    rng = np.random.default_rng(0)
    margin, type_height = round(dots_mm), round(1.6 * dots_mm)
    pitch = max(2, round(0.45 * dots_mm))
    top = 0 if height - zone > type_height else (height - zone) // 2
    for line in range(margin, height - type_height, round(2.2 * dots_mm)):
        begin = left + zone if line < top + zone else margin
        for x in range(begin, width - margin, pitch):
            if rng.random() < 0.8:
                reach = rng.integers(0, type_height // 2, 2)
                dots[line + reach[0] : line + type_height - reach[1], x : x + pitch // 2] = 1
    return dots, (left, top)
