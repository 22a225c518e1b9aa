"""The phone's random id: a first-party cookie that tells "the same phone" and nothing else.

It is signed, so that nobody makes up phones: a made-up phone would count as one that was here.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature

from scanner_page.signing import signer
from stamps import KeyRing
from traceapp.edge import Edge, KeyTrouble

COOKIE = "phone"
DAYS = 30
BYTES = 16  # 128 bits of randomness, 22 characters

_SALT = b"traceapp/phone/1/"
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


def ring(edge: Edge) -> KeyRing | None:
    """The keys that phones' cookies are signed with, where they can be read."""
    try:
        return edge.session_keys.ring()
    except KeyTrouble:
        return None


def recognise(ring: KeyRing | None, sent: str) -> Phone:
    """The phone behind a cookie. One that we did not sign is not believed.

    Without a ring every phone is fresh, and none is given a cookie.
    """
    signing = None if ring is None else signer(ring, _SALT)
    if signing is not None and _OURS.fullmatch(sent):
        try:
            return Phone(signing.unsign(sent).decode("ascii"), fresh=False)
        except BadSignature:
            pass  # Whoever made it up is a phone like any other, which is met here first.
    fresh = secrets.token_urlsafe(BYTES)
    return Phone(fresh, True, None if signing is None else signing.sign(fresh).decode("ascii"))


def cookie(phone: Phone, *, secure: bool) -> list[tuple[str, str]]:
    """The header that gives a fresh phone its id; none for a phone that has one.

    It is never renewed: after 30 days the phone is a new one. Nothing in it needs quoting.
    """
    if phone.cookie is None:
        return []
    kept = f"{cookie_name(secure=secure)}={phone.cookie}; Max-Age={DAYS * 24 * 3600}; Path=/"
    return [("Set-Cookie", f"{kept}{'; Secure' if secure else ''}; HttpOnly; SameSite=Lax")]
