"""The provinces of Vietnam: data, read from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from traceapp.services.values import Sent, Word


class Province(Sent):
    """A province or a city of that rank. `slug` is what records keep, `vi` what people read."""

    slug: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=64)]
    vi: Word
    valid_from: date


Provinces = Mapping[str, Province]


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
