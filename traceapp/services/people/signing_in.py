"""Signing in with a password: tries are counted first, then it is checked, then a row is made.

The three steps stand apart because checking is slow by intent, and a transaction that waits for
it would hold up everybody's. What the browser gets is 32 random bytes; their SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.orm import Session

from traceapp.records.accounts import (
    Account,
    Role,
    SignIn,
    by_sign_in,
    drop_tries,
    end_sign_ins,
    locked_account,
    minute_of,
)
from traceapp.records.accounts import (
    count_try as count_in_minute,
)
from traceapp.records.traces import month_key
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.networks import network_of
from traceapp.services.people.accounts import AccountTold, check_works, tell_account
from traceapp.services.people.passwords import NOBODYS_HASH, check_password, hash_password, matches
from traceapp.services.people.sign_in_names import OPERATOR, fold_sign_in_name, look_up
from traceapp.services.people.tokens import digest_of
from traceapp.services.refusals import NotSignedIn, Unacceptable, message, unknown
from traceapp.services.values import Sent

WINDOW = timedelta(minutes=15)
TRIES_OF_BOTH = 5  # of one account from one source within the window
TRIES_OF_ACCOUNT = 30  # from everywhere
TRIES_OF_SOURCE = 100  # of all accounts
TRIES_OF_BROWSER = 10  # of one account in a browser that it was signed in to before
TRIES_OF_LINK = 20  # at one link to join
TRIES_OF_FACTOR = 5  # of the second factor of an account whose password was right
CLOCK_OFF = timedelta(days=1)  # how far ahead a sign-in may have begun: clocks are set back
LONGEST_DRAFT = 65_536  # bytes of a form that is kept while its sender signs in again


@dataclass(frozen=True)
class Attempt:
    """Somebody who wants to sign in, and the address from which.

    `browser` is the random mark of a browser in which this very account was signed in before.
    """

    sign_in_name: str
    password: str = field(repr=False)
    source: str
    browser: str = ""


@dataclass(frozen=True)
class Credentials:
    """What a password is checked against; `account_id` is None where none would be right."""

    account_id: int | None
    password_hash: str = field(repr=False)
    role: Role = Role.PRODUCER
    second_factor: bool = False

    @property
    def proof(self) -> str:
        """What changes with the password, and tells nothing of it."""
        return hashlib.sha256(self.password_hash.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class SignedIn:
    """Who sent a request with a cookie of ours."""

    actor: Actor
    account: AccountTold
    sign_in_id: int


class PasswordChange(Sent):
    old: SecretStr
    new: SecretStr


def count_try(session: Session, attempt: Attempt, now: datetime) -> int | None:
    """Count a try before its password is checked, in a transaction of its own.

    Returns None where it may be checked, else the minutes to wait. That is an answer and no
    refusal; what may not be checked is not counted, so that waiting helps whoever is impatient.
    A name that nobody has is counted like any other.
    """
    key = _month_key(session, now)
    return _count(session, _limits(key, attempt), now)


def count_factor_try(session: Session, account_id: int, now: datetime) -> int | None:
    """Count a try at what an account proves itself with besides; as `count_try`.

    For its second factor, and for the password of somebody who is signed in already.
    """
    key = _month_key(session, now)
    return _count(session, {_keyed(key, "factor", account_id): TRIES_OF_FACTOR}, now)


def _month_key(session: Session, now: datetime) -> bytes:
    """What tries are counted by; with its month all counts end, for a few tries more."""
    return month_key(session, now, secrets.token_bytes(32))


def count_link_try(session: Session, token: str, now: datetime) -> int | None:
    """Count a try at joining by a link, which also tells which names are taken; as `count_try`."""
    key = _month_key(session, now)
    return _count(session, {_keyed(key, "link", token): TRIES_OF_LINK}, now)


def _limits(key: bytes, attempt: Attempt) -> dict[bytes, int]:
    """What is counted for a try, and up to where: keyed hashes, so that no row holds an address.

    Every try counts in this order, so that no two wait for each other. A browser that was signed
    in to the account before has a count of its own: strangers who try cannot keep its owner out.
    """
    name, network = fold_sign_in_name(attempt.sign_in_name), network_of(attempt.source)
    if attempt.browser:
        return {_keyed(key, "browser", name, attempt.browser): TRIES_OF_BROWSER}
    return {
        _keyed(key, "both", name, network): TRIES_OF_BOTH,
        _keyed(key, "account", name): TRIES_OF_ACCOUNT,
        _keyed(key, "source", network): TRIES_OF_SOURCE,
    }


def _keyed(key: bytes, *parts: str | int) -> bytes:
    return hmac.digest(key, json.dumps(["try/1", *parts]).encode(), "sha256")[:16]


def _count(session: Session, limits: dict[bytes, int], now: datetime) -> int | None:
    with session.begin_nested() as counting:
        counted = [
            (count_in_minute(session, key, now, WINDOW), most) for key, most in limits.items()
        ]
        waits = [_minutes_to_wait(tries, most, now) for tries, most in counted]
        if not any(waits):
            return None
        counting.rollback()
    return max(waits)


def _minutes_to_wait(tries: dict[datetime, int], most: int, now: datetime) -> int:
    """How many minutes until one try more is within the limit; 0 where this one is.

    The oldest minutes leave the window first.
    """
    left = sum(tries.values())
    if left <= most:
        return 0
    for minute in sorted(tries):
        left -= tries[minute]
        if left <= most:
            return (minute + WINDOW - minute_of(now)) // timedelta(minutes=1)
    raise AssertionError("a limit below one")


def find_credentials(session: Session, attempt: Attempt, demonstration: bool) -> Credentials:
    """What to check an attempt's password against, whether or not there is such an account.

    For a name that nobody has, and for an account that may not sign in, it is a hash that no
    password fits and that costs as much, so that the time tells nothing.
    """
    nobody = Credentials(None, NOBODYS_HASH)
    account = look_up(session, attempt.sign_in_name)
    if account is None or account.sign_in_name == OPERATOR:
        return nobody
    try:
        check_works(account, demonstration=demonstration)
    except NotSignedIn:
        return nobody
    return Credentials(
        account.id, account.password_hash, account.role, account.totp_key_id is not None
    )


def credentials_of(session: Session, account_id: int, *, demonstration: bool) -> Credentials | None:
    """What somebody half signed in is held against; None where the account works no more."""
    account = session.get(Account, account_id)
    if account is None or account.closed_at is not None:
        return None
    if account.demonstration and not demonstration:
        return None
    second_factor = account.totp_key_id is not None
    return Credentials(account.id, account.password_hash, account.role, second_factor)


def sign_in_name_of(session: Session, account_id: int) -> str:
    """What an account signs in with. Raises NoResultFound for no account."""
    return session.get_one(Account, account_id).sign_in_name


def fits(credentials: Credentials, password: str) -> bool:
    """Whether the password is right. Takes a tenth of a second: call it outside a transaction."""
    right = matches(credentials.password_hash, password)
    return right and credentials.account_id is not None


def begin_sign_in(
    session: Session,
    account_id: int,
    lifetime: timedelta,
    now: datetime,
    source: str | None = None,
) -> str:
    """Sign somebody in who proved herself; returns the text for her browser's cookie.

    Her tries from this source are forgotten, and those at her second factor: she is no guesser.
    Those of the whole account and of the whole source stay, or one account of a guesser's own
    would buy him any number of tries at others.
    Raises NotSignedIn for an account that was closed meanwhile.
    """
    account = locked_account(session, account_id)
    if account is None:
        raise unknown("account")
    # Who may be here as a demonstration's account was asked when the password was looked for.
    check_works(account, demonstration=True)
    key = _month_key(session, now)
    forgotten = [_keyed(key, "factor", account_id)]
    if source is not None:
        tried = Attempt(account.sign_in_name, "", source)
        forgotten.append(next(iter(_limits(key, tried))))
    drop_tries(session, forgotten)
    text = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            account_id=account_id,
            digest=digest_of(text),
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return text


def signed_in(session: Session, text: str, now: datetime, demonstration: bool) -> SignedIn | None:
    """Whom a cookie's text stands for; None where it is unknown or over, or the account is.

    Hidden codes are for tokens that were made for them, and for whoever types her password again.
    """
    found = by_sign_in(session, digest_of(text))
    if found is None:
        return None
    account, row = found
    closed = account.closed_at is not None
    if closed or row.expires_at <= now or (account.demonstration and not demonstration):
        return None
    if row.created_at > now + CLOCK_OFF:
        return None  # It was made by a clock that stood wrong, and would last that much too long.
    actor = Actor(account.id, account.role, account.party_id, proved_at=row.proved_at)
    return SignedIn(actor, tell_account(account), row.id)


def end_sign_in(session: Session, text: str) -> None:
    """Sign out: the cookie's text stands for nobody any more."""
    session.execute(sa.delete(SignIn).where(SignIn.digest == digest_of(text)))


