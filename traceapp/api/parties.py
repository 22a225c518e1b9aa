"""Parties over JSON: register, read, approve, reject."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.registry.deciding import Rejection, decide_party
from traceapp.services.registry.registering import (
    NewParty,
    PartyTold,
    list_parties,
    register_party,
    show_party,
)

routes = Routes()


@routes.post("/parties", Act.PARTY_CREATE)
def create(call: Call, body: NewParty) -> PartyTold:
    """Register a party; a producer's waits for an officer."""
    return register_party(call.session, call.actor, body, call.now)


@routes.get("/parties", Act.PARTY_READ)
def index(call: Call, query: PageWish) -> Page[PartyTold]:
    """The parties that you may see, oldest first."""
    return list_parties(call.session, call.actor, query)


@routes.get("/parties/<id:party_id>", Act.PARTY_READ)
def show(call: Call, party_id: int) -> PartyTold:
    """One party."""
    return show_party(call.session, call.actor, party_id)


@routes.post("/parties/<id:party_id>/approval", Act.PARTY_DECIDE, HTTPStatus.OK)
def approve(call: Call, party_id: int) -> PartyTold:
    """Approve a party."""
    return decide_party(call.session, call.actor, party_id, None, call.now)


@routes.post("/parties/<id:party_id>/rejection", Act.PARTY_DECIDE, HTTPStatus.OK)
def reject(call: Call, party_id: int, body: Rejection) -> PartyTold:
    """Reject a party, with a reason that helps."""
    return decide_party(call.session, call.actor, party_id, body, call.now)
