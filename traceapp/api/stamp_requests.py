"""Stamp requests over JSON: ask, read, approve, reject."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.issuing import Approved, approve_request
from traceapp.services.runs.requesting import (
    NewStampRequest,
    StampRequestTold,
    list_requests,
    reject_request,
    request_stamps,
    show_request,
)

routes = Routes()


@routes.post("/stamp-requests", Act.REQUEST_CREATE)
def create(call: Call, body: NewStampRequest) -> StampRequestTold:
    """Ask for stamps for a batch, or, without one, for a roll."""
    return request_stamps(call.session, call.actor, body, call.edge.allowance, call.now)


@routes.get("/stamp-requests", Act.REQUEST_READ)
def index(call: Call, query: PageWish) -> Page[StampRequestTold]:
    """The requests that you may see, oldest first."""
    return list_requests(call.session, call.actor, query)


@routes.get("/stamp-requests/<id:request_id>", Act.REQUEST_READ)
def show(call: Call, request_id: int) -> StampRequestTold:
    """One request."""
    return show_request(call.session, call.actor, request_id)


@routes.post("/stamp-requests/<id:request_id>/approval", Act.REQUEST_DECIDE, HTTPStatus.OK)
def approve(call: Call, request_id: int) -> Approved:
    """Approve a request, which gives it a run of serials."""
    return approve_request(call.session, call.actor, request_id, call.edge.issuing, call.now)


@routes.post("/stamp-requests/<id:request_id>/rejection", Act.REQUEST_DECIDE, HTTPStatus.OK)
def reject(call: Call, request_id: int, body: Rejection) -> StampRequestTold:
    """Reject a request, with a reason that helps."""
    return reject_request(call.session, call.actor, request_id, body, call.now)