def end_sign_ins_of(session: Session, account_id: int, but: int | None = None) -> None:
    """End an account's sign-ins, all of them `but` one where that is named."""
    end_sign_ins(session, account_id, but)


def keep_draft(session: Session, text: str, draft: dict[str, Any] | None) -> None:
    """Keep a form beside the sign-in of a cookie's text: `{"path": ..., "values": {...}}`.

    One that is larger than any form of ours, or that holds what databases do not take, is not
    kept. None drops what was kept.
    """
    if draft is not None and not _can_be_kept(draft):
        return
    statement = sa.update(SignIn).where(SignIn.digest == digest_of(text))
    session.execute(statement.values(draft=sa.null() if draft is None else draft))


def _can_be_kept(draft: dict[str, Any]) -> bool:
    """PostgreSQL's JSON takes neither NUL nor half a surrogate pair; no form of ours sends them."""
    try:
        written = json.dumps(draft, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return len(written) <= LONGEST_DRAFT and b"\\u0000" not in written


def take_draft(session: Session, sign_in_id: int, path: str) -> dict[str, Any] | None:
    """The form that was kept for a page, once; one for another page stays."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.draft is None or row.draft.get("path") != path:
        return None
    draft = row.draft
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(draft=sa.null()))
    return draft


def change_password(
    session: Session, actor: Actor, change: PasswordChange, sign_in_id: int, now: datetime
) -> None:
    """Choose a new password; every other sign-in of the account ends.

    The caller counts the try first (`count_factor_try`): a browser left alone must not be a
    place to guess at. Raises Unacceptable, its field `old` or `new`.
    """
    permit(actor, Act.ACCOUNT_OWN)
    account = locked_account(session, actor.account_id)
    if account is None:
        raise unknown("account")
    old, new = change.old.get_secret_value(), change.new.get_secret_value()
    if not matches(account.password_hash, old):
        raise Unacceptable("password_wrong", message("This is not your password."), field="old")
    if old == new:
        raise Unacceptable(
            "password_same", message("This is the password you have now."), field="new"
        )
    check_password(new, account.sign_in_name, "new")
    account.password_hash = hash_password(new)
    end_sign_ins(session, account.id, but=sign_in_id)
    record_act(session, actor, Act.ACCOUNT_OWN, account.id, now, changed="password")
