"""Accounts and bearer tokens: who asks. Demonstration accounts work in that mode alone."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from traceapp.records.accounts import Account, Role, Token, by_email, by_token
from traceapp.records.parties import Party
from traceapp.services.authority import Actor
from traceapp.services.refusals import Conflict, NotSignedIn, Unacceptable, message, unknown
from traceapp.services.values import Told

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,180}")


@dataclass(frozen=True)
class NewAccount:
    """Who may sign in. Passwords are kept by argon2id (RFC 9106), never as they are."""

    email: str
    role: Role
    password: str = field(repr=False)
    party_id: int | None = None
    demonstration: bool = False


class AccountTold(Told):
    id: int
    email: str
    role: Role
    party_id: int | None


def fold_email(text: str) -> str:
    return text.strip().lower()


def tell_account(row: Account) -> AccountTold:
    return AccountTold.model_validate(row, from_attributes=True)


def create_account(session: Session, new: NewAccount, now: datetime) -> AccountTold:
    """Create an account.

    Raises Unacceptable for an address, password or party that cannot be used, Conflict for an
    address that has an account.
    """
    email = fold_email(new.email)
    if not _EMAIL.fullmatch(email):
        raise Unacceptable("email", message("This is not an e-mail address."), field="email")
    if not SHORTEST_PASSWORD <= len(new.password) <= LONGEST_PASSWORD:
        raise Unacceptable(
            "password",
            message("A password has %(least)s to %(most)s characters."),
            field="password",
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        )
    if new.party_id is not None and session.get(Party, new.party_id) is None:
        raise Unacceptable("party_id", message("There is no such party."), field="party_id")
    if new.party_id is not None and new.role is not Role.PRODUCER:
        raise Unacceptable(
            "party_id", message("Only a producer belongs to a party."), field="party_id"
        )
    if by_email(session, email) is not None:
        raise Conflict("email_taken", message("There is an account for this address already."))
    row = Account(
        email=email,
        password_hash=PasswordHasher().hash(new.password),
        role=new.role,
        party_id=new.party_id,
        demonstration=new.demonstration,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return tell_account(row)


def create_token(session: Session, email: str, *, hidden_codes: bool, now: datetime) -> str:
    """A new bearer token of an account: 256 random bits, shown this once, kept as a hash.

    Raises Unknown where there is no such account.
    """
    account = by_email(session, fold_email(email))
    if account is None:
        raise unknown("account")
    text = secrets.token_urlsafe(32)
    session.add(
        Token(
            account_id=account.id,
            digest=_digest(text),
            hidden_codes=hidden_codes,
            created_at=now,
        )
    )
    return text


def actor_of_token(session: Session, text: str, *, demonstration: bool) -> Actor:
    """Who a bearer token speaks for.

    Raises NotSignedIn for a token nobody has, or one of a demonstration account outside
    demonstration mode.
    """
    found = by_token(session, _digest(text))
    if found is None:
        raise NotSignedIn("bad_token", message("This token is not known. Ask for a new one."))
    account, token = found
    _check_mode(account, demonstration=demonstration)
    return Actor(account.id, account.role, account.party_id, token.hidden_codes)


def actor_of_account(session: Session, email: str, *, demonstration: bool) -> Actor:
    """Who acts from the command line, on the server itself: the account that is named.

    Whoever may read the key files may take hidden codes out. Raises Unknown and NotSignedIn.
    """
    account = by_email(session, fold_email(email))
    if account is None:
        raise unknown("account")
    _check_mode(account, demonstration=demonstration)
    return Actor(account.id, account.role, account.party_id, hidden_codes=True)


def _check_mode(account: Account, *, demonstration: bool) -> None:
    if account.demonstration and not demonstration:
        raise NotSignedIn(
            "demonstration_account",
            message("This is a demonstration account; it works in demonstration mode only."),
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
