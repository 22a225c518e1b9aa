"""Who acts from the command line, on the server itself, where nobody signs in."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from traceapp.database import insert
from traceapp.records.accounts import Account, Role, by_sign_in_name
from traceapp.services.authority import Actor
from traceapp.services.people.accounts import check_works
from traceapp.services.people.passwords import hash_password
from traceapp.services.people.sign_in_names import OPERATOR, find_account


def actor_of_account(session: Session, sign_in_name: str, *, demonstration: bool) -> Actor:
    """The account that is named, and that works.

    Whoever may read the key files may take hidden codes out. Raises Unknown and NotSignedIn.
    """
    account = find_account(session, sign_in_name)
    check_works(account, demonstration=demonstration)
    return Actor(account.id, account.role, account.party_id, hidden_codes=True)


def find_operator(session: Session) -> Actor | None:
    """Who acts where no account is named; None before the first time."""
    account = by_sign_in_name(session, OPERATOR)
    return None if account is None else Actor(account.id, account.role, None, hidden_codes=True)


def create_operator(session: Session, now: datetime) -> Actor:
    """Make the operator's account, an officer's, unless another command did meanwhile.

    It has an account so that the table of acts says who acted. Nobody signs in with it: its
    password is 256 random bits that are thrown away.
    """
    values = {
        "sign_in_name": OPERATOR,
        "password_hash": hash_password(secrets.token_urlsafe(32)),
        "role": Role.OFFICER,
        "demonstration": False,
        "created_at": now,
    }
    session.execute(insert(session, Account).values(values).on_conflict_do_nothing())
    found = find_operator(session)
    assert found is not None
    return found
