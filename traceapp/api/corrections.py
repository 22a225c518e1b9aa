"""Corrections over JSON: ask for one, read, approve, reject."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page
from traceapp.services.registry.correctable import (
    BatchCorrection,
    Body,
    FacilityCorrection,
    PartyCorrection,
    ProductCorrection,
)
from traceapp.services.registry.correcting import correct, decide_correction
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.reading_corrections import (
    CorrectionFilter,
    CorrectionTold,
    list_corrections,
    show_correction,
)

routes = Routes()


def _correct(call: Call, subject_id: int, body: Body) -> CorrectionTold:
    return correct(call.session, call.actor, subject_id, body, call.edge.correcting, call.now)


def _decide(call: Call, correction_id: int, rejection: Rejection | None) -> CorrectionTold:
    correcting = call.edge.correcting
    return decide_correction(
        call.session, call.actor, correction_id, rejection, correcting, call.now
    )


@routes.post("/parties/<id:party_id>/corrections", Act.CORRECTION_CREATE)
def correct_party(call: Call, party_id: int, body: PartyCorrection) -> CorrectionTold:
    """Correct a party; what was approved waits for an officer."""
    return _correct(call, party_id, body)


@routes.post("/facilities/<id:facility_id>/corrections", Act.CORRECTION_CREATE)
def correct_facility(call: Call, facility_id: int, body: FacilityCorrection) -> CorrectionTold:
    """Correct a facility; what was approved waits for an officer."""
    return _correct(call, facility_id, body)


@routes.post("/products/<id:product_id>/corrections", Act.CORRECTION_CREATE)
def correct_product(call: Call, product_id: int, body: ProductCorrection) -> CorrectionTold:
    """Correct a product; what was approved waits for an officer."""
    return _correct(call, product_id, body)


@routes.post("/batches/<id:batch_id>/corrections", Act.CORRECTION_CREATE)
def correct_batch(call: Call, batch_id: int, body: BatchCorrection) -> CorrectionTold:
    """Correct a batch; where its stamps are in use it waits for an officer, and buyers are told."""
    return _correct(call, batch_id, body)


@routes.get("/corrections", Act.CORRECTION_READ)
def index(call: Call, query: CorrectionFilter) -> Page[CorrectionTold]:
    """The corrections that you may see, oldest first."""
    return list_corrections(call.session, call.actor, query)


@routes.get("/corrections/<id:correction_id>", Act.CORRECTION_READ)
def show(call: Call, correction_id: int) -> CorrectionTold:
    """One correction."""
    return show_correction(call.session, call.actor, correction_id)


@routes.post("/corrections/<id:correction_id>/approval", Act.CORRECTION_DECIDE, HTTPStatus.OK)
def approve(call: Call, correction_id: int) -> CorrectionTold:
    """Approve a correction, which makes it."""
    return _decide(call, correction_id, None)


@routes.post("/corrections/<id:correction_id>/rejection", Act.CORRECTION_DECIDE, HTTPStatus.OK)
def reject(call: Call, correction_id: int, body: Rejection) -> CorrectionTold:
    """Reject a correction, with a reason that helps."""
    return _decide(call, correction_id, body)
