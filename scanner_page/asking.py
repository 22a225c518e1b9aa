"""What a phone sent: read leniently, bounded, and never believed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_accept_header

from scanner_page.agents import agent_of
from scanner_page.phones import Phone
from traceapp.services.scans.confirming import HiddenAttempt
from traceapp.services.scans.scanning import Look

LONGEST_BODY = 16 * 1024  # bytes; a hidden code needs 8
LONGEST_NONCE = 100

JSON = "application/json"
HTML = "text/html"

# GS1 Digital Link URI Syntax: (01) is followed by its qualifier (10), if any, and by (21).
_DIGITAL_LINK = re.compile(r"(?P<gtin>[^/]*)(?:/10/(?P<lot>.*?))?/21/(?P<text>.*)", re.DOTALL)

# What a field may be filled with again: a stranger's link writes no sentence into our page.
_CODE_LIKE = re.compile(r"[0-9A-Za-z -]{1,40}")

_YES = frozenset({"true", "yes", "1"})

# What Sec-Fetch-Site (W3C Fetch Metadata) says of a request that our own page made, and of one
# that a person made by a camera, a bookmark or the address bar. Old browsers and programs say
# nothing: they are believed.
_OWN_PAGE = frozenset({"same-origin"})
_PERSON = _OWN_PAGE | {"none"}


class UnreadableBody(Exception):
    """A body that is neither a form nor one JSON object, or that did not arrive whole."""


class ForeignForm(Exception):
    """A form that another site's page sent."""


class LargeBody(Exception):
    """A body past LONGEST_BODY; no more of it was read."""


def read_look(text: str, phone: Phone, gtin: str | None = None, lot: str | None = None) -> Look:
    """The look that this request is. A slash after the code is a scanner app's habit."""
    return Look(
        # A reader may encode the # before a hidden code, and so send it: nobody looks at it here.
        text=text.partition("#")[0].removesuffix("/"),
        phone=phone.id,
        source=request.remote_addr or "",
        fresh=phone.fresh,
        gtin=gtin,
        lot=lot,
        typed=request.args.get("typed") == "1" and _led_here_by(_OWN_PAGE),
        agent=agent_of(request.headers.get("User-Agent", "")),
    )


def mistyped(look: Look) -> str:
    """What a person typed, to be corrected where it stands; empty for what no person typed."""
    return look.text if look.typed and _CODE_LIKE.fullmatch(look.text) else ""


def read_digital_link(link: str, phone: Phone) -> Look:
    """The look at what follows /01/. Without a serial, all of it is a text that is no code."""
    found = _DIGITAL_LINK.fullmatch(link)
    if found is None:
        return read_look(f"01/{link}", phone)
    return read_look(found["text"], phone, found["gtin"], found["lot"])


def read_attempt(look: Look) -> HiddenAttempt:
    """The hidden code that came with this request.

    What is missing or of another type is a slip and costs nothing; a foil that was not clearly
    said to be whole was not. Raises ForeignForm, UnreadableBody and LargeBody.
    """
    sent = read_sent()
    hidden, nonce = sent.get("hidden_code"), sent.get("nonce")
    return HiddenAttempt(
        look=look,
        hidden_code=hidden if isinstance(hidden, str) else "",
        foil_whole=_clearly(sent.get("foil_whole", True)),
        nonce=nonce if isinstance(nonce, str) and len(nonce) <= LONGEST_NONCE else None,
    )


def read_sent() -> Mapping[str, Any]:
    """What a person sent by our own page's form, or a program as a JSON object, by field.

    Raises ForeignForm, UnreadableBody and LargeBody.
    """
    if not _led_here_by(_PERSON):
        raise ForeignForm
    # A body that does not tell its length is cut at the limit, so that one byte more is let in.
    request.max_content_length = LONGEST_BODY + 1
    try:
        body = request.get_data(cache=True)
        if len(body) > LONGEST_BODY:
            raise LargeBody
        return _from_json(body) if sends_json() else _from_form()
    except RequestEntityTooLarge:
        raise LargeBody from None
    # What the server's own reader raises for broken chunks, and Werkzeug for a body cut short.
    except (ParseException, ClientDisconnected):
        raise UnreadableBody from None


def _led_here_by(trusted: frozenset[str]) -> bool:
    return request.headers.get("Sec-Fetch-Site") in (None, *trusted)


def _from_json(body: bytes) -> Mapping[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableBody from None
    if not isinstance(sent, dict):
        raise UnreadableBody
    return sent


def _from_form() -> Mapping[str, Any]:
    """The last value of each field: the page's own form says "unanswered" before its choices."""
    return {name: values[-1] for name, values in request.form.lists()}


def _clearly(said: object) -> bool:
    return said is True or (isinstance(said, str) and said.strip().lower() in _YES)


def sends_json() -> bool:
    return request.is_json


def takes_gzip() -> bool:
    """Whether who asks reads what is packed."""
    return packs(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=256)
def packs(header: str) -> bool:
    """Whether a browser with this Accept-Encoding reads gzip."""
    return bool(parse_accept_header(header)["gzip"])


def wants_json() -> bool:
    """Whether the answer shall be JSON: where it is liked better than a page.

    Who names JSON, and pages only by a wildcard, is a program. So is who sends JSON and likes both
    alike: it is answered in the form that it speaks.
    """
    rather = rather_json(request.headers.get("Accept", ""))
    return sends_json() if rather is None else rather


@lru_cache(maxsize=256)
def rather_json(header: str) -> bool | None:
    """Whether who sends this header would rather have JSON than a page; None for both alike."""
    accepted = parse_accept_header(header, MIMEAccept)
    as_json, names_json = _liking(accepted, JSON)
    as_page, names_page = _liking(accepted, HTML)
    if names_json and not names_page:
        return as_json > 0
    return None if as_json == as_page else as_json > as_page


def _liking(accepted: MIMEAccept, kind: str) -> tuple[float, bool]:
    """How much an answer of a kind is liked, 0 to 1, and whether the kind is named itself."""
    # Types are named in any case, with or without parameters.
    named = [
        quality for name, quality in accepted if name.partition(";")[0].strip().lower() == kind
    ]
    return (max(named), True) if named else (accepted[kind], False)
