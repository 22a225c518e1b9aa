"""How a producer's stamps are scanned: totals by day and province, drawn."""

from __future__ import annotations

from datetime import timedelta

from traceapp.services.authority import Act
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.registry.registering import list_products
from traceapp.services.scans.adding_up import TotalsWish
from traceapp.services.scans.adding_up import totals as add_looks
from traceapp.services.values import in_vietnam
from traceapp.web import plots
from traceapp.web.adding_up import SPANS, keep_up
from traceapp.web.producer.audience import audience
from traceapp.web.routing import Answer, Call, page


@audience.page("/totals", Act.TOTALS_READ)
def totals(call: Call) -> Answer:
    """Looks of the last 30, 90 or 365 days, of one product or of all."""
    keep_up(call)
    asked = call.query.get("days", "")
    days = next((each for each in SPANS if str(each) == asked), SPANS[0])
    product = call.query.get("product_id", "")
    known = product.isascii() and product.isdigit() and len(product) < 16 and int(product) > 0
    product_id = int(product) if known else None
    today = in_vietnam(call.now).date()
    since = today - timedelta(days=days - 1)
    wish = TotalsWish(since=since, until=today, product_id=product_id)
    told = add_looks(call.session, call.actor, wish, call.now)
    products = list_products(call.session, call.actor, PageWish(limit=LONGEST_PAGE)).items
    return page(
        "producer/totals.html",
        totals=told,
        span=days,
        spans=SPANS,
        plot=plots.by_day(told),
        provinces=plots.by_province(told, call.edge.provinces),
        tone_names=plots.TONE_NAMES,
        product_choices=[(each.id, f"{each.name} · {each.net_content}") for each in products],
        form=call.form("filter", product_id=product_id),
    )
