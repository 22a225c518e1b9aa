"""The shapes of what people send and what they get back: texts, times, numbers.

All text is NFC, without control characters and without the marks that turn the direction of
writing, which can make a reader see another text than the one that was checked. Marks that nobody
sees are dropped, so that no two names look alike by them.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, TypeVar

import biip
from biip.gtin import Gtin
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from stamps import MAX_SERIAL
from traceapp.services.refusals import message

VIETNAM = timezone(timedelta(hours=7), "UTC+7")
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})

# Blanks and marks that Unicode counts among letters and signs, and that nobody sees.
_UNSEEN = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0") | {
    chr(n) for n in range(0xFE00, 0xFE10)
}

# Scripts with letters that cannot be told from Latin ones, but for those of their letters that can.
_LOOK_ALIKE = ("CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU", "FULLWIDTH")
_GREEK_SIGNS = frozenset("βγδλμπφωΔΩ")
_LATIN_BESIDE_ASCII = frozenset("đĐßæÆøØœŒłŁ")


class Sent(BaseModel):
    """A body that somebody sent. Unknown fields are refused, so that a slip is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


def _seen(sent: object) -> object:
    """What is left of a text without the marks that nobody sees."""
    if not isinstance(sent, str):
        return sent
    return "".join(
        letter
        for letter in sent
        if letter in _TURNS or not (letter in _UNSEEN or unicodedata.category(letter) == "Cf")
    )


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if any(letter in _TURNS or unicodedata.category(letter) in _CONTROL for letter in text):
        raise PydanticCustomError(
            "plain_text", message("Write plain text, without control characters.")
        )
    return text


def _plain_line(text: str) -> str:
    """One line, as names are, in letters that are what they look like."""
    text = _plain(text)
    if any(map(_only_looks_latin, text)):
        raise PydanticCustomError(
            "plain_text",
            message("One of these letters only looks like ours. Type it anew on your keyboard."),
        )
    return text


def _only_looks_latin(letter: str) -> bool:
    if letter.isascii() or letter in _GREEK_SIGNS or letter in _LATIN_BESIDE_ASCII:
        return False
    name = unicodedata.name(letter, "")
    if name.startswith("LATIN"):
        return not unicodedata.normalize("NFD", letter)[0].isascii()
    return name.startswith(_LOOK_ALIKE) or name.startswith("MATHEMATICAL ")


def _plain_lines(text: str) -> str:
    _plain(text.replace("\r\n", " ").replace("\n", " "))
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def _gtin(text: str) -> str:
    try:
        Gtin.parse(text)
    except biip.ParseError:
        raise PydanticCustomError(
            "gtin",
            message("A GTIN has 8, 12, 13 or 14 digits, and the last one must fit the others."),
        ) from None
    return text


def _written_out(sent: object) -> object:
    """A text is read as ISO 8601 and as nothing else; pydantic would take a count of seconds."""
    if not isinstance(sent, str):
        return sent
    try:
        return datetime.fromisoformat(sent)
    except ValueError:
        raise PydanticCustomError(
            "datetime", message("Write a time as ISO 8601, with its zone.")
        ) from None


def _within_reach(moment: datetime) -> datetime:
    if not 1990 <= moment.year < 2200:
        raise PydanticCustomError("year", message("The year must lie between 1990 and 2199."))
    return moment


def in_vietnam(moment: datetime) -> datetime:
    return moment.astimezone(VIETNAM)


def _stripped(longest: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest)


Lot = Annotated[str, _stripped(20), AfterValidator(_plain_line), BeforeValidator(_seen)]
Short = Annotated[str, _stripped(50), AfterValidator(_plain_line), BeforeValidator(_seen)]
Word = Annotated[str, _stripped(100), AfterValidator(_plain_line), BeforeValidator(_seen)]
Name = Annotated[str, _stripped(200), AfterValidator(_plain_line), BeforeValidator(_seen)]
Address = Annotated[str, _stripped(300), AfterValidator(_plain_line), BeforeValidator(_seen)]
Note = Annotated[str, _stripped(500), AfterValidator(_plain_lines), BeforeValidator(_seen)]
Notice = Annotated[str, _stripped(2000), AfterValidator(_plain_lines), BeforeValidator(_seen)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 .()-]{5,18}$")]
TaxCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$")]
GtinText = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{8}([0-9]{4,6})?$"), AfterValidator(_gtin)
]

T = TypeVar("T")


def _empty_is_none(sent: object) -> object:
    return None if isinstance(sent, str) and not sent.strip() else sent


def _may_be_empty(schema: dict[str, Any]) -> None:
    schema["anyOf"].append({"const": ""})


Maybe = Annotated[T | None, BeforeValidator(_empty_is_none), Field(json_schema_extra=_may_be_empty)]
"""A text that may be left out: forms send what nobody filled in as an empty one."""

Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
Serial = Annotated[int, Field(ge=0, le=MAX_SERIAL)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Instant = Annotated[AwareDatetime, AfterValidator(_within_reach), BeforeValidator(_written_out)]
When = Annotated[datetime, PlainSerializer(in_vietnam), Field(description="ISO 8601, UTC+7")]


class SerialRange(Sent):
    """Both ends belong to it."""

    first_serial: Serial
    last_serial: Serial
