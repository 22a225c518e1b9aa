"""What every response of this room carries, whether it is a page, JSON or a style sheet."""

from __future__ import annotations

from flask import Response, request

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

# The camera is not forbidden: a scanner of our own may stand on this origin.
_UNUSED = "geolocation=(), microphone=(), payment=(), usb=()"

_LONG = "public, max-age=31536000, immutable"


def put(response: Response) -> Response:
    """Put the headers of this room on a response.

    A link holds a stamp's code, so that no address is told to whoever a page leads to. An answer
    is true for one moment and one phone; a style sheet's address changes with its content.
    """
    kept_long = request.endpoint == "scanner_page.static" and response.status_code in (200, 304)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Permissions-Policy"] = _UNUSED
    response.headers["Cache-Control"] = _LONG if kept_long else "no-store"
    if not kept_long:
        response.headers["Vary"] = "Accept, Accept-Language, Cookie"
        response.headers["X-Robots-Tag"] = "noindex"
    return response
