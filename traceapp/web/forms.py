"""Forms: what was typed, read into the values that services take, and what is wrong with it.

A form's fields are named as the value's own, dotted where they lie deeper (`expiries.0.condition`,
`attributes.species`). People write dates and numbers as Vietnam does; browsers send dates as
ISO 8601. Nothing typed is lost: a form that cannot be used is shown again with what it held.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from flask_babel import gettext
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from traceapp.services.refusals import message
from traceapp.services.registry.product_kinds import AttributeType, ProductKind
from traceapp.services.slips import Slip, slips
from traceapp.services.values import VIETNAM, in_vietnam

B = TypeVar("B", bound=BaseModel)

# What a form carries besides the values: never shown again, and never part of a body.
PLUMBING = frozenset({"csrf_token", "once", "form"})
# What nobody gets to see again, not even who typed it.
SECRET = frozenset({"password", "old", "new", "code"})

_DAY = re.compile(r"(?P<day>[0-9]{1,2})[/.-](?P<month>[0-9]{1,2})[/.-](?P<year>[0-9]{4})")
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})[:hg](?P<minute>[0-9]{2})?")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}([. ][0-9]{3})+")

_DATE = message("Write an existing day as 31/12/2026.")
_TIME = message("Write an existing day and time as 31/12/2026 17:30.")
_NUMBER = message("Write a number, as 27,5.")
_COUNT = message("Write a whole number, as 1.200.")


class Slipped(Exception):
    """A form that cannot be used; `slips` tell where."""

    def __init__(self, found: list[Slip]) -> None:
        super().__init__("slips in a form")
        self.slips = found


@dataclass(frozen=True)
class Form:
    """One form as a page shows it: values by field, slips by field, and trouble of the whole.

    `tried` is true for a form that was sent and is shown again.
    """

    name: str
    values: Mapping[str, list[str]] = field(default_factory=dict)
    slips: Mapping[str, str] = field(default_factory=dict)
    trouble: str | None = None
    tried: bool = False

    def value(self, name: str, otherwise: str = "") -> str:
        found = self.values.get(name)
        return found[-1] if found else otherwise

    def chosen(self, name: str) -> list[str]:
        return list(self.values.get(name, ()))

    def slip(self, name: str) -> str | None:
        return self.slips.get(name)


def shown(name: str, told: BaseModel | Mapping[str, Any] | None = None, **more: Any) -> Form:
    """A form before anybody wrote into it, holding the values of something that is there."""
    values = told.model_dump() if isinstance(told, BaseModel) else dict(told or {})
    flat: dict[str, list[str]] = {}
    for key, value in {**values, **more}.items():
        _flatten(key, value, flat)
    return Form(name, flat)


def _flatten(key: str, value: Any, into: dict[str, list[str]]) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _flatten(f"{key}.{name}", inner, into)
    elif isinstance(value, list | tuple):
        if all(isinstance(each, Mapping) for each in value):
            for place, each in enumerate(value):
                _flatten(f"{key}.{place}", each, into)
        else:
            into[key] = [_written(each) for each in value]
    elif value is not None:
        into[key] = [_written(value)]


def _written(value: Any) -> str:
    """A value as an input of the browser holds it."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, datetime):
        return in_vietnam(value).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, float):
        text = f"{Decimal(repr(value)):f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", ",")
    return str(value)


def sent_again(name: str, sent: MultiDict[str, str], found: Iterable[Slip] = ()) -> Form:
    """A form as it was sent, to be shown again. Passwords are not."""
    values = {key: texts for key, texts in sent.lists() if key not in PLUMBING | SECRET}
    said = {each.field: say(each.title, each.data) for each in found}
    return Form(name, values, said, tried=True)


def say(title: str, data: Mapping[str, Any]) -> str:
    """A message in the reader's language, its places filled."""
    return str(gettext(title)) % data


def read(
    model: type[B],
    sent: MultiDict[str, str],
    *,
    kind: ProductKind | None = None,
    clearing: bool = False,
) -> B:
    """Read a form into a value. An empty field was left out; with `clearing`, it clears.

    `kind` says how a batch's attributes are read. Raises Slipped.
    """
    schema = model.model_json_schema()
    reading = _Reading(schema.get("$defs", {}), sent, clearing)
    body: dict[str, Any] = {}
    for name, shape in schema.get("properties", {}).items():
        value = reading.field(name, shape, kind)
        if value is not _LEFT_OUT:
            body[name] = value
    if reading.found:
        raise Slipped(reading.found)
    try:
        return model.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        raise Slipped([reading.placed(each) for each in slips(error)]) from None


def rows_of(sent: Mapping[str, str], name: str, fields: Iterable[str]) -> list[int]:
    """The rows of a list's fields, `name.0.field`, in which something was filled in."""
    pattern = re.compile(rf"{re.escape(name)}\.([0-9]{{1,3}})\.({'|'.join(fields)})")
    found = ((pattern.fullmatch(key), text) for key, text in sent.items())
    return sorted({int(key[1]) for key, text in found if key and text.strip()})


_LEFT_OUT: Any = object()


