"""The batches that stamps can be for, and how many stamps one of them may still have."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import holds, recalls
from traceapp.records.batches import Batch
from traceapp.records.holds import Hold
from traceapp.records.recalls import Recall, RecallBatch
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import LONGEST_PAGE
from traceapp.services.registry.opening_batches import BatchTold, show_batch
from traceapp.services.registry.quotas import ceiling, committed
from traceapp.services.values import Told, When


class BatchLine(Told):
    id: int
    lot: str
    produced_at: When
    expires_at: When


class Room(Told):
    """Stamps: `most` of the batch in all, of which `left` can still be asked for."""

    most: int
    left: int


def usable_batches(
    session: Session, actor: Actor, product_id: int, now: datetime
) -> list[BatchLine]:
    """The product's newest batches of the actor's own that can get stamps; at most 200.

    Left out are those that are expired, on hold or, in part or in whole, under recall.
    """
    permit(actor, Act.BATCH_READ)
    held = sa.select(Hold.id).where(Hold.batch_id == Batch.id, holds.standing())
    recalled = (
        sa.select(RecallBatch.recall_id)
        .join(Recall, Recall.id == RecallBatch.recall_id)
        .where(RecallBatch.batch_id == Batch.id, recalls.warning())
    )
    query = (
        sa.select(Batch)
        .where(
            Batch.party_id == actor.party_id,
            Batch.product_id == product_id,
            Batch.expires_at > now,
            ~held.exists(),
            ~recalled.exists(),
        )
        .order_by(Batch.id.desc())
        .limit(LONGEST_PAGE)
    )
    return [BatchLine.model_validate(row, from_attributes=True) for row in session.scalars(query)]


def room_of(
    session: Session, actor: Actor, batch_id: int, spoilage_percent: int
) -> tuple[BatchTold, Room]:
    """A batch and its room for stamps at this moment. Raises Unknown for the batch."""
    batch = show_batch(session, actor, batch_id)
    most = ceiling(batch.quantity, spoilage_percent)
    return batch, Room(most=most, left=max(most - committed(session, batch.id), 0))
