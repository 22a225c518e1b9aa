"""A sketch of where something was made: Vietnam's provinces, one of them in colour, and a dot.

The shapes are data of `map.json`, drawn by config/style/map.mjs. A place is found by its address
and its own coordinates; nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner_page.language import gettext
from traceapp.services.registry.provinces import Provinces, province_of
from traceapp.services.scans.telling import FacilityOrigin

_FILE = Path(__file__).with_name("map.json")

# Vietnam's two archipelagos, each by the province that it belongs to, and where its name stands.
_ARCHIPELAGOS = {"da-nang": ("Hoàng Sa", 166, 126), "khanh-hoa": ("Trường Sa", 196, 232)}


@dataclass(frozen=True)
class Islands:
    """An archipelago; `ours` where the place lies in its province. `x` and `y` are its name's."""

    name: str
    shape: str
    x: int
    y: int
    ours: bool


@dataclass(frozen=True)
class Sketch:
    """Shapes as SVG paths, in units of which `width` and `height` hold all of Vietnam.

    `told` says the same in words. `here` is the province, and `dot` the place, where known.
    """

    width: int
    height: int
    told: str
    land: str
    borders: str
    here: str | None
    dot: tuple[int, int] | None
    islands: tuple[Islands, ...]


@cache
def _shapes() -> Mapping[str, Any]:
    shapes: Mapping[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return shapes


def sketch(place: FacilityOrigin, provinces: Provinces) -> Sketch | None:
    """The sketch of a place; None where neither its address nor its position says where it is."""
    shapes = _shapes()
    province = province_of(place.address, provinces)
    dot = _dot(place, shapes)
    if province is None and dot is None:
        return None
    slug = None if province is None else province.slug
    return Sketch(
        width=shapes["width"],
        height=shapes["height"],
        told=gettext("Map of Vietnam with Hoàng Sa and Trường Sa, showing where it was made")
        if province is None
        else gettext(
            "Map of Vietnam with Hoàng Sa and Trường Sa, showing %(place)s", place=province.vi
        ),
        land=shapes["land"],
        borders=shapes["borders"],
        here=None if slug is None else shapes["provinces"].get(slug),
        dot=dot,
        islands=tuple(
            Islands(name, shapes["islands"][owner], x, y, ours=owner == slug)
            for owner, (name, x, y) in _ARCHIPELAGOS.items()
        ),
    )


def _dot(place: FacilityOrigin, shapes: Mapping[str, Any]) -> tuple[int, int] | None:
    """Where a position lies on the sheet; None for one beyond its edges, which is a slip."""
    if place.latitude is None or place.longitude is None:
        return None
    x = round((place.longitude - shapes["west"]) * shapes["across"])
    y = round((shapes["north"] - place.latitude) * shapes["down"])
    inside = 0 <= x <= shapes["width"] and 0 <= y <= shapes["height"]
    return (x, y) if inside else None
