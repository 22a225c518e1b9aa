"""What every answer carries, whichever face made it; a face that says more is left alone."""

from __future__ import annotations

from flask import Flask, Response

from traceapp.settings import Settings

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

# Two years, as browsers' own lists want it. Other hosts below this one are not ours to speak for.
_HTTPS_ALONE = {"Strict-Transport-Security": "max-age=63072000"}


def over_https(*, secure: bool) -> dict[str, str]:
    """What is said besides where the service is asked over https."""
    return _HTTPS_ALONE if secure else {}


def furnish(app: Flask, settings: Settings) -> None:
    """Add to the application what puts these headers on its answers."""

    def put(response: Response) -> Response:
        for name, value in _EVERYWHERE.items():
            response.headers.setdefault(name, value)
        response.headers.update(over_https(secure=settings.secure))
        return response

    app.after_request(put)
