"""Undoing a slip: an activation or a void that was not meant. Both acts stay on record.

A party undoes within days and before a buyer met the stamps; an officer undoes at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.accounts import Account, Role
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.ranges import R, RunRange, in_force, meets
from traceapp.records.scans import Agent, Scan
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void, VoidReason
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, Refusal, message, unknown
from traceapp.services.registry.holding import check_not_held
from traceapp.services.registry.quotas import check_room, committed, lock_batches
from traceapp.services.registry.recalling import check_range_not_recalled
from traceapp.services.runs.activating import ActivationTold, tell_activation
from traceapp.services.runs.reading_runs import find_run
from traceapp.services.runs.voiding import VoidTold, tell_void
from traceapp.services.values import Note, Sent


class Undo(Sent):
    """What was wrong, for whoever reads the record later."""

    reason: Note


@dataclass(frozen=True)
class UndoLimits:
    """For how many days a party may undo, and by how many percent a batch may exceed its units."""

    days: int
    spoilage_percent: int


def undo_activation(
    session: Session,
    actor: Actor,
    activation_id: int,
    undo: Undo,
    limits: UndoLimits,
    now: datetime,
) -> ActivationTold:
    """Undo an activation: its stamps are their run's again and wait; void ones stay void.

    Raises Unknown; Conflict for one that was undone before or that only an officer may undo, and
    where stamps that were active for another batch have no room in their run's own.
    """
    permit(actor, Act.ACTIVATION_UNDO)
    undoing = _Undoing(session, actor, limits, now)
    row = undoing.lock(Activation, activation_id)
    batches = undoing.lock_batches(row)
    undoing.check_activation(row)
    undoing.mark(row, undo, batches)
    undoing.record(Act.ACTIVATION_UNDO, row)
    return tell_activation(row)


def undo_void(
    session: Session, actor: Actor, void_id: int, undo: Undo, limits: UndoLimits, now: datetime
) -> VoidTold:
    """Undo a void: each of its stamps is active again where it was, and else waits again.

    A batch that is expired, on hold or under recall by now gets its stamps back all the same: a
    look at them says so. Raises Unknown; Conflict for one that was undone before or that only an
    officer may undo, and where a batch has no room for its stamps any more.
    """
    permit(actor, Act.VOID_UNDO)
    undoing = _Undoing(session, actor, limits, now)
    row = undoing.lock(Void, void_id)
    batches = undoing.lock_batches(row)
    undoing.check_void(row)
    undoing.mark(row, undo, batches)
    undoing.record(Act.VOID_UNDO, row)
    return tell_void(row)


def may_undo_activation(
    session: Session, actor: Actor, activation_id: int, limits: UndoLimits, now: datetime
) -> bool:
    """Whether a page shall offer to undo an activation; only a full batch can still refuse it."""
    undoing = _Undoing(session, actor, limits, now)
    try:
        permit(actor, Act.ACTIVATION_UNDO)
        undoing.check_activation(undoing.find(Activation, activation_id))
    except Refusal:
        return False
    return True


def may_undo_void(
    session: Session, actor: Actor, void_id: int, limits: UndoLimits, now: datetime
) -> bool:
    """Whether a page shall offer to undo a void; only a full batch can still refuse it."""
    undoing = _Undoing(session, actor, limits, now)
    try:
        permit(actor, Act.VOID_UNDO)
        undoing.check_void(undoing.find(Void, void_id))
    except Refusal:
        return False
    return True


@dataclass(frozen=True)
class _Undoing:
    """Somebody who wants to undo something, in one transaction, at one moment."""

    session: Session
    actor: Actor
    limits: UndoLimits
    now: datetime

    def find(self, table: type[R], row_id: int) -> R:
        """Raises Unknown for a row that is not there, or not the actor's to see."""
        row = self.session.get(table, row_id)
        if row is None or not self.actor.owns(self._run_of(row).party_id):
            raise unknown(table.__name__.lower())
        return row

    def lock(self, table: type[R], row_id: int) -> R:
        """The row, as it stands once its run is ours: whoever changes a run's ranges locks it."""
        row = self.find(table, row_id)
        find_run(self.session, self.actor, row.run_id, lock=True)
        self.session.refresh(row)
        return row

    def lock_batches(self, row: RunRange) -> list[Batch]:
        """Every batch that stamps of the range are of, before the undo or after it; locked."""
        query = sa.select(Activation.batch_id).where(
            Activation.run_id == row.run_id,
            in_force(Activation),
            meets(Activation, row.first_serial, row.last_serial),
        )
        batch_ids = set(self.session.scalars(query))
        if (own := self._run_of(row).batch_id) is not None:
            batch_ids.add(own)
        return lock_batches(self.session, batch_ids)

    def _run_of(self, row: RunRange) -> StampRun:
        return self.session.get_one(StampRun, row.run_id)

    def check_activation(self, row: Activation) -> None:
        """Raises Conflict unless the actor may undo an activation.

        A batch under recall or on hold keeps its stamps: its producer could else put them to use
        for another batch, and the warning would be lost.
        """
        self._check_undone(row)
        if self.actor.sees_all:
            return
        self._check_slip(row)
        batch = self.session.get_one(Batch, row.batch_id)
        check_range_not_recalled(self.session, batch, row.first_serial, row.last_serial)
        check_not_held(self.session, batch)

    def check_void(self, row: Void) -> None:
        """Raises Conflict unless the actor may undo a void."""
        self._check_undone(row)
        if self.actor.sees_all:
            return
        if row.reason is VoidReason.STOLEN:
            raise Conflict(
                "stolen",
                message("Stamps that were stolen stay void. Ask your officer if they were found."),
            )
        if self.session.get_one(Account, row.created_by).role is not Role.PRODUCER:
            raise Conflict(
                "by_officer",
                message("An officer took these stamps out of use. Ask your officer to undo it."),
            )
        self._check_slip(row)

    def _check_undone(self, row: RunRange) -> None:
        if row.undone_at is not None:
            raise Conflict("undone", message("This was undone already; nothing was changed."))

    def _check_slip(self, row: RunRange) -> None:
        """Raises Conflict for what a party alone can no longer undo. Its last moment is in time."""
        if self.now > row.created_at + timedelta(days=self.limits.days):
            raise Conflict(
                "too_late",
                message(
                    "This can be undone for %(days)s days only. Ask your officer to undo it now."
                ),
                days=self.limits.days,
            )
        looked = sa.select(Scan.id).where(
            Scan.run_id == row.run_id,
            Scan.serial.between(row.first_serial, row.last_serial),
            Scan.at >= row.created_at,
            Scan.agent == Agent.PERSON,
        )
        if self.session.scalar(sa.select(looked.exists())):
            raise Conflict(
                "scanned",
                message(
                    "A buyer has scanned one of these stamps since. Ask your officer to undo it."
                ),
            )

    def mark(self, row: RunRange, undo: Undo, batches: list[Batch]) -> None:
        """Write the undo into the row. Raises Conflict where stamps return to a full batch."""
        before = {batch.id: committed(self.session, batch.id) for batch in batches}
        row.undone_by = self.actor.account_id
        row.undone_at = self.now
        row.undo_reason = undo.reason
        self.session.flush()
        for batch in batches:
            # A batch may be overfull since it was corrected; only what adds to it is refused.
            if committed(self.session, batch.id) > before[batch.id]:
                check_room(self.session, batch, 0, self.limits.spoilage_percent)

    def record(self, act: Act, row: RunRange) -> None:
        record_act(
            self.session,
            self.actor,
            act,
            row.id,
            self.now,
            run_id=row.run_id,
            first_serial=row.first_serial,
            last_serial=row.last_serial,
        )
