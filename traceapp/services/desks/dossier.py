"""All that belongs to one producer, and all that happened to one batch: what an officer reads."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.accounts import Account
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.holds import Hold
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.recalls import Recall, RecallBatch, RecallState, Severity
from traceapp.records.stamp_requests import StampRequest, for_production
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.refusals import unknown
from traceapp.services.registry.quotas import ceiling, committed
from traceapp.services.runs.counting_runs import RunCount, count_runs
from traceapp.services.values import Told, When

MOST = 20  # of each kind; search finds the rest


class Thing(Told):
    """Something of a producer's. `state` is null for what nobody decides on."""

    id: int
    name: str
    under: str | None
    state: State | None


class Things(Told):
    """The newest MOST of one kind, and how many there are."""

    items: list[Thing]
    count: int


class PartyThings(Told):
    facilities: Things
    products: Things
    batches: Things
    runs: Things
    accounts: Things
    requests: int


class Room(Told):
    """How many stamps a batch may have, has or waits for, and may still get."""

    most: int
    committed: int
    left: int


class RunLine(Told):
    id: int
    first_serial: int
    last_serial: int
    quantity: int
    created_at: When
    count: RunCount


class RangeLine(Told):
    """An activation. `who` is whoever put the stamps to use."""

    id: int
    run_id: int
    first_serial: int
    last_serial: int
    destination: str | None
    created_at: When
    who: str
    undone_at: When | None
    undo_reason: str | None


class RecallOver(Told):
    id: int
    state: RecallState
    severity: Severity
    reason: str
    opened_at: When


class HoldLine(Told):
    id: int
    reason: str | None
    created_at: When
    released_at: When | None
    release_reason: str | None


class BatchStory(Told):
    """What happened to a batch; of every list the newest MOST."""

    product: str
    kind: str
    party: str
    facility: str
    room: Room
    runs: list[RunLine]
    activations: list[RangeLine]
    recalls: list[RecallOver]
    holds: list[HoldLine]


class RequestStory(Told):
    """What a request stands on. `room` counts the request itself, while it waits."""

    party: str
    product: str
    net_content: str
    product_state: State
    party_state: State
    lot: str | None
    room: Room | None


def party_things(session: Session, actor: Actor, party_id: int) -> PartyThings:
    permit(actor, Act.SEARCH)
    made = sa.select(Batch.id, Batch.lot, Product.name, sa.null()).join(
        Product, Product.id == Batch.product_id
    )
    issued = sa.select(StampRun.id, Product.name, StampRun.lot, sa.null()).join(
        Product, Product.id == StampRun.product_id
    )
    places = sa.select(Facility.id, Facility.name, Facility.address, Facility.state)
    wares = sa.select(Product.id, Product.name, Product.net_content, Product.state)
    people = sa.select(
        Account.id, sa.func.coalesce(Account.name, Account.sign_in_name), sa.null(), sa.null()
    )
    asked = sa.select(sa.func.count()).where(StampRequest.party_id == party_id, for_production())
    return PartyThings(
        facilities=_things(session, places, Facility, party_id),
        products=_things(session, wares, Product, party_id),
        batches=_things(session, made, Batch, party_id),
        runs=_things(session, issued, StampRun, party_id, in_production()),
        accounts=_things(session, people, Account, party_id),
        requests=session.scalar(asked) or 0,
    )


def _things(
    session: Session, query: sa.Select[*tuple[Any, ...]], table: Any, party_id: int, *only: Any
) -> Things:
    own = sa.and_(table.party_id == party_id, *only)
    rows = session.execute(query.where(own).order_by(table.id.desc()).limit(MOST)).all()
    count = session.scalar(sa.select(sa.func.count()).where(own)) or 0
    things = [Thing(id=row[0], name=row[1], under=row[2], state=row[3]) for row in rows]
    return Things(items=things, count=count)


def batch_story(session: Session, actor: Actor, batch_id: int, spoilage_percent: int) -> BatchStory:
    """Raises Unknown for a batch that is not there."""
    permit(actor, Act.SEARCH)
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise unknown("batch")
    product = session.get_one(Product, batch.product_id)
    holds = sa.select(Hold).where(Hold.batch_id == batch_id).order_by(Hold.id.desc()).limit(MOST)
    over = (
        sa.select(Recall)
        .join(RecallBatch, RecallBatch.recall_id == Recall.id)
        .where(RecallBatch.batch_id == batch_id)
        .order_by(Recall.id.desc())
        .limit(MOST)
    )
    return BatchStory(
        product=product.name,
        kind=product.kind,
        party=session.get_one(Party, batch.party_id).name,
        facility=session.get_one(Facility, batch.facility_id).name,
        room=_room(session, batch, spoilage_percent),
        runs=_runs(session, batch_id),
        activations=_activations(session, batch_id),
        recalls=[
            RecallOver.model_validate(row, from_attributes=True) for row in session.scalars(over)
        ],
        holds=[
            HoldLine.model_validate(row, from_attributes=True) for row in session.scalars(holds)
        ],
    )


def _room(session: Session, batch: Batch, spoilage_percent: int) -> Room:
    most = ceiling(batch.quantity, spoilage_percent)
    taken = committed(session, batch.id)
    return Room(most=most, committed=taken, left=max(most - taken, 0))


def _runs(session: Session, batch_id: int) -> list[RunLine]:
    query = sa.select(StampRun).where(StampRun.batch_id == batch_id)
    rows = session.scalars(query.order_by(StampRun.id.desc()).limit(MOST)).all()
    counts = count_runs(session, [row.id for row in rows])
    return [
        RunLine(
            id=row.id,
            first_serial=row.first_serial,
            last_serial=row.last_serial,
            quantity=row.quantity,
            created_at=row.created_at,
            count=counts[row.id],
        )
        for row in rows
    ]


def _activations(session: Session, batch_id: int) -> list[RangeLine]:
    query = (
        sa.select(Activation, sa.func.coalesce(Account.name, Account.sign_in_name))
        .join(Account, Account.id == Activation.created_by)
        .where(Activation.batch_id == batch_id)
        .order_by(Activation.id.desc())
        .limit(MOST)
    )
    columns = RangeLine.model_fields.keys() - {"who"}
    return [
        RangeLine(**{name: getattr(row, name) for name in columns}, who=who)
        for row, who in session.execute(query)
    ]


def request_story(
    session: Session, actor: Actor, request_id: int, spoilage_percent: int
) -> RequestStory:
    """Raises Unknown for a request that is not there."""
    permit(actor, Act.SEARCH)
    row = session.get(StampRequest, request_id)
    if row is None:
        raise unknown("stamp_request")
    product = session.get_one(Product, row.product_id)
    party = session.get_one(Party, row.party_id)
    batch = None if row.batch_id is None else session.get_one(Batch, row.batch_id)
    return RequestStory(
        party=party.name,
        product=product.name,
        net_content=product.net_content,
        product_state=product.state,
        party_state=party.state,
        lot=None if batch is None else batch.lot,
        room=None if batch is None else _room(session, batch, spoilage_percent),
    )
