"""Forgetting what scans and sign-ins left of the people behind them, when its time is over.

The scans themselves stay, and so do their stamps' totals: they are about stamps, not persons.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.accounts import Invitation, SignIn, SignInTries
from traceapp.records.changes import gather_changes
from traceapp.records.idempotency import IdempotencyKey
from traceapp.records.late_looks import LateFile
from traceapp.records.redemptions import Confirmation, HiddenTries, WrongCodes
from traceapp.records.scans import ForgedKept
from traceapp.records.traces import Trace, TraceKey, month_of
from traceapp.services.repeating import KEPT
from traceapp.services.values import Told

TRACES_KEPT = timedelta(days=90)
DAYS_KEPT = timedelta(hours=48)
COUNTS_KEPT = timedelta(hours=1)  # how far back any limit looks
LATE_FILES_KEPT = timedelta(days=90)  # how far files came that are gone by then
TRIES_KEPT = timedelta(days=1)  # those at signing in
INVITATIONS_KEPT = timedelta(days=90)  # after their time, where nobody used them


class Forgotten(Told):
    """How much was forgotten: traces deleted, day ids dropped, month keys destroyed."""

    traces: int
    days: int
    keys: int


def forget(session: Session, now: datetime) -> Forgotten:
    """Delete traces after 90 days, drop day ids after 48 hours, destroy keys of past months.

    So go sign-ins that are over, with the forms they kept, and what of people is of no use.
    """
    old_counts = now - COUNTS_KEPT
    session.execute(sa.delete(ForgedKept).where(ForgedKept.hour < old_counts - COUNTS_KEPT))
    session.execute(sa.delete(WrongCodes).where(WrongCodes.hour < old_counts - COUNTS_KEPT))
    session.execute(sa.delete(HiddenTries).where(HiddenTries.minute < old_counts))
    session.execute(sa.delete(Confirmation).where(Confirmation.at < old_counts))
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
    session.execute(sa.delete(LateFile).where(LateFile.at < now - LATE_FILES_KEPT))
    _forget_sign_ins(session, now)
    gather_changes(session)
    return Forgotten(
        traces=_count(session, sa.delete(Trace).where(Trace.at < now - TRACES_KEPT)),
        days=_count(
            session,
            sa.update(Trace)
            .where(Trace.at < now - DAYS_KEPT, Trace.day.is_not(None))
            .values(day=None),
        ),
        keys=_count(session, sa.delete(TraceKey).where(TraceKey.month < month_of(now))),
    )


def _forget_sign_ins(session: Session, now: datetime) -> None:
    session.execute(sa.delete(SignIn).where(SignIn.expires_at <= now))
    session.execute(sa.delete(SignInTries).where(SignInTries.since < now - TRIES_KEPT))
    session.execute(
        sa.delete(Invitation).where(
            Invitation.used_at.is_(None), Invitation.expires_at < now - INVITATIONS_KEPT
        )
    )


def _count(session: Session, statement: sa.UpdateBase) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(done, sa.CursorResult)
    return done.rowcount
