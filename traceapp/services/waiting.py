"""What waits for an officer: his desk, on which he opens.

Each pile is one query and shows few lines, so that the desk opens as fast on the day when a
thousand requests came in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import pictures
from traceapp.records.batches import Batch
from traceapp.records.corrections import Correction, Noun
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.holds import Hold
from traceapp.records.parties import Party
from traceapp.records.pictures import Picture
from traceapp.records.products import Product
from traceapp.records.recalls import Recall, RecallState
from traceapp.records.stamp_requests import StampRequest
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.reading_corrections import TABLES
from traceapp.services.values import Told, When

LINES = 10  # of each pile


class Waits(StrEnum):
    """What can wait, in the order in which an officer meets it."""

    REQUEST = "stamp_request"
    HOLD = "hold"
    RECALL = "recall"
    CORRECTION = "correction"
    PARTY = "party"
    FACILITY = "facility"
    PRODUCT = "product"
    PICTURE = "picture"


class Line(Told):
    """One thing. `title` names what it is about; `since` is when it was sent, or begun."""

    kind: Waits
    id: int
    title: str
    party: str | None
    since: When


class Pile(Told):
    """Things of one kind: how many there are, and the oldest few."""

    kind: Waits
    count: int
    lines: list[Line]


class Waiting(Told):
    """The officer's desk. Piles without anything are there too."""

    piles: list[Pile]
    count: int


def waiting(session: Session, actor: Actor) -> Waiting:
    """What waits for an officer: of each kind how much, and the oldest few."""
    permit(actor, Act.SEARCH)
    piles = [_pile(session, kind, query) for kind, query in _piles()]
    return Waiting(piles=piles, count=sum(pile.count for pile in piles))


def _piles() -> list[tuple[Waits, sa.Select[Any]]]:
    """Each kind's query: id, title, party and since, which is what is oldest first."""
    submitted = State.SUBMITTED
    request = (
        sa.select(StampRequest.id, Product.name, Party.name, StampRequest.created_at)
        .join(Product, Product.id == StampRequest.product_id)
        .join(Party, Party.id == StampRequest.party_id)
        .where(StampRequest.state == submitted)
    )
    hold = (
        sa.select(Hold.id, Batch.lot, Party.name, Hold.created_at)
        .join(Batch, Batch.id == Hold.batch_id)
        .join(Party, Party.id == Batch.party_id)
        .where(Hold.released_at.is_(None))
    )
    recall = sa.select(Recall.id, Recall.reason, sa.null(), Recall.opened_at).where(
        Recall.state == RecallState.OPEN
    )
    correction = (
        sa.select(Correction.id, subject_name(), Party.name, Correction.created_at)
        .join(Party, Party.id == Correction.party_id)
        .where(Correction.state == submitted)
    )
    party = sa.select(Party.id, Party.name, Party.name, Party.created_at).where(
        Party.state == submitted
    )
    picture = (
        pictures.waiting()
        .join(Party, Party.id == Picture.party_id)
        .with_only_columns(Picture.id, Product.name, Party.name, Picture.created_at)
    )
    return [
        (Waits.REQUEST, request),
        (Waits.HOLD, hold),
        (Waits.RECALL, recall),
        (Waits.CORRECTION, correction),
        (Waits.PARTY, party),
        (Waits.FACILITY, _of_party(Facility)),
        (Waits.PRODUCT, _of_party(Product)),
        (Waits.PICTURE, picture),
    ]


def _of_party(table: type[Facility] | type[Product]) -> Any:
    return (
        sa.select(table.id, table.name, Party.name, table.created_at)
        .join(Party, Party.id == table.party_id)
        .where(table.state == State.SUBMITTED)
    )


def subject_name() -> Any:
    """A column for queries of corrections: the name of what each is about."""
    return sa.case(
        *(
            (
                Correction.noun == noun,
                _name_in(TABLES[noun], "lot" if noun is Noun.BATCH else "name"),
            )
            for noun in Noun
        )
    )


def _name_in(table: Any, column: str) -> Any:
    named = sa.select(getattr(table, column)).where(table.id == Correction.subject_id)
    return named.correlate(Correction).scalar_subquery()


def _pile(session: Session, kind: Waits, query: sa.Select[Any]) -> Pile:
    number, _, _, since = query.selected_columns
    counted = query.add_columns(sa.func.count().over())
    rows = session.execute(counted.order_by(since, number).limit(LINES)).all()
    return Pile(
        kind=kind,
        count=rows[0][4] if rows else 0,
        lines=[
            Line(kind=kind, id=row[0], title=row[1], party=row[2], since=row[3]) for row in rows
        ],
    )
