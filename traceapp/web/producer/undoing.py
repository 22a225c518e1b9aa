"""Undoing a slip: stamps that were put to use, or taken out of use, by mistake."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.refusals import message
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.activating import show_activation
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.undoing import (
    Undo,
    may_undo_activation,
    may_undo_void,
)
from traceapp.services.runs.undoing import undo_activation as put_back
from traceapp.services.runs.undoing import undo_void as bring_back
from traceapp.services.runs.voiding import show_void
from traceapp.web.producer.audience import audience
from traceapp.web.routing import Answer, Call, done, page
from traceapp.web.wording import VOID_REASONS


@audience.page("/activations/<id:activation_id>/undo", Act.ACTIVATION_UNDO)
def undoing_activation(call: Call, activation_id: int) -> Answer:
    """What an undo of an activation will do, or why it can no longer be done here."""
    told = show_activation(call.session, call.actor, activation_id)
    within = call.edge.undo_limits
    run = show_run(call.session, call.actor, told.run_id)
    return page(
        "producer/undoing.html",
        told=told,
        run=run,
        product=show_product(call.session, call.actor, run.product_id),
        lot=show_batch(call.session, call.actor, told.batch_id).lot,
        reason=None,
        may=may_undo_activation(call.session, call.actor, told.id, within, call.now),
        days=within.days,
        form=call.form("undo_activation"),
        action=url_for("producer.undo_activation_act", activation_id=told.id),
    )


@audience.act("/activations/<id:activation_id>/undo", Act.ACTIVATION_UNDO, on=undoing_activation)
def undo_activation(call: Call, activation_id: int) -> Answer:
    """The stamps wait again."""
    undo = call.read(Undo)
    told = put_back(call.session, call.actor, activation_id, undo, call.edge.undo_limits, call.now)
    return done(
        url_for("producer.run", run_id=told.run_id),
        message("It is undone: stamps %(first)s to %(last)s wait again."),
        first=told.first_serial,
        last=told.last_serial,
    )


@audience.page("/voids/<id:void_id>/undo", Act.VOID_UNDO)
def undoing_void(call: Call, void_id: int) -> Answer:
    """What an undo of a void will do, or why it can no longer be done here."""
    told = show_void(call.session, call.actor, void_id)
    within = call.edge.undo_limits
    run = show_run(call.session, call.actor, told.run_id)
    return page(
        "producer/undoing.html",
        told=told,
        run=run,
        product=show_product(call.session, call.actor, run.product_id),
        lot=None,
        reason=VOID_REASONS[told.reason][0],
        may=may_undo_void(call.session, call.actor, told.id, within, call.now),
        days=within.days,
        form=call.form("undo_void"),
        action=url_for("producer.undo_void_act", void_id=told.id),
    )


@audience.act("/voids/<id:void_id>/undo", Act.VOID_UNDO, on=undoing_void)
def undo_void(call: Call, void_id: int) -> Answer:
    """Each stamp is in use again where it was, and else waits again."""
    undo = call.read(Undo)
    told = bring_back(call.session, call.actor, void_id, undo, call.edge.undo_limits, call.now)
    return done(
        url_for("producer.run", run_id=told.run_id),
        message("It is undone: stamps %(first)s to %(last)s are as they were before."),
        first=told.first_serial,
        last=told.last_serial,
    )
