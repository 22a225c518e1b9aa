"""Hidden codes that were used: once for each serial, by the primary key. The code is never kept."""

from __future__ import annotations

from datetime import datetime

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


def count_try(session: Session, serial: int, at: datetime) -> int:
    """Count a try at a stamp's hidden code; returns the tries within this minute, this one too."""
    minute = at.replace(second=0, microsecond=0)
    statement = insert(session, HiddenTries).values(serial=serial, minute=minute, tries=1)
    statement = statement.on_conflict_do_update(
        index_elements=["serial"],
        set_={
            "minute": minute,
            "tries": sa.case((HiddenTries.minute == minute, HiddenTries.tries + 1), else_=1),
        },
    ).returning(HiddenTries.tries)
    return int(session.execute(statement).scalar_one())
