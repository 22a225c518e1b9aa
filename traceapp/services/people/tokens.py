"""Bearer tokens: what programs bring instead of a sign-in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.accounts import Account, Token, by_token
from traceapp.services.authority import Actor
from traceapp.services.people.accounts import check_works
from traceapp.services.people.sign_in_names import OPERATOR, find_account, fold_sign_in_name
from traceapp.services.refusals import Conflict, NotSignedIn, Unknown, message
from traceapp.services.values import Told, When


class TokenTold(Told):
    """A token without its text, which nobody keeps."""

    id: int
    sign_in_name: str
    hidden_codes: bool
    created_at: When


def create_token(session: Session, sign_in_name: str, *, hidden_codes: bool, now: datetime) -> str:
    """A new bearer token of an account: 256 random bits, shown this once, kept as a hash.

    Raises Unknown where there is no such account, Conflict for the operator's.
    """
    if fold_sign_in_name(sign_in_name) == OPERATOR:
        raise Conflict("operator", "The built-in operator acts on the server alone, without tokens")
    account = find_account(session, sign_in_name)
    text = secrets.token_urlsafe(32)
    session.add(
        Token(
            account_id=account.id,
            digest=digest_of(text),
            hidden_codes=hidden_codes,
            created_at=now,
        )
    )
    return text


def list_tokens(session: Session, sign_in_name: str | None = None) -> tuple[TokenTold, ...]:
    """The tokens that are there, oldest first; those of one account where it is named.

    Raises Unknown where there is no such account.
    """
    query = sa.select(Token, Account.sign_in_name).join(Account, Token.account_id == Account.id)
    if sign_in_name is not None:
        query = query.where(Token.account_id == find_account(session, sign_in_name).id)
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

    Raises NotSignedIn for a token nobody has, or one of a closed account, or of a demonstration
    account outside demonstration mode.
    """
    found = by_token(session, digest_of(text))
    if found is None:
        raise NotSignedIn("bad_token", message("This token is not known. Ask for a new one."))
    account, token = found
    check_works(account, demonstration=demonstration)
    return Actor(account.id, account.role, account.party_id, token.hidden_codes)


def digest_of(text: str) -> bytes:
    """What is kept of 32 random bytes: their SHA-256. They need no slow hash."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
