"""One look at a stamp: what is true of it, what is answered, and the record that it happened.

A look is always answered and always kept or counted; nothing that a stranger sends is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from stamps import KeyRing, Malformed, SignedSerial, Why, read, signer_of, verifies
from traceapp.records import recalls, scans, traces
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.key_files import KeyTrouble
from traceapp.records.ranges import nearest
from traceapp.records.redemptions import Redemption
from traceapp.records.scans import Agent, Scan, ScanKind, StampTotal
from traceapp.records.stamp_runs import StampRun, holding
from traceapp.records.voids import Void, VoidReason
from traceapp.services.judging import Authentication, Facts, Judgement, Reason, Verdict, judge
from traceapp.services.product_kinds import ProductKinds
from traceapp.services.recalling import standing
from traceapp.services.telling import Origin, tell_origin

LONGEST_CLAIM = 20  # characters of a GTIN or lot that are kept from a link (GS1 allows no more)
SOURCE_MINUTES = 5  # for how long looks from one address, by phones that keep no cookie, are one


@dataclass(frozen=True)
class Look:
    """What a phone sent. `gtin` and `lot` are claims of the link, which nobody signed.

    `phone` is its random first-party id; `fresh` where it was given just now. `typed` is true for
    a code that a person typed.
    """

    text: str
    phone: str
    source: str
    fresh: bool = True
    gtin: str | None = None
    lot: str | None = None
    typed: bool = False
    agent: Agent = Agent.PERSON


@dataclass(frozen=True)
class Scanning:
    """What a look is judged with besides the database."""

    stamp_keys: KeyRing
    kinds: ProductKinds
    session_minutes: int
    forged_kept_per_hour: int


@dataclass(frozen=True)
class Found:
    """An issued stamp as the records know it at this moment. Stays inside the services."""

    serial: int
    run: StampRun
    facts: Facts
    origin: Origin
    batch_id: int | None
    void_reason: VoidReason | None
    redeemed: Redemption | None


@dataclass(frozen=True)
class Answer:
    """What is answered to a look. `origin` is there only for a stamp that was really issued.

    `why` tells what was wrong with a text that is no code; `tries_left` is there for a wrong
    hidden code; `same_phone` where the earlier confirmation came from this very phone.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    typed: bool
    authentication: Authentication | None = None
    code: str | None = None
    serial: int | None = None
    hidden_code: bool = False
    origin: Origin | None = None
    why: Why | None = None
    void_reason: VoidReason | None = None
    redeemed_at: datetime | None = None
    same_phone: bool = False
    tries_left: int | None = None
    sessions: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True)
class Examined:
    """A text read, verified and looked up: an answer without a judgement on hidden codes."""

    answer: Answer
    found: Found | None = None


def examine(session: Session, look: Look, scanning: Scanning, now: datetime) -> Examined:
    """Read, verify, look up and judge. Changes nothing: this is all that a HEAD request does.

    Raises KeyTrouble where the key of the serial's run is not here: nothing can be said then, and
    least of all that the stamp is forged.
    """
    try:
        signed = read(look.text)
    except Malformed as malformed:
        answer = Answer(Verdict.MALFORMED, (Reason.MALFORMED,), look.typed, why=malformed.why)
        return Examined(answer)
    run = holding(session, signed.serial)
    if run is None or not _signed_by_run(signed, run, scanning.stamp_keys):
        refused = _judge_unproven(signed, run, scanning.stamp_keys)
        answer = Answer(refused.verdict, refused.reasons, look.typed, code=signed.code)
        if refused.verdict is Verdict.UNKNOWN:
            answer = replace(answer, serial=signed.serial)
        return Examined(answer)
    found = _look_up(session, run, signed.serial, look, scanning.kinds, now)
    judgement = judge(found.facts, now)
    totals = session.get(StampTotal, signed.serial)
    return Examined(
        Answer(
            judgement.verdict,
            judgement.reasons,
            look.typed,
            code=signed.code,
            serial=signed.serial,
            hidden_code=found.facts.has_hidden_code,
            origin=found.origin,
            void_reason=found.void_reason,
            redeemed_at=None if found.redeemed is None else found.redeemed.at,
            same_phone=_same_phone(session, found.redeemed, look),
            sessions=0 if totals is None else totals.sessions,
            first_at=None if totals is None else totals.first_at,
        ),
        found,
    )


def _signed_by_run(signed: SignedSerial, run: StampRun, ring: KeyRing) -> bool:
    key = ring.get(run.key_id)
    if key is None:
        raise KeyTrouble(
            f"key {run.key_id} of stamp run {run.id} is not in the ring of stamp keys: "
            "restore it from your copy of the keys"
        )
    return verifies(key, signed)


def _judge_unproven(signed: SignedSerial, run: StampRun | None, ring: KeyRing) -> Judgement:
    """The judgement of a code that its run's key, if there is a run, did not sign.

    The rest of the ring is tried only to tell a key that leaked, or rows that were lost, from a
    code that somebody made up.
    """
    if signer_of(ring, signed) is None:
        return Judgement(Verdict.FORGED, (Reason.FORGED,))
    if run is not None:
        return Judgement(Verdict.FORGED, (Reason.FORGED, Reason.WRONG_KEY))
    return Judgement(Verdict.UNKNOWN, (Reason.UNKNOWN,))


