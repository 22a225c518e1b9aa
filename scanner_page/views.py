"""The public routes. Each reads its request, asks one service in one transaction, then answers."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, redirect, request
from flask.sansio.app import App
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from scanner_page import phones
from scanner_page.addresses import LONGEST_PATH, raw_path, stamp_address, typed_code
from scanner_page.answering import (
    Unusable,
    edge,
    in_json,
    page,
    respond,
    warn_operators,
)
from scanner_page.asking import (
    LargeBody,
    UnreadableBody,
    read_attempt,
    read_digital_link,
    read_look,
    wants_json,
)
from scanner_page.language import choose, gettext
from traceapp.services.confirming import confirm
from traceapp.services.judging import Reason, Verdict
from traceapp.services.scanning import Answer, Look, examine, scan


class _Anything(BaseConverter):
    """Any text at all: slashes at either end, line breaks, and nothing."""

    regex = r"[\s\S]*"
    part_isolating = False


def know_anything(app: App) -> None:
    app.url_map.converters["anything"] = _Anything


def refuse_long_paths() -> Response | None:
    """Answer a path past LONGEST_PATH in a few words, before anything else is done with it."""
    if len(raw_path()) <= LONGEST_PATH:
        return None
    sentence = gettext("This address is too long to be a stamp's.")
    if wants_json():
        nothing = Answer(Verdict.MALFORMED, (Reason.MALFORMED,), typed=False)
        response = in_json(nothing, sentence)
    else:
        response = Response(sentence, mimetype="text/plain")
    response.status_code = HTTPStatus.REQUEST_URI_TOO_LONG
    response.headers["Content-Language"] = choose()
    return response


def stamp(text: str = "") -> Response:
    """A look at a stamp, by the link that is printed for every product."""
    phone = phones.recognise()
    return _look(read_look(text, phone), phone)


def digital_link(link: str) -> Response:
    """A look at a stamp, by a GS1 Digital Link."""
    phone = phones.recognise()
    return _look(read_digital_link(link, phone), phone)


def _look(look: Look, phone: phones.Phone) -> Response:
    now = edge().clock()
    if request.method == "HEAD":
        answer = _examine(look)
    else:
        with edge().database.writing() as session:
            answer = scan(session, look, edge().scanning, now)
        warn_operators(answer)
    response = respond(look, answer, now)
    phones.remember(response, phone, secure=edge().settings.secure)
    return response


def _examine(look: Look) -> Answer:
    """The answer to a look that leaves no record."""
    with edge().database.reading() as session:
        return examine(session, look, edge().scanning, edge().clock()).answer


def hidden_code(text: str) -> Response:
    """A hidden code for a stamp. A body that cannot be used spends and records nothing."""
    phone = phones.recognise()
    look = read_look(text, phone)
    now = edge().clock()
    unusable = None
    try:
        attempt = read_attempt(look)
    except UnreadableBody:
        unusable = Unusable(
            HTTPStatus.BAD_REQUEST,
            gettext("What was sent could not be read; no hidden code was used up."),
        )
    except LargeBody:
        unusable = Unusable(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            gettext("Too much was sent at once; no hidden code was used up."),
        )
    if unusable is not None:
        answer = _examine(look)
    else:
        with edge().database.writing() as session:
            answer = confirm(session, attempt, edge().confirming, now)
        warn_operators(answer)
    response = respond(look, answer, now, unusable)
    phones.remember(response, phone, secure=edge().settings.secure)
    return response


def leave_hidden_code(text: str) -> AnyResponse:
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
