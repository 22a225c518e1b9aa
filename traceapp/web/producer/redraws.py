"""Leave to print labels again whose stamps are in use: asked for here, given by an officer."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext

from traceapp.services.authority import Act
from traceapp.services.lists import RedrawReason
from traceapp.services.refusals import message
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.granting_leaves import NewRedrawLeave, ask_redraw
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.values import Maybe, Note
from traceapp.web.label_words import REDRAW_REASONS
from traceapp.web.producer.activations import asked
from traceapp.web.producer.audience import audience
from traceapp.web.ranges import TypedRange, read_range
from traceapp.web.routing import Answer, Call, done, page


class TypedLeave(TypedRange):
    """A wish for a leave as its form holds it."""

    reason: RedrawReason
    note: Maybe[Note] = None
    hidden_codes: bool = False


@audience.page("/stamps/<id:run_id>/redraw", Act.REDRAW_ASK)
def redraw(call: Call, run_id: int) -> Answer:
    """Which labels, why, and with hidden codes or not."""
    run = show_run(call.session, call.actor, run_id)
    return page(
        "producer/redraw.html",
        run=run,
        product=show_product(call.session, call.actor, run.product_id),
        form=call.form("ask_leave", asked(call)),
        days=call.edge.settings.redraw_days,
        reasons=[
            (reason.value, str(gettext(name)), str(gettext(example)))
            for reason, (name, example) in REDRAW_REASONS.items()
        ],
    )


@audience.act("/stamps/<id:run_id>/redraw", Act.REDRAW_ASK, on=redraw)
def ask_leave(call: Call, run_id: int) -> Answer:
    """Ask an officer; the run tells what became of it."""
    typed = call.read(TypedLeave)
    new = NewRedrawLeave(
        **read_range(typed, call.edge).model_dump(),
        reason=typed.reason,
        note=typed.note,
        hidden_codes=typed.hidden_codes,
    )
    days = call.edge.settings.redraw_days
    ask_redraw(call.session, call.actor, run_id, new, days, call.now)
    return done(
        url_for("producer.run", run_id=run_id),
        message("An officer is asked. You find the answer here."),
    )
