"""An answer as it leaves: its status, its JSON in the public form (design, section 6), its page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
from scanner_page.asking import JSON, mistyped, sends_json, takes_gzip, wants_json
from scanner_page.drawing import Drawn
from scanner_page.inlining import SCRIPT, STYLE
from scanner_page.language import VIETNAMESE, choose, in_page, other
from scanner_page.mapping import Sketch, sketch
from scanner_page.phrases import PARTY_KINDS, Tone
from scanner_page.stamp_page import Way, kept_page, left_of, particulars
from scanner_page.wording import Said, say
from stamps import KeyRing, read
from traceapp.attending import tell
from traceapp.edge import Edge, KeyTrouble
from traceapp.services.registry.picturing import PictureOrigin
from traceapp.services.registry.provinces import Province
from traceapp.services.scans.judging import Authentication, Reason, Verdict
from traceapp.services.scans.scanning import Answer, Look, unchecked
from traceapp.services.scans.telling import FacilityOrigin, Origin
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

LONGEST_TROUBLE = 200  # characters of a database's own words that are logged
AGAIN_SECONDS = 5  # after which to ask again for what was out of reach: a lock is soon over

# Where the form comes back with what was typed, cut to what its field takes.
_ASKS_AGAIN = frozenset({Verdict.WRONG_HIDDEN_CODE, Verdict.TOO_MANY_TRIES})
LONGEST_SENT = 20

# What tells that the database is locked, or away, at another version while it is upgraded, or has
# no connection left for us.
RECORDS_AWAY = (DBAPIError, NoConnectionFree)


def _versioned(name: str) -> str:
    """A style sheet's address, which changes with its content: browsers keep it for a year."""
    file = Path(__file__).with_name("static") / name
    return f"assets/{name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"


REST_STYLE = _versioned("style.css")

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
class SentForm:
    """What a person sent with a hidden code that was not right, to be corrected where it stands."""

    hidden_code: str = field(repr=False)
    foil_whole: bool


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


def answered(edge: Edge, look: Look, ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers; out of reach of the records, what the code tells by itself.

    Without one of the keys nobody can say that a code is forged, so that no ring is tried then.
    """
    try:
        return ask()
    except KeyTrouble as trouble:
        _log.error("key_trouble", trouble=str(trouble))
        return unchecked(look, None)
    except RECORDS_AWAY as trouble:
        # Below its first line a database quotes what a row held.
        said = str(getattr(trouble, "orig", trouble)).partition("\n")[0]
        _log.error("records_away", trouble=said[:LONGEST_TROUBLE])
        return unchecked(look, _stamp_ring(edge))


def _stamp_ring(edge: Edge) -> KeyRing | None:
    """The ring of stamp keys, where it can be read."""
    try:
        return edge.stamp_keys.ring()
    except KeyTrouble:
        return None


def respond(
    look: Look,
    answer: Answer,
    now: datetime,
    unusable: Unusable | None = None,
    beside: Beside = _NOTHING_BESIDE,
) -> Response:
    """The response to a look or a hidden code, as JSON or as a page."""
    status = STATUS[answer.verdict]
    if unusable is not None:
        status = unusable.status
        answer = replace(answer, authentication=Authentication.NONE)
    if wants_json():
        response = in_json(answer, _said(answer, unusable).message)
    else:
        response = _stamp_page(look, answer, now, unusable, beside)
    response.status_code = status
    response.headers["Content-Language"] = choose()
    response.headers.extend(retry_after(answer, status, now))
    return response


def retry_after(answer: Answer, status: HTTPStatus, now: datetime) -> list[tuple[str, str]]:
    """The header that tells when to ask again, where that helps."""
    if answer.again_at is not None:
        wait = ceil((answer.again_at - now).total_seconds())
        return [("Retry-After", str(max(1, wait)))]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        return [("Retry-After", str(AGAIN_SECONDS))]
    return []


def _said(answer: Answer, unusable: Unusable | None) -> Said:
    said = say(answer)
    if unusable is None:
        return said
    return Said(Tone.CARE, said.headline, unusable.sentence, said.also)


def _stamp_page(
    look: Look, answer: Answer, now: datetime, unusable: Unusable | None, beside: Beside
) -> Response:
    way, typed = Way(choose(), root(), onward(), edge().settings), mistyped(look)
    ticket = None if beside.question is None else beside.question.ticket
    told = particulars(answer, ticket, way.language)
    holes, left, sent = told.holes(), left_of(answer, now), _sent_again(answer)

    def draw() -> Drawn:
        shown = {"left": left, "stamp": holes, "typed": typed, "panel": beside.panel}
        said = _said(answer, unusable)
        return draw_stamp(answer, said, question=beside.question, sent=sent, **shown)

    if sent is not None or typed or unusable is not None or beside.panel is not None:
        drawn = draw()
    else:
        drawn = kept_page(answer, way, left, holes, draw)
    body, headers = drawn.sent(told.filled(), packed=takes_gzip())
    return Response(body, headers=headers)


def draw_stamp(answer: Answer, said: Said, **shown: Any) -> Drawn:
    """A stamp's page with its holes, in the language of this request."""
    kind = edge().kinds[answer.origin.product.kind] if answer.origin else None
    context = {"typed": "", "panel": None, "sent": None, **shown}
    return Drawn(render("stamp.html", answer=answer, said=said, kind=kind, **context))


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
    if answer.again_at is not None:
        form["try_again_at"] = _when(answer.again_at)
    if answer.redeemed_at is not None:
        form["authenticated_at"] = _when(answer.redeemed_at)
    return form


def _origin(origin: Origin) -> dict[str, Any]:
    form: dict[str, Any] = origin.model_dump(mode="json")
    pictures = origin.product.pictures
    form["product"]["pictures"] = [_picture(each) for each in pictures]
    for told, other_product in zip(form["other_products"], origin.other_products, strict=True):
        shown = other_product.picture
        told["picture"] = None if shown is None else _picture(shown)
    return form


def _picture(shown: PictureOrigin) -> dict[str, Any]:
    """A picture with its address, in the place of its digest."""
    where = f"{request.script_root}/{addresses.picture(shown)}"
    return {"address": where, **shown.model_dump(mode="json", exclude={"digest"})}


def _when(moment: datetime | None) -> Any:
    return None if moment is None else _WHEN.dump_python(moment, mode="json")


def _sketch_of(place: FacilityOrigin) -> Sketch | None:
    return sketch(place, edge().provinces)


def _sent_again(answer: Answer) -> SentForm | None:
    """The form that a browser sent, where it is shown again. It is one person's own: a page that
    holds it must be kept for nobody else."""
    if answer.verdict not in _ASKS_AGAIN or sends_json():
        return None
    foil = request.form.getlist("foil_whole")
    return SentForm(request.form.get("hidden_code", "")[:LONGEST_SENT], foil[-1:] == ["yes"])


def page(template: str, **context: Any) -> Response:
    """A page in the language of this request."""
    response = make_response(render(template, **context))
    response.headers["Content-Language"] = choose()
    return response


def render(template: str, **context: Any) -> str:
    """A page's text in the language of this request."""
    settings = edge().settings
    language, way = choose(), root()
    return render_template(
        f"scanner_page/{template}",
        _=in_page,
        root=way,
        first_style=STYLE,
        script=SCRIPT,
        rest_style=REST_STYLE,
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
        sketch_of=_sketch_of,
        **context,
    )
