"""What waits for a producer: her own desk, on which she opens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import holds
from traceapp.records.batches import Batch
from traceapp.records.corrections import Correction
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.holds import Hold
from traceapp.records.parties import Party
from traceapp.records.pictures import Picture
from traceapp.records.products import Product
from traceapp.records.recalls import Recall, RecallBatch, RecallState
from traceapp.records.stamp_requests import StampRequest, for_production
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.desks.waiting import Waits, subject_name
from traceapp.services.registry.reading_corrections import REPLACED
from traceapp.services.runs.counting_runs import counted_runs
from traceapp.services.runs.newest_runs import OwnRequest, newest_requests
from traceapp.services.scans.noticing import count_notices
from traceapp.services.values import Told, When

LINES = 5  # of each list
STOPPED_LINES = 20  # of what she must act on none should go unseen
RUNS_LOOKED_THROUGH = 200  # for stamps that wait, from a party's newest run on
SOON = timedelta(days=30)
LATELY = timedelta(days=60)


class OwnRun(Told):
    """A run of which stamps wait to be put to use."""

    id: int
    product: str
    net_content: str
    lot: str | None
    first_serial: int
    last_serial: int
    waiting: int


class OwnBatch(Told):
    id: int
    lot: str
    product: str
    net_content: str
    expires_at: When


class StoppedBatch(Told):
    """A batch that is not to be sold: on hold, under a recall that is open, or both."""

    id: int
    lot: str
    product: str
    net_content: str
    on_hold: bool
    recalled: bool


class Rejected(Told):
    """What an officer rejected lately, and why. `net_content` is of what is about a product."""

    kind: Waits
    id: int
    title: str
    net_content: str | None
    reason: str | None
    at: When


class OwnDesk(Told):
    """A producer's desk: each list holds the newest few, batches those that expire first."""

    stopped: list[StoppedBatch]
    requests: dict[State, int]
    newest_requests: list[OwnRequest]
    runs: list[OwnRun]
    expiring: list[OwnBatch]
    rejected: list[Rejected]
    notices: int


def own_desk(session: Session, actor: Actor, now: datetime) -> OwnDesk:
    """What waits for a producer, all of her own party."""
    notices = count_notices(session, actor)
    states = (
        sa.select(StampRequest.state, sa.func.count())
        .where(StampRequest.party_id == actor.party_id, for_production())
        .group_by(StampRequest.state)
    )
    return OwnDesk(
        stopped=_stopped(session, actor),
        requests=dict.fromkeys(State, 0) | {row[0]: row[1] for row in session.execute(states)},
        newest_requests=newest_requests(session, actor, LINES),
        runs=_runs_with_waiting(session, actor),
        expiring=_expiring(session, actor, now),
        rejected=_rejected(session, actor, now),
        notices=notices,
    )


def has_asked(session: Session, actor: Actor) -> bool:
    """Whether the actor's party has ever asked for stamps."""
    permit(actor, Act.REQUEST_READ)
    asked = sa.select(StampRequest.id).where(
        StampRequest.party_id == actor.party_id, for_production()
    )
    return session.scalar(asked.limit(1)) is not None


def _stopped(session: Session, actor: Actor) -> list[StoppedBatch]:
    """The newest batches that are stopped. A recall that is closed asks nothing of her today."""
    held = sa.select(Hold.id).where(Hold.batch_id == Batch.id, holds.standing()).exists()
    recalled = (
        sa.select(RecallBatch.recall_id)
        .join(Recall, Recall.id == RecallBatch.recall_id)
        .where(RecallBatch.batch_id == Batch.id, Recall.state == RecallState.OPEN)
        .exists()
    )
    query = (
        sa.select(
            Batch.id,
            Batch.lot,
            Product.name.label("product"),
            Product.net_content,
            held.label("on_hold"),
            recalled.label("recalled"),
        )
        .join(Product, Product.id == Batch.product_id)
        .where(Batch.party_id == actor.party_id, sa.or_(held, recalled))
        .order_by(Batch.id.desc())
        .limit(STOPPED_LINES)
    )
    return [StoppedBatch(**row) for row in session.execute(query).mappings()]


