"""What was done to a run's stamps, newest first: put to use, taken out of use, and what of it may
be undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.ranges import R
from traceapp.records.voids import Void
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.runs.activating import ActivationTold, tell_activation
from traceapp.services.runs.reading_runs import find_run
from traceapp.services.runs.undoing import UndoLimits, may_undo_activation, may_undo_void
from traceapp.services.runs.voiding import VoidTold, tell_void
from traceapp.services.values import Told

FEW_LINES = 10  # of each kind: what a page shows at first
MOST_LINES = 200


class ActivationLine(ActivationTold):
    lot: str
    undoable: bool


class VoidLine(VoidTold):
    undoable: bool


class RunRanges(Told):
    """`more` where there are older ones that are not told."""

    activations: list[ActivationLine]
    voids: list[VoidLine]
    more: bool


def run_ranges(
    session: Session, actor: Actor, run_id: int, lines: int, limits: UndoLimits, now: datetime
) -> RunRanges:
    """The newest activations and voids of a run, undone ones too; so many `lines` of each.

    Raises Unknown for the run.
    """
    permit(actor, Act.ACTIVATION_READ)
    permit(actor, Act.VOID_READ)
    run = find_run(session, actor, run_id)
    activations = _newest(session, Activation, run.id, lines)
    voids = _newest(session, Void, run.id, lines)
    batch_ids = {row.batch_id for row in activations}
    named = sa.select(Batch.id, Batch.lot).where(Batch.id.in_(batch_ids))
    lots = {row.id: row.lot for row in session.execute(named)}

    def undoable(
        row: Activation | Void,
        ask: Callable[[Session, Actor, int, UndoLimits, datetime], bool],
    ) -> bool:
        # Most ranges are long past the days of an undo: of those nothing needs to be asked.
        if not actor.sees_all and now > row.created_at + timedelta(days=limits.days):
            return False
        return ask(session, actor, row.id, limits, now)

    return RunRanges(
        activations=[
            ActivationLine(
                **tell_activation(row).model_dump(),
                lot=lots[row.batch_id],
                undoable=undoable(row, may_undo_activation),
            )
            for row in activations[:lines]
        ],
        voids=[
            VoidLine(**tell_void(row).model_dump(), undoable=undoable(row, may_undo_void))
            for row in voids[:lines]
        ],
        more=len(activations) > lines or len(voids) > lines,
    )


def _newest(session: Session, table: type[R], run_id: int, lines: int) -> list[R]:
    query = sa.select(table).where(table.run_id == run_id).order_by(table.id.desc())
    return list(session.scalars(query.limit(lines + 1)))
