"""Which language an answer speaks: Vietnamese, unless the reader would rather have English."""

from __future__ import annotations

import flask_babel
from flask import has_request_context, request

VIETNAMESE = "vi"
ENGLISH = "en"


def choose() -> str:
    """The language of this request: what `?lang=` says, else what its Accept-Language prefers.

    Between equals, and outside a request, it is Vietnamese.
    """
    if not has_request_context():
        return VIETNAMESE
    wished = asked_for()
    if wished is not None:
        return wished
    return ENGLISH if _liking(ENGLISH) > _liking(VIETNAMESE) else VIETNAMESE


def asked_for() -> str | None:
    """The language that the address itself asks for, if it asks for one that we speak."""
    wished = request.args.get("lang", "").lower()
    return wished if wished in (VIETNAMESE, ENGLISH) else None


def other(language: str) -> str:
    return VIETNAMESE if language == ENGLISH else ENGLISH


def _liking(language: str) -> float:
    """How much the reader likes a language in any of its regional forms: 0 to 1."""
    return max(
        (
            quality
            for name, quality in request.accept_languages
            if name.replace("_", "-").split("-")[0].lower() == language
        ),
        default=0,
    )


def gettext(text: str, **data: object) -> str:
    """A message of the catalogue in the language of this request, with its places filled."""
    return str(flask_babel.gettext(text, **data))


def ngettext(one: str, many: str, number: int, **data: object) -> str:
    """A message that counts; `number` is at hand in it as `num`."""
    return str(flask_babel.ngettext(one, many, number, **data))
