"""A producer's stamps at a glance: her runs, newest first, and what she has asked for.

Each list is a few queries, however long it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.batches import Batch
from traceapp.records.decided import State
from traceapp.records.products import Product
from traceapp.records.stamp_requests import StampRequest, for_production
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, bad_cursor
from traceapp.services.runs.counting_runs import count_runs
from traceapp.services.values import Told, When

MOST_REQUESTS = 50
LATELY = timedelta(days=30)  # for how long a rejection is shown beside what waits


class RunLine(Told):
    """`quantity` = `active` + `waiting` + `void`, always. `lot` is null for a roll."""

    id: int
    product: str
    net_content: str
    lot: str | None
    first_serial: int
    last_serial: int
    quantity: int
    active: int
    waiting: int
    void: int
    created_at: When


class OwnRequest(Told):
    """What a producer asked for. `lot` is null for a roll."""

    id: int
    state: State
    product: str
    net_content: str
    lot: str | None
    quantity: int
    decision_reason: str | None
    created_at: When


def newest_runs(session: Session, actor: Actor, wish: PageWish) -> Page[RunLine]:
    """The actor's own runs, newest first; the cursor is the last id that was shown."""
    return _newest(session, actor, wish, in_production())


def newest_test_runs(session: Session, actor: Actor, wish: PageWish) -> Page[RunLine]:
    """The same of test labels; all of theirs are void."""
    return _newest(session, actor, wish, ~in_production())


def _newest(
    session: Session, actor: Actor, wish: PageWish, wanted: sa.ColumnElement[bool]
) -> Page[RunLine]:
    permit(actor, Act.RUN_READ)
    query = (
        sa.select(StampRun, Product.name, Product.net_content, Batch.lot)
        .join(Product, Product.id == StampRun.product_id)
        .outerjoin(Batch, Batch.id == StampRun.batch_id)
        .where(StampRun.party_id == actor.party_id, wanted)
    )
    if wish.cursor is not None:
        if not (wish.cursor.isascii() and wish.cursor.isdigit() and len(wish.cursor) < 16):
            raise bad_cursor()
        query = query.where(StampRun.id < int(wish.cursor))
    rows = session.execute(query.order_by(StampRun.id.desc()).limit(wish.limit + 1)).all()
    shown = rows[: wish.limit]
    counts = count_runs(session, [row[0].id for row in shown])
    return Page(
        items=[
            RunLine(
                id=row.id,
                product=product,
                net_content=net_content,
                lot=lot,
                first_serial=row.first_serial,
                last_serial=row.last_serial,
                quantity=row.quantity,
                created_at=row.created_at,
                **counts[row.id].model_dump(),
            )
            for row, product, net_content, lot in shown
        ],
        next_cursor=str(shown[-1][0].id) if len(rows) > wish.limit else None,
    )


def newest_requests(session: Session, actor: Actor, limit: int) -> list[OwnRequest]:
    """The actor's own requests in whatever state, newest first."""
    return _own_requests(session, actor, sa.true(), limit)


def open_requests(session: Session, actor: Actor, now: datetime) -> list[OwnRequest]:
    """The actor's own requests that wait, and those rejected lately, newest first; at most 50."""
    waits = StampRequest.state == State.SUBMITTED
    lately = sa.and_(StampRequest.state == State.REJECTED, StampRequest.decided_at > now - LATELY)
    return _own_requests(session, actor, sa.or_(waits, lately), MOST_REQUESTS)


def _own_requests(
    session: Session, actor: Actor, wanted: sa.ColumnElement[bool], limit: int
) -> list[OwnRequest]:
    permit(actor, Act.REQUEST_READ)
    query = (
        sa.select(StampRequest, Product.name, Product.net_content, Batch.lot)
        .join(Product, Product.id == StampRequest.product_id)
        .outerjoin(Batch, Batch.id == StampRequest.batch_id)
        .where(StampRequest.party_id == actor.party_id, for_production(), wanted)
        .order_by(StampRequest.id.desc())
        .limit(limit)
    )
    return [
        OwnRequest(
            id=row.id,
            state=row.state,
            product=product,
            net_content=net_content,
            lot=lot,
            quantity=row.quantity,
            decision_reason=row.decision_reason,
            created_at=row.created_at,
        )
        for row, product, net_content, lot in session.execute(query)
    ]
