"""Batches over JSON."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.registry.holding import HoldTold, NewHold, Release, hold_batch, release_batch
from traceapp.services.registry.opening_batches import (
    BatchTold,
    NewBatch,
    list_batches,
    open_batch,
    show_batch,
)

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


@routes.post("/batches/<id:batch_id>/hold", Act.BATCH_HOLD, HTTPStatus.OK)
def hold(call: Call, batch_id: int, body: NewHold) -> HoldTold:
    """Stop a batch at once, until an officer has looked at it."""
    return hold_batch(call.session, call.actor, batch_id, body, call.now)


@routes.post("/batches/<id:batch_id>/release", Act.BATCH_RELEASE, HTTPStatus.OK)
def release(call: Call, batch_id: int, body: Release) -> HoldTold:
    """Let a batch on hold go again."""
    return release_batch(call.session, call.actor, batch_id, body, call.now)
