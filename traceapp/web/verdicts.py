"""Short words for what looks were answered with, for people at work. Buyers read sentences."""

from __future__ import annotations

from traceapp.services.refusals import message
from traceapp.services.scans.judging import Verdict

VERDICTS: dict[Verdict, str] = {
    Verdict.MALFORMED: message("Unreadable"),
    Verdict.FORGED: message("Wrong signature"),
    Verdict.UNKNOWN: message("Never issued"),
    Verdict.RECALLED: message("Under recall"),
    Verdict.ON_HOLD: message("On hold"),
    Verdict.VOID: message("Void"),
    Verdict.NOT_ACTIVATED: message("Not in use yet"),
    Verdict.EXPIRED: message("Expired"),
    Verdict.SUSPICIOUS: message("Suspicious"),
    Verdict.ALREADY_AUTHENTICATED: message("Confirmed before"),
    Verdict.REGISTERED: message("Valid"),
    Verdict.AUTHENTICATED: message("Genuine"),
    Verdict.WRONG_HIDDEN_CODE: message("Wrong hidden code"),
    Verdict.TOO_MANY_TRIES: message("Too many tries"),
    Verdict.NO_HIDDEN_CODE: message("Has no hidden code"),
    Verdict.UNCHECKED: message("Not looked up"),
}

GOOD = frozenset({Verdict.REGISTERED, Verdict.AUTHENTICATED})
BAD = frozenset(
    {
        Verdict.FORGED,
        Verdict.UNKNOWN,
        Verdict.RECALLED,
        Verdict.ON_HOLD,
        Verdict.VOID,
        Verdict.NOT_ACTIVATED,
    }
)


def tone_of(verdict: Verdict) -> str:
    """The class of a verdict's pill: `good`, `care` or `bad`."""
    if verdict in GOOD:
        return "good"
    return "bad" if verdict in BAD else "care"
