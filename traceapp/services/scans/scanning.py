"""One look at a stamp: what is true of it, what is answered, and the record that it happened.

A look is always answered and always kept or counted; nothing that a stranger sends is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from stamps import KeyRing, Malformed, SignedSerial, read, signer_of, verifies
from traceapp.records import traces
from traceapp.records.key_files import KeyTrouble
from traceapp.records.stamp_requests import RunKind
from traceapp.records.stamp_runs import IssuedRun
from traceapp.records.standings import StampStanding, stamp_standings
from traceapp.records.traces import month_of
from traceapp.services.scans.alerting import raise_alerts
from traceapp.services.scans.grounds import Ground
from traceapp.services.scans.judging import Facts, Judgement, Reason, Verdict, judge
from traceapp.services.scans.looks import Answer, Asked, Examined, Found, Look, Scanning
from traceapp.services.scans.noticing import notice_forgotten
from traceapp.services.scans.remembering import keep_all, phone_hash

__all__ = [
    "Answer",
    "Asked",
    "Look",
    "Scanning",
    "examine",
    "examine_all",
    "remember",
    "scan",
    "unchecked",
]


def examine(session: Session, look: Look, scanning: Scanning, now: datetime) -> Examined:
    """Read, verify, look up and judge. Changes nothing: this is all that a HEAD request does.

    Raises KeyTrouble where the key of the serial's run is not here: nothing can be said then, and
    least of all that the stamp is forged.
    """
    return examine_all(session, [Asked(look, now)], scanning)[0]


def examine_all(session: Session, asked: Sequence[Asked], scanning: Scanning) -> list[Examined]:
    """Examine several looks, which came at about the same time. Raises KeyTrouble."""
    texts = [_read(each.look.text) for each in asked]
    serials = {text.serial for text in texts if isinstance(text, SignedSerial)}
    standings = stamp_standings(session, serials, month_of(asked[0].at))
    examined = []
    for each, text in zip(asked, texts, strict=True):
        if isinstance(text, Malformed):
            verdict = Verdict.MALFORMED, (Reason.MALFORMED,)
            examined.append(Examined(Answer(*verdict, each.look.typed, why=text.why)))
        else:
            examining = _Examining(session, each, scanning)
            examined.append(examining.examine(text, standings[text.serial]))
    return examined


def _read(text: str) -> SignedSerial | Malformed:
    try:
        return read(text)
    except Malformed as malformed:
        return malformed


@dataclass(frozen=True)
class _Examining:
    """One look at a text that may be a code of ours."""

    session: Session
    asked: Asked
    scanning: Scanning

    def examine(self, signed: SignedSerial, standing: StampStanding) -> Examined:
        look, scanning, now = self.asked.look, self.scanning, self.asked.at
        grounds, ring = scanning.grounds, scanning.stamp_keys
        ground = grounds.ground(self.session, standing.version, signed.serial, scanning.kinds)
        if ground is None or not _signed_by_run(signed, ground.run, ring):
            refused = _judge_unproven(signed, ground, ring)
            answer = Answer(refused.verdict, refused.reasons, look.typed, code=signed.code)
            if refused.verdict is Verdict.UNKNOWN:
                answer = replace(answer, serial=signed.serial)
            return Examined(answer, signed, standing)
        facts = _facts(ground, standing, look, scanning)
        judgement = judge(facts, now)
        held = ground.held
        return Examined(
            Answer(
                judgement.verdict,
                judgement.reasons,
                look.typed,
                code=signed.code,
                serial=signed.serial,
                hidden_code=facts.has_hidden_code,
                origin=ground.told(now),
                held_at=None if held is None else held.at,
                held_by_producer=held is not None and held.by_producer,
                void_reason=ground.void_reason,
                redeemed_at=standing.redeemed_at if facts.redeemed else None,
                same_phone=facts.redeemed
                and _same_phone(self.session, signed.serial, standing, look),
                sessions=standing.sessions,
                first_at=standing.first_at,
            ),
            signed,
            standing,
            Found(signed.serial, ground.run, facts, ground.batch_id),
        )


def _signed_by_run(signed: SignedSerial, run: IssuedRun, ring: KeyRing) -> bool:
    key = ring.get(run.key_id)
    if key is None:
        raise KeyTrouble(
            f"key {run.key_id} of stamp run {run.id} is not in the ring of stamp keys: "
            "restore it from your copy of the keys"
        )
    return verifies(key, signed)


def _judge_unproven(signed: SignedSerial, ground: Ground | None, ring: KeyRing) -> Judgement:
    """The judgement of a code that its run's key, if it was issued, did not sign.

    The rest of the ring is tried only to tell a key that leaked, or rows that were lost, from a
    code that somebody made up.
    """
    if signer_of(ring, signed) is None:
        return Judgement(Verdict.FORGED, (Reason.FORGED,))
    if ground is not None:
        return Judgement(Verdict.FORGED, (Reason.FORGED, Reason.WRONG_KEY))
    return Judgement(Verdict.UNKNOWN, (Reason.UNKNOWN,))


def _facts(ground: Ground, standing: StampStanding, look: Look, scanning: Scanning) -> Facts:
    run = ground.run
    return Facts(
        recalled=ground.recalled,
        on_hold=ground.held is not None,
        # A demonstration's stamp is a test label wherever the demonstration is over.
        void=ground.void_reason is not None or (run.demonstration and not scanning.demonstration),
        test=run.kind is RunKind.TEST,
        activated=ground.activated,
        expires_at=ground.expires_at,
        link_mismatch=not _link_agrees(look, ground),
        has_hidden_code=run.hidden_key_id is not None,
        redeemed=run.hidden_key_id is not None and standing.redeemed_at is not None,
        key_compromised=ground.key_leaked,
        hidden_key_compromised=ground.hidden_key_leaked,
    )


def _link_agrees(look: Look, ground: Ground) -> bool:
    """Whether what the link claims is what the run was printed with; what it omits is no claim.

    A roll was printed without a lot: there the lot of the batch it was activated for is right.
    """
    if look.gtin is not None and look.gtin.zfill(14) != ground.run.gtin:
        return False
    if look.lot is None:
        return True
    lot = ground.run.lot or ground.lot
    return lot is not None and look.lot.casefold() == lot.casefold()


def _same_phone(session: Session, serial: int, standing: StampStanding, look: Look) -> bool:
    """Whether the phone that looks is the one that used up the hidden code."""
    if standing.redeemed_by is None or look.fresh:
        return False
    kept = traces.phone_of(session, standing.redeemed_by)
    return kept is not None and kept == phone_hash(look.phone, serial)


def scan(session: Session, look: Look, scanning: Scanning, now: datetime) -> Answer:
    """Answer a look and keep it. The caller commits, and shows the answer only then."""
    asked = Asked(look, now)
    examined = examine(session, look, scanning, now)
    return remember(session, [(examined, asked)], scanning)[0]


def remember(
    session: Session, looks: Sequence[tuple[Examined, Asked]], scanning: Scanning
) -> list[Answer]:
    """Keep looks that were examined; the answers to be shown once this is committed.

    A buyer's look at a stamp that its producer forgot to put to use leaves her a notice, and one
    that tells of a leaked key or of lost rows an alert.
    """
    answers = keep_all(session, looks, scanning)
    # In one order everywhere, so that no two processes wait for each other's rows.
    in_order = sorted(looks, key=lambda each: each[0].signed.serial if each[0].signed else -1)
    for examined, asked in in_order:
        notice_forgotten(session, examined, asked.look, asked.at)
    for examined, asked in in_order:
        raise_alerts(session, examined, asked.look, asked.at)
    return answers


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
