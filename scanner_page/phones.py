"""The phone's random id: a first-party cookie that tells "the same phone" and nothing else.

It is signed, so that nobody makes up phones: a made-up phone would count as one that was here.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from flask import Response, request
from itsdangerous import BadSignature, Signer

from stamps import KeyRing

COOKIE = "phone"
DAYS = 30
BYTES = 16  # 128 bits of randomness, 22 characters

_OURS = re.compile(r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Phone:
    """`fresh` where the id was given just now; `cookie` is the signed id, where it can be given."""

    id: str
    fresh: bool
    cookie: str | None = None


def cookie_name(*, secure: bool) -> str:
    """Over https the browser itself sees to it that no other host set the cookie (RFC 6265bis)."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def recognise(ring: KeyRing | None, *, secure: bool) -> Phone:
    """The phone behind this request. A cookie that we did not sign is not believed.

    Without a ring every phone is fresh, and none is given a cookie.
    """
    signer = None if ring is None else _signer(ring)
    sent = request.cookies.get(cookie_name(secure=secure), "")
    if signer is not None and _OURS.fullmatch(sent):
        try:
            return Phone(signer.unsign(sent).decode("ascii"), fresh=False)
        except BadSignature:
            pass  # Whoever made it up is a phone like any other, which is met here first.
    fresh = secrets.token_urlsafe(BYTES)
    return Phone(fresh, True, None if signer is None else signer.sign(fresh).decode("ascii"))


def _signer(ring: KeyRing) -> Signer:
    """HMAC-SHA-256 under a key of the oldest stamp key, which every machine has and keeps."""
    oldest = next(iter(ring))
    return Signer(
        oldest.secret, salt=b"traceapp/phone/1/", key_derivation="hmac", digest_method=sha256
    )


def remember(response: Response, phone: Phone, *, secure: bool) -> None:
    """Give a fresh phone its id. It is never renewed: after 30 days the phone is a new one."""
    if phone.cookie is not None:
        response.set_cookie(
            cookie_name(secure=secure),
            phone.cookie,
            max_age=DAYS * 24 * 3600,
            path="/",
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
