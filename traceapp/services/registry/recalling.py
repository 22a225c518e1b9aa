"""Warning over batches: opening a recall, and closing it as completed or withdrawn."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from stamps import MAX_SERIAL
from traceapp.database import locked
from traceapp.records import recalls
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.ranges import in_force, meets
from traceapp.records.recalls import Recall, RecallBatch, RecallRange, RecallState, Severity
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.values import Id, Note, Notice, Sent, SerialRange, Told, When


class NewRecall(Sent):
    """With `serial_ranges`, only these serials of the batches are under the recall."""

    batch_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]
    severity: Severity
    reason: Note
    notice: Notice
    serial_ranges: Annotated[list[SerialRange], Field(max_length=200)] = Field(default_factory=list)


class Outcome(StrEnum):
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Closure(Sent):
    """Completed warns for ever; withdrawn, for one declared in error, lifts the warning."""

    outcome: Outcome
    reason: Note


class RangeTold(Told):
    first_serial: int
    last_serial: int


class RecallTold(Told):
    id: int
    state: RecallState
    batch_ids: list[int]
    serial_ranges: list[RangeTold]
    severity: Severity
    reason: str
    notice: str
    opened_at: When
    closed_at: When | None
    closure_reason: str | None


def tell_recall(session: Session, actor: Actor, row: Recall) -> RecallTold:
    """The recall, with the batches in it that are the actor's to see."""
    return RecallTold(
        id=row.id,
        state=row.state,
        batch_ids=[
            each.id for each in recalls.batches(session, row.id) if actor.owns(each.party_id)
        ],
        serial_ranges=[
            RangeTold(first_serial=each.first_serial, last_serial=each.last_serial)
            for each in recalls.ranges(session, row.id)
        ],
        severity=row.severity,
        reason=row.reason,
        notice=row.notice,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closure_reason=row.closure_reason,
    )


def open_recall(session: Session, actor: Actor, new: NewRecall, now: datetime) -> RecallTold:
    """Warn over batches; the next look at any of their stamps says so.

    Raises Unacceptable for a batch that is not there, and for a range that is the wrong way round
    or has no stamp of the batches.
    """
    permit(actor, Act.RECALL_OPEN)
    wanted = set(new.batch_ids)
    found = set(
        session.scalars(locked(sa.select(Batch.id).where(Batch.id.in_(wanted)).order_by(Batch.id)))
    )
    if missing := wanted - found:
        raise Unacceptable(
            "batch_ids",
            message("There is no batch %(missing)s."),
            field="batch_ids",
            missing=min(missing),
        )
    if any(each.last_serial < each.first_serial for each in new.serial_ranges):
        raise Unacceptable(
            "range_order",
            message("The last serial is lower than the first; swap them."),
            field="serial_ranges",
        )
    for each in new.serial_ranges:
        _check_reaches(session, wanted, each)
    row = Recall(
        severity=new.severity,
        reason=new.reason,
        notice=new.notice,
        state=RecallState.OPEN,
        opened_by=actor.account_id,
        opened_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(RecallBatch(recall_id=row.id, batch_id=each) for each in sorted(wanted))
    session.add_all(
        RecallRange(recall_id=row.id, **each.model_dump()) for each in new.serial_ranges
    )
    session.flush()
    record_act(session, actor, Act.RECALL_OPEN, row.id, now, batch_ids=sorted(wanted))
    return tell_recall(session, actor, row)


def _check_reaches(session: Session, batch_ids: set[int], wished: SerialRange) -> None:
    """Raises Unacceptable for a range without a stamp of the batches: it would warn nobody."""
    ends = (wished.first_serial, wished.last_serial)
    issued = sa.select(StampRun.id).where(StampRun.batch_id.in_(batch_ids), meets(StampRun, *ends))
    activated = sa.select(Activation.id).where(
        Activation.batch_id.in_(batch_ids), in_force(Activation), meets(Activation, *ends)
    )
    if not session.scalar(sa.select(sa.or_(issued.exists(), activated.exists()))):
        raise Unacceptable(
            "range_reaches_nothing",
            message("No stamp of these batches lies in the range %(first)s to %(last)s."),
            field="serial_ranges",
            first=ends[0],
            last=ends[1],
        )


def close_recall(
    session: Session, actor: Actor, recall_id: int, closure: Closure, now: datetime
) -> RecallTold:
    """Close a recall. Raises Unknown, and Conflict for one that is closed."""
    permit(actor, Act.RECALL_CLOSE)
    row = session.scalars(locked(sa.select(Recall).where(Recall.id == recall_id))).one_or_none()
    if row is None:
        raise unknown("recall")
    if row.state is not RecallState.OPEN:
        raise Conflict("closed", message("This recall was closed already; nothing was changed."))
    row.state = RecallState(closure.outcome.value)
    row.closed_by = actor.account_id
    row.closed_at = now
    row.closure_reason = closure.reason
    record_act(session, actor, Act.RECALL_CLOSE, row.id, now, outcome=closure.outcome.value)
    return tell_recall(session, actor, row)


def standing(found: list[Recall]) -> Recall | None:
    """Of a stamp's recalls, newest first, the one to tell of: the gravest that still warns."""
    gravity = list(Severity)
    warning = [each for each in found if each.state.warns]
    return max(warning, key=lambda each: gravity.index(each.severity), default=None)


def check_not_recalled(session: Session, batch: Batch) -> None:
    """Raises Conflict where any serial of a batch is under recall."""
    check_range_not_recalled(session, batch, 0, MAX_SERIAL)


def check_range_not_recalled(session: Session, batch: Batch, first: int, last: int) -> None:
    """Raises Conflict where a serial of first..last would be under recall in this batch."""
    if standing(recalls.over(session, batch.id, first, last)) is not None:
        raise Conflict("batch_recalled", message("Batch %(lot)s is under recall."), lot=batch.lot)


def _visible(actor: Actor) -> sa.Select[Recall]:
    query = sa.select(Recall)
    if actor.sees_all:
        return query
    own = (
        sa.select(RecallBatch.recall_id)
        .join(Batch, Batch.id == RecallBatch.batch_id)
        .where(Batch.party_id == actor.party_id)
    )
    return query.where(Recall.id.in_(own))


def show_recall(session: Session, actor: Actor, recall_id: int) -> RecallTold:
    """Raises Unknown for a recall that is not there, or that names no batch of the actor's."""
    permit(actor, Act.RECALL_READ)
    row = session.scalars(_visible(actor).where(Recall.id == recall_id)).one_or_none()
    if row is None:
        raise unknown("recall")
    return tell_recall(session, actor, row)


def list_recalls(session: Session, actor: Actor, wish: PageWish) -> Page[RecallTold]:
    permit(actor, Act.RECALL_READ)
    query = _visible(actor)
    return page_by_id(session, query, Recall.id, wish, lambda row: tell_recall(session, actor, row))
