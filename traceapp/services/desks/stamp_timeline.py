"""What happened to a stamp, in the order of time: a line for everything that is on record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.accounts import Account
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import CompromisedKey
from traceapp.records.holds import Hold
from traceapp.records.ranges import RunRange
from traceapp.records.recalls import Recall
from traceapp.records.redemptions import Redemption
from traceapp.records.scans import StampTotal
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.values import Told, When

R = TypeVar("R", bound=RunRange)


class Happened(StrEnum):
    """What can have happened to a stamp."""

    REQUESTED = "requested"
    ISSUED = "issued"
    PRODUCED = "produced"
    ACTIVATED = "activated"
    ACTIVATION_UNDONE = "activation_undone"
    HELD = "held"
    RELEASED = "released"
    VOIDED = "voided"
    VOID_UNDONE = "void_undone"
    RECALLED = "recalled"
    RECALL_CLOSED = "recall_closed"
    KEY_COMPROMISED = "key_compromised"
    HIDDEN_KEY_COMPROMISED = "hidden_key_compromised"
    FIRST_LOOK = "first_look"
    AUTHENTICATED = "authenticated"
    LAST_LOOK = "last_look"


class Moment(Told):
    """A line of the story. `who` is a person's name or sign-in name; buyers have none.

    `details` depends on `what`: ids, serials, reasons, destination, state, severity.
    """

    at: When
    what: Happened
    who: str | None
    details: dict[str, Any]


@dataclass(frozen=True)
class StampRows:
    """The rows of a stamp, read once."""

    run: StampRun
    request: StampRequest
    batch: Batch | None
    activations: Sequence[Activation]
    voids: Sequence[Void]
    recalls: Sequence[Recall]
    holds: Sequence[Hold]
    leaks: Sequence[CompromisedKey]
    redemption: Redemption | None
    total: StampTotal | None

    def names(self, session: Session) -> dict[int | None, str]:
        """The names of everybody who had a part in it, by account."""
        people = {self.request.created_by, self.request.decided_by}
        for activation in self.activations:
            people |= {activation.created_by, activation.undone_by}
        for void in self.voids:
            people |= {void.created_by, void.undone_by}
        for recall in self.recalls:
            people |= {recall.opened_by, recall.closed_by}
        for hold in self.holds:
            people |= {hold.created_by, hold.released_by}
        people |= {leak.created_by for leak in self.leaks}
        known = sa.select(Account.id, Account.name, Account.sign_in_name)
        found = session.execute(known.where(Account.id.in_(people)))
        return {row[0]: row[1] or row[2] for row in found}


def in_force(ranges: Sequence[R]) -> R | None:
    """The one of the ranges over a serial that was not undone."""
    return next((each for each in ranges if each.undone_at is None), None)


def timeline(rows: StampRows, names: dict[int | None, str]) -> list[Moment]:
    """The story's lines, the oldest first; those of one moment in the order of their causes."""
    lines = [
        Moment(at=at, what=what, who=names.get(who), details=details)
        for at, what, who, details in _lines(rows)
        if at is not None
    ]
    return sorted(lines, key=lambda line: line.at)


_Line = tuple[datetime | None, Happened, int | None, dict[str, Any]]


def _lines(rows: StampRows) -> Iterator[_Line]:
    request, run = rows.request, rows.run
    asked = {"request_id": request.id, "quantity": request.quantity, "note": request.note}
    yield request.created_at, Happened.REQUESTED, request.created_by, asked
    issued = {"run_id": run.id, "first_serial": run.first_serial, "last_serial": run.last_serial}
    yield run.created_at, Happened.ISSUED, run.created_by, issued
    if rows.batch is not None:
        made = {"batch_id": rows.batch.id, "lot": rows.batch.lot}
        yield rows.batch.produced_at, Happened.PRODUCED, None, made
    for activation in rows.activations:
        yield from _range_lines(activation, Happened.ACTIVATED, Happened.ACTIVATION_UNDONE)
    for void in rows.voids:
        yield from _range_lines(void, Happened.VOIDED, Happened.VOID_UNDONE)
    for hold in rows.holds:
        yield hold.created_at, Happened.HELD, hold.created_by, {"reason": hold.reason}
        why = {"reason": hold.release_reason}
        yield hold.released_at, Happened.RELEASED, hold.released_by, why
    for recall in rows.recalls:
        yield from _recall_lines(recall)
    for leak in rows.leaks:
        for key_id, what in _keys_of(run):
            if leak.key_id == key_id:
                yield leak.created_at, what, leak.created_by, {"reason": leak.note}
    if rows.total is not None:
        yield rows.total.first_at, Happened.FIRST_LOOK, None, {}
        if rows.total.looks > 1:
            yield rows.total.last_at, Happened.LAST_LOOK, None, {"looks": rows.total.looks}
    if rows.redemption is not None:
        scan = {"scan_id": rows.redemption.scan_id}
        yield rows.redemption.at, Happened.AUTHENTICATED, None, scan


def _keys_of(run: StampRun) -> tuple[tuple[str | None, Happened], ...]:
    """The keys of a run, each with what it is called when it leaks."""
    return (
        (run.key_id, Happened.KEY_COMPROMISED),
        (run.hidden_key_id, Happened.HIDDEN_KEY_COMPROMISED),
    )


def _range_lines(row: Activation | Void, done: Happened, undone: Happened) -> Iterator[_Line]:
    serials = {"first_serial": row.first_serial, "last_serial": row.last_serial}
    if isinstance(row, Activation):
        why = {"destination": row.destination, "batch_id": row.batch_id}
    else:
        why = {"reason": row.reason.value, "note": row.note}
    yield row.created_at, done, row.created_by, serials | why
    yield row.undone_at, undone, row.undone_by, serials | {"reason": row.undo_reason}


def _recall_lines(recall: Recall) -> Iterator[_Line]:
    number = {"recall_id": recall.id}
    opened = number | {"severity": recall.severity.value, "reason": recall.reason}
    yield recall.opened_at, Happened.RECALLED, recall.opened_by, opened
    closed = number | {"state": recall.state.value, "reason": recall.closure_reason}
    yield recall.closed_at, Happened.RECALL_CLOSED, recall.closed_by, closed
