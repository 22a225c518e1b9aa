"""An answer as it leaves: its status, its JSON in the public form (design, section 6), its page."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Response, current_app, make_response, render_template, request
from markupsafe import Markup
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from scanner_page import addresses, presenting
from scanner_page.addresses import onward, root
from scanner_page.asking import JSON, mistyped, wants_json
from scanner_page.fragments import Fragments
from scanner_page.language import VIETNAMESE, choose, in_page, other
from scanner_page.phrases import PARTY_KINDS, Tone
from scanner_page.wording import Said, say
from stamps import grouped, read
from traceapp.attending import tell
from traceapp.edge import Edge
from traceapp.services.registry.picturing import PictureOrigin
from traceapp.services.registry.provinces import Province
from traceapp.services.scans.confirming import TooManyTries
from traceapp.services.scans.judging import Authentication, Reason, Verdict
from traceapp.services.scans.scanning import Answer, Look
from traceapp.services.scans.telling import Origin
from traceapp.services.values import When

STATUS: dict[Verdict, HTTPStatus] = {
    Verdict.MALFORMED: HTTPStatus.BAD_REQUEST,
    Verdict.FORGED: HTTPStatus.NOT_FOUND,
    Verdict.UNKNOWN: HTTPStatus.NOT_FOUND,
    Verdict.RECALLED: HTTPStatus.OK,
    Verdict.ON_HOLD: HTTPStatus.OK,
    Verdict.VOID: HTTPStatus.OK,
    Verdict.NOT_ACTIVATED: HTTPStatus.OK,
    Verdict.EXPIRED: HTTPStatus.OK,
    Verdict.SUSPICIOUS: HTTPStatus.OK,
    Verdict.ALREADY_AUTHENTICATED: HTTPStatus.OK,
    Verdict.REGISTERED: HTTPStatus.OK,
    Verdict.AUTHENTICATED: HTTPStatus.OK,
    Verdict.WRONG_HIDDEN_CODE: HTTPStatus.OK,
    Verdict.TOO_MANY_TRIES: HTTPStatus.TOO_MANY_REQUESTS,
    Verdict.NO_HIDDEN_CODE: HTTPStatus.CONFLICT,
    Verdict.UNCHECKED: HTTPStatus.SERVICE_UNAVAILABLE,
}

AGAIN_SECONDS = 5  # after which to ask again for what was out of reach: a lock is soon over
NONCE_BYTES = 16

# Where typing a hidden code can still tell something. After it was used there is nothing to learn,
# and on a stamp that is not to be trusted at all nothing to gain.
_ASKS_FOR_HIDDEN_CODE = frozenset(
    {
        Verdict.REGISTERED,
        Verdict.SUSPICIOUS,
        Verdict.WRONG_HIDDEN_CODE,
        Verdict.TOO_MANY_TRIES,
    }
)

# What tells that the database is locked, or away, at another version while it is upgraded, or has
# no connection left for us.
RECORDS_AWAY = (DBAPIError, NoConnectionFree)


def _versioned(name: str) -> str:
    """A style sheet's address, which changes with its content: browsers keep it for a year."""
    file = Path(__file__).with_name("static") / name
    return f"assets/{name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"


STYLES = tuple(map(_versioned, ("pico.css", "style.css")))

# What people typed is Vietnamese: a screen reader is told so where the page is not.
_AS_TYPED = {True: Markup(), False: Markup(' lang="vi"')}

_WHEN: TypeAdapter[datetime] = TypeAdapter(When)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Unusable:
    """A request that was answered without its body: the status, and what to tell the sender."""

    status: HTTPStatus
    sentence: str


@dataclass(frozen=True)
class Question:
    """Where was it bought? `ticket` says which look the answer will belong to."""

    ticket: str
    provinces: Mapping[str, Province]


@dataclass(frozen=True)
class Beside:
    """What a stamp's page shows besides the answer: a panel for an insider, a question to a buyer.

    `panel` is markup of the signed-in pages' own.
    """

    panel: Markup | None = None
    question: Question | None = None


_NOTHING_BESIDE = Beside()
_FRAGMENTS = Fragments()


def edge() -> Edge:
    found: Edge = current_app.extensions["traceapp"]
    return found


