"""Taking stamps out of use: look at the range first, say why, then confirm it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext

from traceapp.services.authority import Act
from traceapp.services.lists import VoidReason
from traceapp.services.refusals import message
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.values import Maybe, Note
from traceapp.web.producer.activations import asked, look_ahead
from traceapp.web.producer.audience import audience
from traceapp.web.ranges import TypedRange, let_go, read_range
from traceapp.web.routing import Answer, Call, done, page
from traceapp.web.wording import VOID_REASONS


class TypedVoid(TypedRange):
    """A void as its form holds it."""

    reason: VoidReason
    note: Maybe[Note] = None


@audience.page("/stamps/<id:run_id>/void", Act.VOID_CREATE)
def voiding(call: Call, run_id: int) -> Answer:
    """Which stamps; with both ends known, what will be done, and why."""
    run = show_run(call.session, call.actor, run_id)
    form, ahead = look_ahead(call, run, call.form("take_out", asked(call)))
    return page(
        "producer/voiding.html",
        run=run,
        product=show_product(call.session, call.actor, run.product_id),
        form=form,
        ahead=ahead,
        reasons=[
            (reason.value, str(gettext(name)), str(gettext(meaning)))
            for reason, (name, meaning) in VOID_REASONS.items()
        ],
    )


@audience.act("/stamps/<id:run_id>/void", Act.VOID_CREATE, on=voiding)
def take_out(call: Call, run_id: int) -> Answer:
    """Take the range out of use; from now on a look at these stamps tells not to buy."""
    typed = call.read(TypedVoid)
    wished = read_range(typed, call.edge)
    new = NewVoid(**wished.model_dump(), reason=typed.reason, note=typed.note)
    told = void_stamps(call.session, call.actor, run_id, new, call.now)
    let_go()
    return done(
        url_for("producer.run", run_id=run_id),
        message("Stamps %(first)s to %(last)s are out of use now. Was it a slip? Undo it below."),
        first=told.first_serial,
        last=told.last_serial,
    )
