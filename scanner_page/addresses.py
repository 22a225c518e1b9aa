"""Addresses: how long this one is, and how a page reaches its neighbours by relative links."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from flask import request

from scanner_page.language import asked_for
from stamps import Malformed, read
from traceapp.services.registry.picturing import WIDTHS, PictureKind, PictureOrigin

LONGEST_PATH = 4000  # bytes, percent-encoded; our own links need fewer than 100
LONGEST_TYPED = 200  # characters of what a person typed that travel on in an address

_LINK = re.compile(r"/(?:s|21)/([^/?#]+)", re.IGNORECASE)


def raw_path() -> str:
    """This request's path as it was sent: percent-encoded, with its application's root.

    A server that does not hand it on leaves it to be encoded again, which moves no slash that a
    browser would count.
    """
    sent = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI")
    if isinstance(sent, str) and sent.startswith("/"):
        return sent.partition("?")[0]
    # WSGI hands bytes on as Latin-1 (PEP 3333).
    return quote(request.environ.get("PATH_INFO", "").encode("latin-1", "replace"))


def root() -> str:
    """The relative way from this page to the front page: as many steps up as it lies deep."""
    return "../" * (raw_path().count("/") - 1) or "./"


def onward(**wanted: str) -> str:
    """A query that keeps the language the address asks for, with what else is wanted."""
    language = asked_for()
    query = wanted if language is None else {**wanted, "lang": language}
    return f"?{urlencode(query)}" if query else ""


def stamp_address(text: str, **wanted: str) -> str:
    """The address of a stamp's page, whatever its code was said to be."""
    return f"{request.script_root}/S/{quote(text, safe='')}{onward(**wanted)}"


def picture(shown: PictureOrigin, width: int = max(WIDTHS), kind: str = PictureKind.JPEG) -> str:
    """Where a picture is, from the root of this service, without a slash before it."""
    return f"pictures/{shown.digest}/{width}.{kind}"


def picture_sources(shown: PictureOrigin, way_to_root: str) -> str:
    """The sizes of a picture for a browser to choose from (`srcset`), the narrower one first."""
    offered = {
        min(width, shown.width): picture(shown, width, PictureKind.WEBP)
        for width in sorted(WIDTHS, reverse=True)
    }
    return ", ".join(f"{way_to_root}{where} {width}w" for width, where in sorted(offered.items()))


def typed_code(field: str) -> str:
    """The code in what somebody typed or pasted, which may be a stamp's whole link."""
    field = field.strip()
    link = _LINK.search(field)
    text = link[1] if link else field
    try:
        return read(text).code
    except Malformed:
        return text[:LONGEST_TYPED]
