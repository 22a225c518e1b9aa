"""A producer's runs of stamps: the list, one run, and its labels to take out."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext

from traceapp.handing_out import HandingOut
from traceapp.services.authority import Act
from traceapp.services.paging import PageWish
from traceapp.services.refusals import Unknown, message
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.label_files import parts_of
from traceapp.services.runs.label_wishes import DrawingWish
from traceapp.services.runs.newest_runs import newest_runs, open_requests
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.run_ranges import FEW_LINES, MOST_LINES, run_ranges
from traceapp.web import plots
from traceapp.web.forms import Slipped, read
from traceapp.web.producer.audience import audience
from traceapp.web.ranges import first_in_hand
from traceapp.web.routing import Answer, Call, File, done, page
from traceapp.web.wording import VOID_REASONS

RUNS_SHOWN = 20


@audience.page("/stamps", Act.RUN_READ)
def runs(call: Call) -> Answer:
    """What was asked for and waits, then the runs, newest first."""
    cursor = call.cursor
    wish = PageWish(cursor=cursor, limit=RUNS_SHOWN)
    return page(
        "producer/runs.html",
        requests=[] if cursor else open_requests(call.session, call.actor, call.now),
        runs=newest_runs(call.session, call.actor, wish),
        later=cursor is not None,
    )


@audience.page("/stamps/<id:run_id>", Act.RUN_READ)
def run(call: Call, run_id: int) -> Answer:
    """One run: where its stamps stand, its labels, and what was done to it."""
    told = show_run(call.session, call.actor, run_id)
    lines = MOST_LINES if call.query.get("older") == "1" else FEW_LINES
    batch = None
    if told.batch_id is not None:
        batch = show_batch(call.session, call.actor, told.batch_id)
    return page(
        "producer/run.html",
        run=told,
        product=show_product(call.session, call.actor, told.product_id),
        batch=batch,
        stack=plots.shares(
            {
                str(gettext("In use")): (told.active, 1),
                str(gettext("Waiting")): (told.waiting, 2),
                str(gettext("Out of use")): (told.void, 3),
            }
        ),
        parts=parts_of(told.first_serial, told.last_serial),
        sheets=sorted(call.edge.sheets),
        ranges=run_ranges(call.session, call.actor, run_id, lines, call.edge.undo_limits, call.now),
        reasons=VOID_REASONS,
        first=first_in_hand(run_id, call.now),
        undo_days=call.edge.undo_limits.days,
    )


@audience.page("/stamps/<id:run_id>/labels", Act.RUN_DRAW)
def labels(call: Call, run_id: int) -> Answer:
    """The labels of a run or a part of it, as CSV or PDF. Who takes them out is written down."""
    try:
        wish = read(DrawingWish, call.query)
    except Slipped as slipped:
        # The page has no link to such an address.
        raise Unknown("labels", message("There is no such download.")) from slipped
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # Another site's link takes nothing out in her name.
        return done(url_for("producer.run", run_id=run_id))
    asks = (call.actor, run_id, wish, call.edge.drawing, call.now)
    if request.method == "HEAD":
        # What a page's own transaction writes is never kept: nothing was taken out.
        drawing = draw_labels(call.session, *asks)
        return File(drawing.media_type, drawing.filename, ())
    with call.edge.database.writing() as session:
        drawing = draw_labels(session, *asks)
    return File(drawing.media_type, drawing.filename, HandingOut(call.edge, drawing))
