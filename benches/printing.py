"""What a printer makes of a drawing, and what becomes of the print: ink, dirt, scratches, foil.

All is reckoned at the printer's dots: a dot's value is how much light it throws back, 0 to 1.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, cos, pi, sin, sqrt

import numpy as np
from conditions import Paper, Printing
from drawn_labels import QUIET, Drawn
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.float32]
_FINDER = 7  # modules: ISO/IEC 18004, section 6.3.3
_DARK = 0.08  # what mud and ink throw back
_UPSCALED = 4  # crumbs of foil are made coarsely and then enlarged


def inked(drawn: Drawn, printing: Printing, rng: np.random.Generator) -> Picture:
    """How much of each dot is covered by ink."""
    growth, lines, stray = (
        rng.uniform(-printing.dot_growth, printing.dot_growth),
        rng.poisson(printing.dead_lines),
        rng.uniform(0, printing.stray_dots),
    )
    dots = drawn.dots.copy()
    turned = rng.integers(0, dots.size, rng.binomial(dots.size, stray))
    dots.flat[turned] ^= 1
    ink = dots.astype(np.float32)
    if growth >= 0:
        np.maximum(ink, growth * _near(dots), out=ink)
    else:
        np.minimum(ink, 1 + growth * _near(1 - dots), out=ink)
    for column in rng.integers(drawn.left, drawn.left + drawn.side, lines):
        ink[:, column] = 0
    return ink


def _near(dots: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Which dots have one beside, above or below them."""
    found = np.zeros_like(dots)
    found[1:] |= dots[:-1]
    found[:-1] |= dots[1:]
    found[:, 1:] |= dots[:, :-1]
    found[:, :-1] |= dots[:, 1:]
    return found


def worn(drawn: Drawn, ink: Picture, paper: Paper, rng: np.random.Generator) -> Picture:
    """The label as it looks in even light, with all that came over its symbol."""
    contrast = rng.uniform(paper.contrast, paper.best_contrast)
    label = (paper.white - contrast * ink).astype(np.float32)
    clean = label.copy()
    for _ in range(rng.integers(0, paper.drops + 1)):
        leaves = rng.uniform(paper.drop_leaves, 1)
        area, cover = _disc(drawn, rng.uniform(0, paper.drop_mm), _anywhere(drawn, rng))
        label[area] *= 1 - cover * (1 - leaves)
    for _ in range(rng.integers(0, paper.specks + 1)):
        shade = rng.choice((_DARK, paper.white))
        area, cover = _disc(drawn, rng.uniform(0, paper.speck_mm), _anywhere(drawn, rng))
        label[area] += cover * (shade - label[area])
    for _ in range(rng.integers(0, paper.scratches + 1)):
        _scratch(drawn, label, paper, rng)
    if not paper.dirt_on_corners:
        for corner in _corners(drawn):
            label[corner] = clean[corner]
    return label


def _corners(drawn: Drawn) -> list[tuple[slice, slice]]:
    """The three squares that a symbol is found by, and one module around them."""
    module = drawn.module
    near, far = -module, drawn.side - (_FINDER + 1) * module
    across = slice(drawn.left + near, drawn.left + (_FINDER + 1) * module)
    down = slice(drawn.top + near, drawn.top + (_FINDER + 1) * module)
    right = slice(drawn.left + far, drawn.left + drawn.side + module)
    low = slice(drawn.top + far, drawn.top + drawn.side + module)
    return [(down, across), (down, right), (low, across)]


def _anywhere(drawn: Drawn, rng: np.random.Generator) -> tuple[float, float]:
    """A place on the symbol, in dots: across and down."""
    return drawn.left + drawn.side * rng.random(), drawn.top + drawn.side * rng.random()


def _disc(
    drawn: Drawn, diameter_mm: float, middle: tuple[float, float]
) -> tuple[tuple[slice, slice], Picture]:
    """The part of the label that holds a disc, and how much of each dot there it covers."""
    radius, (x, y) = diameter_mm * drawn.dots_mm / 2, middle
    height, width = drawn.dots.shape
    reach = ceil(radius) + 1
    columns = slice(max(0, int(x) - reach), min(width, int(x) + reach + 1))
    rows = slice(max(0, int(y) - reach), min(height, int(y) + reach + 1))
    across = np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - x
    down = np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - y
    away = np.sqrt(across**2 + down[:, None] ** 2)
    return (rows, columns), np.clip(radius - away + 0.5, 0, 1).astype(np.float32)


def _scratch(drawn: Drawn, label: Picture, paper: Paper, rng: np.random.Generator) -> None:
    """Take the ink away along a line through a place on the symbol."""
    symbol = label[_zone(drawn)]
    x, y = rng.random(2) * len(symbol)
    angle = rng.uniform(0, pi)
    length = rng.uniform(0, paper.scratch_length_mm) * drawn.dots_mm
    width = rng.uniform(0, paper.scratch_mm) * drawn.dots_mm
    dots = np.arange(len(symbol), dtype=np.float32) + 0.5
    across, down = dots - np.float32(x), (dots - np.float32(y))[:, None]
    along = np.abs(across * np.float32(cos(angle)) + down * np.float32(sin(angle)))
    aside = np.abs(down * np.float32(cos(angle)) - across * np.float32(sin(angle)))
    # A line thinner than a dot takes a part of it.
    taken = np.clip(width / 2 - aside + 0.5, 0, min(1, width)) * (along < length / 2)
    symbol += taken * (paper.white - symbol)


def _zone(drawn: Drawn) -> tuple[slice, slice]:
    """The symbol and its quiet zone."""
    quiet = QUIET * drawn.module
    top, left = drawn.top - quiet, drawn.left - quiet
    far = drawn.side + 2 * quiet
    return slice(top, top + far), slice(left, left + far)


def scratched_free(drawn: Drawn, label: Picture, paper: Paper, rng: np.random.Generator) -> Picture:
    """The label with crumbs of the foil that lay over its symbol and the quiet zone."""
    share = rng.uniform(0, paper.foil_left)
    zone = drawn.side + 2 * QUIET * drawn.module
    across, along = (each * drawn.dots_mm / _UPSCALED for each in paper.foil_crumb_mm)
    cells = (ceil(zone / along) + 1, ceil(zone / across) + 1)
    noise = Image.fromarray(rng.random(cells[::-1], dtype=np.float32))
    # Crumbs lie along the strokes of the coin: the grain is finer across than along them.
    grain = np.asarray(noise.resize((zone, zone), Image.Resampling.BICUBIC))
    foil = grain > np.quantile(grain, 1 - share)
    label[_zone(drawn)][foil] = paper.foil_reflects
    return label


def blotted(drawn: Drawn, share: float, dark: bool) -> Drawn:
    """The drawing with one round blot over the symbol's middle, which takes this share of it."""
    diameter_mm = 2 * sqrt(share / pi) * drawn.side / drawn.dots_mm
    middle = drawn.left + drawn.side / 2, drawn.top + drawn.side / 2
    area, cover = _disc(drawn, diameter_mm, middle)
    dots = drawn.dots.copy()
    dots[area][cover > 0.5] = dark
    return replace(drawn, dots=dots)
