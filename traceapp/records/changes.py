"""How often anything changed that a stamp's answer rests on, apart from its scans.

Triggers on the tables in WATCHED add to it, whoever changes them: a service, a command, plain SQL.
What a process remembers of them is true while the sum of all amounts stays what it was.

On PostgreSQL each transaction adds to a row of its own, so that nobody waits for anybody, and its
row is seen from the moment that its changes are seen. On SQLite, which has one writer at a time,
there is one row.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base

WATCHED = (
    "accounts",
    "activations",
    "batches",
    "compromised_keys",
    "corrections",
    "facilities",
    "holds",
    "parties",
    "pictures",
    "products",
    "recall_batches",
    "recall_ranges",
    "recalls",
    "stamp_runs",
    "voids",
)


class Change(Base):
    """`id` is the transaction's on PostgreSQL, and 1 on SQLite."""

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    amount: Mapped[int] = mapped_column(sa.BigInteger)


def version() -> sa.ScalarSelect[int]:
    """How often anything changed, as it is seen where this is read."""
    added = sa.cast(sa.func.sum(Change.amount), sa.BigInteger)
    return sa.select(sa.func.coalesce(added, 0)).scalar_subquery()


def gather_changes(session: Session) -> None:
    """Make one row of those that are there, so that adding them up stays cheap.

    For whoever reads, the rows go and their sum comes in one moment, and it is more than it ever
    was. The transaction is one that changes nothing else that is counted.
    """
    gone = session.execute(sa.delete(Change).returning(Change.id, Change.amount)).all()
    if gone:
        newest, whole = max(row[0] for row in gone), sum(row[1] for row in gone)
        session.execute(sa.insert(Change).values(id=newest, amount=whole + 1))
