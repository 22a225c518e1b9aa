"""Labels that were taken out of a run: by whom, when, which, in what form, and how it ended.

A run that is drawn twice can become two sets of labels that nobody can tell apart, so that each
time stands here, and on record in the acts.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from stamps import HiddenLayer, LabelFormat, Language
from traceapp.database import Base, BigId, closed_list
from traceapp.records.ranges import InsideRun


class Outcome(StrEnum):
    """How far a drawing went. One that is only begun was never seen to end: its server went."""

    BEGUN = "begun"
    FINISHED = "finished"
    BROKEN_OFF = "broken_off"


class Drawing(InsideRun, Base):
    """One taking out of labels. `bytes` is how many were handed over.

    `sheet` and `hidden` are None for a CSV; `hidden_codes` tells whether it held hidden codes;
    `in_parts` whether it came as several files, in a ZIP or a folder.
    """

    __tablename__ = "drawings"

    format: Mapped[LabelFormat] = mapped_column(closed_list(LabelFormat))
    sheet: Mapped[str | None] = mapped_column(sa.String(20))
    hidden: Mapped[HiddenLayer | None] = mapped_column(closed_list(HiddenLayer))
    hidden_codes: Mapped[bool]
    dpi: Mapped[int | None]
    language: Mapped[Language] = mapped_column(closed_list(Language))
    in_parts: Mapped[bool]
    leave_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("redraw_leaves.id"), unique=True
    )
    outcome: Mapped[Outcome] = mapped_column(closed_list(Outcome))
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    ended_at: Mapped[datetime | None]


def drawn_spans(session: Session, run_id: int, limit: int) -> list[tuple[int, int, int]]:
    """How often each part of a run was taken out: first serial, last serial, times.

    The lowest serials first; parts that never were are left out.
    """
    ends = sa.union_all(
        sa.select(Drawing.first_serial.label("at"), sa.literal(1).label("step")).where(
            Drawing.run_id == run_id
        ),
        sa.select(Drawing.last_serial + 1, sa.literal(-1)).where(Drawing.run_id == run_id),
    ).subquery()
    steps = sa.select(ends.c.at, sa.func.sum(ends.c.step).label("step")).group_by(ends.c.at)
    turns = steps.having(sa.func.sum(ends.c.step) != 0).subquery()
    spans = sa.select(
        turns.c.at.label("first"),
        (sa.func.lead(turns.c.at).over(order_by=turns.c.at) - 1).label("last"),
        sa.func.sum(turns.c.step).over(order_by=turns.c.at).label("times"),
    ).subquery()
    drawn = sa.select(spans).where(spans.c.times > 0).order_by(spans.c.first).limit(limit)
    return [(row.first, row.last, int(row.times)) for row in session.execute(drawn)]
