"""What waits for an officer: the page that he opens on."""

from __future__ import annotations

from datetime import timedelta

from traceapp.services.authority import Act
from traceapp.services.desks.handling_alerts import count_open_alerts
from traceapp.services.desks.waiting import Pile, Waits, waiting
from traceapp.services.registry.lapsing import LapsingTold, lapsing_products
from traceapp.services.runs.reading_drawings import drawn_again
from traceapp.services.runs.reading_leaks import count_compromised_keys
from traceapp.services.scans.adding_up import TotalsWish, totals
from traceapp.services.scans.judging import Verdict
from traceapp.services.values import in_vietnam
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.going_on import address_of
from traceapp.web.routing import Answer, Call

LAPSES_SHOWN = 5
DRAWINGS_SHOWN = 5
DRAWN_LATELY = timedelta(days=30)

# The whole list behind a pile, where there is one.
ALL_PAGES: dict[Waits, tuple[str, dict[str, str]]] = {
    Waits.REQUEST: ("officer.requests", {"state": "submitted"}),
    Waits.RECALL: ("officer.recalls", {"state": "open"}),
    Waits.PARTY: ("officer.parties", {"state": "submitted"}),
}

ICONS: dict[Waits, str] = {
    Waits.REQUEST: "run",
    Waits.HOLD: "stop",
    Waits.RECALL: "recall",
    Waits.CORRECTION: "edit",
    Waits.PARTY: "people",
    Waits.FACILITY: "place",
    Waits.PRODUCT: "product",
    Waits.PICTURE: "picture",
    Waits.REDRAW: "undo",
}


@audience.page("", Act.SEARCH)
def desk(call: Call) -> Answer:
    """What waits, oldest first; then what is open, what lapses, and how today looks."""
    told = waiting(call.session, call.actor)
    today = in_vietnam(call.now).date()
    looks = totals(call.session, call.actor, TotalsWish(since=today, until=today), call.now)
    lapsing = lapsing_products(call.session, call.actor, call.now)
    piles: list[Pile] = [pile for pile in told.piles if pile.count and pile.kind != Waits.RECALL]
    recalls = [pile for pile in told.piles if pile.count and pile.kind == Waits.RECALL]
    lately = call.now - DRAWN_LATELY
    lapses: list[LapsingTold] = lapsing[:LAPSES_SHOWN]
    return framed(
        call,
        "desk.html",
        piles=piles,
        recalls=recalls,
        count=sum(pile.count for pile in piles),
        address_of=address_of,
        all_pages=ALL_PAGES,
        icons=ICONS,
        looks=looks,
        today=today,
        verdicts=[(Verdict(name), number) for name, number in looks.verdicts.items()],
        lapses=lapses,
        more_lapses=len(lapsing) - len(lapses),
        drawn_again=drawn_again(call.session, call.actor, lately, DRAWINGS_SHOWN),
        alerts=count_open_alerts(call.session, call.actor),
        leaked_keys=count_compromised_keys(call.session, call.actor),
    )
