"""Raising alerts in the transaction of the look or the try that causes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from traceapp.records.alerts import AlertKind, Cause, add_cause
from traceapp.records.scans import Agent
from traceapp.records.stamp_runs import holding
from traceapp.services.scans.judging import Reason, Verdict
from traceapp.services.scans.looks import Examined, Found, Look


def raise_alerts(session: Session, examined: Examined, look: Look, now: datetime) -> None:
    """Raise what a well-signed code gives away: that a key leaked, or that rows were lost.

    Whoever looks, it is as true; but a preview robot only repeats what a person found. Usual
    verdicts cost nothing here. Call it last: others may wait for the alert's row.
    """
    answer, signed = examined.answer, examined.signed
    if signed is None or look.agent is Agent.PREVIEW:
        return
    if answer.verdict is Verdict.UNKNOWN:
        add_cause(session, Cause(AlertKind.UNKNOWN_SERIAL, signed.serial), now)
    elif Reason.WRONG_KEY in answer.reasons:
        run = holding(session, signed.serial)
        if run is not None:
            cause = Cause(AlertKind.WRONG_KEY, signed.serial, run.id, run.party_id, run.batch_id)
            add_cause(session, cause, now)


def alert_guessing_at(session: Session, found: Found, now: datetime) -> None:
    """Tell that more hidden codes were tried at a stamp, or from one network, than are compared."""
    run, kind = found.run, AlertKind.HIDDEN_CODE_GUESSING
    add_cause(session, Cause(kind, found.serial, run.id, run.party_id, found.batch_id), now)


def alert_guessing(session: Session, serial: int, now: datetime) -> None:
    """Tell of a wrong hidden code that came while the brake stands; `serial` is its stamp's."""
    add_cause(session, Cause(AlertKind.HIDDEN_CODE_GUESSING, serial), now)
