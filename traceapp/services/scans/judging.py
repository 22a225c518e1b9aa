"""The verdict: a pure function of what is known of a stamp and of the moment (design, section 5).

No database and no clock: facts in, a judgement out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """The closed list of answers. Those of a look stand from the worst to the best."""

    MALFORMED = "malformed"
    FORGED = "forged"
    UNKNOWN = "unknown"
    RECALLED = "recalled"
    ON_HOLD = "on_hold"
    VOID = "void"
    NOT_ACTIVATED = "not_activated"
    EXPIRED = "expired"
    SUSPICIOUS = "suspicious"
    ALREADY_AUTHENTICATED = "already_authenticated"
    REGISTERED = "registered"
    # What only a hidden code is answered with.
    AUTHENTICATED = "authenticated"
    WRONG_HIDDEN_CODE = "wrong_hidden_code"
    TOO_MANY_TRIES = "too_many_tries"
    NO_HIDDEN_CODE = "no_hidden_code"
    # The signature is right, and the records are out of reach just now.
    UNCHECKED = "unchecked"


class Authentication(StrEnum):
    """What became of a hidden code. `none`: it was not used, and nothing was spent."""

    FIRST = "first"
    BEFORE = "before"
    WRONG = "wrong"
    NONE = "none"


class Reason(StrEnum):
    """Every true fact that a verdict can rest on."""

    MALFORMED = "malformed"
    FORGED = "forged"
    WRONG_KEY = "wrong_key"
    UNKNOWN = "unknown"
    RECALLED = "recalled"
    ON_HOLD = "on_hold"
    VOID = "void"
    TEST = "test"
    NOT_ACTIVATED = "not_activated"
    EXPIRED = "expired"
    KEY_COMPROMISED = "key_compromised"
    LINK_MISMATCH = "link_mismatch"
    ALREADY_AUTHENTICATED = "already_authenticated"
    HIDDEN_KEY_COMPROMISED = "hidden_key_compromised"


@dataclass(frozen=True)
class Facts:
    """What is known of an issued stamp. `expires_at` is its batch's, where it has one.

    `key_compromised` and `hidden_key_compromised`: whoever holds the key that leaked can write
    every code, or every hidden code, of the stamp's run.
    """

    recalled: bool
    on_hold: bool
    void: bool
    test: bool
    activated: bool
    expires_at: datetime | None
    link_mismatch: bool
    has_hidden_code: bool
    redeemed: bool
    key_compromised: bool
    hidden_key_compromised: bool

    @property
    def provable(self) -> bool:
        """Whether a hidden code can prove anything of this stamp; a test label's never does."""
        return self.has_hidden_code and not (self.hidden_key_compromised or self.test)


@dataclass(frozen=True)
class Judgement:
    """A verdict and every reason that is true, from the worst to the best."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


# From the worst to the best: the first that is true is the verdict.
_WORST_FIRST = (
    (Reason.RECALLED, Verdict.RECALLED),
    (Reason.ON_HOLD, Verdict.ON_HOLD),
    (Reason.VOID, Verdict.VOID),
    (Reason.TEST, Verdict.VOID),
    (Reason.NOT_ACTIVATED, Verdict.NOT_ACTIVATED),
    (Reason.EXPIRED, Verdict.EXPIRED),
    (Reason.KEY_COMPROMISED, Verdict.SUSPICIOUS),
    (Reason.LINK_MISMATCH, Verdict.SUSPICIOUS),
    (Reason.ALREADY_AUTHENTICATED, Verdict.ALREADY_AUTHENTICATED),
    # What the public QR says stays true; only the proof is gone.
    (Reason.HIDDEN_KEY_COMPROMISED, Verdict.REGISTERED),
)

# These stay the headline whatever a hidden code proves.
STANDING = (
    Verdict.RECALLED,
    Verdict.ON_HOLD,
    Verdict.VOID,
    Verdict.NOT_ACTIVATED,
    Verdict.EXPIRED,
)


def judge(facts: Facts, now: datetime) -> Judgement:
    """Judge a look: the worst true fact is the verdict.

    A stamp that was never put to use is void once its key leaked: nobody can tell it from one that
    a stranger printed, and no buyer has it yet. A test label is never anything but void; that
    it is not in use goes without saying.
    """
    true = {
        Reason.RECALLED: facts.recalled,
        Reason.ON_HOLD: facts.on_hold,
        Reason.VOID: facts.void or facts.test or (facts.key_compromised and not facts.activated),
        Reason.TEST: facts.test,
        Reason.NOT_ACTIVATED: not (facts.activated or facts.test),
        Reason.EXPIRED: facts.expires_at is not None and facts.expires_at <= now,
        Reason.KEY_COMPROMISED: facts.key_compromised,
        Reason.LINK_MISMATCH: facts.link_mismatch,
        Reason.ALREADY_AUTHENTICATED: facts.redeemed,
        Reason.HIDDEN_KEY_COMPROMISED: facts.hidden_key_compromised,
    }
    worst = [(reason, verdict) for reason, verdict in _WORST_FIRST if true[reason]]
    return Judgement(
        verdict=worst[0][1] if worst else Verdict.REGISTERED,
        reasons=tuple(reason for reason, _ in worst),
    )


def may_be_spent(facts: Facts) -> bool:
    """Whether a hidden code may be used up: on a stamp that is in use, and on no other.

    On a batch on hold it is kept for the day that the batch is released.
    """
    return facts.provable and facts.activated and not facts.void and not facts.on_hold


def judge_hidden_code(facts: Facts, authentication: Authentication, now: datetime) -> Judgement:
    """Judge a look that came with a hidden code.

    What stands against the stamp itself stays the headline; only below that does the proof speak.
    """
    looked = judge(facts, now)
    if looked.verdict in STANDING:
        return looked
    proven = {
        Authentication.FIRST: Verdict.AUTHENTICATED,
        Authentication.BEFORE: Verdict.ALREADY_AUTHENTICATED,
        Authentication.WRONG: Verdict.WRONG_HIDDEN_CODE,
        Authentication.NONE: looked.verdict,
    }
    reasons = looked.reasons
    if authentication is Authentication.FIRST:
        reasons = tuple(each for each in reasons if each is not Reason.ALREADY_AUTHENTICATED)
    return Judgement(proven[authentication], reasons)
