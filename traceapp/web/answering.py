"""What is answered: a page in the reader's language, a file, or words for trouble."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response, current_app, make_response, render_template, request, session
from flask_babel import get_locale, gettext, ngettext
from flask_wtf.csrf import generate_csrf, validate_csrf
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse
from wtforms.validators import ValidationError as BadToken

from traceapp.edge import Edge, KeyTrouble
from traceapp.handing_out import HandingOut
from traceapp.services.lists import Role
from traceapp.services.refusals import (
    Conflict,
    NotAllowed,
    NotNow,
    NotSignedIn,
    Refusal,
    TooMany,
    Unacceptable,
    Unknown,
    message,
)
from traceapp.web import headers, showing
from traceapp.web.forms import say
from traceapp.web.rooms import ROLE_NAMES, asset, rooms, switch_language
from traceapp.web.routing import File
from traceapp.web.sessions import current, keep_language

log = structlog.get_logger(__name__)

STATUSES: dict[type[Refusal], HTTPStatus] = {
    Unknown: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    Unacceptable: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    NotNow: HTTPStatus.SERVICE_UNAVAILABLE,
}

LONGEST_DRAFT = 64 * 1024  # characters of a form that an ended sign-in cut off
SEND_AGAIN = message("Nothing was changed yet. Please look at what you typed, and send it again.")
CHANGED = message("Somebody else changed this at the same moment. Look again, then send again.")
BUSY = message("The records are busy; nothing was changed. Please send it again in a moment.")

TROUBLES: dict[int, tuple[str, str]] = {
    403: (
        message("This page is not for your account"),
        message("Ask the officer of your commune if you think that it should be."),
    ),
    404: (
        message("There is no such page"),
        message("It may have been moved, or it belongs to somebody else."),
    ),
    429: (
        message("That was too much at once"),
        message("Nothing was changed. Please wait a minute, then try again."),
    ),
    503: (
        message("The records are busy"),
        message("Nothing was changed. Please try again in a moment."),
    ),
}
_OTHER_TROUBLE = (
    message("Something went wrong on our side"),
    message("Nothing was changed. Please try again in a moment."),
)


def edge() -> Edge:
    found: Edge = current_app.extensions["traceapp"]
    return found


def furnish(blueprint: Blueprint) -> None:
    """What every blueprint of signed-in pages has: headers, the language, and words for trouble."""
    blueprint.after_request(_finish)
    blueprint.register_error_handler(Refusal, _refused)
    blueprint.register_error_handler(HTTPException, _lost)
    blueprint.register_error_handler(OperationalError, _busy)
    blueprint.register_error_handler(KeyTrouble, _no_keys)


def _finish(response: Response) -> Response:
    keep_language(response, edge().settings)
    return headers.put(response)


def wait_for(minutes: int) -> str:
    return str(
        ngettext(
            "That was tried too often. Please wait %(num)s minute, then try again.",
            "That was tried too often. Please wait %(num)s minutes, then try again.",
            minutes,
        )
    )


def _(text: str) -> str:
    return str(gettext(text))


def token_fits(sent: Mapping[str, str]) -> bool:
    """Whether a form is one that we showed to this very browser."""
    try:
        validate_csrf(sent.get("csrf_token"))
    except BadToken:
        return False
    return True


def renew_token() -> None:
    """Give the session its token now, so that all pages of a sign-in share one.

    Pages that are asked for at the same moment would otherwise make a token each, and all forms but
    the last one's would be refused.
    """
    generate_csrf()
    session.permanent = True


def from_own_page() -> bool:
    """Whether a page of ours sent this (W3C Fetch Metadata; older browsers tell the origin)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") in (None, request.host_url.rstrip("/"))


def status_of(refusal: Refusal) -> HTTPStatus:
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


def render(template: str, status: int, **context: Any) -> Response:
    """A page in the language of this request."""
    language = str(get_locale())
    response = make_response(
        render_template(
            f"web/{template}",
            show=showing,
            settings=edge().settings,
            kinds=edge().kinds,
            language=language,
            other_language="vi" if language == "en" else "en",
            csrf_token=generate_csrf,
            once=lambda: secrets.token_urlsafe(16),
            asset=asset,
            rooms=rooms,
            role_names=ROLE_NAMES,
            switch_language=switch_language,
            Role=Role,
            **{"signed": None, "notices": 0, **context},
        ),
        status,
    )
    response.headers["Content-Language"] = language
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers["Retry-After"] = "60"
    if not session.permanent:
        session.permanent = True
    return response


def trouble(status: int, title: str, what_to_do: str) -> Response:
    """Words for trouble; where the records answer, with the rooms of whoever is signed in."""
    signed = None
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
        signed = current(edge(), edge().clock())
    said = {"title": title, "what_to_do": what_to_do, "ours": status >= 500}
    return render("trouble.html", status, signed=signed, **said)


def _refused(refusal: Refusal) -> AnyResponse:
    status = status_of(refusal)
    title, what_to_do = TROUBLES.get(status, _OTHER_TROUBLE)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
        return trouble(status, _(title), _(what_to_do))
    return trouble(status, _(message("This cannot be done")), say(refusal.title, refusal.data))


def _lost(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    title, what_to_do = TROUBLES.get(status, _OTHER_TROUBLE)
    return trouble(status, _(title), _(what_to_do))


def _busy(error: OperationalError) -> AnyResponse:
    log.error("records_away", trouble=str(error.orig).partition("\n")[0])
    return trouble(503, _(TROUBLES[503][0]), _(TROUBLES[503][1]))


def _no_keys(error: KeyTrouble) -> AnyResponse:
    log.error("key_trouble", trouble=str(error))
    return trouble(503, _(_OTHER_TROUBLE[0]), _(_OTHER_TROUBLE[1]))


def file(told: File) -> Response:
    # What is handed out logs for itself, and has to hear that its reader went away.
    chunks = told.chunks if isinstance(told.chunks, HandingOut) else _logged(told.chunks)
    response = Response(chunks, content_type=told.media_type)
    place = "inline" if told.inline else "attachment"
    response.headers["Content-Disposition"] = f'{place}; filename="{told.filename}"'
    if told.inline:
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _logged(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks; what breaks after the answer has begun can only be logged, and cut short."""
    try:
        yield from chunks
    except Exception:
        log.exception("download_broke")
        raise
