"""People who sign in, and the bearer tokens of their programs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, closed_list


class Role(StrEnum):
    PRODUCER = "producer"
    OFFICER = "officer"
    ADMIN = "admin"


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[Role] = mapped_column(closed_list(Role))
    # Parties point at accounts too: of the two keys, this one is made after both tables.
    party_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("parties.id", name="fk_accounts_party_id", use_alter=True)
    )
    demonstration: Mapped[bool]
    created_at: Mapped[datetime]


class Token(Base):
    """A bearer token, kept as the SHA-256 of its text: 32 random bytes need no slow hash."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    hidden_codes: Mapped[bool]
    created_at: Mapped[datetime]


def by_email(session: Session, email: str) -> Account | None:
    """The account of an e-mail address that is already folded to lower case."""
    return session.scalar(sa.select(Account).where(Account.email == email))


def by_token(session: Session, digest: bytes) -> tuple[Account, Token] | None:
    row = session.execute(
        sa.select(Account, Token)
        .join(Token, Token.account_id == Account.id)
        .where(Token.digest == digest)
    ).first()
    return None if row is None else (row[0], row[1])
