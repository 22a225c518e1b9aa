"""What was wrong with the values that somebody sent, field by field, in words of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from pydantic import ValidationError

from traceapp.services.refusals import message

MOST = 20  # slips of one body that are told
LONGEST_FIELD = 100

# pydantic's error types, by how they begin, and what to do instead. The longest beginning counts.
_SAID: dict[str, str] = {
    "missing": message("This field is missing."),
    "extra_forbidden": message("There is no such field."),
    "string_type": message("Write a text."),
    "string_unicode": message("Write a text."),
    "string_too_short": message("Write something here."),
    "string_too_long": message("Write at most %(max_length)s characters."),
    "string_pattern_mismatch": message("This does not have the right form."),
    "int": message("Write a whole number."),
    "float": message("Write a number."),
    "finite_number": message("Write a number."),
    "bool": message("Write true or false."),
    "greater_than_equal": message("The least value is %(ge)s."),
    "less_than_equal": message("The greatest value is %(le)s."),
    "enum": message("Choose one of: %(expected)s."),
    "datetime": message("Write an existing time with its zone, as 2026-03-01T08:00:00+07:00."),
    "timezone": message("Write an existing time with its zone, as 2026-03-01T08:00:00+07:00."),
    "date": message("Write an existing date, as 2026-03-01."),
    "list_type": message("Write a list."),
    "too_short": message("The list needs at least %(min_length)s entries."),
    "too_long": message("The list has at most %(max_length)s entries."),
    "dict_type": message("Write an object with names and values."),
    "model": message("Write an object with names and values."),
}
_OTHER = message("This value cannot be used.")

# Error types of our own validators, whose words are messages already.
_OWN = frozenset({"plain_text", "gtin", "year"})


@dataclass(frozen=True)
class Slip:
    """One field and what to write instead: a message, and what fills its places."""

    field: str
    title: str
    data: dict[str, Any] = attribute(default_factory=dict)


def slips(error: ValidationError) -> list[Slip]:
    """The slips in a body or a query; the field's name is dotted where it lies deeper."""
    return [
        Slip(
            field=".".join(str(part) for part in each["loc"])[:LONGEST_FIELD],
            title=_title(each["type"], each["msg"]),
            data=each.get("ctx", {}),
        )
        for each in error.errors(include_url=False, include_input=False)[:MOST]
    ]


def _title(kind: str, written: str) -> str:
    """Our words for a kind of error; `written` are those of our own validators."""
    if kind in _OWN:
        return written
    beginnings = [each for each in _SAID if kind.startswith(each)]
    return _SAID[max(beginnings, key=len)] if beginnings else _OTHER
