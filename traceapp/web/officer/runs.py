"""A run of stamps, and undoing what was done to a range of it."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.dossier import request_story
from traceapp.services.lists import VoidReason
from traceapp.services.paging import PageWish
from traceapp.services.refusals import message
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.runs.activating import list_activations, show_activation
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.undoing import Undo, undo_activation, undo_void
from traceapp.services.runs.voiding import list_voids, show_void
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.routing import LONGEST_CURSOR, Answer, Call, done

RANGES_SHOWN = 50


@audience.page("/runs/<id:run_id>", Act.RUN_READ)
def run(call: Call, run_id: int) -> Answer:
    """What a run holds, and what was put to use or made void of it, the oldest first."""
    told = show_run(call.session, call.actor, run_id)
    wish = PageWish(limit=RANGES_SHOWN, cursor=call.cursor)
    older_voids = call.query.get("voids", "")[:LONGEST_CURSOR] or None
    voids = PageWish(limit=RANGES_SHOWN, cursor=older_voids)
    percent = call.edge.settings.spoilage_percent
    return framed(
        call,
        "run.html",
        run=told,
        story=request_story(call.session, call.actor, told.request_id, percent),
        activations=list_activations(call.session, call.actor, run_id, wish),
        voids=list_voids(call.session, call.actor, run_id, voids),
        VoidReason=VoidReason,
    )


@audience.page("/activations/<id:activation_id>", Act.ACTIVATION_READ)
def activation(call: Call, activation_id: int) -> Answer:
    """One range that was put to use, and the form that undoes it."""
    told = show_activation(call.session, call.actor, activation_id)
    return framed(
        call,
        "range.html",
        told=told,
        run=show_run(call.session, call.actor, told.run_id),
        batch=show_batch(call.session, call.actor, told.batch_id),
        is_void=False,
        undoing=call.form("undo_of_activation"),
        undo_address=url_for("officer.undo_of_activation_act", activation_id=activation_id),
        undo_allowed=Act.ACTIVATION_UNDO,
    )


@audience.act("/activations/<id:activation_id>/undo", Act.ACTIVATION_UNDO, on=activation)
def undo_of_activation(call: Call, activation_id: int) -> Answer:
    """Undo it: its stamps wait again."""
    undo = call.read(Undo)
    undoing = call.edge.undo_limits
    undo_activation(call.session, call.actor, activation_id, undo, undoing, call.now)
    to = url_for("officer.activation", activation_id=activation_id)
    return done(to, message("It is undone. The stamps wait again."))


@audience.page("/voids/<id:void_id>", Act.VOID_READ)
def void(call: Call, void_id: int) -> Answer:
    """One range that was made void, and the form that undoes it."""
    told = show_void(call.session, call.actor, void_id)
    return framed(
        call,
        "range.html",
        told=told,
        run=show_run(call.session, call.actor, told.run_id),
        batch=None,
        is_void=True,
        undoing=call.form("undo_of_void"),
        undo_address=url_for("officer.undo_of_void_act", void_id=void_id),
        undo_allowed=Act.VOID_UNDO,
    )


@audience.act("/voids/<id:void_id>/undo", Act.VOID_UNDO, on=void)
def undo_of_void(call: Call, void_id: int) -> Answer:
    """Undo it: its stamps are again what they were before."""
    undo = call.read(Undo)
    undo_void(call.session, call.actor, void_id, undo, call.edge.undo_limits, call.now)
    return done(
        url_for("officer.void", void_id=void_id),
        message("It is undone. The stamps are again what they were before."),
    )
