"""Which language an answer speaks: Vietnamese, unless the reader would rather have English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from flask import has_request_context, request
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

VIETNAMESE = "vi"
ENGLISH = "en"
# Set by the signed-in pages alone; no page here leaves one. The first is the one over https.
COOKIES = ("__Host-lang", "lang")

_CHOSEN = "scanner_page.language"  # in the environment that WSGI hands on

# This room's words and no others: another room may say the same English otherwise in Vietnamese.
_WORDS = Path(__file__).with_name("words")


def choose() -> str:
    """The language of this request: what `?lang=` says, else the cookie, else Accept-Language.

    Between equals, and outside a request, it is Vietnamese.
    """
    if not has_request_context():
        return VIETNAMESE
    if _CHOSEN not in request.environ:
        request.environ[_CHOSEN] = _choose()
    return str(request.environ[_CHOSEN])


def _choose() -> str:
    return asked_for() or preferred(request.cookies, request.headers.get("Accept-Language", ""))


def preferred(cookies: Mapping[str, str], accept_language: str) -> str:
    """The language that a browser with these cookies and this header would rather have."""
    kept = next((cookies[name] for name in COOKIES if name in cookies), "")
    return _spoken(kept) or _preferred(accept_language)


@lru_cache(maxsize=256)
def _preferred(header: str) -> str:
    """The language that browsers with this header would rather have."""
    accepted = parse_accept_header(header, LanguageAccept)
    likes_english = _liking(accepted, ENGLISH) > _liking(accepted, VIETNAMESE)
    return ENGLISH if likes_english else VIETNAMESE


def asked_for() -> str | None:
    """The language that the address itself asks for, if it asks for one that we speak."""
    if not request.query_string:
        return None
    return _spoken(request.args.get("lang", ""))


def _spoken(wished: str) -> str | None:
    wished = wished.lower()
    return wished if wished in (VIETNAMESE, ENGLISH) else None


def other(language: str) -> str:
    return VIETNAMESE if language == ENGLISH else ENGLISH


def _liking(accepted: LanguageAccept, language: str) -> float:
    """How much the reader likes a language in any of its regional forms: 0 to 1."""
    return max(
        (
            quality
            for name, quality in accepted
            if name.replace("_", "-").split("-")[0].lower() == language
        ),
        default=0,
    )


def gettext(text: str, **data: object) -> str:
    """A message of the catalogue in the language of this request, with its places filled."""
    said = translate(choose(), text)
    return said % data if data else said


def translate(language: str, text: str) -> str:
    """A message of the catalogue."""
    return str(_catalogue(language).ugettext(text))


def ngettext(one: str, many: str, number: int, **data: object) -> str:
    """A message that counts; `number` is at hand in it as `num`."""
    said = str(_catalogue(choose()).ungettext(one, many, number))
    return said % {"num": number, **data}


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(_WORDS, [language])


def in_page(text: str, **data: object) -> Markup:
    """A message for a page: its own words are markup, and what fills its places is escaped."""
    return Markup(gettext(text)) % data if data else Markup(gettext(text))  # noqa: S704
