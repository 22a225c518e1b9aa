"""Looks that were answered while the records were out of reach enter the log, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from stamps import KeyRing, Malformed, read, signer_of
from traceapp.records.late_looks import LateLook, entered
from traceapp.records.scans import Agent, in_log
from traceapp.services.scans.adding_up import add_late
from traceapp.services.scans.alerting import raise_alerts
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.looks import Answer, Asked, Look, Scanning, Traced
from traceapp.services.scans.noticing import notice_forgotten
from traceapp.services.scans.remembering import keep_all, sender, trace_of
from traceapp.services.scans.scanning import examine_all

AT_ONCE = 200  # looks in one transaction, which meanwhile holds the embedded database


def late_look(
    asked: Asked, ring: KeyRing, month_key: bytes, scan_id: int | None = None
) -> LateLook | None:
    """What is kept of a look whose code a key of ours signed; None of any other.

    Without the key of its month, `month_key` is random: the source is then like no other.
    """
    look = asked.look
    try:
        signed = read(look.text)
    except Malformed:
        return None
    if signer_of(ring, signed) is None:
        return None
    traced = trace_of(look, signed.serial, asked.at, month_key)
    return LateLook(
        at=asked.at,
        code=signed.code,
        agent=look.agent if look.actor is None else Agent.STAFF,
        typed=look.typed,
        gtin=look.gtin,
        lot=look.lot,
        source=traced.source,
        phone=traced.phone,
        day=traced.day,
        fresh=look.fresh,
        scan_id=scan_id,
    )


def enter_late(
    session: Session, name: str, looks: Sequence[LateLook], scanning: Scanning, now: datetime
) -> int:
    """Enter the next of a file's looks; returns how many of its lines are left. The caller commits.

    They stand in the log with what was answered, `unchecked`, and with what they belong to; they
    count for their stamps and days, and raise alerts, as if they had come in time.
    Raises KeyTrouble.
    """
    row = entered(session, name, now)
    following = looks[row.lines : row.lines + AT_ONCE]
    there = in_log(session, [each.scan_id for each in following if each.scan_id is not None])
    asked = [_asked(each) for each in following if each.scan_id not in there]
    if asked:
        _enter(session, asked, scanning)
    row.lines += len(following)
    session.flush()
    return len(looks) - row.lines


def _asked(late: LateLook) -> Asked:
    look = Look(
        text=late.code,
        phone="",
        source="",
        fresh=late.fresh,
        gtin=late.gtin,
        lot=late.lot,
        typed=late.typed,
        agent=late.agent,
    )
    traced = Traced(late.source, late.phone, late.day)
    return Asked(look, late.at, traced=traced, scan_id=late.scan_id)


def _enter(session: Session, asked: Sequence[Asked], scanning: Scanning) -> None:
    examined = examine_all(session, asked, scanning)
    as_answered = [
        replace(each, answer=Answer(Verdict.UNCHECKED, (), late.look.typed))
        for each, late in zip(examined, asked, strict=True)
    ]
    keep_all(session, list(zip(as_answered, asked, strict=True)), scanning)
    for each, late in zip(examined, asked, strict=True):
        product_id = None if each.found is None else each.found.run.product_id
        agent = sender(late.look, each.found)
        add_late(session, late.at, product_id, Verdict.UNCHECKED, agent)
        notice_forgotten(session, each, late.look, late.at)
    for each, late in zip(examined, asked, strict=True):
        raise_alerts(session, each, late.look, late.at)
