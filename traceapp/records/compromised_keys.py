"""Root keys that got into wrong hands. Append-only, by trigger: what strangers know stays known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from traceapp.database import Base, BigId, closed_list
from traceapp.records.stamp_runs import StampRun, nearest_below


class KeyPurpose(StrEnum):
    """What the keys of a ring are for."""

    STAMP = "stamp"
    HIDDEN = "hidden"


class CompromisedKey(Base):
    """A leak. One row a key, whatever ring holds it: whoever knows the secret needs no ring.

    `purpose` is what the key was found to be for when its leak was declared.
    """

    __tablename__ = "compromised_keys"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_id: Mapped[str] = mapped_column(sa.String(16), unique=True)
    purpose: Mapped[KeyPurpose] = mapped_column(closed_list(KeyPurpose))
    note: Mapped[str | None] = mapped_column(sa.String(500))
    created_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime]


def leaked(key_id: InstrumentedAttribute[Any]) -> sa.ColumnElement[bool]:
    """True where the key that a column names leaked."""
    return key_id.in_(sa.select(CompromisedKey.key_id))


@dataclass(frozen=True)
class IssuedBy:
    """The run that issued a serial, and which of its keys leaked."""

    run: StampRun
    key_leaked: bool
    hidden_key_leaked: bool


def issued_by(session: Session, serial: int) -> IssuedBy | None:
    """As `holding`, with what is known of the run's keys in this transaction: in one query."""
    query = nearest_below(serial).add_columns(
        leaked(StampRun.key_id), leaked(StampRun.hidden_key_id)
    )
    row = session.execute(query).one_or_none()
    if row is None or serial > row[0].last_serial:
        return None
    return IssuedBy(row[0], key_leaked=bool(row[1]), hidden_key_leaked=bool(row[2]))


def compromised_among(session: Session, key_ids: Iterable[str | None]) -> frozenset[str]:
    """Those of some keys that leaked, as it is known in this transaction."""
    wanted = [each for each in key_ids if each is not None]
    query = sa.select(CompromisedKey.key_id).where(CompromisedKey.key_id.in_(wanted))
    return frozenset(session.scalars(query))
