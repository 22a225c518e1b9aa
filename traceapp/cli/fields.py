"""Options made from the pydantic bodies that the API reads: one definition, no second list.

A text, number, time or choice is an option of the field's name. A list is an option that may be
given several times, named in the singular; what is more than a number or a text in it is JSON. An
object is `name=value`, where the value is JSON if it can be read as JSON, and else a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from pydantic import BaseModel, ValidationError

_METAVARS = {"date-time": "TIME", "date": "DATE"}
_HELP = {
    "date-time": "ISO 8601 with its zone, as 2026-03-01T08:00:00+07:00.",
    "date": "As 2026-03-01.",
    "array of objects": "A JSON object; may be given several times.",
    "array": "May be given several times.",
    "object": "May be given several times. VALUE is read as JSON where it is JSON, else as text; "
    "quote a text of digits: 'vat=\"12\"'.",
}


@dataclass(frozen=True)
class Field:
    """One field of a body. `shape` is its JSON Schema, without null and with references resolved.

    `item` is the shape of a list's items.
    """

    name: str
    shape: Mapping[str, Any]
    item: Mapping[str, Any]
    required: bool

    @property
    def kind(self) -> str:
        return str(self.shape.get("type", "object"))

    @property
    def flag(self) -> str:
        name = self.name.replace("_", "-")
        return f"--{singular(name) if self.kind in ('array', 'object') else name}"

    def option(self) -> click.Option:
        if self.kind == "boolean":
            flags = f"{self.flag}/--no-{self.flag.removeprefix('--')}"
            return click.Option([flags, self.name], default=None, required=self.required)
        return click.Option(
            [self.flag, self.name],
            type=self._type(),
            metavar=self._metavar(),
            multiple=self.kind in ("array", "object"),
            required=self.required,
            help=self._help(),
        )

    def _type(self) -> click.ParamType[Any]:
        if "enum" in self.shape:
            return click.Choice([str(each) for each in self.shape["enum"]])
        if self.kind == "integer":
            return click.INT
        return click.FLOAT if self.kind == "number" else click.STRING

    def _metavar(self) -> str | None:
        if self.kind == "object":
            return "NAME=VALUE"
        if self.kind == "array":
            return self._item_kind().upper().replace("OBJECT", "JSON").replace("STRING", "TEXT")
        return _METAVARS.get(self.shape.get("format", ""))

    def _help(self) -> str | None:
        if self.kind == "array" and self._item_kind() == "object":
            return _HELP["array of objects"]
        said = _HELP.get(self.kind) or _HELP.get(self.shape.get("format", ""), "")
        default = self.shape.get("default")
        return said if default is None or self.kind == "array" else f"{said}[default: {default}]"

    def _item_kind(self) -> str:
        return str(self.item.get("type", "object"))

    def value(self, given: Any) -> Any:
        """What was given, as JSON holds it. Raises BadParameter, which names the option."""
        if self.kind == "array":
            if self._item_kind() == "string":
                return list(given)
            return [self._json(text) for text in given]
        if self.kind == "object":
            return self._named(given)
        return given

    def _json(self, text: str) -> Any:
        try:
            return read_json(text)
        except ValueError as error:
            raise self.bad(f"this is not JSON: {error}") from None

    def _named(self, pairs: tuple[str, ...]) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for pair in pairs:
            name, separator, text = pair.partition("=")
            if not (name and separator):
                raise self.bad("write NAME=VALUE")
            if name in named:
                raise self.bad(f"{name} is named twice")
            try:
                named[name] = read_json(text)
            except ValueError:
                named[name] = text
        return named

    def bad(self, message: str) -> click.BadParameter:
        return click.BadParameter(message, param_hint=f"'{self.flag}'")


class Fields:
    """The options of a body or a query, and the way back from options to it."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        schema = model.model_json_schema()
        shared = schema.get("$defs", {})
        required = schema.get("required", ())
        self._fields = {
            name: _field(name, shape, shared, name in required)
            for name, shape in schema["properties"].items()
        }

    def options(self) -> list[click.Parameter]:
        return [field.option() for field in self._fields.values()]

    def read(self, values: Mapping[str, Any]) -> BaseModel:
        """The body that options say, read as strictly as the API reads it. Raises UsageError."""
        body = {
            name: field.value(values[name])
            for name, field in self._fields.items()
            if values.get(name) not in (None, ())
        }
        try:
            return self.model.model_validate_json(json.dumps(body), strict=True)
        except ValidationError as error:
            raise self._misused(error) from None

    def _misused(self, error: ValidationError) -> click.UsageError:
        first = error.errors(include_url=False, include_input=False)[0]
        field = self._fields.get(str(first["loc"][0])) if first["loc"] else None
        if field is None:
            return click.UsageError(first["msg"])
        deeper = [str(each) for each in first["loc"][1:] if not isinstance(each, int)]
        return field.bad(": ".join([*deeper, first["msg"]]))


def _field(name: str, shape: Any, shared: Mapping[str, Any], required: bool) -> Field:
    shape = _resolved(shape, shared)
    item = _resolved(shape.get("items", {}), shared)
    return Field(name=name, shape=shape, item=item, required=required)


def _resolved(shape: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """A shape without references and without the choice of null, which is an option left out."""
    for choice in shape.get("anyOf", ()):
        if choice.get("type") != "null":
            return {**shape, **_resolved(choice, shared)}
    if "$ref" in shape:
        return {**shape, **shared[shape["$ref"].rpartition("/")[2]]}
    return dict(shape)


def singular(name: str) -> str:
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")


def read_json(text: str) -> Any:
    """A JSON text (RFC 8259, so without NaN). Raises ValueError."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
