"""What waits for an officer: his desk, on which he opens.

Each pile is one query and shows few lines, so that the desk opens as fast on the day when a
thousand requests came in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import holds, pictures
from traceapp.records.batches import Batch
from traceapp.records.corrections import Correction, Noun
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.holds import Hold
from traceapp.records.parties import Party
from traceapp.records.pictures import Picture
from traceapp.records.products import Product
from traceapp.records.recalls import Recall, RecallState
from traceapp.records.redraw_leaves import RedrawLeave
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.registry.reading_corrections import TABLES
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
    REDRAW = "redraw_leave"


class Line(Told):
    """One thing. `title` names what it is about; `since` is when it was sent, or begun.

    `net_content` is there for what is about a product, `quantity` for a stamp request; a request
    without a `lot` is for a roll.
    """

    kind: Waits
    id: int
    title: str
    party: str | None
    since: When
    net_content: str | None = None
    quantity: int | None = None
    lot: str | None = None


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
    piles = [_pile(session, kind, query) for kind, query in _piles().items()]
    return Waiting(piles=piles, count=sum(pile.count for pile in piles))


def next_waiting(session: Session, actor: Actor, kind: Waits) -> Line | None:
    """What an officer goes on to after one of `kind`: the oldest of that kind, else of any other.

    Open recalls are no work that waits: they are closed when their goods are back.
    """
    permit(actor, Act.SEARCH)
    queries = _piles()
    work = [each for each in Waits if each is not Waits.RECALL]
    for each in sorted(work, key=lambda one: one is not kind):
        found = _pile(session, each, queries[each], most=1).lines
        if found:
            return found[0]
    return None


def _piles() -> dict[Waits, sa.Select[Any]]:
    """Each kind's query of what a Line tells; `since` is what is oldest first."""
    submitted = State.SUBMITTED
    party_name = Party.name.label("party")
    request = (
        _lines(StampRequest.id, Product.name, party_name, StampRequest.created_at)
        .add_columns(Product.net_content, StampRequest.quantity, Batch.lot)
        .join(Product, Product.id == StampRequest.product_id)
        .join(Party, Party.id == StampRequest.party_id)
        .outerjoin(Batch, Batch.id == StampRequest.batch_id)
        .where(StampRequest.state == submitted)
    )
    hold = (
        _lines(Hold.id, Batch.lot, party_name, Hold.created_at)
        .join(Batch, Batch.id == Hold.batch_id)
        .join(Party, Party.id == Batch.party_id)
        .where(holds.standing())
    )
    recall = _lines(Recall.id, Recall.reason, sa.null().label("party"), Recall.opened_at).where(
        Recall.state == RecallState.OPEN
    )
    correction = (
        _lines(Correction.id, subject_name(), party_name, Correction.created_at)
        .join(Party, Party.id == Correction.party_id)
        .where(Correction.state == submitted)
    )
    party = _lines(Party.id, Party.name, party_name, Party.created_at).where(
        Party.state == submitted
    )
    picture = (
        pictures.waiting()
        .join(Party, Party.id == Picture.party_id)
        .with_only_columns(
            *_columns(Picture.id, Product.name, party_name, Picture.created_at),
            Product.net_content,
        )
    )
    redraw = (
        _lines(RedrawLeave.id, Product.name, party_name, RedrawLeave.created_at)
        .add_columns(Product.net_content)
        .join(StampRun, StampRun.id == RedrawLeave.run_id)
        .join(Product, Product.id == StampRun.product_id)
        .join(Party, Party.id == StampRun.party_id)
        .where(RedrawLeave.state == submitted)
    )
    product = _of_party(Product).add_columns(Product.net_content)
    return {
        Waits.REQUEST: request,
        Waits.HOLD: hold,
        Waits.RECALL: recall,
        Waits.CORRECTION: correction,
        Waits.PARTY: party,
        Waits.FACILITY: _of_party(Facility),
        Waits.PRODUCT: product,
        Waits.PICTURE: picture,
        Waits.REDRAW: redraw,
    }


def _columns(number: Any, title: Any, party: Any, since: Any) -> tuple[Any, ...]:
    return number.label("id"), title.label("title"), party, since.label("since")


def _lines(number: Any, title: Any, party: Any, since: Any) -> sa.Select[Any]:
    return sa.select(*_columns(number, title, party, since))


def _of_party(table: type[Facility] | type[Product]) -> sa.Select[Any]:
    return (
        _lines(table.id, table.name, Party.name.label("party"), table.created_at)
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


def _pile(session: Session, kind: Waits, query: sa.Select[Any], most: int = LINES) -> Pile:
    counted = query.add_columns(sa.func.count().over().label("count"))
    columns = query.selected_columns
    rows = session.execute(counted.order_by(columns.since, columns.id).limit(most)).mappings().all()
    return Pile(
        kind=kind,
        count=rows[0]["count"] if rows else 0,
        lines=[
            Line(kind=kind, **{name: row[name] for name in row if name != "count"}) for row in rows
        ],
    )
