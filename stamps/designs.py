"""Label designs: the size of a label, where it lies on its page, what it prints. All in mm.

A design is data, one table of `config/labels.toml`; a successor adds a size there, not here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from math import isfinite
from typing import Any

from stamps.errors import BadDesign
from stamps.symbols import Level

_TOLERANCE_MM = 0.01


class Element(StrEnum):
    """What a label may say besides its symbol."""

    CODE = "code"
    SERIAL = "serial"
    PRODUCT = "product"
    PRODUCER = "producer"
    STARS = "stars"
    SCAN = "scan"
    HOST = "host"
    HOTLINE = "hotline"


class Arrangement(StrEnum):
    """Where the words stand."""

    BESIDE = "beside"
    BELOW = "below"


class HiddenLayer(StrEnum):
    """What becomes of a run's hidden codes when its labels are drawn."""

    FOIL = "foil"
    """Pages of their own, printed first and covered with foil; then the faces on top."""

    INSIDE = "inside"
    """Pages of their own, slips that go into the pack."""

    NONE = "none"
    """Hidden codes are not drawn."""


@dataclass(frozen=True)
class LabelDesign:
    """A page of `columns` x `rows` equal labels; a roll has one label a page.

    The fields are told in `config/labels.toml`; without a hidden_level, hidden symbols have the
    design's level. Raises BadDesign at construction for lengths
    that are not numbers, are negative, or let a label leave its page.
    """

    name: str
    label_width_mm: float
    label_height_mm: float
    arrangement: Arrangement
    level: Level
    type_pt: float
    inset_mm: float
    symbol_most_mm: float
    hidden_level: Level | None = None
    prints: frozenset[Element] = frozenset()
    hidden: frozenset[HiddenLayer] = frozenset()
    code_lines: int = 1
    columns: int = 1
    rows: int = 1
    page_width_mm: float = 0.0
    page_height_mm: float = 0.0
    left_mm: float = 0.0
    top_mm: float = 0.0
    gap_x_mm: float = 0.0
    gap_y_mm: float = 0.0
    bleed_mm: float = 0.0
    band_mm: float = 0.0
    cut_marks: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith(("_mm", "_pt")) and not _is_length(value):
                raise BadDesign(f"{field.name} of design {self.name} is not a length")
        for count in (self.columns, self.rows, self.code_lines):
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise BadDesign(f"design {self.name} needs whole columns, rows and code_lines")
        if min(self.label_width_mm, self.label_height_mm, self.type_pt) <= 0:
            raise BadDesign(f"the labels of design {self.name} have no size")
        right, bottom = self.corner(self.per_page - 1)
        if (
            right + self.label_width_mm > self.page_width_mm + _TOLERANCE_MM
            or bottom + self.label_height_mm > self.page_height_mm + _TOLERANCE_MM
        ):
            raise BadDesign(f"the labels of design {self.name} leave the page")
        if self.bleed_mm and not self.is_roll:
            raise BadDesign(f"the labels of design {self.name} would bleed into their neighbours")

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "LabelDesign":
        """The design that a table of TOML describes. Raises BadDesign for what is wrong in it."""
        told = dict(table)
        told.setdefault("page_width_mm", told.get("label_width_mm"))
        told.setdefault("page_height_mm", told.get("label_height_mm"))
        try:
            told["arrangement"] = Arrangement(told["arrangement"])
            told["level"] = Level(told["level"])
            if "hidden_level" in told:
                told["hidden_level"] = Level(told["hidden_level"])
            told["prints"] = frozenset(map(Element, told.get("prints", ())))
            told["hidden"] = frozenset(map(HiddenLayer, told.get("hidden", ())))
            return cls(**told)
        except (KeyError, TypeError, ValueError) as error:
            raise BadDesign(f"design {told.get('name')}: {error}") from error

    @property
    def is_roll(self) -> bool:
        """Whether a page is one label, as thermal printers take it."""
        return self.per_page == 1

    @property
    def per_page(self) -> int:
        """Labels on a full page."""
        return self.columns * self.rows

    def level_of(self, hidden: bool) -> Level:
        """The error level of the public symbols, or of those with hidden codes."""
        return self.hidden_level or self.level if hidden else self.level

    def corner(self, place: int) -> tuple[float, float]:
        """The upper left corner of a label, from the page's upper left, in mm.

        place: 0..per_page - 1, along the rows from the upper left.
        """
        row, column = divmod(place, self.columns)
        return (
            self.left_mm + column * (self.label_width_mm + self.gap_x_mm),
            self.top_mm + row * (self.label_height_mm + self.gap_y_mm),
        )


def read_designs(text: str) -> Mapping[str, LabelDesign]:
    """The designs that a TOML document describes, by name, in its order.

    Raises BadDesign for a wrong one, for two of one name, and for a document without any.
    """
    try:
        tables = tomllib.loads(text)["design"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise BadDesign(f"no label designs: {error}") from error
    designs = [LabelDesign.of(table) for table in tables]
    by_name = {design.name: design for design in designs}
    if len(by_name) != len(designs):
        raise BadDesign("two designs have one name")
    return by_name


def _is_length(value: object) -> bool:
    """Whether a value from a file is a finite number of millimetres, zero or more."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and isfinite(value)
        and value >= 0
    )
