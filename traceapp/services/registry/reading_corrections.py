"""Reading corrections: those that wait, and those that were decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.batches import Batch
from traceapp.records.corrections import Correction, Noun, waiting
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import message, unknown
from traceapp.services.values import Id, Told, When

TABLES: Mapping[Noun, Any] = {
    Noun.PARTY: Party,
    Noun.FACILITY: Facility,
    Noun.PRODUCT: Product,
    Noun.BATCH: Batch,
}

REPLACED = message("Replaced by a newer correction.")


class CorrectionFilter(PageWish):
    """All that are given must hold."""

    state: State | None = None
    noun: Noun | None = None
    subject_id: Id | None = None


class CorrectionTold(Told):
    """`before` and `after` hold the fields that change; an attribute is `attributes.<name>`.

    `public`: buyers are told of it, once it is approved. `decided_at` is when it took effect, or
    was rejected. `decision_reason` is `REPLACED` where a newer one took its place.
    """

    id: int
    noun: Noun
    subject_id: int
    subject_name: str
    party_id: int
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str | None
    state: State
    decision_reason: str | None
    created_at: When
    decided_at: When | None
    public: bool


def show_correction(session: Session, actor: Actor, correction_id: int) -> CorrectionTold:
    """Raises Unknown for a correction that is not there, or not the actor's to see."""
    permit(actor, Act.CORRECTION_READ)
    row = session.get(Correction, correction_id)
    if row is None or not actor.owns(row.party_id):
        raise unknown("correction")
    return tell_corrections(session, [row])[0]


def waiting_correction(
    session: Session, actor: Actor, noun: Noun, subject_id: int
) -> CorrectionTold | None:
    """The correction of a subject that waits, if it is the actor's to see."""
    permit(actor, Act.CORRECTION_READ)
    row = waiting(session, noun, subject_id)
    return (
        None if row is None or not actor.owns(row.party_id) else tell_corrections(session, [row])[0]
    )


def list_corrections(
    session: Session, actor: Actor, wish: CorrectionFilter
) -> Page[CorrectionTold]:
    """The corrections that the actor may see, oldest first."""
    permit(actor, Act.CORRECTION_READ)
    query = sa.select(Correction)
    if not actor.sees_all:
        query = query.where(Correction.party_id == actor.party_id)
    for column in ("state", "noun", "subject_id"):
        if (wanted := getattr(wish, column)) is not None:
            query = query.where(getattr(Correction, column) == wanted)
    page = page_by_id(session, query, Correction.id, wish, lambda row: row)
    return Page(items=tell_corrections(session, page.items), next_cursor=page.next_cursor)


def tell_corrections(session: Session, rows: Iterable[Correction]) -> list[CorrectionTold]:
    """The corrections, each with its subject's name as it is now: one question for each noun."""
    rows = list(rows)
    names: dict[tuple[Noun, int], str] = {}
    for noun in {row.noun for row in rows}:
        table = TABLES[noun]
        name = table.lot if noun is Noun.BATCH else table.name
        wanted = {row.subject_id for row in rows if row.noun is noun}
        for number, text in session.execute(sa.select(table.id, name).where(table.id.in_(wanted))):
            names[noun, number] = text
    columns = CorrectionTold.model_fields.keys() - {"subject_name"}
    return [
        CorrectionTold(
            **{name: getattr(row, name) for name in columns},
            subject_name=names[row.noun, row.subject_id],
        )
        for row in rows
    ]