def warn_operators(answer: Answer) -> None:
    """Tell what is counted of an answer, and the log of what a leaked key or lost rows cause.

    The log holds the serial, which is no secret, and neither the code nor anything of the phone.
    """
    tell(verdict=answer.verdict.value, authentication=answer.authentication)
    if answer.verdict is Verdict.UNKNOWN:
        _log.warning("stamp_unknown", serial=answer.serial)
    elif Reason.WRONG_KEY in answer.reasons and answer.code is not None:
        _log.warning("wrong_key", serial=read(answer.code).serial)


def respond(
    look: Look,
    answer: Answer,
    now: datetime,
    unusable: Unusable | None = None,
    beside: Beside = _NOTHING_BESIDE,
) -> Response:
    """The response to a look or a hidden code, as JSON or as a page."""
    said, status = say(answer), STATUS[answer.verdict]
    if unusable is not None:
        status = unusable.status
        said = Said(Tone.CARE, said.headline, unusable.sentence, said.also)
        answer = replace(answer, authentication=Authentication.NONE)
    if wants_json():
        response = in_json(answer, said.message)
    else:
        typed = mistyped(look)
        shown = {**_shown(answer), "panel": beside.panel, "question": beside.question}
        response = page("stamp.html", answer=answer, said=said, now=now, typed=typed, **shown)
    response.status_code = status
    response.headers["Content-Language"] = choose()
    if isinstance(answer, TooManyTries) and answer.again_at is not None:
        wait = ceil((answer.again_at - now).total_seconds())
        response.headers["Retry-After"] = str(max(1, wait))
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(AGAIN_SECONDS)
    return response


def in_json(answer: Answer, message: str) -> Response:
    """The public form as a response: keys in their order, letters as they are."""
    form = public_form(answer, message)
    return Response(json.dumps(form, ensure_ascii=False), mimetype=JSON)


def public_form(answer: Answer, message: str) -> dict[str, Any]:
    """The public form. What an issued stamp alone has is absent from every other answer."""
    form: dict[str, Any] = {
        "verdict": answer.verdict.value,
        "authentication": answer.authentication,
        "message": message,
        "reasons": list(answer.reasons),
        "stamp": {
            "code": answer.code,
            "serial": answer.serial,
            "hidden_code": answer.hidden_code,
        },
    }
    if answer.origin is not None:
        form |= _origin(answer.origin)
        form["scans"] = {"sessions": answer.sessions, "first_at": _when(answer.first_at)}
    if answer.tries_left is not None:
        form["tries_left"] = answer.tries_left
    if isinstance(answer, TooManyTries):
        form["try_again_at"] = _when(answer.again_at)
    if answer.redeemed_at is not None:
        form["authenticated_at"] = _when(answer.redeemed_at)
    return form


def _origin(origin: Origin) -> dict[str, Any]:
    form: dict[str, Any] = origin.model_dump(mode="json")
    pictures = origin.product.pictures
    form["product"]["pictures"] = [_picture(each) for each in pictures]
    return form


def _picture(shown: PictureOrigin) -> dict[str, Any]:
    """A picture with its address, in the place of its digest."""
    where = f"{request.script_root}/{addresses.picture(shown)}"
    return {"address": where, **shown.model_dump(mode="json", exclude={"digest"})}


def _when(moment: datetime | None) -> Any:
    return None if moment is None else _WHEN.dump_python(moment, mode="json")


def _shown(answer: Answer) -> dict[str, Any]:
    """What the stamp's page needs besides the answer."""
    kind = edge().kinds[answer.origin.product.kind] if answer.origin else None
    asks = answer.provable and answer.verdict in _ASKS_FOR_HIDDEN_CODE
    return {
        "kind": kind,
        "code": None if answer.code is None else grouped(answer.code),
        "nonce": secrets.token_urlsafe(NONCE_BYTES) if asks else None,
    }


def page(template: str, **context: Any) -> Response:
    """A page in the language of this request."""
    settings = edge().settings
    language, way = choose(), root()
    response = make_response(
        render_template(
            f"scanner_page/{template}",
            _=in_page,
            root=way,
            kept=_FRAGMENTS.keeper(language, way),
            styles=STYLES,
            onward=onward,
            language=language,
            other_language=other(language),
            settings=settings,
            typed_text=_AS_TYPED[language == VIETNAMESE],
            picture=addresses.picture,
            picture_sources=addresses.picture_sources,
            host=urlsplit(settings.base_url).netloc,
            show=presenting,
            party_kinds=PARTY_KINDS,
            **context,
        )
    )
    response.headers["Content-Language"] = language
    return response