def _look_up(
    session: Session, run: StampRun, serial: int, look: Look, kinds: ProductKinds, now: datetime
) -> Found:
    activation = nearest(session, Activation, serial, serial)
    void = nearest(session, Void, serial, serial)
    redeemed = session.get(Redemption, serial) if run.hidden_key_id is not None else None
    batch_id = run.batch_id if activation is None else activation.batch_id
    batch = None if batch_id is None else session.get_one(Batch, batch_id)
    found = [] if batch_id is None else recalls.over(session, batch_id, serial, serial)
    recall = standing(found)
    facts = Facts(
        recalled=recall is not None,
        void=void is not None,
        activated=activation is not None,
        expires_at=None if batch is None else batch.expires_at,
        link_mismatch=not _link_agrees(look, run),
        has_hidden_code=run.hidden_key_id is not None,
        redeemed=redeemed is not None,
    )
    # A recall that was withdrawn no longer warns, and is still told: it was public.
    told = recall or (found[0] if found else None)
    return Found(
        serial=serial,
        run=run,
        facts=facts,
        origin=tell_origin(session, run, activation, batch, told, kinds, now),
        batch_id=batch_id,
        void_reason=None if void is None else void.reason,
        redeemed=redeemed,
    )


def _link_agrees(look: Look, run: StampRun) -> bool:
    """Whether what the link claims is what the run was printed with. A bare code claims nothing."""
    if look.gtin is None and look.lot is None:
        return True
    gtin = (look.gtin or "").zfill(14)
    if gtin != run.gtin:
        return False
    return look.lot is None if run.lot is None else (look.lot or "").lower() == run.lot.lower()


def phone_hash(phone: str, serial: int) -> bytes:
    """A phone as one stamp knows it: 16 bytes that tell nothing across stamps."""
    return hashlib.sha256(f"phone/1/{serial}/{phone}".encode("utf-8", "replace")).digest()[:16]


def _same_phone(session: Session, redeemed: Redemption | None, look: Look) -> bool:
    if redeemed is None or look.fresh:
        return False
    kept = traces.phone_of(session, redeemed.scan_id)
    return kept is not None and kept == phone_hash(look.phone, redeemed.serial)


def scan(session: Session, look: Look, scanning: Scanning, now: datetime) -> Answer:
    """Answer a look and keep it. The caller commits, and shows the answer only then."""
    examined = examine(session, look, scanning, now)
    keep(session, examined, look, ScanKind.LOOK, scanning, now)
    return with_this_look(session, examined.answer)


def with_this_look(session: Session, answer: Answer) -> Answer:
    """The answer with its stamp's totals as they stand now that this look is counted."""
    if answer.origin is None or answer.serial is None:
        return answer
    totals = session.get(StampTotal, answer.serial, populate_existing=True)
    if totals is None:
        return answer
    return replace(answer, sessions=totals.sessions, first_at=totals.first_at)


def keep(
    session: Session,
    examined: Examined,
    look: Look,
    kind: ScanKind,
    scanning: Scanning,
    now: datetime,
) -> int | None:
    """Keep a look: a scan, its trace and its stamp's totals; returns the scan's id.

    A text that is no code is only counted, and so is a forged one past its source's limit; then
    there is no id.
    """
    answer = examined.answer
    if answer.code is None:
        scans.count_look(session, answer.verdict.value, now)
        return None
    source = _source_hash(session, look.source, now)
    if answer.verdict is Verdict.FORGED:
        sent = scans.count_forged(session, source, now)
        if sent > scanning.forged_kept_per_hour:
            scans.count_look(session, answer.verdict.value, now)
            return None
    serial = read(answer.code).serial
    row = _scan_row(examined, look, kind, serial, now)
    session.add(row)
    session.flush()
    trace = traces.Trace(
        scan_id=row.id,
        at=now,
        serial=serial,
        source=source,
        phone=phone_hash(look.phone, serial),
        day=_day_hash(look.phone, now),
        fresh=look.fresh,
    )
    if examined.found is not None and look.agent is not Agent.PREVIEW:
        seen = traces.seen(
            session,
            trace,
            phone_since=now - timedelta(minutes=scanning.session_minutes),
            source_since=now - timedelta(minutes=SOURCE_MINUTES),
        )
        scans.add_to_totals(session, serial, now, new_session=not seen)
    session.add(trace)
    return row.id


def _scan_row(examined: Examined, look: Look, kind: ScanKind, serial: int, now: datetime) -> Scan:
    answer, found = examined.answer, examined.found
    return Scan(
        at=now,
        kind=kind,
        agent=look.agent,
        typed=look.typed,
        serial=serial,
        verdict=answer.verdict.value,
        authentication=None if answer.authentication is None else answer.authentication.value,
        reasons=" ".join(answer.reasons),
        run_id=None if found is None else found.run.id,
        product_id=None if found is None else found.run.product_id,
        batch_id=None if found is None else found.batch_id,
        link_gtin=_claim(look.gtin),
        link_lot=_claim(look.lot),
    )


def _claim(text: str | None) -> str | None:
    """A stranger's text, cut to a length and to what every database can hold."""
    if text is None:
        return None
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_CLAIM])


def _source_hash(session: Session, source: str, now: datetime) -> bytes:
    key = traces.month_key(session, now, secrets.token_bytes(32))
    return hmac.digest(key, source.encode("utf-8", "replace"), "sha256")[:16]


def _day_hash(phone: str, now: datetime) -> bytes:
    """A phone as one day knows it, across stamps; dropped after 48 hours."""
    return hashlib.sha256(f"day/1/{now.date()}/{phone}".encode("utf-8", "replace")).digest()[:16]
