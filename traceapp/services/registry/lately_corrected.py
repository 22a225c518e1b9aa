"""The corrections of one thing, the newest first: as the page of the thing shows them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.corrections import Correction, Noun
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.registry.reading_corrections import CorrectionTold, tell_corrections

MOST = 10


def newest_corrections(
    session: Session, actor: Actor, noun: Noun, subject_id: int
) -> list[CorrectionTold]:
    """The newest corrections of a subject that are the actor's to see; at most MOST."""
    permit(actor, Act.CORRECTION_READ)
    query = sa.select(Correction).where(
        Correction.noun == noun, Correction.subject_id == subject_id
    )
    if not actor.sees_all:
        query = query.where(Correction.party_id == actor.party_id)
    rows = session.scalars(query.order_by(Correction.id.desc()).limit(MOST))
    return tell_corrections(session, rows)
