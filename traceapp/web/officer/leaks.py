"""Keys that leaked, and the runs that were printed with them."""

from __future__ import annotations

from traceapp.services.authority import Act
from traceapp.services.lists import KeyPurpose
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.runs.reading_leaks import (
    list_compromised_keys,
    runs_hit,
    show_compromised_key,
)
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.routing import Answer, Call

RUNS_SHOWN = 20


@audience.page("/keys", Act.KEY_READ)
def keys(call: Call) -> Answer:
    """Every leaked key, the newest leak first, with the first of its runs."""
    wish = PageWish(limit=LONGEST_PAGE)
    told = list_compromised_keys(call.session, call.actor, wish).items
    few = PageWish(limit=RUNS_SHOWN)
    return framed(
        call,
        "keys.html",
        leaks=[(each, runs_hit(call.session, call.actor, each.id, few)) for each in reversed(told)],
        KeyPurpose=KeyPurpose,
    )


@audience.page("/keys/<id:compromised_key_id>", Act.KEY_READ)
def key(call: Call, compromised_key_id: int) -> Answer:
    """One leaked key with all of its runs, page by page."""
    told = show_compromised_key(call.session, call.actor, compromised_key_id)
    wish = PageWish(limit=RUNS_SHOWN, cursor=call.cursor)
    runs = runs_hit(call.session, call.actor, compromised_key_id, wish)
    return framed(call, "keys.html", leaks=[(told, runs)], one=told, KeyPurpose=KeyPurpose)
