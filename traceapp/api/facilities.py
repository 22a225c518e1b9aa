"""Facilities over JSON: register, read, approve, reject."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.registry.deciding import Rejection, decide_facility
from traceapp.services.registry.registering import (
    FacilityTold,
    NewFacility,
    list_facilities,
    register_facility,
    show_facility,
)

routes = Routes()


@routes.post("/facilities", Act.FACILITY_CREATE)
def create(call: Call, body: NewFacility) -> FacilityTold:
    """Register a facility; a producer's waits for an officer."""
    return register_facility(call.session, call.actor, body, call.now)


@routes.get("/facilities", Act.FACILITY_READ)
def index(call: Call, query: PageWish) -> Page[FacilityTold]:
    """The facilities that you may see, oldest first."""
    return list_facilities(call.session, call.actor, query)


@routes.get("/facilities/<id:facility_id>", Act.FACILITY_READ)
def show(call: Call, facility_id: int) -> FacilityTold:
    """One facility."""
    return show_facility(call.session, call.actor, facility_id)


@routes.post("/facilities/<id:facility_id>/approval", Act.FACILITY_DECIDE, HTTPStatus.OK)
def approve(call: Call, facility_id: int) -> FacilityTold:
    """Approve a facility."""
    return decide_facility(call.session, call.actor, facility_id, None, call.now)


@routes.post("/facilities/<id:facility_id>/rejection", Act.FACILITY_DECIDE, HTTPStatus.OK)
def reject(call: Call, facility_id: int, body: Rejection) -> FacilityTold:
    """Reject a facility, with a reason that helps."""
    return decide_facility(call.session, call.actor, facility_id, body, call.now)
