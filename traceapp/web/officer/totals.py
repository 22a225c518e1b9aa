"""How often stamps are looked at: plots by day, verdict and province, their numbers beneath."""

from __future__ import annotations

from datetime import timedelta

from traceapp.services.authority import Act
from traceapp.services.registry.registering import show_product
from traceapp.services.scans.adding_up import TotalsWish
from traceapp.services.scans.adding_up import totals as count_looks
from traceapp.services.scans.judging import Verdict
from traceapp.services.values import in_vietnam
from traceapp.web import plots
from traceapp.web.adding_up import SPANS, keep_up
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.listing import number, product_choices
from traceapp.web.routing import Answer, Call


@audience.page("/totals", Act.TOTALS_READ)
def totals(call: Call) -> Answer:
    """Looks of the last days, of all products or of one."""
    keep_up(call)
    days = next((each for each in SPANS if str(each) == call.query.get("days")), SPANS[0])
    today = in_vietnam(call.now).date()
    product_id = number(call, "product_id")
    wish = TotalsWish(since=today - timedelta(days=days - 1), until=today, product_id=product_id)
    told = count_looks(call.session, call.actor, wish, call.now)
    chosen = None
    if product_id is not None:
        chosen = show_product(call.session, call.actor, product_id)
    return framed(
        call,
        "totals.html",
        told=told,
        days=days,
        spans=SPANS,
        chosen=chosen,
        products=product_choices(call),
        plot=plots.by_day(told),
        tone_names=plots.TONE_NAMES,
        verdicts=[(Verdict(name), looks) for name, looks in told.verdicts.items()],
        provinces=plots.by_province(told, call.edge.provinces),
    )
