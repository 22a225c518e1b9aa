"""Hidden codes that were used: once for each serial, by the primary key. The code is never kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, insert


class Redemption(Base):
    __tablename__ = "redemptions"

    serial: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    scan_id: Mapped[int] = mapped_column(BigId)


class Confirmation(Base):
    """The answer that a request with a nonce got, so that the request sent again gets it again."""

    __tablename__ = "confirmations"

    serial: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    nonce: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    at: Mapped[datetime]
    authentication: Mapped[str] = mapped_column(sa.String(16))
    tries_left: Mapped[int | None]


class HiddenTries(Base):
    """Hidden codes tried at one stamp within one minute."""

    __tablename__ = "hidden_tries"

    serial: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    minute: Mapped[datetime]
    tries: Mapped[int]


@dataclass(frozen=True)
class Tries:
    """Tries at one stamp: how many in this minute, and whether this is the first in an hour."""

    in_minute: int
    first_in_hour: bool


class WrongCodes(Base):
    """Well-formed hidden codes that were wrong: how many a source sent within an hour.

    `source` is a keyed hash of a network, or EVERYBODY.
    """

    __tablename__ = "wrong_codes"

    source: Mapped[bytes] = mapped_column(sa.LargeBinary(16), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    codes: Mapped[int]


EVERYBODY = bytes(16)  # what wrong codes of all sources are counted under


def count_try(session: Session, serial: int, at: datetime) -> Tries:
    """Count a try at a stamp's hidden code.

    Whoever tries the same stamp waits until the transaction ends.
    """
    minute = at.replace(second=0, microsecond=0)
    before = session.scalar(sa.select(HiddenTries.minute).where(HiddenTries.serial == serial))
    statement = insert(session, HiddenTries).values(serial=serial, minute=minute, tries=1)
    statement = statement.on_conflict_do_update(
        index_elements=["serial"],
        set_={
            "minute": minute,
            "tries": sa.case((HiddenTries.minute == minute, HiddenTries.tries + 1), else_=1),
        },
    ).returning(HiddenTries.tries)
    tries = int(session.execute(statement).scalar_one())
    # Of several that come at once and find nothing, the first alone is the minute's first.
    long_ago = before is None or minute - before >= timedelta(hours=1)
    return Tries(tries, first_in_hour=long_ago and tries == 1)


def wrong_codes(session: Session, source: bytes, at: datetime) -> int:
    """How many wrong codes a source has sent within this hour of the clock."""
    return (
        session.scalar(
            sa.select(WrongCodes.codes).where(
                WrongCodes.source == source, WrongCodes.hour == _hour_of(at)
            )
        )
        or 0
    )


def count_wrong(session: Session, source: bytes, at: datetime) -> int:
    """Count a wrong code; returns how many its source has sent within this hour of the clock."""
    statement = insert(session, WrongCodes).values(source=source, hour=_hour_of(at), codes=1)
    statement = statement.on_conflict_do_update(
        index_elements=["source", "hour"], set_={"codes": WrongCodes.codes + 1}
    ).returning(WrongCodes.codes)
    return int(session.execute(statement).scalar_one())


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
