"""Batches as their producer looks for them: the newest first, each with where its stamps stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import KeyRing, sign
from traceapp.records import holds, recalls
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.holds import Hold
from traceapp.records.products import Product
from traceapp.records.ranges import in_force, length, meets, shared_count
from traceapp.records.recalls import Recall, RecallBatch
from traceapp.records.stamp_requests import submitted_for
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, bad_cursor
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.quotas import ceiling, committed
from traceapp.services.registry.recalling import RecallTold, tell_recall
from traceapp.services.runs.counting_runs import RunCount, count_runs, lost_of_batches
from traceapp.services.values import Id, Told, When, in_vietnam

LONGEST_LOT = 20
MOST_RUNS = 20  # runs of one batch that are told, from the newest on
MOST_LOTS = 99  # of one day that a suggestion is looked for among
LATELY = timedelta(days=7)


class BatchWish(PageWish):
    """The newest page of batches, of one product where it is named."""

    product_id: Id | None = None


class BatchLine(Told):
    """A batch in a list. Void stamps are neither active nor waiting."""

    id: int
    lot: str
    product_id: int
    product: str
    net_content: str
    produced_at: When
    expires_at: When
    quantity: int
    expired: bool
    on_hold: bool
    recalled: bool
    active: int
    waiting: int
    void: int


class RunOfBatch(Told):
    """A run of which stamps are the batch's; the counts are of the whole run."""

    id: int
    first_serial: int
    last_serial: int
    quantity: int
    counted: RunCount


class BatchStamps(Told):
    """The stamps of one batch. `asked` waits for an officer, and `left` may still be asked for."""

    active: int
    waiting: int
    void: int
    asked: int
    left: int
    in_use: bool
    runs: list[RunOfBatch]


def newest_batches(
    session: Session, actor: Actor, wish: BatchWish, now: datetime
) -> Page[BatchLine]:
    """A page of batches, newest first; the cursor is the last id that was shown.

    Raises Unacceptable for a cursor that is not one of ours.
    """
    permit(actor, Act.BATCH_READ)
    query = _own(actor)
    if wish.product_id is not None:
        query = query.where(Batch.product_id == wish.product_id)
    if wish.cursor is not None:
        if not (wish.cursor.isascii() and wish.cursor.isdigit()) or len(wish.cursor) > 15:
            raise bad_cursor()
        query = query.where(Batch.id < int(wish.cursor))
    rows = session.execute(query.order_by(Batch.id.desc()).limit(wish.limit + 1)).all()
    shown = rows[: wish.limit]
    return Page(
        items=_lines(session, shown, now),
        next_cursor=str(shown[-1][0].id) if len(rows) > wish.limit else None,
    )


def lately_expired(session: Session, actor: Actor, most: int, now: datetime) -> list[BatchLine]:
    """The batches that expired within LATELY and have stamps, the last one first."""
    permit(actor, Act.BATCH_READ)
    issued = sa.select(StampRun.id).where(StampRun.batch_id == Batch.id)
    activated = sa.select(Activation.id).where(
        Activation.batch_id == Batch.id, in_force(Activation)
    )
    query = _own(actor).where(
        Batch.expires_at <= now,
        Batch.expires_at > now - LATELY,
        sa.or_(issued.exists(), activated.exists()),
    )
    rows = session.execute(query.order_by(Batch.expires_at.desc(), Batch.id).limit(most)).all()
    return _lines(session, rows, now)


def _own(actor: Actor) -> sa.Select[Batch, Product]:
    query = sa.select(Batch, Product).join(Product, Product.id == Batch.product_id)
    return query if actor.sees_all else query.where(Batch.party_id == actor.party_id)


def _lines(session: Session, rows: Sequence[Any], now: datetime) -> list[BatchLine]:
    """The lines of some batches: one question for each thing that is told, not one a batch."""
    ids = [batch.id for batch, _ in rows]
    counts = count_batches(session, ids)
    held = set(
        session.scalars(sa.select(Hold.batch_id).where(Hold.batch_id.in_(ids), holds.standing()))
    )
    recalled = set(
        session.scalars(
            sa.select(RecallBatch.batch_id)
            .join(Recall, Recall.id == RecallBatch.recall_id)
            .where(RecallBatch.batch_id.in_(ids), recalls.warning())
        )
    )
    return [
        BatchLine(
            id=batch.id,
            lot=batch.lot,
            product_id=batch.product_id,
            product=product.name,
            net_content=product.net_content,
            produced_at=batch.produced_at,
            expires_at=batch.expires_at,
            quantity=batch.quantity,
            expired=batch.expires_at <= now,
            on_hold=batch.id in held,
            recalled=batch.id in recalled,
            active=counts[batch.id].active,
            waiting=counts[batch.id].waiting,
            void=counts[batch.id].void,
        )
        for batch, product in rows
    ]


