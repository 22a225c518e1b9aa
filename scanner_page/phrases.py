"""The phrases that answers are made of: closed lists in, messages of the catalogue out."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from stamps import Why
from traceapp.services.lists import PartyKind, Severity, VoidReason
from traceapp.services.refusals import message
from traceapp.services.scans.judging import Reason, Verdict


class Tone(StrEnum):
    """How an answer looks. Each tone has a sign of its own shape, for whoever sees no colour."""

    PROOF = "proof"
    FINE = "fine"
    NOTE = "note"
    CARE = "care"
    STOP = "stop"


HEADLINES: dict[Verdict, tuple[Tone, str]] = {
    Verdict.MALFORMED: (Tone.NOTE, message("This code cannot be read")),
    Verdict.FORGED: (Tone.STOP, message("Not issued by this system")),
    Verdict.UNKNOWN: (Tone.STOP, message("Never issued")),
    Verdict.RECALLED: (Tone.STOP, message("This product is under recall")),
    Verdict.ON_HOLD: (Tone.STOP, message("This batch is paused")),
    Verdict.VOID: (Tone.STOP, message("This stamp was cancelled")),
    Verdict.NOT_ACTIVATED: (Tone.STOP, message("This stamp is not in use yet, do not buy")),
    Verdict.EXPIRED: (Tone.STOP, message("Past its expiry")),
    Verdict.SUSPICIOUS: (Tone.CARE, message("This stamp may have been copied")),
    Verdict.ALREADY_AUTHENTICATED: (Tone.CARE, message("Confirmed before")),
    Verdict.REGISTERED: (Tone.FINE, message("The stamp is valid")),
    Verdict.AUTHENTICATED: (Tone.PROOF, message("Genuine")),
    Verdict.WRONG_HIDDEN_CODE: (Tone.CARE, message("The hidden code does not match")),
    Verdict.TOO_MANY_TRIES: (Tone.CARE, message("Too many tries")),
    Verdict.NO_HIDDEN_CODE: (Tone.NOTE, message("This stamp has no hidden code")),
    Verdict.UNCHECKED: (Tone.NOTE, message("Not looked up yet")),
}

NOT_CONFIRMED = message("Not confirmed")

CHECK_LETTERS = message("Please check the letters first")

TYPED = {
    Why.LENGTH: message(
        "A stamp code has exactly 20 letters and digits. Please compare what you typed with the"
        " stamp."
    ),
    Why.LETTERS: message(
        "Some of these characters never stand in a stamp code. Please compare what you typed with"
        " the stamp."
    ),
    Why.RANGE: message(
        "No stamp has such a code. Please compare what you typed with the stamp, above all its"
        " first letter."
    ),
}

RECALLED = {
    Severity.INFO: message(
        "The authorities have published a notice about this batch. Please read it below before you"
        " use the product."
    ),
    Severity.WARNING: message(
        "Please do not use this product, and take it back to where you bought it."
    ),
    Severity.DANGER: message(
        "Do not eat this product. Keep it away from other food, and take it back to where you"
        " bought it."
    ),
}

VOID = {
    VoidReason.DAMAGED: message("It was cancelled because it was damaged."),
    VoidReason.MISPRINTED: message("It was cancelled because it was misprinted."),
    VoidReason.OVERPRINTED: message("It was cancelled because too many were printed."),
    VoidReason.LOST: message("It was cancelled because it was lost."),
    VoidReason.STOLEN: message("It was cancelled because it was stolen."),
    VoidReason.UNUSED: message("It was cancelled because it was not used."),
    VoidReason.RECALLED: message("It was cancelled because its batch was recalled."),
    VoidReason.OTHER: message("It was cancelled by whoever had ordered it."),
}

TEST_LABEL = message(
    "This is a test label, made to try out the printing. It belongs to no product."
)

ALSO = {
    Reason.RECALLED: message("This product is under recall, please do not use it."),
    Reason.ON_HOLD: message("The batch is paused, please do not use it for now."),
    Reason.VOID: message("The stamp was cancelled."),
    Reason.TEST: TEST_LABEL,
    Reason.NOT_ACTIVATED: message("The stamp is not in use yet."),
    Reason.EXPIRED: message("The product is past its expiry."),
    Reason.KEY_COMPROMISED: message(
        "Strangers may have printed copies of this stamp, because the key that signs such stamps"
        " has leaked."
    ),
    Reason.LINK_MISMATCH: message("The link on this stamp is not the one that was printed."),
    Reason.ALREADY_AUTHENTICATED: message("Its hidden code was used before."),
    Reason.HIDDEN_KEY_COMPROMISED: message(
        "The code under the foil no longer proves anything, because the key that makes such codes"
        " has leaked. There is no need to scratch it."
    ),
}

# The reason that a verdict says itself.
OWN_REASON = {
    Verdict.RECALLED: Reason.RECALLED,
    Verdict.ON_HOLD: Reason.ON_HOLD,
    Verdict.VOID: Reason.VOID,
    Verdict.NOT_ACTIVATED: Reason.NOT_ACTIVATED,
    Verdict.EXPIRED: Reason.EXPIRED,
    Verdict.SUSPICIOUS: Reason.LINK_MISMATCH,
    Verdict.ALREADY_AUTHENTICATED: Reason.ALREADY_AUTHENTICATED,
}

# Headline and next step for requests that no route answers, by status.
ASTRAY: dict[int, tuple[str, str]] = {
    HTTPStatus.NOT_FOUND: (
        message("There is no such page"),
        message("Please scan the stamp again, or type its code here."),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        message("Nothing can be sent here"),
        message("Please scan the stamp again, or type its code here."),
    ),
}
REFUSED = (
    message("This request cannot be answered"),
    message("Please scan the stamp again, or type its code here."),
)
OUR_FAULT = (
    message("Something went wrong on our side"),
    message("This says nothing about any stamp. Please try again in a little while."),
)

PARTY_KINDS = {
    PartyKind.ENTERPRISE: message("Enterprise"),
    PartyKind.COOPERATIVE: message("Cooperative"),
    PartyKind.COOPERATIVE_GROUP: message("Cooperative group"),
    PartyKind.HOUSEHOLD: message("Household business"),
    PartyKind.AUTHORITY: message("Public authority"),
}
