"""Keeping a look: the scan, its trace, its stamp's totals; or only a count of it.

What strangers can send without end is counted and not kept, so that they do not fill the disk.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from stamps import SignedSerial
from traceapp.records import scans, traces
from traceapp.records.scans import Agent
from traceapp.records.stamp_requests import RunKind
from traceapp.records.standings import StampStanding
from traceapp.services.networks import network_of
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.looks import Answer, Asked, Examined, Found, Look, Scanning, Traced

LONGEST_CLAIM = 20  # characters of a GTIN or lot that are kept from a link (GS1 allows no more)
SOURCE_TIME = timedelta(minutes=5)  # in which fresh phones at one address are taken for one phone
_NOBODYS = frozenset({Agent.STAFF, Agent.TEST})
_COUNTED = frozenset({Verdict.MALFORMED, Verdict.FORGED})
SOURCES_AN_HOUR = 100  # how many sources' worth of forged looks are kept in full in all


def keep(session: Session, examined: Examined, asked: Asked, scanning: Scanning) -> Answer:
    """Keep one look; see `keep_all`."""
    return keep_all(session, [(examined, asked)], scanning)[0]


def keep_all(
    session: Session, looks: Sequence[tuple[Examined, Asked]], scanning: Scanning
) -> list[Answer]:
    """Keep looks: of each a scan, its trace and its stamp's totals; the answers with these.

    A text that is no code is only counted, and so is a forged one past its limits; then there is
    no id. Of looks by staff and at test labels the scan alone is kept: they count for nothing.
    """
    answers = [examined.answer for examined, _ in looks]
    if any(each.verdict in _COUNTED for each in answers):
        scans.count_alone(session)
    kept: list[_Kept] = []
    for place, (examined, asked) in enumerate(looks):
        found = _in_full(session, examined, asked, scanning)
        if found is not None:
            kept.append(_Kept(place, examined, asked, *found))
    if not kept:
        return answers
    ids = _ids(session, kept)
    scans.keep_scans(session, [each.scan(scan_id) for each, scan_id in ids.items()])
    totals: dict[_Kept, traces.Counted] = {}
    for together in _of_different_stamps([each for each in kept if each.agent not in _NOBODYS]):
        rows = {each: each.trace(ids[each]) for each in together}
        counted = traces.count_looks(
            session,
            [row for each, row in rows.items() if each.counts],
            phone_since=timedelta(minutes=scanning.session_minutes),
            source_since=SOURCE_TIME,
        )
        totals |= {each: counted[each.signed.serial] for each in together if each.counts}
        traces.keep_traces(session, list(rows.values()))
    for each, scan_id in ids.items():
        told = {} if each not in totals else vars(totals[each])
        answers[each.place] = replace(answers[each.place], scan_id=scan_id, **told)
    return answers


def _ids(session: Session, kept: Sequence[_Kept]) -> dict[_Kept, int]:
    """The id of each scan, those of late looks as they were given."""
    without = [each for each in kept if each.asked.scan_id is None]
    ids = {each: each.asked.scan_id for each in kept if each.asked.scan_id is not None}
    if without:
        ids |= dict(zip(without, scans.reserve_ids(session, len(without)), strict=True))
    return ids


@dataclass(frozen=True, eq=False)
class _Kept:
    """A look that is kept in full: its place among those it came with, its month's key."""

    place: int
    examined: Examined
    asked: Asked
    signed: SignedSerial
    month_key: bytes

    @cached_property
    def agent(self) -> Agent:
        return sender(self.asked.look, self.examined.found)

    @property
    def counts(self) -> bool:
        return self.examined.found is not None and self.asked.look.agent is not Agent.PREVIEW

    def scan(self, scan_id: int) -> dict[str, Any]:
        answer, found, look = self.examined.answer, self.examined.found, self.asked.look
        proof = answer.authentication
        return {
            "id": scan_id,
            "at": self.asked.at,
            "kind": self.asked.kind,
            "agent": self.agent,
            "typed": look.typed,
            "serial": self.signed.serial,
            "verdict": answer.verdict.value,
            "authentication": None if proof is None else proof.value,
            "reasons": " ".join(answer.reasons),
            "run_id": None if found is None else found.run.id,
            "product_id": None if found is None else found.run.product_id,
            "batch_id": None if found is None else found.batch_id,
            "link_gtin": _claim(look.gtin),
            "link_lot": _claim(look.lot),
        }

    def trace(self, scan_id: int) -> dict[str, Any]:
        look, at, serial = self.asked.look, self.asked.at, self.signed.serial
        traced = self.asked.traced or trace_of(look, serial, at, self.month_key)
        return {
            "scan_id": scan_id,
            "at": at,
            "serial": serial,
            "source": traced.source,
            "phone": traced.phone,
            "day": traced.day,
            "fresh": look.fresh,
        }


