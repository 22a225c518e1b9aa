"""Reading what a list's address asks for. What it cannot mean is left out, never refused."""

from __future__ import annotations

from contextlib import suppress

from traceapp.services.desks.handling_alerts import AlertFilter, AlertState
from traceapp.services.desks.overseeing import RecallFilter, StateFilter
from traceapp.services.lists import RecallState, State
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.refusals import Unknown
from traceapp.services.registry.registering import list_products, show_product
from traceapp.services.values import Id
from traceapp.web.routing import Call

_HIGHEST_ID = 2**53 - 1


def number(call: Call, name: str) -> Id | None:
    """A number of the address."""
    text = call.query.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        return None
    return int(text) if 1 <= int(text) <= _HIGHEST_ID else None


def cursor(call: Call) -> str | None:
    return call.query.get("cursor", "")[:80] or None


def state_filter(call: Call) -> StateFilter:
    wanted = call.query.get("state", "")
    return StateFilter(
        cursor=cursor(call),
        state=State(wanted) if wanted in list(State) else None,
        party_id=number(call, "party_id"),
        batch_id=number(call, "batch_id"),
    )


def recall_filter(call: Call) -> RecallFilter:
    wanted = call.query.get("state", "")
    return RecallFilter(
        cursor=cursor(call),
        state=RecallState(wanted) if wanted in list(RecallState) else None,
    )


def alert_filter(call: Call) -> AlertFilter:
    wanted = call.query.get("state", "")
    return AlertFilter(
        cursor=cursor(call),
        state=AlertState(wanted) if wanted in list(AlertState) else None,
    )


def product_choices(call: Call) -> list[tuple[int, str]]:
    """Products with their net contents, by name; the one that the address names is among them."""
    wish = PageWish(limit=LONGEST_PAGE)
    products = {each.id: each for each in list_products(call.session, call.actor, wish).items}
    chosen = number(call, "product_id")
    if chosen is not None and chosen not in products:
        with suppress(Unknown):  # The log of a product that is not there is empty, and says so.
            products[chosen] = show_product(call.session, call.actor, chosen)
    titles = [(each.id, f"{each.name} · {each.net_content}") for each in products.values()]
    return sorted(titles, key=lambda each: each[1])
