"""The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for when it is lost.

A secret is derived from a session key and a random nonce. The database holds the nonce alone, so
that whoever reads it, or a copy, cannot make codes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from stamps import Key, KeyRing, Unreadable
from stamps.crockford import decode, encode
from traceapp.records.accounts import (
    Account,
    Role,
    end_sign_ins,
    locked_account,
    replace_recovery_codes,
    use_recovery_code,
    use_step,
)
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.people.accounts import AccountTold, check_may_change, tell_account
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, message, unknown

ISSUER = "Tem truy xuất"
STEP = 30  # seconds, RFC 6238, section 4
STEPS_OFF = 1  # how many steps a clock may be off, either way; section 5.2
NONCE_BYTES = 16
SECRET_BYTES = 20  # as long as what SHA-1 gives; RFC 4226, section 4, R6
RECOVERY_CODES = 10
RECOVERY_LETTERS = 16  # of 5 bits: 80 bits need no slow hash
_TOTP = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Seed:
    """What a secret is derived from besides the account; the page keeps it until the code comes."""

    key_id: str
    nonce: bytes


@dataclass(frozen=True)
class Offer(Seed):
    """A secret as an app takes it: in base32, and in the URI that a QR symbol carries."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def offer(
    keys: KeyRing,
    account_id: int,
    sign_in_name: str = "",
    issuer: str = ISSUER,
    seed: Seed | None = None,
) -> Offer:
    """A secret to be put into an app; the one of `seed` where that was offered before.

    `sign_in_name` and `issuer` are what the app calls it. A seed whose key is gone gets a new one.
    """
    key = None if seed is None else keys.get(seed.key_id)
    if seed is None or key is None:
        key = keys.newest
        seed = Seed(key.id, secrets.token_bytes(NONCE_BYTES))
    secret = _secret(key, account_id, seed.nonce)
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=sign_in_name or str(account_id), issuer_name=issuer
    )
    return Offer(seed.key_id, seed.nonce, secret, uri)


def enrol(
    session: Session, actor: Actor, seed: Seed, code: str, keys: KeyRing, now: datetime
) -> list[str]:
    """Turn the second factor on, once a code shows that the app has the secret.

    Returns the recovery codes, shown this once. Raises Conflict where it is on already,
    Unacceptable (`code`) where the code is not of this secret and time.
    """
    permit(actor, Act.ACCOUNT_OWN)
    account = _own(session, actor)
    if account.totp_key_id is not None:
        raise Conflict("second_factor_on", message("The second step at sign-in is on already."))
    key = keys.get(seed.key_id)
    steps = []
    if key is not None and len(seed.nonce) == NONCE_BYTES:
        steps = _steps_of(_secret(key, account.id, seed.nonce), code, now)
    if not steps:
        raise Unacceptable(
            "wrong_code",
            message("This code is not right. Write the six digits that the app shows now."),
            field="code",
        )
    account.totp_key_id, account.totp_nonce = seed.key_id, seed.nonce
    account.totp_step = steps[0]
    codes = _give_recovery_codes(session, account)
    record_act(session, actor, Act.ACCOUNT_OWN, account.id, now, second_factor=True)
    return codes


def check(session: Session, account_id: int, code: str, keys: KeyRing, now: datetime) -> bool:
    """Whether a code of the app, or a recovery code, is right; it is used up with this.

    The caller counts the try first (`signing_in.count_factor_try`) and commits whatever the
    answer. Where the key of the secret is lost, recovery codes alone are right.
    """
    account = session.get(Account, account_id)
    if account is None or account.totp_key_id is None:
        return False
    if _TOTP.fullmatch(_bare(code)):
        key = keys.get(account.totp_key_id)
        if key is None or account.totp_nonce is None:
            return False
        secret = _secret(key, account_id, account.totp_nonce)
        return any(use_step(session, account_id, step) for step in _steps_of(secret, code, now))
    digest = _recovery_digest(code)
    return digest is not None and use_recovery_code(session, account_id, digest)


