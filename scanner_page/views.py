"""The public routes. Each reads its request, asks one service in one transaction, then answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from flask import Response, redirect, request
from flask.sansio.app import App
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from scanner_page import insiders, phones, placing
from scanner_page.addresses import stamp_address, typed_code
from scanner_page.answering import (
    Beside,
    Unusable,
    answered,
    edge,
    page,
    respond,
    warn_operators,
)
from scanner_page.asking import (
    ForeignForm,
    LargeBody,
    UnreadableBody,
    read_attempt,
    read_digital_link,
    read_look,
    wants_json,
)
from scanner_page.language import gettext
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.judging import Authentication
from traceapp.services.scans.scanning import Answer, Look, examine


class _Anything(BaseConverter):
    """Any text at all: slashes at either end, line breaks, and nothing."""

    regex = r"[\s\S]*"
    part_isolating = False


def know_anything(app: App) -> None:
    app.url_map.converters["anything"] = _Anything


def stamp(text: str = "") -> AnyResponse:
    """A look at a stamp, by the link that is printed for every product."""
    phone = _phone()
    return _look(read_look(text, phone), phone)


def digital_link(link: str) -> AnyResponse:
    """A look at a stamp, by a GS1 Digital Link."""
    phone = _phone()
    return _look(read_digital_link(link, phone), phone)


def _look(look: Look, phone: phones.Phone) -> AnyResponse:
    now = edge().clock()
    if request.method == "HEAD":
        answer = answered(edge(), look, lambda: _examine(look, now))
        return _remembered(respond(look, answer, now), phone)
    look = replace(look, actor=insiders.who())
    answer = answered(edge(), look, lambda: edge().scan_writer.scan(look, now))
    warn_operators(answer)
    greeting = None if wants_json() else insiders.greet(look.actor, answer)
    if isinstance(greeting, AnyResponse):
        return greeting
    beside = Beside(greeting, placing.question(edge(), look, answer, now))
    return _remembered(respond(look, answer, now, beside=beside), phone)


def _phone() -> phones.Phone:
    sent = request.cookies.get(phones.cookie_name(secure=edge().settings.secure), "")
    return phones.recognise(phones.ring(edge()), sent)


def _remembered(response: Response, phone: phones.Phone) -> Response:
    response.headers.extend(phones.cookie(phone, secure=edge().settings.secure))
    return response


def _examine(look: Look, now: datetime) -> Answer:
    """The answer to a look that leaves no record."""
    with edge().database.reading() as session:
        return examine(session, look, edge().scanning, now).answer


def _confirm(attempt: HiddenAttempt, now: datetime) -> Answer:
    with edge().database.writing() as session:
        return confirm(session, attempt, edge().confirming, now)


def hidden_code(text: str) -> Response:
    """A hidden code for a stamp. A request that cannot be used spends and records nothing."""
    phone = _phone()
    look = replace(read_look(text, phone), actor=insiders.who())
    now = edge().clock()
    attempt = _attempt(look)
    if isinstance(attempt, Unusable):
        answer = answered(edge(), look, lambda: _examine(look, now))
        response = respond(look, answer, now, attempt)
    else:
        answer = answered(edge(), look, lambda: _confirm(attempt, now))
        warn_operators(answer)
        if answer.authentication is None:
            answer = replace(answer, authentication=Authentication.NONE)
        beside = Beside(question=placing.question(edge(), look, answer, now))
        response = respond(look, answer, now, beside=beside)
    # A form on another site comes without our cookie: its phone may well have one.
    if isinstance(attempt, Unusable) and attempt.status is HTTPStatus.FORBIDDEN:
        return response
    return _remembered(response, phone)


def _attempt(look: Look) -> HiddenAttempt | Unusable:
    try:
        return read_attempt(look)
    except ForeignForm:
        return Unusable(
            HTTPStatus.FORBIDDEN,
            gettext("Confirm on this service's own page; no hidden code was used up."),
        )
    except UnreadableBody:
        return Unusable(
            HTTPStatus.BAD_REQUEST,
            gettext("What was sent could not be read; no hidden code was used up."),
        )
    except LargeBody:
        return Unusable(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            gettext("Too much was sent at once; no hidden code was used up."),
        )


def leave_form(text: str) -> AnyResponse:
    """Whoever comes back to the address of an answered form is led to the stamp's page."""
    return redirect(stamp_address(text), HTTPStatus.SEE_OTHER)


def home() -> AnyResponse:
    """What this is, and a field for a code that no camera could read."""
    typed = typed_code(request.args.get("code", ""))
    if typed:
        return redirect(stamp_address(typed, typed="1"), HTTPStatus.SEE_OTHER)
    return page("home.html")


def privacy() -> Response:
    """What a scan leaves behind."""
    return page("privacy.html")
