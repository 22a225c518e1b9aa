"""The provinces of Vietnam: data, read from a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from traceapp.records.folding import fold
from traceapp.services.values import Sent, Word


class Province(Sent):
    """A province or a city of that rank. `slug` is what records keep, `vi` what people read."""

    slug: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=64)]
    vi: Word
    valid_from: date


Provinces = Mapping[str, Province]

# How an address says of what rank a place is, folded. A country after it says nothing more.
_RANK = re.compile(r"^(?:tinh|thanh pho|tp\.?|t\.)\s*")
_COUNTRY = frozenset({"viet nam", "vietnam"})


def read_provinces(file: Path) -> Provinces:
    """Every province that a file names, by slug, in the file's order.

    Raises ValueError where two share a slug: looks at both would be counted as one.
    """
    listed = tomllib.loads(file.read_text("utf-8"))["provinces"]
    found = [Province.model_validate(each) for each in listed]
    by_slug = {each.slug: each for each in found}
    if len(by_slug) < len(found):
        raise ValueError(f"{file} names a slug twice")
    return by_slug


def province_of(address: str, provinces: Provinces) -> Province | None:
    """The province that an address ends with, whatever its marks and case; None where it names
    none of today's."""
    parts = [fold(each).rstrip(".") for each in address.split(",")]
    while parts and (not parts[-1] or parts[-1] in _COUNTRY):
        parts.pop()
    if not parts:
        return None
    named = _RANK.sub("", parts[-1])
    return next((each for each in provinces.values() if _bare(each) == named), None)


def _bare(province: Province) -> str:
    return _RANK.sub("", fold(province.vi))