def drop(session: Session, actor: Actor, now: datetime) -> None:
    """Turn one's own second factor off. The caller checked the password. Raises Conflict."""
    permit(actor, Act.ACCOUNT_OWN)
    account = _own(session, actor)
    _turn_off(session, account)
    record_act(session, actor, Act.ACCOUNT_OWN, account.id, now, second_factor=False)


def new_recovery_codes(session: Session, actor: Actor, now: datetime) -> list[str]:
    """Other recovery codes in place of those that are left, shown this once. Raises Conflict."""
    permit(actor, Act.ACCOUNT_OWN)
    account = _own(session, actor)
    if account.totp_key_id is None:
        raise _is_off()
    codes = _give_recovery_codes(session, account)
    record_act(session, actor, Act.ACCOUNT_OWN, account.id, now, recovery_codes=len(codes))
    return codes


def drop_for(session: Session, actor: Actor, account_id: int, now: datetime) -> AccountTold:
    """Turn off the second factor of somebody who lost it; her sign-ins end.

    For administrators alone: with an officer's password it is all that keeps others out.
    Raises Unknown, NotAllowed, Conflict.
    """
    permit(actor, Act.ACCOUNT_RESET)
    if actor.role is not Role.ADMIN:
        raise NotAllowed(
            "not_allowed", message("Only an administrator switches off the second step of others.")
        )
    account = check_may_change(actor, locked_account(session, account_id))
    _turn_off(session, account)
    end_sign_ins(session, account.id)
    record_act(session, actor, Act.ACCOUNT_RESET, account.id, now, second_factor=False)
    return tell_account(account)


def _own(session: Session, actor: Actor) -> Account:
    account = locked_account(session, actor.account_id)
    if account is None:
        raise unknown("account")
    return account


def _turn_off(session: Session, account: Account) -> None:
    if account.totp_key_id is None:
        raise _is_off()
    account.totp_key_id = account.totp_nonce = account.totp_step = None
    replace_recovery_codes(session, account.id, [])


def _is_off() -> Conflict:
    return Conflict("second_factor_off", message("The second step at sign-in is not on."))


def _secret(key: Key, account_id: int, nonce: bytes) -> str:
    text = b"traceapp/totp/1/" + account_id.to_bytes(8) + nonce
    return b32encode(hmac.digest(key.secret, text, "sha256")[:SECRET_BYTES]).decode("ascii")


def _steps_of(secret: str, code: str, now: datetime) -> list[int]:
    """The time steps around now whose code it is, newest first; all are compared.

    Two steps may share a code: the newest that is used up takes the older with it.
    """
    given, totp = _bare(code).encode("utf-8", "replace"), pyotp.TOTP(secret)
    this = int(now.timestamp()) // STEP
    around = range(this - STEPS_OFF, this + STEPS_OFF + 1)
    return [
        step
        for step in reversed(around)
        if hmac.compare_digest(totp.generate_otp(step).encode(), given)
    ]


def _bare(code: str) -> str:
    """A code as it was typed, without the spaces that apps show: 123 456."""
    return "".join(code[:100].split())


def _give_recovery_codes(session: Session, account: Account) -> list[str]:
    codes = [
        encode(secrets.randbits(5 * RECOVERY_LETTERS), RECOVERY_LETTERS)
        for _ in range(RECOVERY_CODES)
    ]
    replace_recovery_codes(session, account.id, [_digest(code) for code in codes])
    return ["-".join(re.findall("....", code)) for code in codes]


def _recovery_digest(typed: str) -> bytes | None:
    """The digest of a recovery code in whatever case and with or without hyphens, if it is one."""
    try:
        number = decode(typed[:100], RECOVERY_LETTERS)
    except Unreadable:
        return None
    return _digest(encode(number, RECOVERY_LETTERS))


def _digest(code: str) -> bytes:
    return hashlib.sha256(b"traceapp/recovery/1/" + code.encode("ascii")).digest()
