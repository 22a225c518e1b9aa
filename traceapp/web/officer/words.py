"""The officer's words for the closed lists of the records, and the colour that goes with a word."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext

from traceapp.services.desks.handling_alerts import AlertState
from traceapp.services.desks.searching import Kind
from traceapp.services.desks.stamp_timeline import Happened
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import (
    Agent,
    AlertKind,
    KeyPurpose,
    Noun,
    PartyKind,
    RecallState,
    ScanKind,
    Severity,
    State,
    VoidReason,
)
from traceapp.services.refusals import message
from traceapp.services.registry.lapsing import LapseLevel
from traceapp.services.scans.judging import Authentication, Reason, Verdict
from traceapp.web.verdicts import VERDICTS, tone_of
from traceapp.web.wording import PARTY_KINDS, VOID_REASONS

_WORDS: dict[type[StrEnum], dict[Any, str]] = {
    Verdict: dict(VERDICTS),
    Reason: {
        Reason.MALFORMED: message("the code cannot be read"),
        Reason.FORGED: message("the signature is wrong"),
        Reason.WRONG_KEY: message("it was signed with another run's key"),
        Reason.UNKNOWN: message("it was never issued"),
        Reason.RECALLED: message("it is under recall"),
        Reason.ON_HOLD: message("its batch is on hold"),
        Reason.VOID: message("it is void"),
        Reason.TEST: message("it is a test label"),
        Reason.NOT_ACTIVATED: message("it is not in use yet"),
        Reason.EXPIRED: message("its batch is expired"),
        Reason.KEY_COMPROMISED: message("its key leaked"),
        Reason.LINK_MISMATCH: message("its link is not the one that was printed"),
        Reason.ALREADY_AUTHENTICATED: message("its hidden code was used before"),
        Reason.HIDDEN_KEY_COMPROMISED: message("the key of its hidden codes leaked"),
    },
    AlertKind: {
        AlertKind.HIDDEN_CODE_GUESSING: message("Hidden codes are being guessed"),
        AlertKind.UNKNOWN_SERIAL: message("Well-signed stamps that were never issued"),
        AlertKind.WRONG_KEY: message("Stamps signed with another run's key"),
    },
    AlertState: {
        AlertState.OPEN: message("Not handled yet"),
        AlertState.HANDLED: message("Handled"),
    },
    Authentication: {
        Authentication.FIRST: message("hidden code right, first time"),
        Authentication.BEFORE: message("hidden code right, used before"),
        Authentication.WRONG: message("hidden code wrong"),
        Authentication.NONE: message("hidden code not used up"),
    },
    KeyPurpose: {
        KeyPurpose.STAMP: message("A key that signs stamps"),
        KeyPurpose.HIDDEN: message("A key of hidden codes"),
    },
    State: {
        State.SUBMITTED: message("Waits"),
        State.APPROVED: message("Approved"),
        State.REJECTED: message("Rejected"),
    },
    PartyKind: dict(PARTY_KINDS),
    VoidReason: {reason: name for reason, (name, _) in VOID_REASONS.items()},
    Severity: {
        Severity.INFO: message("Notice"),
        Severity.WARNING: message("Warning"),
        Severity.DANGER: message("Danger"),
    },
    RecallState: {
        RecallState.OPEN: message("Open"),
        RecallState.COMPLETED: message("Completed"),
        RecallState.WITHDRAWN: message("Withdrawn"),
    },
    Agent: {
        Agent.PERSON: message("Buyer"),
        Agent.PREVIEW: message("Preview robot"),
        Agent.STAFF: message("Staff"),
        Agent.TEST: message("Test label"),
    },
    ScanKind: {
        ScanKind.LOOK: message("Look"),
        ScanKind.HIDDEN_CODE: message("Hidden code"),
    },
    Waits: {
        Waits.REQUEST: message("Stamp requests"),
        Waits.HOLD: message("Batches on hold"),
        Waits.RECALL: message("Open recalls"),
        Waits.CORRECTION: message("Corrections"),
        Waits.PARTY: message("Producers"),
        Waits.FACILITY: message("Facilities"),
        Waits.PRODUCT: message("Products"),
        Waits.PICTURE: message("Pictures"),
        Waits.REDRAW: message("Labels in use, to be printed again"),
    },
    Kind: {
        Kind.STAMP: message("Stamps"),
        Kind.RUN: message("Stamp runs"),
        Kind.REQUEST: message("Stamp requests"),
        Kind.BATCH: message("Batches"),
        Kind.PRODUCT: message("Products"),
        Kind.PARTY: message("Producers"),
        Kind.FACILITY: message("Facilities"),
        Kind.ACCOUNT: message("Accounts"),
    },
    Happened: {
        Happened.REQUESTED: message("Stamps asked for"),
        Happened.ISSUED: message("Approved and issued"),
        Happened.PRODUCED: message("Batch made"),
        Happened.ACTIVATED: message("Stamps put to use"),
        Happened.ACTIVATION_UNDONE: message("Putting to use undone"),
        Happened.HELD: message("Batch put on hold"),
        Happened.RELEASED: message("Batch released"),
        Happened.VOIDED: message("Stamps made void"),
        Happened.VOID_UNDONE: message("Void undone"),
        Happened.RECALLED: message("Recall opened"),
        Happened.RECALL_CLOSED: message("Recall closed"),
        Happened.KEY_COMPROMISED: message("Its key leaked"),
        Happened.HIDDEN_KEY_COMPROMISED: message("The key of its hidden code leaked"),
        Happened.FIRST_LOOK: message("First look"),
        Happened.AUTHENTICATED: message("Hidden code confirmed"),
        Happened.LAST_LOOK: message("Last look"),
    },
    LapseLevel: {
        LapseLevel.LAPSED: message("Lapsed"),
        LapseLevel.WITHIN_30_DAYS: message("Within 30 days"),
        LapseLevel.WITHIN_60_DAYS: message("Within 60 days"),
        LapseLevel.WITHIN_90_DAYS: message("Within 90 days"),
        LapseLevel.WITHIN_180_DAYS: message("Within 180 days"),
    },
    Noun: {
        Noun.PARTY: message("Producer"),
        Noun.FACILITY: message("Facility"),
        Noun.PRODUCT: message("Product"),
        Noun.BATCH: message("Batch"),
    },
}

_TONES: dict[type[StrEnum], dict[Any, str]] = {
    State: {State.SUBMITTED: "care", State.APPROVED: "good", State.REJECTED: "bad"},
    Severity: {Severity.INFO: "care", Severity.WARNING: "care", Severity.DANGER: "bad"},
    AlertState: {AlertState.OPEN: "bad", AlertState.HANDLED: "good"},
    RecallState: {RecallState.OPEN: "bad", RecallState.COMPLETED: "care"},
    LapseLevel: {
        LapseLevel.LAPSED: "bad",
        LapseLevel.WITHIN_30_DAYS: "bad",
        LapseLevel.WITHIN_60_DAYS: "care",
        LapseLevel.WITHIN_90_DAYS: "care",
    },
}


def word(each: StrEnum) -> str:
    """The word for a member of a closed list, in the reader's language."""
    return str(gettext(_WORDS[type(each)][each]))


def tone(each: StrEnum) -> str:
    """The class of a member's pill; none for what is neither good nor bad."""
    if isinstance(each, Verdict):
        return tone_of(each)
    return _TONES.get(type(each), {}).get(each, "")


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Every member of a closed list with its word, as a field of choices takes them."""
    return [(each.value, word(each)) for each in kind]
