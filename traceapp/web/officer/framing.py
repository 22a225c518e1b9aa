"""What every page of the officer's room knows: words, and what the reader may do.

An administrator reads the same pages; a form shows only where `may` says so.
"""

from __future__ import annotations

from typing import Any

from traceapp.services.authority import RULES, Act, Actor
from traceapp.services.lists import State
from traceapp.web.officer.going_on import goes_on
from traceapp.web.officer.words import tone, word
from traceapp.web.routing import Call, Page, page


def may(actor: Actor, act: Act) -> bool:
    """Whether a page shall offer an act. The guard of the act itself decides."""
    return actor.role in RULES.get(act, frozenset())


def framed(call: Call, template: str, **context: Any) -> Page:
    """A page below templates/web/officer/."""
    actor = call.actor
    return page(
        f"officer/{template}",
        may=lambda act: may(actor, act),
        Act=Act,
        State=State,
        word=word,
        tone=tone,
        **goes_on(call),
        **context,
    )
