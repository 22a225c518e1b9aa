"""What every signed-in page carries: nothing from elsewhere, no frame, nothing kept by caches."""

from __future__ import annotations

from flask import Response, request

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_UNUSED = "geolocation=(), microphone=(), payment=(), usb=()"
_LONG = "public, max-age=31536000, immutable"


def put(response: Response) -> Response:
    """Put the headers of signed-in pages on a response.

    An invitation's address is a secret, so that no address is told to another host.
    """
    asset = (request.endpoint or "").endswith(".static") and response.status_code in (200, 304)
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # The page that a form stood on is told to ourselves alone; a link to join not even to us, since
    # whoever reads a log of ours could use it.
    joining = request.endpoint == "entry.join"
    response.headers["Referrer-Policy"] = "no-referrer" if joining else "same-origin"
    response.headers["Permissions-Policy"] = _UNUSED
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = _LONG if asset else "no-store"
    if not asset:
        response.headers["Vary"] = "Accept-Language, Cookie"
        response.headers["X-Robots-Tag"] = "noindex"
    return response
