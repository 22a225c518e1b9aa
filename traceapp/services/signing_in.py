"""Accounts and bearer tokens: who asks. Demonstration accounts work in that mode alone."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from traceapp.database import insert
from traceapp.records.accounts import Account, Role, Token, by_sign_in_name, by_token
from traceapp.records.parties import Party
from traceapp.services.authority import Actor
from traceapp.services.refusals import (
    Conflict,
    NotSignedIn,
    Unacceptable,
    Unknown,
    message,
    unknown,
)
from traceapp.services.values import Told, When

SHORTEST_PASSWORD = 8  # NIST SP 800-63B, revision 3, section 5.1.1.2
LONGEST_PASSWORD = 200
OPERATOR = "operator"  # no address, so that nobody can be given this account
_PHONE = re.compile(r"\+?[0-9]{8,15}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,180}")


@dataclass(frozen=True)
class NewAccount:
    """Who may sign in. Passwords are kept by argon2id (RFC 9106), never as they are."""

    sign_in_name: str
    role: Role
    password: str = field(repr=False)
    party_id: int | None = None
    demonstration: bool = False
    name: str | None = None


class AccountTold(Told):
    id: int
    sign_in_name: str
    name: str | None
    role: Role
    party_id: int | None


class TokenTold(Told):
    """A token without its text, which nobody keeps."""

    id: int
    sign_in_name: str
    hidden_codes: bool
    created_at: When


def fold_sign_in_name(text: str) -> str:
    """An address in small letters; a telephone number as Vietnam dials it: 0912345678."""
    text = text.strip().lower()
    if "@" in text:
        return text
    dialled = re.sub(r"[ .()-]", "", text)
    return re.sub(r"^(\+84|84(?=[0-9]{9}$))0?", "0", dialled)


def tell_account(row: Account) -> AccountTold:
    return AccountTold.model_validate(row, from_attributes=True)


def create_account(session: Session, new: NewAccount, now: datetime) -> AccountTold:
    """Create an account.

    Raises Unacceptable for an address, password or party that cannot be used, Conflict for an
    address that has an account.
    """
    sign_in_name = fold_sign_in_name(new.sign_in_name)
    if not _EMAIL.fullmatch(sign_in_name) and not _PHONE.fullmatch(sign_in_name):
        raise Unacceptable(
            "sign_in_name",
            message("Write a telephone number or an e-mail address."),
            field="sign_in_name",
        )
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
    if by_sign_in_name(session, sign_in_name) is not None:
        raise Conflict(
            "sign_in_name_taken",
            message("There is an account with this telephone number or e-mail address already."),
            field="sign_in_name",
        )
    row = Account(
        sign_in_name=sign_in_name,
        name=new.name,
        password_hash=PasswordHasher().hash(new.password),
        role=new.role,
        party_id=new.party_id,
        demonstration=new.demonstration,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return tell_account(row)


def create_token(session: Session, sign_in_name: str, *, hidden_codes: bool, now: datetime) -> str:
    """A new bearer token of an account: 256 random bits, shown this once, kept as a hash.

    Raises Unknown where there is no such account, Conflict for the operator's.
    """
    if fold_sign_in_name(sign_in_name) == OPERATOR:
        raise Conflict("operator", "The built-in operator acts on the server alone, without tokens")
    account = _account(session, sign_in_name)
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


def list_tokens(session: Session, sign_in_name: str | None = None) -> tuple[TokenTold, ...]:
    """The tokens that work, oldest first; those of one account where it is named.

    Raises Unknown where there is no such account.
    """
    query = sa.select(Token, Account.sign_in_name).join(Account, Token.account_id == Account.id)
    if sign_in_name is not None:
        query = query.where(Token.account_id == _account(session, sign_in_name).id)
    return tuple(
        TokenTold(
            id=token.id,
            sign_in_name=owner,
            hidden_codes=token.hidden_codes,
            created_at=token.created_at,
        )
        for token, owner in session.execute(query.order_by(Token.id))
    )


def revoke_token(session: Session, token_id: int) -> TokenTold:
    """Take a token away: the next request that brings it is refused. Raises Unknown."""
    token = session.get(Token, token_id)
    if token is None:
        raise Unknown("no_token", "There is no token with this number.")
    owner = session.get_one(Account, token.account_id)
    told = TokenTold(
        id=token.id,
        sign_in_name=owner.sign_in_name,
        hidden_codes=token.hidden_codes,
        created_at=token.created_at,
    )
    session.delete(token)
    return told


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


def actor_of_account(session: Session, sign_in_name: str, *, demonstration: bool) -> Actor:
    """Who acts from the command line, on the server itself: the account that is named.

    Whoever may read the key files may take hidden codes out. Raises Unknown and NotSignedIn.
    """
    account = _account(session, sign_in_name)
    _check_mode(account, demonstration=demonstration)
    return Actor(account.id, account.role, account.party_id, hidden_codes=True)


def find_operator(session: Session) -> Actor | None:
    """Who acts from the command line where no account is named; None before the first time."""
    account = by_sign_in_name(session, OPERATOR)
    return None if account is None else Actor(account.id, account.role, None, hidden_codes=True)


def create_operator(session: Session, now: datetime) -> Actor:
    """Make the operator's account, an officer's, unless another command did meanwhile.

    It has an account so that the table of acts says who acted. Nobody signs in with it: its
    password is 256 random bits that are thrown away.
    """
    values = {
        "sign_in_name": OPERATOR,
        "password_hash": PasswordHasher().hash(secrets.token_urlsafe(32)),
        "role": Role.OFFICER,
        "demonstration": False,
        "created_at": now,
    }
    session.execute(insert(session, Account).values(values).on_conflict_do_nothing())
    found = find_operator(session)
    assert found is not None
    return found


def _account(session: Session, sign_in_name: str) -> Account:
    account = by_sign_in_name(session, fold_sign_in_name(sign_in_name))
    if account is None:
        raise unknown("account")
    return account


def _check_mode(account: Account, *, demonstration: bool) -> None:
    if account.demonstration and not demonstration:
        raise NotSignedIn(
            "demonstration_account",
            message("This is a demonstration account; it works in demonstration mode only."),
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
