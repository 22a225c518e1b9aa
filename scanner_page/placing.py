"""Where a buyer bought it: a question after a look, which nobody has to answer.

The ticket in its form says which look it belongs to. It is signed, so that nobody answers for
others, and is good for an hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Response, json
from itsdangerous import BadSignature

from scanner_page.addresses import stamp_address
from scanner_page.answering import RECORDS_AWAY, Question, edge, page
from scanner_page.asking import (
    JSON,
    ForeignForm,
    LargeBody,
    UnreadableBody,
    read_sent,
    wants_json,
)
from scanner_page.language import choose, gettext
from scanner_page.signing import signer
from traceapp.edge import Edge, KeyTrouble
from traceapp.services.lists import Agent
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.scans.placing import name_place
from traceapp.services.scans.scanning import Answer, Look

GOOD_FOR = timedelta(hours=1)
_SALT = b"traceapp/place/2/"

_THANKS = message("Thank you")
_NOT_KEPT = message("Your answer was not kept")


def question(edge: Edge, look: Look, answer: Answer, now: datetime) -> Question | None:
    """The question after a buyer's look that was kept; None after any other."""
    buyer = look.agent is Agent.PERSON and look.actor is None
    if answer.scan_id is None or answer.origin is None or not buyer:
        return None
    try:
        ring = edge.session_keys.ring()
    except KeyTrouble:
        return None
    until = int((now + GOOD_FOR).timestamp())
    ticket = signer(ring, _SALT).sign(f"{answer.scan_id}.{until}").decode("ascii")
    return Question(ticket, edge.provinces)


def _scan_of(sent: object, now: datetime) -> int | None:
    """The scan that a ticket is for. None for one that is not ours, or too old."""
    if not isinstance(sent, str):
        return None
    try:
        said = signer(edge().session_keys.ring(), _SALT).unsign(sent).decode("ascii")
    except (BadSignature, KeyTrouble):
        return None
    scan_id, _, until = said.partition(".")
    return int(scan_id) if now.timestamp() <= int(until) else None


def place(text: str) -> Response:
    """Keep the province that a buyer names, once for her look."""
    now = edge().clock()
    try:
        sent = read_sent()
    except ForeignForm:
        refused = gettext("Answer on this service's own page.")
        return _answer(text, HTTPStatus.FORBIDDEN, _NOT_KEPT, refused)
    except UnreadableBody:
        refused = gettext("What was sent could not be read. Please choose again.")
        return _answer(text, HTTPStatus.BAD_REQUEST, _NOT_KEPT, refused)
    except LargeBody:
        refused = gettext("Too much was sent at once. Please choose again.")
        return _answer(text, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _NOT_KEPT, refused)
    given = sent.get("ticket")
    scan_id = _scan_of(given, now)
    if scan_id is None:
        late = gettext("The page was open for more than an hour. Please scan the stamp again.")
        return _answer(text, HTTPStatus.GONE, _NOT_KEPT, late)
    try:
        with edge().database.writing() as session:
            kept = name_place(session, scan_id, str(sent.get("province")), edge().provinces, now)
    except Unacceptable:
        said = gettext("Please choose a province or city from the list.")
        return _answer(text, HTTPStatus.UNPROCESSABLE_ENTITY, _NOT_KEPT, said, str(given))
    except RECORDS_AWAY:
        away = gettext("Our records are out of reach just now. Please try again in a little while.")
        return _answer(text, HTTPStatus.SERVICE_UNAVAILABLE, _NOT_KEPT, away, str(given))
    if kept:
        said = gettext("It helps to find copies. We kept the province only.")
    else:
        said = gettext("You had told us before; nothing was changed.")
    return _answer(text, HTTPStatus.OK, _THANKS, said)


def _answer(
    text: str, status: HTTPStatus, headline: str, said: str, again: str | None = None
) -> Response:
    """The answer to a named province; with `again`, a ticket, the question stands below it."""
    if wants_json():
        told = {"kept": status is HTTPStatus.OK, "message": said}
        response = Response(json.dumps(told, ensure_ascii=False), mimetype=JSON)
    else:
        response = page(
            "placed.html",
            headline=gettext(headline),
            said=said,
            question=None if again is None else Question(again, edge().provinces),
            back=stamp_address(text),
        )
    response.status_code = status
    response.headers["Content-Language"] = choose()
    return response