def count_batches(session: Session, batch_ids: Iterable[int]) -> dict[int, RunCount]:
    """Where the stamps of each batch stand.

    A stamp's batch is its activation's, else its run's, as `quotas.committed` counts it.
    """
    ids = list(batch_ids)
    by_run, by_activation = StampRun.batch_id, Activation.batch_id
    both = sa.func.sum(shared_count(Activation, Void))
    of_run = StampRun.id == Activation.run_id
    shared = sa.and_(
        Void.run_id == Activation.run_id,
        meets(Void, Activation.first_serial, Activation.last_serial),
        in_force(Void),
    )
    activations = sa.func.sum(length(Activation))
    issued = _by_batch(session, by_run, sa.select(by_run, sa.func.sum(StampRun.quantity)), ids)
    own = sa.select(by_run, activations).join(Activation, of_run).where(in_force(Activation))
    own_activated = _by_batch(session, by_run, own, ids)
    own = sa.select(by_run, sa.func.sum(length(Void))).join(Void, Void.run_id == StampRun.id)
    own_void = _by_batch(session, by_run, own.where(in_force(Void)), ids)
    own = sa.select(by_run, both).join(Activation, of_run).join(Void, shared)
    own_both = _by_batch(session, by_run, own.where(in_force(Activation)), ids)
    here = sa.select(by_activation, activations).where(in_force(Activation))
    activated = _by_batch(session, by_activation, here, ids)
    here = sa.select(by_activation, both).join(Void, shared).where(in_force(Activation))
    activated_void = _by_batch(session, by_activation, here, ids)
    lost = dict.fromkeys(ids, 0) | lost_of_batches(session, ids)
    unused = {each: issued[each] - own_activated[each] - own_void[each] for each in ids}
    return {
        each: RunCount(
            active=activated[each] - activated_void[each],
            void=own_void[each] - own_both[each] + activated_void[each] + lost[each],
            waiting=unused[each] + own_both[each] - lost[each],
        )
        for each in ids
    }


def _by_batch(session: Session, batch: Any, summed: Any, ids: list[int]) -> dict[int, int]:
    """What a query sums up for each batch; 0 where nothing counts."""
    found = session.execute(summed.where(batch.in_(ids)).group_by(batch))
    return dict.fromkeys(ids, 0) | {row[0]: int(row[1]) for row in found}


def stamps_of_batch(
    session: Session, actor: Actor, batch_id: int, spoilage_percent: int
) -> BatchStamps:
    """The stamps of one batch, and the runs that they are of. Raises Unknown for the batch."""
    batch = show_batch(session, actor, batch_id)
    counted = count_batches(session, [batch.id])[batch.id]
    activated = sa.select(Activation.run_id).where(
        Activation.batch_id == batch.id, in_force(Activation)
    )
    query = sa.select(StampRun).where(
        sa.or_(StampRun.batch_id == batch.id, StampRun.id.in_(activated))
    )
    runs = session.scalars(query.order_by(StampRun.id.desc()).limit(MOST_RUNS)).all()
    of_runs = count_runs(session, [run.id for run in runs])
    left = ceiling(batch.quantity, spoilage_percent) - committed(session, batch.id)
    return BatchStamps(
        active=counted.active,
        waiting=counted.waiting,
        void=counted.void,
        asked=submitted_for(session, batch.id),
        left=max(left, 0),
        in_use=session.scalar(activated.limit(1)) is not None,
        runs=[
            RunOfBatch(
                id=run.id,
                first_serial=run.first_serial,
                last_serial=run.last_serial,
                quantity=run.quantity,
                counted=of_runs[run.id],
            )
            for run in runs
        ],
    )


def recalls_of_batch(session: Session, actor: Actor, batch_id: int) -> list[RecallTold]:
    """Every recall that names a batch, newest first. Raises Unknown for the batch."""
    batch = show_batch(session, actor, batch_id)
    named = sa.select(RecallBatch.recall_id).where(RecallBatch.batch_id == batch.id)
    rows = session.scalars(sa.select(Recall).where(Recall.id.in_(named)).order_by(Recall.id.desc()))
    return [tell_recall(session, actor, row) for row in rows]


def code_of_batch(session: Session, actor: Actor, batch_id: int, ring: KeyRing) -> str | None:
    """The code of a stamp that is in use for a batch, if there is one whose key is at hand.

    Raises Unknown for the batch.
    """
    batch = show_batch(session, actor, batch_id)
    found = session.execute(
        sa.select(StampRun.key_id, Activation.first_serial)
        .join(Activation, Activation.run_id == StampRun.id)
        .where(Activation.batch_id == batch.id, in_force(Activation))
        .order_by(Activation.id)
        .limit(1)
    ).one_or_none()
    key = None if found is None else ring.get(found[0])
    return None if found is None or key is None else sign(key, found[1])


def suggest_lot(session: Session, actor: Actor, product_id: int, now: datetime) -> str:
    """A lot for a product's next batch, which the product has none of yet.

    It is written as the product's last one was, where that named the day of its production.
    """
    permit(actor, Act.BATCH_READ)
    last = session.scalar(
        _own(actor).where(Batch.product_id == product_id).order_by(Batch.id.desc()).limit(1)
    )
    base = f"L{in_vietnam(now):%y%m%d}"
    if last is not None:
        for form in ("%Y%m%d", "%y%m%d", "%d%m%y"):
            written = in_vietnam(last.produced_at).strftime(form)
            if written in last.lot:
                base = last.lot.replace(written, in_vietnam(now).strftime(form), 1)
                break
    wished = [base, *(f"{base}-{count}" for count in range(2, MOST_LOTS))]
    wished = [each for each in wished if len(each) <= LONGEST_LOT]
    taken = set(
        session.scalars(
            sa.select(Batch.lot_folded).where(
                Batch.product_id == product_id,
                Batch.lot_folded.in_([each.casefold() for each in wished]),
            )
        )
    )
    return next((each for each in wished if each.casefold() not in taken), "")
