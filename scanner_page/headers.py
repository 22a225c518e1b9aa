"""What every response of this room carries: a page, JSON, a style sheet or a picture."""

from __future__ import annotations

from flask import Response, request

from scanner_page.inlining import SCRIPT_HASH, STYLE_HASH

_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'self' {STYLE_HASH}",
        f"script-src {SCRIPT_HASH}",
        "img-src 'self' data:",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

# A picture that is opened by itself is a page of its own, which may do nothing at all.
_PICTURE_POLICY = "default-src 'none'; sandbox"

# The camera is not forbidden: a scanner of our own may stand on this origin.
_UNUSED = "geolocation=(), microphone=(), payment=(), usb=()"

_KEPT_LONG = frozenset({"scanner_page.static", "scanner_page.picture"})
_LONG = "public, max-age=31536000, immutable"


_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": _UNUSED,
}
ANSWER = {
    **_EVERYWHERE,
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Vary": "Accept, Accept-Encoding, Accept-Language, Cookie",
    "X-Robots-Tag": "noindex",
}


def put(response: Response) -> Response:
    """Put the headers of this room on a response.

    A link holds a stamp's code, so that no address is told to whoever a page leads to. An answer
    is true for one moment and one phone; the address of a style sheet or a picture changes with its
    content.
    """
    kept_long = request.endpoint in _KEPT_LONG and response.status_code in (200, 206, 304)
    if kept_long:
        picture = request.endpoint == "scanner_page.picture"
        response.headers["Cache-Control"] = _LONG
        response.headers["Content-Security-Policy"] = _PICTURE_POLICY if picture else _POLICY
        response.headers.update(_EVERYWHERE)
    else:
        response.headers.update(ANSWER)
    return response
