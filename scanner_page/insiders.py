"""Whoever is signed in on the phone that looks, as another face tells it.

Whatever goes wrong with them, a look is answered as it would be for anybody.
"""

from __future__ import annotations

from typing import Protocol

import structlog
from flask import current_app
from flask.sansio.app import App
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from traceapp.edge import KeyTrouble
from traceapp.services.authority import Actor
from traceapp.services.refusals import Refusal
from traceapp.services.scans.scanning import Answer

_WHERE = "scanner_page.insiders"
_TROUBLE = (SQLAlchemyError, KeyTrouble, Refusal)

_log = structlog.get_logger(__name__)


class Insiders(Protocol):
    """What the signed-in pages tell of this request."""

    def who(self) -> Actor | None:
        """Whoever is signed in. Asked once a look, so that it must cost a buyer nothing."""

    def greet(self, actor: Actor, answer: Answer) -> Response | Markup | None:
        """What an insider meets at a stamp: another page instead, a panel above it, or nothing.

        Asked after the look was kept, and never for a program.
        """


def know(app: App, insiders: Insiders | None) -> None:
    app.extensions[_WHERE] = insiders


def who() -> Actor | None:
    """Whoever is signed in on this phone; nobody, where that cannot be told just now."""
    insiders = _insiders()
    if insiders is None:
        return None
    try:
        return insiders.who()
    except _TROUBLE as trouble:
        _log.warning("insider_unknown", trouble=type(trouble).__name__)
        return None


def greet(actor: Actor | None, answer: Answer) -> Response | Markup | None:
    """What an insider is shown at a stamp besides the answer, or instead of it."""
    insiders = _insiders()
    if insiders is None or actor is None:
        return None
    try:
        return insiders.greet(actor, answer)
    except _TROUBLE as trouble:
        _log.warning("insider_not_greeted", trouble=type(trouble).__name__)
        return None


def _insiders() -> Insiders | None:
    found: Insiders | None = current_app.extensions.get(_WHERE)
    return found
