"""Texts as they are searched: "nuoc mam" finds "Nước mắm"."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

LONGEST = 1000  # characters of a folded text that are kept


def fold(*texts: str | None) -> str:
    """The texts that are there, in one line, without marks and without case; đ is d."""
    joined = " ".join(text for text in texts if text)
    # What no eye can see no database need hold: PostgreSQL knows no NUL in a text.
    joined = "".join(letter if letter.isprintable() else " " for letter in joined)
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFD", joined.casefold().replace("đ", "d"))
        if not unicodedata.combining(letter)
    )
    return " ".join(bare.split())[:LONGEST]


class Searched:
    """`folded` follows the columns that `SEARCHED` names, whenever a row is written."""

    SEARCHED: ClassVar[tuple[str, ...]]

    folded: Mapped[str] = mapped_column(sa.String(LONGEST))


def _follow(_mapper: Mapper[Any], _connection: sa.Connection, row: Searched) -> None:
    row.folded = fold(*(getattr(row, name) for name in row.SEARCHED))


event.listen(Searched, "before_insert", _follow, propagate=True)
event.listen(Searched, "before_update", _follow, propagate=True)
