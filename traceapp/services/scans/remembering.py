"""Keeping a look: the scan, its trace, its stamp's totals; or only a count of it.

What strangers can send without end is counted and not kept, so that they do not fill the disk.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from traceapp.records import scans, traces
from traceapp.records.scans import Agent, ScanKind
from traceapp.services.networks import network_of
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.looks import Answer, Examined, Found, Look, Scanning

LONGEST_CLAIM = 20  # characters of a GTIN or lot that are kept from a link (GS1 allows no more)
SOURCE_MINUTES = 5  # for how long looks from one address, by phones that keep no cookie, are one
SOURCES_AN_HOUR = 100  # how many sources' worth of forged looks are kept in full in all


def keep(
    session: Session,
    examined: Examined,
    look: Look,
    kind: ScanKind,
    scanning: Scanning,
    now: datetime,
) -> Answer:
    """Keep a look: a scan, its trace and its stamp's totals; returns the answer with these.

    A text that is no code is only counted, and so is a forged one past its limits; then there is
    no id. Of staff's looks the scan alone is kept: they count for nothing.
    """
    answer, signed, standing = examined.answer, examined.signed, examined.standing
    if signed is None or standing is None:
        scans.count_look(session, answer.verdict.value, now)
        return answer
    key = standing.month_key or traces.month_key(session, now, secrets.token_bytes(32))
    forged = answer.verdict is Verdict.FORGED
    if forged and not _kept_in_full(session, key, look, scanning, now):
        scans.count_look(session, answer.verdict.value, now)
        return answer
    row = _scan_row(examined, look, kind, signed.serial, now)
    answer = replace(answer, scan_id=scans.keep_scan(session, row))
    if row["agent"] is Agent.STAFF:
        return answer
    trace = {
        "scan_id": answer.scan_id,
        "at": now,
        "serial": signed.serial,
        # Mixed with the serial, so that one address cannot be followed from stamp to stamp.
        "source": _keyed(key, f"{signed.serial}/{network_of(look.source)}"),
        "phone": phone_hash(look.phone, signed.serial),
        "day": _hashed(f"day/1/{now.date()}/{look.phone}"),
        "fresh": look.fresh,
    }
    if examined.found is not None and look.agent is not Agent.PREVIEW:
        counted = traces.count_look(
            session,
            trace,
            phone_since=now - timedelta(minutes=scanning.session_minutes),
            source_since=now - timedelta(minutes=SOURCE_MINUTES),
        )
        answer = replace(answer, sessions=counted.sessions, first_at=counted.first_at)
    traces.keep_trace(session, trace)
    return answer


def sender(look: Look, found: Found | None) -> Agent:
    """Who looked: staff where an officer is signed in, or the producer at a stamp of her own.

    A producer at somebody else's stamp is a buyer like any other.
    """
    if look.actor is None:
        return look.agent
    own = look.actor.sees_all if found is None else look.actor.owns(found.run.party_id)
    return Agent.STAFF if own else look.agent


def _kept_in_full(
    session: Session, key: bytes, look: Look, scanning: Scanning, now: datetime
) -> bool:
    """Whether a forged look is within the limit of its source, and of all sources together."""
    most = scanning.forged_kept_per_hour
    source = _keyed(key, f"forged/{network_of(look.source)}")
    if scans.count_forged(session, source, now) > most:
        return False
    return scans.count_forged(session, _keyed(key, "forged"), now) <= most * SOURCES_AN_HOUR


def _scan_row(
    examined: Examined, look: Look, kind: ScanKind, serial: int, now: datetime
) -> dict[str, Any]:
    answer, found = examined.answer, examined.found
    return {
        "at": now,
        "kind": kind,
        "agent": sender(look, found),
        "typed": look.typed,
        "serial": serial,
        "verdict": answer.verdict.value,
        "authentication": None if answer.authentication is None else answer.authentication.value,
        "reasons": " ".join(answer.reasons),
        "run_id": None if found is None else found.run.id,
        "product_id": None if found is None else found.run.product_id,
        "batch_id": None if found is None else found.batch_id,
        "link_gtin": _claim(look.gtin),
        "link_lot": _claim(look.lot),
    }


def _claim(text: str | None) -> str | None:
    """A stranger's text, cut to a length and to what every database can hold."""
    if text is None:
        return None
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_CLAIM])


def phone_hash(phone: str, serial: int) -> bytes:
    """A phone as one stamp knows it: 16 bytes that tell nothing across stamps."""
    return _hashed(f"phone/1/{serial}/{phone}")


def _hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256")[:16]
