"""The keys that leaked over JSON. That one leaked is declared on the server alone, by command."""

from __future__ import annotations

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.runs.reading_leaks import (
    CompromisedKeyTold,
    RunHit,
    list_compromised_keys,
    runs_hit,
    show_compromised_key,
)

routes = Routes()


@routes.get("/compromised-keys", Act.KEY_READ)
def index(call: Call, query: PageWish) -> Page[CompromisedKeyTold]:
    """The keys that leaked, in the order in which it was declared."""
    return list_compromised_keys(call.session, call.actor, query)


@routes.get("/compromised-keys/<id:compromised_key_id>", Act.KEY_READ)
def show(call: Call, compromised_key_id: int) -> CompromisedKeyTold:
    """One key that leaked: since when it is known, and how many stamps it hits."""
    return show_compromised_key(call.session, call.actor, compromised_key_id)


@routes.get("/compromised-keys/<id:compromised_key_id>/stamp-runs", Act.KEY_READ)
def runs(call: Call, compromised_key_id: int, query: PageWish) -> Page[RunHit]:
    """The runs that were printed with a leaked key, oldest first."""
    return runs_hit(call.session, call.actor, compromised_key_id, query)
