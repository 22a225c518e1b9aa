"""Recalls over JSON: open, read, close."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.registry.recalling import (
    Closure,
    NewRecall,
    RecallTold,
    close_recall,
    list_recalls,
    open_recall,
    show_recall,
)

routes = Routes()


@routes.post("/recalls", Act.RECALL_OPEN)
def create(call: Call, body: NewRecall) -> RecallTold:
    """Warn over batches, or over serial ranges of them."""
    return open_recall(call.session, call.actor, body, call.now)


@routes.get("/recalls", Act.RECALL_READ)
def index(call: Call, query: PageWish) -> Page[RecallTold]:
    """The recalls that you may see, oldest first."""
    return list_recalls(call.session, call.actor, query)


@routes.get("/recalls/<id:recall_id>", Act.RECALL_READ)
def show(call: Call, recall_id: int) -> RecallTold:
    """One recall."""
    return show_recall(call.session, call.actor, recall_id)


@routes.post("/recalls/<id:recall_id>/closure", Act.RECALL_CLOSE, HTTPStatus.OK)
def close(call: Call, recall_id: int, body: Closure) -> RecallTold:
    """Close a recall as completed, or withdraw one that was declared in error."""
    return close_recall(call.session, call.actor, recall_id, body, call.now)
