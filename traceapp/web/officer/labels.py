"""Labels of a run: who took which out, how often; and leave to print those in use again."""

from __future__ import annotations

from traceapp.services.authority import Act
from traceapp.services.desks.dossier import request_story
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import Outcome
from traceapp.services.paging import PageWish
from traceapp.services.refusals import message
from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.granting_leaves import decide_redraw, newest_leaves, show_leave
from traceapp.services.runs.reading_drawings import drawn_ranges, list_drawings
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.reporting_prints import print_standing
from traceapp.web import label_words
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.going_on import REJECTED, decided
from traceapp.web.routing import Answer, Call

DRAWINGS_SHOWN = 50
LEAVES_SHOWN = 50
RANGES_SHOWN = 100


@audience.page("/runs/<id:run_id>/labels", Act.DRAWING_READ)
def run_labels(call: Call, run_id: int) -> Answer:
    """Who took labels of a run out, newest first, and what was taken out more than once."""
    run = show_run(call.session, call.actor, run_id)
    percent = call.edge.settings.spoilage_percent
    wish = PageWish(limit=DRAWINGS_SHOWN, cursor=call.cursor)
    drawn = drawn_ranges(call.session, call.actor, run_id)
    again = [each for each in drawn.items if each.times > 1]
    return framed(
        call,
        "labels.html",
        run=run,
        story=request_story(call.session, call.actor, run.request_id, percent),
        drawings=list_drawings(call.session, call.actor, run_id, wish),
        drawn=drawn,
        again=again[:RANGES_SHOWN],
        more_again=len(again) > RANGES_SHOWN or drawn.more,
        leaves=newest_leaves(call.session, call.actor, run_id, LEAVES_SHOWN),
        standing=print_standing(call.session, call.actor, run_id),
        words=label_words,
        Outcome=Outcome,
    )


@audience.page("/redraw-leaves/<id:leave_id>", Act.REDRAW_READ)
def redraw_leave(call: Call, leave_id: int) -> Answer:
    """One wish to print labels again that are in use, and the decision."""
    told = show_leave(call.session, call.actor, leave_id)
    run = show_run(call.session, call.actor, told.run_id)
    percent = call.edge.settings.spoilage_percent
    return framed(
        call,
        "redraw_leave.html",
        told=told,
        run=run,
        story=request_story(call.session, call.actor, run.request_id, percent),
        days=call.edge.settings.redraw_days,
        words=label_words,
        approving=call.form("approve_redraw"),
        rejecting=call.form("reject_redraw"),
    )


@audience.act("/redraw-leaves/<id:leave_id>/approval", Act.REDRAW_DECIDE, on=redraw_leave)
def approve_redraw(call: Call, leave_id: int) -> Answer:
    """Give leave: once, and for some days."""
    days = call.edge.settings.redraw_days
    decide_redraw(call.session, call.actor, leave_id, None, days, call.now)
    return decided(Waits.REDRAW, leave_id, message("The leave is given. It works once."))


@audience.act("/redraw-leaves/<id:leave_id>/rejection", Act.REDRAW_DECIDE, on=redraw_leave)
def reject_redraw(call: Call, leave_id: int) -> Answer:
    """Say no, and why."""
    days = call.edge.settings.redraw_days
    decide_redraw(call.session, call.actor, leave_id, call.read(Rejection), days, call.now)
    return decided(Waits.REDRAW, leave_id, REJECTED)
