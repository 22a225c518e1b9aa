"""Who is signed in: a cookie of 32 random bytes, and the row that it opens.

Flask's own signed session holds what is no secret and needs no row: the token against forged forms,
a second factor that is still asked for, and the first stamp of a range.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeSerializer

from stamps import Key
from traceapp.attending import tell
from traceapp.edge import Edge
from traceapp.services.lists import Role
from traceapp.services.people.sign_in_names import fold_sign_in_name
from traceapp.services.people.signing_in import SignedIn, signed_in
from traceapp.settings import Settings

LANGUAGE = "lang"
_YEAR = timedelta(days=365)


class _Sessions(SecureCookieSessionInterface):
    """Flask's own, by SHA-256 in the place of SHA-1."""

    digest_method = staticmethod(sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """As Flask's; the many who come without a session get one without a signer made for it."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def cookie_name(settings: Settings, name: str = "sign_in") -> str:
    """Over https the browser itself sees to it that no other host set the cookie (RFC 6265bis)."""
    return f"__Host-{name}" if settings.secure else name


def _known_name(settings: Settings) -> str:
    """As `cookie_name`, for the one cookie that is sent to the door alone."""
    return "__Secure-known" if settings.secure else "known"


def configure(app: Flask, edge: Edge) -> None:
    """Set up Flask's session. Every process signs with the newest key and knows the others."""
    app.session_interface = _Sessions()
    newest, *older = [key.secret for key in reversed(list(edge.session_keys.ring()))]
    app.config.update(
        SECRET_KEY=newest,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME=cookie_name(edge.settings, "session"),
        SESSION_COOKIE_SECURE=edge.settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=31),
        SESSION_REFRESH_EACH_REQUEST=False,  # What changes nothing must not bring back the old.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # Pages send no referrer; the token is what counts.
    )


def current(edge: Edge, now: datetime) -> SignedIn | None:
    """Who sent this request; asked of the database only where a cookie came."""
    text = request.cookies.get(cookie_name(edge.settings), "")
    if not text:
        return None
    with edge.database.reading() as session:
        signed = signed_in(session, text, now, demonstration=edge.settings.demonstration)
    if signed is not None:
        tell(account=signed.actor.account_id)
    return signed


def lifetime(settings: Settings, role: Role, *, remember: bool) -> timedelta:
    """How long a sign-in lasts. Only a producer is remembered for long: she decides nothing."""
    if remember and role is Role.PRODUCER:
        return timedelta(days=settings.remember_days)
    return timedelta(hours=settings.sign_in_hours)


def known_browser(edge: Edge, sign_in_name: str) -> str:
    """The mark of this browser, if the account of this name was signed in to it before."""
    sent = request.cookies.get(_known_name(edge.settings), "")
    for key in edge.session_keys.ring():
        fits, kept = _known_signer(key).loads_unsafe(sent)
        if fits and isinstance(kept, list) and kept[:1] == [_owner(key, sign_in_name)]:
            return str(kept[1])
    return ""


def _known_signer(key: Key) -> URLSafeSerializer:
    signing = {"key_derivation": "hmac", "digest_method": sha256}
    return URLSafeSerializer(key.secret, salt="traceapp/known/2", signer_kwargs=signing)


def _owner(key: Key, sign_in_name: str) -> str:
    """Whose browser it is, told to nobody who looks into it: a keyed hash of the name."""
    text = f"traceapp/owner/1/{fold_sign_in_name(sign_in_name)}"
    return hmac.digest(key.secret, text.encode("utf-8", "replace"), "sha256")[:16].hex()


def know_browser(response: Response, edge: Edge, sign_in_name: str) -> None:
    """Let this browser's owner try again, however often strangers try at her account."""
    key = edge.session_keys.ring().newest
    text = _known_signer(key).dumps([_owner(key, sign_in_name), secrets.token_urlsafe(16)])
    response.set_cookie(
        _known_name(edge.settings),
        text if isinstance(text, str) else text.decode("ascii"),
        max_age=_YEAR,
        path="/sign-in",
        secure=edge.settings.secure,
        httponly=True,
        samesite="Lax",
    )


def put_cookie(response: Response, settings: Settings, text: str, lasts: timedelta | None) -> None:
    """Give the browser its sign-in; without `lasts` until the browser is closed."""
    response.set_cookie(
        cookie_name(settings),
        text,
        max_age=lasts,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response, settings: Settings) -> None:
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.secure, httponly=True, samesite="Lax"
    )


def keep_language(response: Response, settings: Settings) -> None:
    """Remember the language that an address asked for."""
    wished = request.args.get(LANGUAGE, "")
    if wished in ("vi", "en"):
        response.set_cookie(
            cookie_name(settings, LANGUAGE),
            wished,
            max_age=_YEAR,
            path="/",
            secure=settings.secure,
            httponly=True,
            samesite="Lax",
        )
