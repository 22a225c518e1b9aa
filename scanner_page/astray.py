"""Requests that no route answers: a long address, an unknown one, a method that is not served.

They are answered in the form that was asked for, like everything else here. A program is told
`malformed`, since what it asked is no look at a stamp, and `unchecked` where the fault is ours.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import HTTPException

from scanner_page import headers
from scanner_page.addresses import LONGEST_PATH, raw_path
from scanner_page.answering import in_json, page
from scanner_page.asking import wants_json
from scanner_page.language import choose, gettext
from scanner_page.phrases import ASTRAY, OUR_FAULT, REFUSED
from traceapp.services.scans.judging import Reason, Verdict
from traceapp.services.scans.scanning import Answer

_KEPT = frozenset({"Allow", "Retry-After"})  # headers of an error that tell what to do instead


def refuse_long_paths() -> Response | None:
    """Answer a path past LONGEST_PATH in a few words, before anything else is done with it."""
    if len(raw_path()) <= LONGEST_PATH:
        return None
    sentence = gettext("This address is too long to be a stamp's.")
    if wants_json():
        response = _told(Verdict.MALFORMED, sentence)
    else:
        response = Response(sentence, mimetype="text/plain")
    response.status_code = HTTPStatus.REQUEST_URI_TOO_LONG
    response.headers["Content-Language"] = choose()
    return response


def lost(error: HTTPException) -> Response:
    """The answer to an error outside the API, with the headers of this room.

    The error may have no route, so that no hook of the blueprint has run or will run.
    """
    return headers.put(refuse_long_paths() or _answer(error))


def _answer(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    headline, next_step = map(gettext, ASTRAY.get(status, OUR_FAULT if ours else REFUSED))
    if wants_json():
        verdict = Verdict.UNCHECKED if ours else Verdict.MALFORMED
        response = _told(verdict, f"{headline}. {next_step}")
    else:
        response = page("astray.html", headline=headline, next_step=next_step, asks=not ours)
    response.status_code = status
    response.headers["Content-Language"] = choose()
    for name, value in error.get_headers():
        if name in _KEPT:
            response.headers[name] = value
    return response


def _told(verdict: Verdict, sentence: str) -> Response:
    reasons = (Reason.MALFORMED,) if verdict is Verdict.MALFORMED else ()
    return in_json(Answer(verdict, reasons, typed=False), sentence)
