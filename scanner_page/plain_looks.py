"""Looks as phones' own cameras make them, answered before Flask reads the request.

Most looks are a GET of a stamp's link, by a browser that nobody is signed in on. Taking such
a request apart and its answer together again costs Flask more than finding the answer, so that this
is done here, by the same functions. Everything else goes on to Flask, and so does nothing that was
begun here: a look is kept but once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.http import parse_cookie

from scanner_page import headers, language, phones, placing
from scanner_page.agents import agent_of
from scanner_page.answering import (
    STATUS,
    answered,
    draw_stamp,
    retry_after,
    warn_operators,
)
from scanner_page.asking import packs, rather_json
from scanner_page.drawing import Drawn
from scanner_page.stamp_page import Particulars, Way, kept_page, left_of, particulars
from scanner_page.wording import say
from traceapp.attending import tell
from traceapp.edge import Edge
from traceapp.headers import over_https
from traceapp.services.scans.scanning import Answer, Look

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# A link as it is printed; what else reads as a code is rare. A lot takes more letters than these.
_CODE = r"([0-9A-Za-z]{20})"
_STAMP = re.compile(rf"/[Ss]/{_CODE}")
_DIGITAL_LINK = re.compile(rf"/01/([0-9]{{8,14}})(?:/10/([0-9A-Za-z_.-]{{1,20}}))?/21/{_CODE}")

# What only a request has that is no plain look, in the names of PEP 3333.
_UNUSUAL = (
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "HTTP_CONTENT_ENCODING",
    "HTTP_TRANSFER_ENCODING",
    "QUERY_STRING",
    "SCRIPT_NAME",
)


@dataclass(frozen=True)
class _Asked:
    """A plain look: what its link says, and the cookies that came with it.

    `route` is its route as Flask names it, in logs and metrics.
    """

    route: str
    text: str
    gtin: str | None
    lot: str | None
    cookies: dict[str, str]
    environ: WSGIEnvironment

    @property
    def root(self) -> str:
        """The way from the link up to the front page."""
        return "../" * (str(self.environ["PATH_INFO"]).count("/") - 1)


class PlainLooks:
    """WSGI: answers plain looks, and hands everything else to Flask."""

    def __init__(self, app: Flask, edge: Edge) -> None:
        self._app = app
        self._flask = app.wsgi_app
        self._edge = edge
        secure = edge.settings.secure
        self._phone = phones.cookie_name(secure=secure)
        self._known = {self._phone, *language.COOKIES}
        self._always = [*headers.ANSWER.items(), *over_https(secure=secure).items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = self._plain(environ)
        if asked is None:
            return self._flask(environ, start_response)
        tell(route=asked.route)
        try:
            status, sent, body = self._answer(asked)
        except Exception as error:  # noqa: BLE001  (Flask's own last resort, which logs it)
            with self._app.request_context(environ):
                return self._app.handle_exception(error)(environ, start_response)
        start_response(status, sent)
        return [body]

    def _plain(self, environ: WSGIEnvironment) -> _Asked | None:
        path = environ["PATH_INFO"]
        if found := _STAMP.fullmatch(path):
            route, text, gtin, lot = "scanner_page.stamp", found[1], None, None
        elif found := _DIGITAL_LINK.fullmatch(path):
            route, gtin, lot, text = "scanner_page.digital_link", found[1], found[2], found[3]
        else:
            return None
        if environ["REQUEST_METHOD"] != "GET":
            return None
        if any(environ.get(name) for name in _UNUSUAL):
            return None
        # Spelled otherwise, the page might lie deeper for the browser than it does for us.
        if environ.get("RAW_URI", path) != path:
            return None
        if rather_json(environ.get("HTTP_ACCEPT", "")):
            return None
        sent = environ.get("HTTP_COOKIE", "")
        cookies = parse_cookie(sent).to_dict() if sent else {}
        if not cookies.keys() <= self._known:
            return None
        return _Asked(route, text, gtin, lot, cookies, environ)

    def _answer(self, asked: _Asked) -> tuple[str, list[tuple[str, str]], bytes]:
        edge, environ = self._edge, asked.environ
        now = edge.clock()
        phone = phones.recognise(phones.ring(edge), asked.cookies.get(self._phone, ""))
        look = Look(
            text=asked.text,
            phone=phone.id,
            source=environ.get("REMOTE_ADDR") or "",
            fresh=phone.fresh,
            gtin=asked.gtin,
            lot=asked.lot,
            agent=agent_of(environ.get("HTTP_USER_AGENT", "")),
        )
        answer = answered(edge, look, lambda: edge.scan_writer.scan(look, now))
        warn_operators(answer)
        question = placing.question(edge, look, answer, now)
        spoken = language.preferred(asked.cookies, environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        told = particulars(answer, None if question is None else question.ticket, spoken)
        holes, left = told.holes(), left_of(answer, now)

        def draw() -> Drawn:
            return self._draw(asked, answer, holes, left=left, question=question)

        drawn = kept_page(answer, Way(spoken, asked.root, "", edge.settings), left, holes, draw)
        packed = packs(environ.get("HTTP_ACCEPT_ENCODING", ""))
        body, sent = drawn.sent(told.filled(), packed=packed)
        status = STATUS[answer.verdict]
        sent += [("Content-Length", str(len(body))), ("Content-Language", spoken), *self._always]
        sent += retry_after(answer, status, now)
        sent += phones.cookie(phone, secure=edge.settings.secure)
        return f"{status.value} {status.phrase.upper()}", sent, body

    def _draw(self, asked: _Asked, answer: Answer, holes: Particulars, **shown: Any) -> Drawn:
        with self._app.request_context(asked.environ):
            return draw_stamp(answer, say(answer), stamp=holes, **shown)
