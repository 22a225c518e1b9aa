"""The one box that finds anything: a code, a link, a number, a name without its accents."""

from __future__ import annotations

from typing import Any

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.searching import Finding, Kind
from traceapp.services.desks.searching import search as find
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.routing import Answer, Call, done

_PAGES: dict[Kind, tuple[str, str]] = {
    Kind.STAMP: ("officer.stamp", "serial"),
    Kind.RUN: ("officer.run", "run_id"),
    Kind.REQUEST: ("officer.stamp_request", "request_id"),
    Kind.BATCH: ("officer.batch", "batch_id"),
    Kind.PRODUCT: ("officer.product", "product_id"),
    Kind.PARTY: ("officer.party", "party_id"),
    Kind.FACILITY: ("officer.facility", "facility_id"),
    Kind.ACCOUNT: ("people.person", "account_id"),
}


@audience.page("/search", Act.SEARCH)
def search(call: Call) -> Answer:
    """What a text names. A stamp that was found by its signed code is opened at once."""
    text = call.query.get("q", "")
    if not text.strip():
        return framed(call, "search.html", text="", found=None)
    found = find(call.session, call.actor, text, call.edge.stamp_keys.ring())
    for group in found.groups:
        for each in group.items:
            if each.proven:
                return done(url_for("officer.stamp", serial=each.id))
    return framed(call, "search.html", text=text, found=found, address=_address)


def _address(each: Finding) -> str:
    endpoint, number = _PAGES[each.kind]
    numbers: dict[str, Any] = {number: each.id}
    return url_for(endpoint, **numbers)