def _of_different_stamps(looks: Sequence[_Kept]) -> Iterator[list[_Kept]]:
    """The looks in groups, in which no stamp comes twice: one counts what the one before kept."""
    left = list(looks)
    while left:
        first = {each.signed.serial: each for each in reversed(left)}
        # In one order everywhere, so that no two processes wait for each other's rows.
        yield [first[serial] for serial in sorted(first)]
        left = [each for each in left if first[each.signed.serial] is not each]


def sender(look: Look, found: Found | None) -> Agent:
    """Who looked: staff where an officer is signed in, or the producer at a stamp of her own.

    A producer at somebody else's stamp is a buyer like any other. A look at a test label is no
    buyer's, whoever it is.
    """
    if found is not None and found.run.kind is RunKind.TEST:
        return Agent.TEST
    if look.actor is None:
        return look.agent
    own = look.actor.sees_all if found is None else look.actor.owns(found.run.party_id)
    return Agent.STAFF if own else look.agent


def _in_full(
    session: Session, examined: Examined, asked: Asked, scanning: Scanning
) -> tuple[SignedSerial, bytes] | None:
    """The signed serial and the month's key of a look to be kept; None for one only counted."""
    signed, standing = examined.signed, examined.standing
    if signed is not None and standing is not None:
        key = _month_key(session, standing, asked)
        forged = examined.answer.verdict is Verdict.FORGED
        if not forged or _within_limits(session, key, asked, scanning):
            return signed, key
    scans.count_look(session, examined.answer.verdict.value, asked.at)
    return None


def _month_key(session: Session, standing: StampStanding, asked: Asked) -> bytes:
    if standing.month_key is not None and standing.month == traces.month_of(asked.at):
        return standing.month_key
    return traces.month_key(session, asked.at, secrets.token_bytes(32))


def _within_limits(session: Session, key: bytes, asked: Asked, scanning: Scanning) -> bool:
    """Whether a forged look is within the limit of its source, and of all sources together."""
    most = scanning.forged_kept_per_hour
    source = _keyed(key, f"forged/{network_of(asked.look.source)}")
    if scans.count_forged(session, source, asked.at) > most:
        return False
    return scans.count_forged(session, _keyed(key, "forged"), asked.at) <= most * SOURCES_AN_HOUR


def _claim(text: str | None) -> str | None:
    """A stranger's text, cut to a length and to what every database can hold."""
    if text is None:
        return None
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_CLAIM])


def trace_of(look: Look, serial: int, at: datetime, month_key: bytes) -> Traced:
    """What a trace keeps of a look's phone and address."""
    return Traced(
        # Mixed with the serial, so that one address cannot be followed from stamp to stamp.
        source=_keyed(month_key, f"{serial}/{network_of(look.source)}"),
        phone=phone_hash(look.phone, serial),
        day=_hashed(f"day/1/{at.date()}/{look.phone}"),
    )


def phone_hash(phone: str, serial: int) -> bytes:
    """A phone as one stamp knows it: 16 bytes that tell nothing across stamps."""
    return _hashed(f"phone/1/{serial}/{phone}")


def _hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256")[:16]
