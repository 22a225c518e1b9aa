"""A producer's runs of stamps: the list, and one run."""

from __future__ import annotations

from flask_babel import gettext

from traceapp.services.authority import Act
from traceapp.services.lists import RunKind
from traceapp.services.paging import PageWish
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.granting_leaves import newest_leaves
from traceapp.services.runs.newest_runs import newest_runs, open_requests
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.reporting_prints import print_standing
from traceapp.services.runs.run_ranges import FEW_LINES, MOST_LINES, run_ranges
from traceapp.web import plots
from traceapp.web.label_words import REDRAW_REASONS
from traceapp.web.producer.audience import audience
from traceapp.web.ranges import first_in_hand
from traceapp.web.routing import Answer, Call, page
from traceapp.web.wording import VOID_REASONS

RUNS_SHOWN = 20
LEAVES_SHOWN = 10


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
        is_test=told.kind is RunKind.TEST,
        standing=print_standing(call.session, call.actor, run_id),
        leaves=newest_leaves(call.session, call.actor, run_id, LEAVES_SHOWN),
        redraw_reasons=REDRAW_REASONS,
        ranges=run_ranges(call.session, call.actor, run_id, lines, call.edge.undo_limits, call.now),
        reasons=VOID_REASONS,
        first=first_in_hand(run_id, call.now),
        undo_days=call.edge.undo_limits.days,
    )
