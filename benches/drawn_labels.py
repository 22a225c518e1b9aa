"""Labels as they go to the printer: what `stamps` draws as PNG, a pixel a dot, one label a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from conditions import read_trial
from numpy.typing import NDArray
from PIL import Image

from stamps import (
    HiddenLayer,
    Key,
    LabelDesign,
    LabelFace,
    Level,
    Link,
    LinkForm,
    hidden_code,
    hidden_link,
    read_designs,
    sign,
)
from stamps.drawing import LabelPlan, LabelWish, Part, plan_labels, png_pages

QUIET = 4  # modules on each side: ISO/IEC 18004, section 6.3.8
DESIGNS = read_designs((Path(__file__).parents[1] / "config/labels.toml").read_text("utf-8"))

_KEY, _HIDDEN_KEY = Key(bytes(range(32))), Key(bytes(range(32, 64)))
_FIRST = 123_457_536  # of nine digits, as serials soon have


class Symbol(StrEnum):
    """Which of a stamp's symbols is read."""

    SHORT = "short"
    GS1 = "gs1"
    FOIL = "foil"
    """The one with the hidden code, after the foil over it was scratched off."""
    INSIDE = "inside"
    """The one with the hidden code, on a slip in the pack."""


@dataclass(frozen=True)
class Row:
    """Labels that are drawn alike."""

    symbol: Symbol
    design: str
    level: Level
    dpi: int


@dataclass(frozen=True)
class Drawn:
    """One label at a printer's dots: 1 is ink.

    left, top: of the symbol without its quiet zone, and module: its side, all in dots; modules:
    along the symbol's side; dots_mm: dots in a millimetre.
    """

    dots: NDArray[np.uint8]
    left: int
    top: int
    module: int
    modules: int
    dots_mm: float

    @property
    def version(self) -> int:
        """ISO/IEC 18004, section 6.3.1: 21 modules, and 4 more with each version."""
        return (self.modules - 17) // 4

    @property
    def module_mm(self) -> float:
        return self.module / self.dots_mm

    @property
    def side(self) -> int:
        """The symbol without its quiet zone, in dots."""
        return self.module * self.modules


@lru_cache(maxsize=2)
def drawings(row: Row, count: int) -> tuple[Drawn, ...]:
    """As many labels. Raises BadLabel where the design has no room for them."""
    plan = _plan(row)
    pages = png_pages(plan, _KEY, _HIDDEN_KEY, _FIRST, _FIRST + count - 1)
    place, dots_mm = plan.face(plan.parts[0]).symbol, 1 / plan.dot
    left, top, module = (round(each * dots_mm) for each in (place.left, place.top, place.module))
    return tuple(
        Drawn(dots, left, top, module, place.modules, dots_mm) for dots in map(_dots, pages)
    )


def links(symbol: Symbol, count: int) -> Iterator[str]:
    """What the same labels' symbols say."""
    for serial in range(_FIRST, _FIRST + count):
        link = _link(symbol).of(sign(_KEY, serial))
        hidden = symbol in (Symbol.FOIL, Symbol.INSIDE)
        yield hidden_link(link, hidden_code(_HIDDEN_KEY, serial)) if hidden else link


def _plan(row: Row) -> LabelPlan:
    layer = HiddenLayer(row.symbol) if row.symbol in (Symbol.FOIL, Symbol.INSIDE) else None
    wish = LabelWish(
        has_hidden=layer is not None,
        hidden=layer,
        dots_per_inch=row.dpi,
        parts=frozenset([Part.HIDDEN if layer else Part.FACE]),
    )
    face = LabelFace(
        product="Nước mắm Năm Quyên",
        producer="Hộ kinh doanh Năm Quyên",
        host=read_trial().links["origin"].removeprefix("https://"),
        hotline="0237 000 0000",
        stars=4,
    )
    design = DESIGNS[row.design]
    levelled = (
        replace(design, hidden_level=row.level) if layer else replace(design, level=row.level)
    )
    return plan_labels(_alone(levelled), _link(row.symbol), face, wish)


def _alone(design: LabelDesign) -> LabelDesign:
    """The design with each label on a page of its own."""
    if design.is_roll:
        return design
    return replace(
        design,
        page_width_mm=design.label_width_mm,
        page_height_mm=design.label_height_mm,
        columns=1,
        rows=1,
        left_mm=0.0,
        top_mm=0.0,
        cut_marks=False,
    )


def _link(symbol: Symbol) -> Link:
    told = read_trial().links
    form = LinkForm.GS1 if symbol is Symbol.GS1 else LinkForm.SHORT
    return Link.printed(told["origin"], form, told["gtin"], None)


def _dots(page: bytes) -> NDArray[np.uint8]:
    return 1 - np.asarray(Image.open(BytesIO(page)), np.uint8)
