"""People who sign in, what they sign in with, and the bearer tokens of their programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, Facts, closed_list, insert, locked


class Role(StrEnum):
    PRODUCER = "producer"
    OFFICER = "officer"
    ADMIN = "admin"


class Account(Base):
    """`sign_in_name` is an e-mail address or a telephone number, folded. `name` is the person's.

    A second factor's secret is derived from a key in a file and `totp_nonce`, so that the
    database alone does not give it away. `totp_step` is the last time step whose code was used.
    """

    __tablename__ = "accounts"
    # The constraint has the name that the column had at first; SQLite cannot rename it.
    __table_args__ = (sa.UniqueConstraint("sign_in_name", name="uq_accounts_email"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sign_in_name: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str | None] = mapped_column(sa.String(100))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[Role] = mapped_column(closed_list(Role))
    # Parties point at accounts too: of the two keys, this one is made after both tables.
    party_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("parties.id", name="fk_accounts_party_id", use_alter=True)
    )
    demonstration: Mapped[bool]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    totp_key_id: Mapped[str | None] = mapped_column(sa.String(32))
    totp_nonce: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    totp_step: Mapped[int | None] = mapped_column(sa.BigInteger)


class Token(Base):
    """A bearer token, kept as the SHA-256 of its text: 32 random bytes need no slow hash."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    hidden_codes: Mapped[bool]
    created_at: Mapped[datetime]


class SignIn(Base):
    """One browser that is signed in, until it signs out or its time is over.

    The browser holds 32 random bytes, of which the SHA-256 is kept. `draft` is a form that was
    sent after an earlier sign-in had ended, kept until it is shown again. `proved_at` is when the
    password was last asked for again, and was right.
    """

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"), index=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    draft: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    proved_at: Mapped[datetime | None]


class SignInTries(Base):
    """How often somebody tried to sign in within a window of time, counted for all processes.

    `key` is a keyed hash of what is counted: an account, a source, or both together.
    """

    __tablename__ = "sign_in_tries"

    key: Mapped[bytes] = mapped_column(sa.LargeBinary(16), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    tries: Mapped[int]


class RecoveryCode(Base):
    """A code that stands in once for a second factor that was lost, kept as its SHA-256."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)


class Invitation(Base):
    """A one-time link: to join, or, with `account_id`, to choose a new password.

    `name` says whom it is for. What the link carries is kept as its SHA-256.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    role: Mapped[Role] = mapped_column(closed_list(Role))
    name: Mapped[str] = mapped_column(sa.String(100))
    party_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("parties.id"))
    account_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts.id"), index=True)
    created_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_by: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


def by_sign_in_name(session: Session, name: str) -> Account | None:
    """The account of a sign-in name that is already folded."""
    return session.scalar(sa.select(Account).where(Account.sign_in_name == name))


def by_token(session: Session, digest: bytes) -> tuple[Account, Token] | None:
    row = session.execute(
        sa.select(Account, Token)
        .join(Token, Token.account_id == Account.id)
        .where(Token.digest == digest)
    ).first()
    return None if row is None else (row[0], row[1])


def by_sign_in(session: Session, digest: bytes) -> tuple[Account, SignIn] | None:
    row = session.execute(
        sa.select(Account, SignIn)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(SignIn.digest == digest)
    ).first()
    return None if row is None else (row[0], row[1])


def locked_account(session: Session, account_id: int) -> Account | None:
    """An account that nobody else changes until the transaction ends."""
    return session.scalar(locked(sa.select(Account).where(Account.id == account_id)))


def locked_with_admins(session: Session, account_id: int) -> list[Account]:
    """An account and every administrator whose account is open, in the order of their ids.

    All are locked, so that of two administrators who close each other one comes too late.
    """
    query = sa.select(Account).where(
        sa.or_(
            Account.id == account_id,
            sa.and_(Account.role == Role.ADMIN, Account.closed_at.is_(None)),
        )
    )
    return list(session.scalars(locked(query.order_by(Account.id))))


def end_sign_ins(session: Session, account_id: int, but: int | None = None) -> None:
    """End an account's sign-ins, all of them `but` one where that is named."""
    statement = sa.delete(SignIn).where(SignIn.account_id == account_id)
    session.execute(statement if but is None else statement.where(SignIn.id != but))


def count_try(session: Session, key: bytes, at: datetime, window: timedelta) -> dict[datetime, int]:
    """Count a try; returns how many fell into each minute of the window that ends with this one.

    Whoever counts by the same key in this minute waits until the transaction ends. What a clock
    that stood wrong counted for later does not count now.
    """
    minute = minute_of(at)
    statement = insert(session, SignInTries).values(key=key, since=minute, tries=1)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["key", "since"], set_={"tries": SignInTries.tries + 1}
        )
    )
    query = sa.select(SignInTries.since, SignInTries.tries).where(
        SignInTries.key == key, SignInTries.since > minute - window, SignInTries.since <= minute
    )
    return {row.since: row.tries for row in session.execute(query)}


def minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def drop_tries(session: Session, keys: list[bytes]) -> None:
    session.execute(sa.delete(SignInTries).where(SignInTries.key.in_(keys)))


def use_step(session: Session, account_id: int, step: int) -> bool:
    """Use up a time step of a second factor; False where it or a later one was used before.

    Of two that come at once with the same step, the database lets one change the row.
    """
    unused = sa.or_(Account.totp_step.is_(None), Account.totp_step < step)
    used = session.execute(
        sa.update(Account)
        .where(Account.id == account_id, Account.totp_key_id.is_not(None), unused)
        .values(totp_step=step)
        .returning(Account.id)
    )
    return used.first() is not None


def use_recovery_code(session: Session, account_id: int, digest: bytes) -> bool:
    """Use up a recovery code; False where there is none such, or not any more."""
    used = session.execute(
        sa.delete(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, RecoveryCode.digest == digest)
        .returning(RecoveryCode.account_id)
    )
    return used.first() is not None


def replace_recovery_codes(session: Session, account_id: int, digests: list[bytes]) -> None:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.add_all(RecoveryCode(account_id=account_id, digest=digest) for digest in digests)
    session.flush()


def withdraw_invitations(session: Session, at: datetime, *conditions: Any) -> None:
    """Withdraw the invitations that meet the conditions and were neither used nor withdrawn."""
    session.execute(
        sa.update(Invitation)
        .where(Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None), *conditions)
        .values(withdrawn_at=at)
    )
