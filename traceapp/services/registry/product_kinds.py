"""Product kinds: which facts a batch of each kind may state. Data, read from TOML files.

A kind has names in both languages and a list of attributes. An attribute has a type, a unit where
it has one, bounds, whether buyers see it, what to write in it, and, where its time marks a step of
the making, the step's name, or that it names a certificate.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from traceapp.services.refusals import Unacceptable, message
from traceapp.services.values import Count, Instant, Name, Note, Sent

NAME = "[a-z][a-z0-9_]*"
LONGEST_NAME = 40


class AttributeType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    TIME = "time"
    LIST = "list"


class Hint(Sent):
    """What to write in an attribute, with an example, for who meets it for the first time."""

    vi: str
    en: str


class Attribute(Sent):
    """One fact: `vi` and `en` are its labels. `step` says that its time marks a stage of the
    making, `certificate` that it names a paper which others wrote about the batch."""

    name: Annotated[str, Field(pattern=f"^{NAME}$", max_length=LONGEST_NAME)]
    type: AttributeType
    vi: str
    en: str
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    public: bool = True
    step: bool = False
    certificate: bool = False
    hint: Hint | None = None


class ProductKind(Sent):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    vi: str
    en: str
    attributes: tuple[Attribute, ...]


ProductKinds = Mapping[str, ProductKind]

_FINITE = Annotated[float, Field(allow_inf_nan=False)]

_READERS: dict[AttributeType, TypeAdapter[Any]] = {
    AttributeType.TEXT: TypeAdapter(Note),
    AttributeType.NUMBER: TypeAdapter(_FINITE),
    AttributeType.COUNT: TypeAdapter(Count),
    AttributeType.DATE: TypeAdapter(date),
    AttributeType.TIME: TypeAdapter(Instant),
    AttributeType.LIST: TypeAdapter(Annotated[list[Name], Field(max_length=50)]),
}

_OTHER: TypeAdapter[Any] = TypeAdapter(
    bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | _FINITE | Note
)

_WANTED = {
    AttributeType.TEXT: message("Write a text of at most 500 characters."),
    AttributeType.NUMBER: message("Write a number."),
    AttributeType.COUNT: message("Write a whole number above zero."),
    AttributeType.DATE: message("Write a date as YYYY-MM-DD."),
    AttributeType.TIME: message("Write a time as ISO 8601, with its zone."),
    AttributeType.LIST: message("Write a list of texts."),
}


def read_kinds(folder: Path) -> ProductKinds:
    """Every kind that a folder describes, by name. A file's name is its kind's name."""
    return {
        file.stem: ProductKind.model_validate(
            {"name": file.stem, **tomllib.loads(file.read_text("utf-8"))}
        )
        for file in sorted(folder.glob("*.toml"))
    }


def read_attributes(kind: ProductKind, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Check what a batch states against its kind. All of it is optional: gaps are for a checklist.

    What the kind does not describe is kept too, as a fact that buyers are not shown: one line of
    text, a number, or true or false. Returns values that JSON can hold: dates as YYYY-MM-DD, times
    as ISO 8601. Raises Unacceptable, naming `attributes.<name>`.
    """
    known = {attribute.name: attribute for attribute in kind.attributes}
    read: dict[str, Any] = {}
    for name, value in sent.items():
        if value is None or value == "":
            continue
        attribute = known.get(name)
        read[name] = _read_other(name, value) if attribute is None else _read_one(attribute, value)
    return read


def _read_other(name: str, value: Any) -> Any:
    field = f"attributes.{name[:40]}"
    if not re.fullmatch(NAME, name) or len(name) > LONGEST_NAME:
        raise Unacceptable(
            "attribute_name",
            message("Name an attribute in small letters, digits and underscores."),
            field=field,
        )
    try:
        return _OTHER.validate_python(value, strict=True)
    except ValidationError:
        raise Unacceptable(
            "attribute",
            message("Write a text of at most 500 characters, or a number."),
            field=field,
        ) from None


def _read_one(attribute: Attribute, value: Any) -> Any:
    field = f"attributes.{attribute.name}"
    if attribute.type is AttributeType.TEXT and type(value) in (int, float):
        value = str(value)  # A vat may well be called 12.
    # JSON has no dates: what it writes as text is read as one; nothing else is bent to fit.
    bendable = attribute.type in (AttributeType.DATE, AttributeType.TIME) and isinstance(value, str)
    try:
        found = _READERS[attribute.type].validate_python(value, strict=not bendable)
    except ValidationError:
        raise Unacceptable("attribute", _WANTED[attribute.type], field=field) from None
    if isinstance(found, int | float):
        low, high = attribute.minimum, attribute.maximum
        if (low is not None and found < low) or (high is not None and found > high):
            raise Unacceptable(
                "attribute",
                message("The value must lie between %(low)s and %(high)s."),
                field=field,
                low="-∞" if low is None else low,
                high="∞" if high is None else high,
            )
    if isinstance(found, date | datetime):
        return found.isoformat()
    return found