class _Reading:
    """Reads fields by the JSON Schema of the value that they are for."""

    def __init__(
        self, shapes: Mapping[str, Any], sent: MultiDict[str, str], clearing: bool
    ) -> None:
        self.shapes = shapes
        self.sent = sent
        self.clearing = clearing
        self.found: list[Slip] = []
        self.rows: dict[str, list[int]] = {}  # those of each list in which something was typed

    def placed(self, slip: Slip) -> Slip:
        """A slip in a list, told of the row that was typed: rows left empty are none of its own."""
        name, _, rest = slip.field.partition(".")
        number, _, part = rest.partition(".")
        if name not in self.rows or not part:
            return slip
        return replace(slip, field=f"{name}.{self.rows[name][int(number)]}.{part}")

    def _resolved(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        """The shape behind references, and of several the one that is not null."""
        if "$ref" in shape:
            return self._resolved(self.shapes[shape["$ref"].rpartition("/")[2]])
        if "anyOf" in shape:
            for each in shape["anyOf"]:
                if each.get("type") != "null" and "const" not in each:
                    return self._resolved(each)
        return shape

    def field(self, name: str, shape: Mapping[str, Any], kind: ProductKind | None = None) -> Any:
        shape = self._resolved(shape)
        what = shape.get("type", "string")
        if what == "object":
            return self._attributes(name, kind)
        if what == "array":
            return self._list(name, self._resolved(shape["items"]))
        if what == "boolean":
            return self.sent.get(name, "") in ("yes", "on", "true", "1")
        if name not in self.sent:
            return _LEFT_OUT
        return self._one(name, self.sent[name], shape)

    def _one(self, name: str, text: str, shape: Mapping[str, Any]) -> Any:
        if not text.strip():
            return None if self.clearing else _LEFT_OUT
        form = shape.get("format", "")
        what = shape.get("type", "string")
        readers = {"date": day, "date-time": moment, "integer": count, "number": number}
        titles = {"date": _DATE, "date-time": _TIME, "integer": _COUNT, "number": _NUMBER}
        reader = readers.get(form) or readers.get(what)
        if reader is None:
            return text
        value = reader(text)
        if value is None:
            self.found.append(Slip(name, titles.get(form) or titles[what]))
        return value

    def _list(self, name: str, item: Mapping[str, Any]) -> Any:
        if item.get("type") == "object":
            return self._rows(name, item)
        texts = [text for text in self.sent.getlist(name) if text.strip()]
        if not texts and name not in self.sent:
            return _LEFT_OUT
        return [self._one(name, text, item) for text in texts]

    def _rows(self, name: str, item: Mapping[str, Any]) -> Any:
        """Rows of fields, as `name.0.field`; a row of which nothing was filled in is no row."""
        start = f"{name}."
        places = sorted(
            {
                int(number)
                for key in self.sent
                if key.startswith(start)
                and re.fullmatch(r"[0-9]{1,3}", number := key[len(start) :].partition(".")[0])
            }
        )
        rows = []
        for place in places:
            row = {}
            for part, shape in item.get("properties", {}).items():
                value = self.field(f"{start}{place}.{part}", shape)
                if value is not _LEFT_OUT and value is not None:
                    row[part] = value
            if row:
                rows.append(row)
                self.rows.setdefault(name, []).append(place)
        return rows if places else _LEFT_OUT

    def _attributes(self, name: str, kind: ProductKind | None) -> Any:
        """A batch's attributes, read as its kind describes them; a list has an entry a line."""
        if kind is None:
            return _LEFT_OUT
        shapes = {
            AttributeType.NUMBER: {"type": "number"},
            AttributeType.COUNT: {"type": "integer"},
            AttributeType.DATE: {"type": "string", "format": "date"},
            AttributeType.TIME: {"type": "string", "format": "date-time"},
        }
        told: dict[str, Any] = {}
        for each in kind.attributes:
            key = f"{name}.{each.name}"
            text = self.sent.get(key, "")
            if not text.strip():
                continue
            if each.type is AttributeType.LIST:
                told[each.name] = [line.strip() for line in text.splitlines() if line.strip()]
            else:
                told[each.name] = self._one(key, text, shapes.get(each.type, {}))
        return told


def day(text: str) -> str | None:
    """A day as YYYY-MM-DD, from that or from 31/12/2026; None for what is no day."""
    text = text.strip()
    found = _DAY.fullmatch(text)
    try:
        if found:
            parts = (int(found["year"]), int(found["month"]), int(found["day"]))
            return date(*parts).isoformat()
        return date.fromisoformat(text).isoformat() if len(text) == len("2026-12-31") else None
    except ValueError:
        return None


def moment(text: str) -> str | None:
    """An instant in ISO 8601; without a zone it is Vietnam's, without a time the day's begin."""
    text = text.strip()
    try:
        if re.match(r"[0-9]{4}-", text):
            given = datetime.fromisoformat(text)
            return (given if given.tzinfo else given.replace(tzinfo=VIETNAM)).isoformat()
    except ValueError:
        return None
    words = text.replace(",", " ").split()
    days = [found for word in words if (found := day(word))]
    clocks = [clock for word in words if (clock := _CLOCK.fullmatch(word))]
    if len(days) != 1 or len(words) != 1 + len(clocks) or len(clocks) > 1:
        return None
    hour, minute = (int(clocks[0]["hour"]), int(clocks[0]["minute"] or 0)) if clocks else (0, 0)
    if hour > 23 or minute > 59:
        return None
    return f"{days[0]}T{hour:02}:{minute:02}:00+07:00"


def count(text: str) -> int | None:
    """A whole number: 1200, 1.200 or 1 200."""
    text = text.strip()
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[. ]", "", text)
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def number(text: str) -> float | None:
    """A number as Vietnam writes it, 1.234,5; a lone point before other than three digits counts
    as a comma, since many keyboards have no other."""
    text = text.strip().replace("\u2212", "-")
    whole, comma, part = text.partition(",")
    if _GROUPED.fullmatch(whole):
        whole = re.sub(r"[. ]", "", whole)
    elif comma and not re.fullmatch(r"-?[0-9]+", whole):
        return None
    text = f"{whole}.{part}" if comma else whole
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        return None
    return float(text)
