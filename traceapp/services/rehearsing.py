"""Rehearsing a recall: everything that opening it would refuse is refused, and nothing is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from traceapp.services.authority import Actor
from traceapp.services.recalling import NewRecall, RecallTold, open_recall


def rehearse_recall(session: Session, actor: Actor, new: NewRecall, now: datetime) -> RecallTold:
    """What would be opened. Raises what `open_recall` raises."""
    rehearsal = session.begin_nested()
    try:
        return open_recall(session, actor, new, now)
    finally:
        rehearsal.rollback()
