"""What an officer looks over: producers, requests and recalls, newest first, with their names.

Each list is one query, however long the records are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.accounts import Account
from traceapp.records.batches import Batch
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.folding import fold
from traceapp.records.holds import Hold
from traceapp.records.parties import Party, PartyKind
from traceapp.records.products import Product
from traceapp.records.recalls import Recall, RecallBatch, RecallState, Severity
from traceapp.records.stamp_requests import StampRequest, for_production
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.desks.searching import LONGEST_TEXT, MOST_WORDS
from traceapp.services.paging import Page, PageWish, newest_first
from traceapp.services.refusals import unknown
from traceapp.services.values import Id, Told, When


class StateFilter(PageWish):
    """All that are given must hold."""

    state: State | None = None
    party_id: Id | None = None
    batch_id: Id | None = None


class RecallFilter(PageWish):
    state: RecallState | None = None


class PartyLine(Told):
    """A party and how much of everything it has."""

    id: int
    name: str
    kind: PartyKind
    address: str
    state: State
    created_at: When
    facilities: int
    products: int
    accounts: int
    batches: int
    runs: int


class RequestLine(Told):
    """`lot` is null for a roll."""

    id: int
    state: State
    quantity: int
    hidden_code: bool
    created_at: When
    party_id: int
    party: str
    product: str
    lot: str | None


class RecallLine(Told):
    """`lots` are those of its batches, at most LOTS_TOLD; `batches` counts them all."""

    id: int
    state: RecallState
    severity: Severity
    reason: str
    opened_at: When
    closed_at: When | None
    lots: list[str]
    batches: int


class BatchName(Told):
    """A batch as people call it."""

    id: int
    lot: str
    product: str
    party: str


LOTS_TOLD = 5
MOST_BATCHES_FOUND = 10


def party_lines(session: Session, actor: Actor, wish: StateFilter) -> Page[PartyLine]:
    permit(actor, Act.SEARCH)
    counts = {
        name: sa.select(sa.func.count())
        .where(table.party_id == Party.id, in_production() if table is StampRun else sa.true())
        .scalar_subquery()
        for name, table in _THINGS.items()
    }
    columns = [Party.id, Party.name, Party.kind, Party.address, Party.state, Party.created_at]
    query = sa.select(*columns, *(column.label(name) for name, column in counts.items()))
    if wish.state is not None:
        query = query.where(Party.state == wish.state)
    rows, cursor = newest_first(session, query, Party.id, wish)
    return Page(
        items=[PartyLine.model_validate(row, from_attributes=True) for row in rows],
        next_cursor=cursor,
    )


_THINGS: dict[str, Any] = {
    "facilities": Facility,
    "products": Product,
    "accounts": Account,
    "batches": Batch,
    "runs": StampRun,
}


def request_lines(session: Session, actor: Actor, wish: StateFilter) -> Page[RequestLine]:
    permit(actor, Act.SEARCH)
    query = (
        sa.select(
            StampRequest.id,
            StampRequest.state,
            StampRequest.quantity,
            StampRequest.hidden_code,
            StampRequest.created_at,
            StampRequest.party_id,
            Party.name.label("party"),
            Product.name.label("product"),
            Batch.lot,
        )
        .join(Party, Party.id == StampRequest.party_id)
        .join(Product, Product.id == StampRequest.product_id)
        .outerjoin(Batch, Batch.id == StampRequest.batch_id)
        .where(for_production())
    )
    for column in ("state", "party_id", "batch_id"):
        if (wanted := getattr(wish, column)) is not None:
            query = query.where(getattr(StampRequest, column) == wanted)
    rows, cursor = newest_first(session, query, StampRequest.id, wish)
    return Page(
        items=[RequestLine.model_validate(row, from_attributes=True) for row in rows],
        next_cursor=cursor,
    )


def recall_lines(session: Session, actor: Actor, wish: RecallFilter) -> Page[RecallLine]:
    permit(actor, Act.SEARCH)
    query = sa.select(
        Recall.id,
        Recall.state,
        Recall.severity,
        Recall.reason,
        Recall.opened_at,
        Recall.closed_at,
    )
    if wish.state is not None:
        query = query.where(Recall.state == wish.state)
    rows, cursor = newest_first(session, query, Recall.id, wish)
    lots: dict[int, list[str]] = defaultdict(list)
    named = (
        sa.select(RecallBatch.recall_id, Batch.lot)
        .join(Batch, Batch.id == RecallBatch.batch_id)
        .where(RecallBatch.recall_id.in_([row.id for row in rows]))
        .order_by(Batch.id)
    )
    for recall_id, lot in session.execute(named):
        lots[recall_id].append(lot)
    items = [
        RecallLine(**row._mapping, lots=lots[row.id][:LOTS_TOLD], batches=len(lots[row.id]))
        for row in rows
    ]
    return Page(items=items, next_cursor=cursor)


def batch_names(session: Session, actor: Actor, batch_ids: Sequence[int]) -> list[BatchName]:
    """The batches of these ids that there are, in the order of ids."""
    permit(actor, Act.SEARCH)
    query = (
        sa.select(Batch.id, Batch.lot, Product.name.label("product"), Party.name.label("party"))
        .join(Product, Product.id == Batch.product_id)
        .join(Party, Party.id == Batch.party_id)
        .where(Batch.id.in_(batch_ids))
        .order_by(Batch.id)
    )
    return [BatchName.model_validate(row, from_attributes=True) for row in session.execute(query)]


def batch_of_hold(session: Session, actor: Actor, hold_id: int) -> int:
    """The batch that a hold stops or stopped. Raises Unknown."""
    permit(actor, Act.SEARCH)
    row = session.get(Hold, hold_id)
    if row is None:
        raise unknown("batch")
    return row.batch_id


def find_batches(session: Session, actor: Actor, text: str) -> list[BatchName]:
    """Batches whose lot, product and producer have all the words, newest first."""
    permit(actor, Act.SEARCH)
    words = fold(text[:LONGEST_TEXT]).split()[:MOST_WORDS]
    if not words:
        return []
    query = (
        sa.select(Batch.id, Batch.lot, Product.name.label("product"), Party.name.label("party"))
        .join(Product, Product.id == Batch.product_id)
        .join(Party, Party.id == Batch.party_id)
        .where(
            *(
                sa.or_(
                    *(
                        table.folded.contains(word, autoescape=True)
                        for table in (Batch, Product, Party)
                    )
                )
                for word in words
            )
        )
        .order_by(Batch.id.desc())
        .limit(MOST_BATCHES_FOUND)
    )
    return [BatchName.model_validate(row, from_attributes=True) for row in session.execute(query)]