def _runs_with_waiting(session: Session, actor: Actor) -> list[OwnRun]:
    newest = sa.select(StampRun.id).where(StampRun.party_id == actor.party_id, in_production())
    newest = newest.order_by(StampRun.id.desc()).limit(RUNS_LOOKED_THROUGH)
    counted = counted_runs().where(StampRun.id.in_(newest)).subquery()
    left = counted.c.quantity - counted.c.activated - counted.c.void + counted.c.both
    query = (
        sa.select(StampRun, Product.name, Product.net_content, Batch.lot, left)
        .join(counted, counted.c.id == StampRun.id)
        .join(Product, Product.id == StampRun.product_id)
        .outerjoin(Batch, Batch.id == StampRun.batch_id)
        .where(left > 0, ~counted.c.leaked)
        .order_by(StampRun.id.desc())
        .limit(LINES)
    )
    return [
        OwnRun(
            id=run.id,
            product=product,
            net_content=net_content,
            lot=lot,
            first_serial=run.first_serial,
            last_serial=run.last_serial,
            waiting=stamps,
        )
        for run, product, net_content, lot, stamps in session.execute(query)
    ]


def _expiring(session: Session, actor: Actor, now: datetime) -> list[OwnBatch]:
    """Batches that expire within SOON and have not expired yet."""
    query = (
        sa.select(
            Batch.id,
            Batch.lot,
            Product.name.label("product"),
            Product.net_content,
            Batch.expires_at,
        )
        .join(Product, Product.id == Batch.product_id)
        .where(
            Batch.party_id == actor.party_id,
            Batch.expires_at > now,
            Batch.expires_at <= now + SOON,
        )
        .order_by(Batch.expires_at, Batch.id)
        .limit(LINES)
    )
    return [OwnBatch(**row) for row in session.execute(query).mappings()]


def _rejected(session: Session, actor: Actor, now: datetime) -> list[Rejected]:
    """What was rejected within LATELY. A correction that gave way to a newer one was not."""
    reason = Correction.decision_reason
    every = sa.union_all(
        _rejects(Waits.PARTY, Party, Party.name, Party.id),
        _rejects(Waits.FACILITY, Facility, Facility.name, Facility.party_id),
        _rejects(Waits.PRODUCT, Product, Product.name, Product.party_id, Product.net_content),
        _rejects(
            Waits.REQUEST, StampRequest, Product.name, StampRequest.party_id, Product.net_content
        ).join(Product, Product.id == StampRequest.product_id),
        _rejects(Waits.PICTURE, Picture, Product.name, Picture.party_id, Product.net_content)
        .join(Product, Product.id == Picture.product_id)
        .where(Picture.removed_at.is_(None)),
        _rejects(Waits.CORRECTION, Correction, subject_name(), Correction.party_id).where(
            sa.or_(reason.is_(None), reason != REPLACED)
        ),
    ).subquery()
    query = (
        sa.select(every)
        .where(every.c.party == actor.party_id, every.c.at > now - LATELY)
        .order_by(every.c.at.desc(), every.c.kind, every.c.id)
        .limit(LINES)
    )
    return [
        Rejected(**{name: row[name] for name in Rejected.model_fields})
        for row in session.execute(query).mappings()
    ]


_NO_CONTENT = sa.cast(sa.null(), sa.String())


def _rejects(
    kind: Waits, table: Any, title: Any, party: Any, net_content: Any = _NO_CONTENT
) -> sa.Select[Any]:
    return sa.select(
        sa.literal(kind.value).label("kind"),
        table.id.label("id"),
        title.label("title"),
        net_content.label("net_content"),
        table.decision_reason.label("reason"),
        table.decided_at.label("at"),
        party.label("party"),
    ).where(table.state == State.REJECTED)
