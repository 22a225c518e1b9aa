"""Stamp runs over JSON: read them, activate, void, undo."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.runs import undoing
from traceapp.services.runs.activating import (
    ActivationTold,
    NewActivation,
    activate,
    list_activations,
    show_activation,
)
from traceapp.services.runs.reading_runs import RunTold, list_runs, show_run
from traceapp.services.runs.voiding import NewVoid, VoidTold, list_voids, show_void, void_stamps

routes = Routes()


@routes.get("/stamp-runs", Act.RUN_READ)
def index(call: Call, query: PageWish) -> Page[RunTold]:
    """The runs that you may see, oldest first."""
    return list_runs(call.session, call.actor, query)


@routes.get("/stamp-runs/<id:run_id>", Act.RUN_READ)
def show(call: Call, run_id: int) -> RunTold:
    """One run: what was issued, active, waiting and void."""
    return show_run(call.session, call.actor, run_id)


@routes.post("/stamp-runs/<id:run_id>/activations", Act.ACTIVATION_CREATE)
def create_activation(call: Call, run_id: int, body: NewActivation) -> ActivationTold:
    """Put a range of stamps to use for a batch."""
    percent = call.edge.settings.spoilage_percent
    return activate(call.session, call.actor, run_id, body, percent, call.now)


@routes.get("/stamp-runs/<id:run_id>/activations", Act.ACTIVATION_READ)
def index_activations(call: Call, run_id: int, query: PageWish) -> Page[ActivationTold]:
    """The activations of a run, oldest first."""
    return list_activations(call.session, call.actor, run_id, query)


@routes.get("/activations/<id:activation_id>", Act.ACTIVATION_READ)
def one_activation(call: Call, activation_id: int) -> ActivationTold:
    """One activation."""
    return show_activation(call.session, call.actor, activation_id)


@routes.post("/activations/<id:activation_id>/undo", Act.ACTIVATION_UNDO, HTTPStatus.OK)
def undo_activation(call: Call, activation_id: int, body: undoing.Undo) -> ActivationTold:
    """Undo an activation: its stamps wait again."""
    asks = (call.session, call.actor, activation_id)
    return undoing.undo_activation(*asks, body, call.edge.undo_limits, call.now)


@routes.post("/stamp-runs/<id:run_id>/voids", Act.VOID_CREATE)
def create_void(call: Call, run_id: int, body: NewVoid) -> VoidTold:
    """Take a range of stamps out of use."""
    return void_stamps(call.session, call.actor, run_id, body, call.now)


@routes.get("/stamp-runs/<id:run_id>/voids", Act.VOID_READ)
def index_voids(call: Call, run_id: int, query: PageWish) -> Page[VoidTold]:
    """The voids of a run, oldest first."""
    return list_voids(call.session, call.actor, run_id, query)


@routes.get("/voids/<id:void_id>", Act.VOID_READ)
def one_void(call: Call, void_id: int) -> VoidTold:
    """One void."""
    return show_void(call.session, call.actor, void_id)


@routes.post("/voids/<id:void_id>/undo", Act.VOID_UNDO, HTTPStatus.OK)
def undo_void(call: Call, void_id: int, body: undoing.Undo) -> VoidTold:
    """Undo a void: its stamps wait again, or are active again."""
    asks = (call.session, call.actor, void_id)
    return undoing.undo_void(*asks, body, call.edge.undo_limits, call.now)
