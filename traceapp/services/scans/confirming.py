"""Confirming a hidden code: the one proof that a stamp is not a copy, and only once.

The code is derived, compared in constant time, and never kept. Tries are counted in the database,
so that all processes share the limits (`limiting_tries`), whatever other limits are turned off.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from stamps import BadHiddenCode, Key, KeyRing, hidden_matches, read_hidden
from traceapp.records.key_files import KeyTrouble
from traceapp.records.redemptions import (
    EVERYBODY,
    Confirmation,
    Redemption,
    count_try,
    count_wrong,
    wrong_codes,
)
from traceapp.records.scans import ScanKind, count_look
from traceapp.records.traces import month_key
from traceapp.services.networks import network_of
from traceapp.services.scans.alerting import alert_guessing, alert_guessing_at, raise_alerts
from traceapp.services.scans.judging import Authentication, Verdict, judge_hidden_code, may_be_spent
from traceapp.services.scans.limiting_tries import Room, Tried, TryLimits, room_for
from traceapp.services.scans.looks import Answer, Asked, Examined, Found, Look, Scanning
from traceapp.services.scans.remembering import keep
from traceapp.services.scans.scanning import examine

REPEATED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class HiddenAttempt:
    """A look that came with a hidden code. A nonce makes a request sent twice harmless."""

    look: Look
    hidden_code: str = field(repr=False)
    foil_whole: bool = True
    nonce: str | None = None


@dataclass(frozen=True)
class Confirming:
    """What a hidden code is judged with: what a look is, its own key ring, and the limits."""

    scanning: Scanning
    hidden_keys: KeyRing
    limits: TryLimits


def confirm(
    session: Session, attempt: HiddenAttempt, confirming: Confirming, now: datetime
) -> Answer:
    """Answer a hidden code and keep that it was tried. The caller commits, then shows the answer.

    A request with a nonce that was answered within minutes gets that answer again, and changes
    nothing: long enough for a lost answer, too short to hand the proof around.
    Raises KeyTrouble where a key of the stamp's run is not here.
    """
    return _Confirmation(session, attempt, confirming, now).answer()


@dataclass(frozen=True)
class _Confirmation:
    """One attempt, in one transaction."""

    session: Session
    attempt: HiddenAttempt
    confirming: Confirming
    now: datetime

    def answer(self) -> Answer:
        examined = self._examine()
        found = examined.found
        if found is None or not found.facts.provable:
            return self._without_proof(examined)
        try:
            typed = read_hidden(self.attempt.hidden_code)
        except BadHiddenCode:
            return self._slip(examined, found)
        nonce = self._nonce(found.serial, typed)
        if (again := self._answered_before(examined, found, nonce)) is not None:
            return again
        source = self._source(examined)
        # Counting holds the stamp's row until the transaction ends: whoever else confirms the
        # same stamp at this moment waits here, and then sees what was decided.
        room = self._room(found.serial, source)
        if room.again_at is not None:
            return self._too_many(examined, found, room)
        examined = self._examine()
        assert examined.found is not None
        if not examined.found.facts.provable:
            return self._without_proof(examined)
        if (again := self._answered_before(examined, examined.found, nonce)) is not None:
            return again
        answer = self._compare(examined, examined.found, typed, nonce, room.left)
        if answer.authentication is Authentication.WRONG:
            self._count_wrong(source, examined.found.serial)
        return answer

    def _examine(self) -> Examined:
        return examine(self.session, self.attempt.look, self.confirming.scanning, self.now)

    def _without_proof(self, examined: Examined) -> Answer:
        """The answer where nothing can be proven: no issued stamp, none with a layer, or one whose
        hidden codes strangers can compute. Nothing is compared, spent, or counted as a try."""
        answer = replace(examined.answer, authentication=Authentication.NONE)
        if examined.found is not None and not examined.found.facts.has_hidden_code:
            answer = replace(answer, verdict=Verdict.NO_HIDDEN_CODE)
        kept = self._record(replace(examined, answer=answer))
        raise_alerts(self.session, examined, self.attempt.look, self.now)
        return kept

    def _source(self, examined: Examined) -> bytes:
        """The network that a try comes from, as wrong codes are counted by it: a keyed hash."""
        assert examined.standing is not None
        key = examined.standing.month_key
        if key is None:
            key = month_key(self.session, self.now, secrets.token_bytes(32))
        text = f"wrong/1/{network_of(self.attempt.look.source)}"
        return hmac.digest(key, text.encode("utf-8", "replace"), "sha256")[:16]

    def _room(self, serial: int, source: bytes) -> Room:
        """Count this try, and see whether it may be compared.

        Of a network's tries at several stamps at one moment, each sees what was decided before.
        """
        tries = count_try(self.session, serial, self.now)
        tried = Tried(
            in_minute=tries.in_minute,
            first_here=tries.first_in_hour,
            wrong_of_source=wrong_codes(self.session, source, self.now),
            wrong_of_all=wrong_codes(self.session, EVERYBODY, self.now),
        )
        return room_for(tried, self.confirming.limits, self.now)

    def _count_wrong(self, source: bytes, serial: int) -> None:
        """Count a wrong code. These rows are many tries' own, so that they are the last to take."""
        count_wrong(self.session, source, self.now)
        if count_wrong(self.session, EVERYBODY, self.now) >= self.confirming.limits.of_all:
            alert_guessing(self.session, serial, self.now)

    def _too_many(self, examined: Examined, found: Found, room: Room) -> Answer:
        """Nothing was compared; of such tries only the number is kept."""
        count_look(self.session, Verdict.TOO_MANY_TRIES.value, self.now)
        alert_guessing_at(self.session, found, self.now)
        return replace(
            examined.answer,
            verdict=Verdict.TOO_MANY_TRIES,
            authentication=Authentication.NONE,
            tries_left=0,
            again_at=room.again_at,
            elsewhere=room.elsewhere,
        )

    def _slip(self, examined: Examined, found: Found) -> Answer:
        """What cannot be a hidden code is no guess: it costs no try, and is only counted."""
        count_look(self.session, Verdict.WRONG_HIDDEN_CODE.value, self.now)
        return self._judged(examined, found, Authentication.WRONG).answer

    def _answered_before(
        self, examined: Examined, found: Found, nonce: bytes | None
    ) -> Answer | None:
        """The answer that this very request got a short while ago, if it did."""
        if nonce is None:
            return None
        kept = self.session.get(Confirmation, (found.serial, nonce))
        if kept is None or abs(self.now - kept.at) > REPEATED_WITHIN:
            return None
        answer = self._judged(examined, found, Authentication(kept.authentication)).answer
        return replace(answer, tries_left=kept.tries_left)

    def _compare(
        self, examined: Examined, found: Found, typed: str, nonce: bytes | None, left: int
    ) -> Answer:
        """Compare, and use the code up where it is right, the stamp in use and the foil whole."""
        if not hidden_matches(self._hidden_key(found), found.serial, typed):
            authentication = Authentication.WRONG
        elif found.facts.redeemed:
            authentication = Authentication.BEFORE
        elif self.attempt.foil_whole and may_be_spent(found.facts):
            authentication = Authentication.FIRST
        else:
            authentication = Authentication.NONE
        tries_left = left if authentication is Authentication.WRONG else None
        if nonce is not None:
            self.session.merge(
                Confirmation(
                    serial=found.serial,
                    nonce=nonce,
                    at=self.now,
                    authentication=authentication.value,
                    tries_left=tries_left,
                )
            )
        return replace(self._keep(examined, found, authentication), tries_left=tries_left)

    def _hidden_key(self, found: Found) -> Key:
        """The key of the run's hidden codes. Raises KeyTrouble where it is not here."""
        key = self.confirming.hidden_keys.get(found.run.hidden_key_id or "")
        if key is None:
            raise KeyTrouble(
                f"key {found.run.hidden_key_id} of stamp run {found.run.id} is not in the ring of "
                "hidden keys: restore it from your copy of the keys"
            )
        return key

    def _keep(self, examined: Examined, found: Found, authentication: Authentication) -> Answer:
        """Keep the attempt, and the redemption where it is the first."""
        answer = self._record(self._judged(examined, found, authentication))
        if authentication is Authentication.FIRST:
            assert answer.scan_id is not None
            used = Redemption(serial=found.serial, scan_id=answer.scan_id, at=self.now)
            self.session.add(used)
            self.session.flush()
        return answer

    def _record(self, examined: Examined) -> Answer:
        asked = Asked(self.attempt.look, self.now, ScanKind.HIDDEN_CODE)
        return keep(self.session, examined, asked, self.confirming.scanning)

    def _judged(self, examined: Examined, found: Found, authentication: Authentication) -> Examined:
        judgement = judge_hidden_code(found.facts, authentication, self.now)
        answer = replace(
            examined.answer,
            verdict=judgement.verdict,
            reasons=judgement.reasons,
            authentication=authentication,
        )
        if authentication is Authentication.FIRST and answer.redeemed_at is None:
            answer = replace(answer, redeemed_at=self.now)
        return replace(examined, answer=answer)

    def _nonce(self, serial: int, typed: str) -> bytes | None:
        """What a nonce is remembered by: bound to its stamp and to the code that came with it."""
        if not self.attempt.nonce:
            return None
        bound = f"nonce/1/{serial}/{typed}/{self.attempt.nonce}"
        return hashlib.sha256(bound.encode("utf-8", "replace")).digest()
