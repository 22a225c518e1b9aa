"""One look at a stamp: what is true of it, what is answered, and the record that it happened.

A look is always answered and always kept or counted; nothing that a stranger sends is refused.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from stamps import KeyRing, Malformed, SignedSerial, read, signer_of, verifies
from traceapp.records import recalls, traces
from traceapp.records.accounts import Account, Role
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import IssuedBy, issued_by
from traceapp.records.holds import Hold, standing_hold
from traceapp.records.key_files import KeyTrouble
from traceapp.records.ranges import nearest
from traceapp.records.redemptions import Redemption
from traceapp.records.scans import ScanKind, StampTotal
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.registry.recalling import standing
from traceapp.services.scans.judging import Facts, Judgement, Reason, Verdict, judge
from traceapp.services.scans.looks import Answer, Examined, Found, Look, Scanning
from traceapp.services.scans.noticing import notice_forgotten
from traceapp.services.scans.remembering import keep, phone_hash
from traceapp.services.scans.telling import tell_origin

__all__ = ["Answer", "Look", "Scanning", "examine", "scan", "unchecked", "with_this_look"]


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
    issued = issued_by(session, signed.serial)
    if issued is None or not _signed_by_run(signed, issued.run, scanning.stamp_keys):
        refused = _judge_unproven(signed, issued, scanning.stamp_keys)
        answer = Answer(refused.verdict, refused.reasons, look.typed, code=signed.code)
        if refused.verdict is Verdict.UNKNOWN:
            answer = replace(answer, serial=signed.serial)
        return Examined(answer, signed)
    found = _look_up(session, issued, signed.serial, look, scanning, now)
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
            held_at=None if found.hold is None else found.hold.created_at,
            held_by_producer=_held_by_producer(session, found.hold),
            void_reason=found.void_reason,
            redeemed_at=None if found.redeemed is None else found.redeemed.at,
            same_phone=_same_phone(session, found.redeemed, look),
            sessions=0 if totals is None else totals.sessions,
            first_at=None if totals is None else totals.first_at,
        ),
        signed,
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


def _judge_unproven(signed: SignedSerial, issued: IssuedBy | None, ring: KeyRing) -> Judgement:
    """The judgement of a code that its run's key, if it was issued, did not sign.

    The rest of the ring is tried only to tell a key that leaked, or rows that were lost, from a
    code that somebody made up.
    """
    if signer_of(ring, signed) is None:
        return Judgement(Verdict.FORGED, (Reason.FORGED,))
    if issued is not None:
        return Judgement(Verdict.FORGED, (Reason.FORGED, Reason.WRONG_KEY))
    return Judgement(Verdict.UNKNOWN, (Reason.UNKNOWN,))


def _look_up(
    session: Session,
    issued: IssuedBy,
    serial: int,
    look: Look,
    scanning: Scanning,
    now: datetime,
) -> Found:
    run = issued.run
    activation = nearest(session, Activation, serial, serial)
    void = nearest(session, Void, serial, serial)
    redeemed = session.get(Redemption, serial) if run.hidden_key_id is not None else None
    batch_id = run.batch_id if activation is None else activation.batch_id
    batch = None if batch_id is None else session.get_one(Batch, batch_id)
    found = [] if batch_id is None else recalls.over(session, batch_id, serial, serial)
    recall = standing(found)
    hold = None if batch_id is None else standing_hold(session, batch_id)
    facts = Facts(
        recalled=recall is not None,
        on_hold=hold is not None,
        # A demonstration's stamp is a test label wherever the demonstration is over.
        void=void is not None or (run.demonstration and not scanning.demonstration),
        activated=activation is not None,
        expires_at=None if batch is None else batch.expires_at,
        link_mismatch=not _link_agrees(look, run, batch),
        has_hidden_code=run.hidden_key_id is not None,
        redeemed=redeemed is not None,
        key_compromised=issued.key_leaked,
        hidden_key_compromised=issued.hidden_key_leaked,
    )
    # A recall that was withdrawn no longer warns, and is still told: it was public.
    told = recall or (found[0] if found else None)
    return Found(
        serial=serial,
        run=run,
        facts=facts,
        origin=tell_origin(session, run, activation, batch, told, scanning.kinds, now),
        batch_id=batch_id,
        hold=hold,
        void_reason=None if void is None else void.reason,
        redeemed=redeemed,
    )


def _held_by_producer(session: Session, hold: Hold | None) -> bool:
    if hold is None:
        return False
    return session.get_one(Account, hold.created_by).role is Role.PRODUCER


def _link_agrees(look: Look, run: StampRun, batch: Batch | None) -> bool:
    """Whether what the link claims is what the run was printed with; what it omits is no claim.

    A roll was printed without a lot: there the lot of the batch it was activated for is right.
    """
    if look.gtin is not None and look.gtin.zfill(14) != run.gtin:
        return False
    if look.lot is None:
        return True
    lot = run.lot if run.lot is not None or batch is None else batch.lot
    return lot is not None and look.lot.casefold() == lot.casefold()


def _same_phone(session: Session, redeemed: Redemption | None, look: Look) -> bool:
    if redeemed is None or look.fresh:
        return False
    kept = traces.phone_of(session, redeemed.scan_id)
    return kept is not None and kept == phone_hash(look.phone, redeemed.serial)


def scan(session: Session, look: Look, scanning: Scanning, now: datetime) -> Answer:
    """Answer a look and keep it. The caller commits, and shows the answer only then.

    A buyer's look at a stamp that its producer forgot to put to use leaves her a notice.
    """
    examined = examine(session, look, scanning, now)
    scan_id = keep(session, examined, look, ScanKind.LOOK, scanning, now)
    notice_forgotten(session, examined, look, now)
    return replace(with_this_look(session, examined.answer), scan_id=scan_id)


def with_this_look(session: Session, answer: Answer) -> Answer:
    """The answer with its stamp's totals as they stand now that this look is counted."""
    if answer.origin is None or answer.serial is None:
        return answer
    totals = session.get(StampTotal, answer.serial, populate_existing=True)
    if totals is None:
        return answer
    return replace(answer, sessions=totals.sessions, first_at=totals.first_at)


def unchecked(look: Look, ring: KeyRing | None) -> Answer:
    """What can be said while the records are out of reach: at most that a key of ours signed.

    Without a ring not even that. Nothing is kept.
    """
    try:
        signed = read(look.text)
    except Malformed as malformed:
        return Answer(Verdict.MALFORMED, (Reason.MALFORMED,), look.typed, why=malformed.why)
    if ring is not None and signer_of(ring, signed) is None:
        return Answer(Verdict.FORGED, (Reason.FORGED,), look.typed, code=signed.code)
    return Answer(Verdict.UNCHECKED, (), look.typed, code=signed.code)
