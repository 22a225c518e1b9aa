"""Who may do what. Deny by default: an act without a rule is nobody's.

The name of an act is one word for it everywhere: here, on the routes, and in the table of acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from traceapp.records.accounts import Role
from traceapp.records.acts import ActRecord
from traceapp.services.refusals import NotAllowed, message

PROOF_LASTS = timedelta(minutes=10)  # in which a password that was typed again counts


class Act(StrEnum):
    ACCOUNT_READ = "account.read"
    ACCOUNT_INVITE = "account.invite"
    ACCOUNT_RESET = "account.reset"
    ACCOUNT_CLOSE = "account.close"
    ACCOUNT_APPOINT = "account.appoint"
    ACCOUNT_OWN = "account.own"
    PARTY_CREATE = "party.create"
    PARTY_READ = "party.read"
    PARTY_DECIDE = "party.decide"
    FACILITY_CREATE = "facility.create"
    FACILITY_READ = "facility.read"
    FACILITY_DECIDE = "facility.decide"
    PRODUCT_CREATE = "product.create"
    PRODUCT_READ = "product.read"
    PRODUCT_DECIDE = "product.decide"
    BATCH_CREATE = "batch.create"
    BATCH_READ = "batch.read"
    BATCH_HOLD = "batch.hold"
    BATCH_RELEASE = "batch.release"
    CORRECTION_CREATE = "correction.create"
    CORRECTION_READ = "correction.read"
    CORRECTION_DECIDE = "correction.decide"
    PICTURE_CREATE = "picture.create"
    PICTURE_READ = "picture.read"
    PICTURE_DECIDE = "picture.decide"
    PICTURE_REMOVE = "picture.remove"
    REQUEST_CREATE = "stamp_request.create"
    REQUEST_READ = "stamp_request.read"
    REQUEST_DECIDE = "stamp_request.decide"
    RUN_READ = "stamp_run.read"
    RUN_DRAW = "stamp_run.draw"
    TEST_RUN_CREATE = "test_run.create"
    DRAWING_READ = "drawing.read"
    REDRAW_ASK = "redraw_leave.create"
    REDRAW_READ = "redraw_leave.read"
    REDRAW_DECIDE = "redraw_leave.decide"
    PRINT_REPORT = "print_report.create"
    PRINT_READ = "print_report.read"
    ACTIVATION_CREATE = "activation.create"
    ACTIVATION_READ = "activation.read"
    ACTIVATION_UNDO = "activation.undo"
    VOID_CREATE = "void.create"
    VOID_READ = "void.read"
    VOID_UNDO = "void.undo"
    RECALL_OPEN = "recall.open"
    RECALL_READ = "recall.read"
    RECALL_CLOSE = "recall.close"
    KEY_COMPROMISE = "key.compromise"
    KEY_READ = "key.read"
    ALERT_READ = "alert.read"
    ALERT_HANDLE = "alert.handle"
    SCAN_READ = "scan.read"
    STAMP_READ = "stamp.read"
    TOTALS_READ = "totals.read"
    NOTICE_READ = "notice.read"
    SEARCH = "search"


_PEOPLE = frozenset(Role)
_MAKERS = frozenset({Role.PRODUCER, Role.OFFICER})
_OFFICERS = frozenset({Role.OFFICER})
_WATCHERS = frozenset({Role.OFFICER, Role.ADMIN})
_PRODUCERS = frozenset({Role.PRODUCER})
_ADMINS = frozenset({Role.ADMIN})

RULES: dict[Act, frozenset[Role]] = {
    Act.ACCOUNT_READ: _WATCHERS,
    Act.ACCOUNT_INVITE: _WATCHERS,
    Act.ACCOUNT_RESET: _WATCHERS,
    Act.ACCOUNT_CLOSE: _WATCHERS,
    Act.ACCOUNT_APPOINT: _ADMINS,
    Act.ACCOUNT_OWN: _PEOPLE,
    Act.PARTY_CREATE: _MAKERS,
    Act.PARTY_READ: _PEOPLE,
    Act.PARTY_DECIDE: _OFFICERS,
    Act.FACILITY_CREATE: _MAKERS,
    Act.FACILITY_READ: _PEOPLE,
    Act.FACILITY_DECIDE: _OFFICERS,
    Act.PRODUCT_CREATE: _MAKERS,
    Act.PRODUCT_READ: _PEOPLE,
    Act.PRODUCT_DECIDE: _OFFICERS,
    Act.BATCH_CREATE: _MAKERS,
    Act.BATCH_READ: _PEOPLE,
    Act.BATCH_HOLD: _MAKERS,
    Act.BATCH_RELEASE: _OFFICERS,
    Act.CORRECTION_CREATE: _MAKERS,
    Act.CORRECTION_READ: _PEOPLE,
    Act.CORRECTION_DECIDE: _OFFICERS,
    Act.PICTURE_CREATE: _MAKERS,
    Act.PICTURE_READ: _PEOPLE,
    Act.PICTURE_DECIDE: _OFFICERS,
    Act.PICTURE_REMOVE: _MAKERS,
    Act.REQUEST_CREATE: _MAKERS,
    Act.REQUEST_READ: _PEOPLE,
    Act.REQUEST_DECIDE: _OFFICERS,
    Act.RUN_READ: _PEOPLE,
    Act.RUN_DRAW: _MAKERS,
    Act.TEST_RUN_CREATE: _MAKERS,
    Act.DRAWING_READ: _PEOPLE,
    Act.REDRAW_ASK: _MAKERS,
    Act.REDRAW_READ: _PEOPLE,
    Act.REDRAW_DECIDE: _OFFICERS,
    Act.PRINT_REPORT: _MAKERS,
    Act.PRINT_READ: _PEOPLE,
    Act.ACTIVATION_CREATE: _MAKERS,
    Act.ACTIVATION_READ: _PEOPLE,
    Act.ACTIVATION_UNDO: _MAKERS,
    Act.VOID_CREATE: _MAKERS,
    Act.VOID_READ: _PEOPLE,
    Act.VOID_UNDO: _MAKERS,
    Act.RECALL_OPEN: _OFFICERS,
    Act.RECALL_READ: _PEOPLE,
    Act.RECALL_CLOSE: _OFFICERS,
    Act.KEY_COMPROMISE: _WATCHERS,
    Act.KEY_READ: _WATCHERS,
    Act.ALERT_READ: _PEOPLE,
    Act.ALERT_HANDLE: _OFFICERS,
    Act.SCAN_READ: _WATCHERS,
    Act.STAMP_READ: _WATCHERS,
    Act.TOTALS_READ: _PEOPLE,
    Act.NOTICE_READ: _PRODUCERS,
    Act.SEARCH: _WATCHERS,
}


@dataclass(frozen=True)
class Actor:
    """Who asks: an account as its token or its session showed it."""

    account_id: int
    role: Role
    party_id: int | None
    hidden_codes: bool = False
    proved_at: datetime | None = None

    def may_take_hidden_codes(self, now: datetime) -> bool:
        """Whether hidden codes may be given to this actor now.

        `hidden_codes` is a token's own permission, or the command line's; who is signed in to a
        page has typed the password again a short while ago instead (`proved_at`).
        """
        proved = self.proved_at is not None and abs(now - self.proved_at) <= PROOF_LASTS
        return self.hidden_codes or proved

    @property
    def sees_all(self) -> bool:
        return self.role in _WATCHERS

    def owns(self, party_id: int) -> bool:
        """Whether a party's objects are this actor's to see and, where the rules say, to touch."""
        return self.sees_all or self.party_id == party_id


def may(actor: Actor, act: Act) -> bool:
    """Whether the actor's role has a rule for an act."""
    return actor.role in RULES.get(act, frozenset())


def permit(actor: Actor, act: Act) -> None:
    """Refuse an act that the actor's role has no rule for. Raises NotAllowed."""
    if not may(actor, act):
        raise NotAllowed(
            "not_allowed",
            message("Your account may not do this. Ask the officer of your commune."),
        )


def record_act(
    session: Session, actor: Actor, act: Act, subject_id: int, now: datetime, **details: Any
) -> None:
    """Write down an act, in its own transaction. An act that is not permitted cannot be written."""
    permit(actor, act)
    session.add(
        ActRecord(
            at=now,
            account_id=actor.account_id,
            name=act.value,
            subject_id=subject_id,
            details=details,
        )
    )
