"""Batches over JSON."""

from __future__ import annotations

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.opening_batches import (
    BatchTold,
    NewBatch,
    list_batches,
    open_batch,
    show_batch,
)
from traceapp.services.paging import Page, PageWish

routes = Routes()


@routes.post("/batches", Act.BATCH_CREATE)
def create(call: Call, body: NewBatch) -> BatchTold:
    """Open a batch of a product; it needs no approval."""
    return open_batch(call.session, call.actor, body, call.edge.kinds, call.now)


@routes.get("/batches", Act.BATCH_READ)
def index(call: Call, query: PageWish) -> Page[BatchTold]:
    """The batches that you may see, oldest first."""
    return list_batches(call.session, call.actor, query)


@routes.get("/batches/<id:batch_id>", Act.BATCH_READ)
def show(call: Call, batch_id: int) -> BatchTold:
    """One batch."""
    return show_batch(call.session, call.actor, batch_id)
