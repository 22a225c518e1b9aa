"""Leaves to draw labels of stamps in use again, over JSON: ask, read, give, refuse."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page
from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.granting_leaves import (
    LeaveFilter,
    NewRedrawLeave,
    RedrawLeaveTold,
    ask_redraw,
    decide_redraw,
    list_leaves,
    show_leave,
)

routes = Routes()


@routes.post("/stamp-runs/<id:run_id>/redraw-leaves", Act.REDRAW_ASK)
def create(call: Call, run_id: int, body: NewRedrawLeave) -> RedrawLeaveTold:
    """Ask for leave to draw labels again whose stamps are in use; an officer's is given at once."""
    days = call.edge.settings.redraw_days
    return ask_redraw(call.session, call.actor, run_id, body, days, call.now)


@routes.get("/redraw-leaves", Act.REDRAW_READ)
def index(call: Call, query: LeaveFilter) -> Page[RedrawLeaveTold]:
    """The leaves that you may see, oldest first."""
    return list_leaves(call.session, call.actor, query)


@routes.get("/redraw-leaves/<id:leave_id>", Act.REDRAW_READ)
def show(call: Call, leave_id: int) -> RedrawLeaveTold:
    """One leave."""
    return show_leave(call.session, call.actor, leave_id)


@routes.post("/redraw-leaves/<id:leave_id>/approval", Act.REDRAW_DECIDE, HTTPStatus.OK)
def approve(call: Call, leave_id: int) -> RedrawLeaveTold:
    """Give leave: once, and for some days."""
    days = call.edge.settings.redraw_days
    return decide_redraw(call.session, call.actor, leave_id, None, days, call.now)


@routes.post("/redraw-leaves/<id:leave_id>/rejection", Act.REDRAW_DECIDE, HTTPStatus.OK)
def reject(call: Call, leave_id: int, body: Rejection) -> RedrawLeaveTold:
    """Refuse leave, with a reason."""
    days = call.edge.settings.redraw_days
    return decide_redraw(call.session, call.actor, leave_id, body, days, call.now)
