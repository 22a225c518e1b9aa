"""Alerts over JSON: read, handled."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.desks.handling_alerts import (
    AlertFilter,
    AlertTold,
    Handling,
    handle_alert,
    list_alerts,
    show_alert,
)
from traceapp.services.paging import Page

routes = Routes()


@routes.get("/alerts", Act.ALERT_READ)
def index(call: Call, query: AlertFilter) -> Page[AlertTold]:
    """The signs of trouble that you may see, newest first."""
    return list_alerts(call.session, call.actor, query)


@routes.get("/alerts/<id:alert_id>", Act.ALERT_READ)
def show(call: Call, alert_id: int) -> AlertTold:
    """One alert."""
    return show_alert(call.session, call.actor, alert_id)


@routes.post("/alerts/<id:alert_id>/handling", Act.ALERT_HANDLE, HTTPStatus.OK)
def handle(call: Call, alert_id: int, body: Handling) -> AlertTold:
    """Mark an alert as handled, with a note of what was found and done."""
    return handle_alert(call.session, call.actor, alert_id, body, call.now)
