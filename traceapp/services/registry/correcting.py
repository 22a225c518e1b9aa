"""Correcting what was stated of a party, a facility, a product or a batch.

What an officer approved, and a batch whose stamps are in use, changes when an officer agrees; the
rest, and what an officer corrects himself, changes at once. Every correction stays on record.

Callers hold the subject's row before they look at its corrections: two of them wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import MAX_SERIAL
from traceapp.database import locked
from traceapp.records import recalls
from traceapp.records.accounts import Role
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.corrections import Correction, Noun, waiting
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.holds import standing_hold
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.ranges import in_force
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.registry.correctable import (
    Body,
    Change,
    Subject,
    body_again,
    compare,
    noun_of,
    state,
)
from traceapp.services.registry.deciding import Rejection, check_undecided
from traceapp.services.registry.opening_batches import BatchTold, tell_batch
from traceapp.services.registry.product_kinds import ProductKind, ProductKinds
from traceapp.services.registry.quotas import ceiling, committed
from traceapp.services.registry.reading_corrections import (
    REPLACED,
    TABLES,
    CorrectionTold,
    tell_corrections,
)
from traceapp.services.registry.recalling import standing
from traceapp.services.registry.registering import (
    check_kind,
    tell_facility,
    tell_party,
    tell_product,
)

Row = Party | Facility | Product | Batch

_TELLERS: Mapping[Noun, Callable[[Any], Subject]] = {
    Noun.PARTY: tell_party,
    Noun.FACILITY: tell_facility,
    Noun.PRODUCT: tell_product,
    Noun.BATCH: tell_batch,
}
# What is printed on labels or written in links: whoever approved it approved that.
_FIXED_ONCE_APPROVED = frozenset({"kind", "name", "net_content", "gtin"})


@dataclass(frozen=True)
class Correcting:
    """What corrections are held against: product kinds, and percent of spoilage."""

    kinds: ProductKinds
    spoilage_percent: int


def correct(
    session: Session,
    actor: Actor,
    subject_id: int,
    body: Body,
    correcting: Correcting,
    now: datetime,
) -> CorrectionTold:
    """Correct a subject, at once or, where an officer has to agree, as a wish that waits.

    A wish of the party's that waits already is replaced. What was rejected is sent again by being
    corrected. Raises Unknown for the subject; Unacceptable for values with which it could not have
    been made, and for a reason that is wanted and not given; Conflict where nothing would change,
    for what an approved product is printed with, and for a batch smaller than its stamps.
    """
    permit(actor, Act.CORRECTION_CREATE)
    noun = noun_of(body)
    subject = _lock(session, noun, subject_id)
    if subject is None or not actor.owns(_party_id(subject)):
        raise unknown(noun.value)
    change = _change(session, subject, body, correcting)
    if not change.after:
        raise Conflict(
            "nothing_changed", message("This is what stands already; nothing was changed.")
        )
    in_use = _in_use(session, subject)
    waits = actor.role is not Role.OFFICER and (in_use or _is_watched(session, subject))
    _check_reason(body.reason, waits=waits, in_use=in_use)
    if actor.role is not Role.OFFICER:
        _replace_waiting(session, actor, noun, subject_id, now)
    row = Correction(
        noun=noun,
        subject_id=subject_id,
        party_id=_party_id(subject),
        before=change.before,
        after=change.after,
        reason=body.reason,
        public=in_use,
        state=State.SUBMITTED if waits else State.APPROVED,
        created_by=actor.account_id,
        created_at=now,
        decided_by=actor.account_id if actor.role is Role.OFFICER else None,
        decided_at=None if waits else now,
    )
    session.add(row)
    if not waits:
        _make(subject, change)
    session.flush()
    # The values may be a citizen's number, and acts are kept for ever: names of fields are enough.
    details = {"noun": noun.value, "of": subject_id, "fields": sorted(change.after)}
    record_act(session, actor, Act.CORRECTION_CREATE, row.id, now, **details, state=row.state.value)
    return tell_corrections(session, [row])[0]


def decide_correction(
    session: Session,
    actor: Actor,
    correction_id: int,
    rejection: Rejection | None,
    correcting: Correcting,
    now: datetime,
) -> CorrectionTold:
    """Approve a correction, which makes it, or reject it with a reason.

    Raises Unknown; Conflict for one that is decided, and for one whose subject changed meanwhile;
    and what `correct` raises where the values cannot be used any more.
    """
    permit(actor, Act.CORRECTION_DECIDE)
    found = session.get(Correction, correction_id)
    if found is None:
        raise unknown("correction")
    subject = _lock(session, found.noun, found.subject_id)
    row = session.scalars(locked(sa.select(Correction).where(Correction.id == correction_id))).one()
    check_undecided(row.state, row.state)  # Not approved after all either: a newer one may stand.
    if rejection is None:
        _approve(session, row, subject, correcting)
    row.state = State.APPROVED if rejection is None else State.REJECTED
    row.decided_by = actor.account_id
    row.decided_at = now
    row.decision_reason = None if rejection is None else rejection.reason
    record_act(session, actor, Act.CORRECTION_DECIDE, row.id, now, state=row.state.value)
    session.flush()
    return tell_corrections(session, [row])[0]


def _approve(session: Session, row: Correction, subject: Row, correcting: Correcting) -> None:
    told = _TELLERS[row.noun](subject)
    columns = frozenset(field.partition(".")[0] for field in row.before)
    stands = state(told, columns, _kind(session, told, correcting.kinds))
    if any(stands.get(field) != value for field, value in row.before.items()):
        raise Conflict(
            "changed_meanwhile",
            message(
                "What this correction starts from has changed meanwhile. "
                "Reject it, and ask for a new one."
            ),
        )
    change = _change(session, subject, body_again(row.noun, told, row.after), correcting)
    row.public = row.public or _in_use(session, subject)
    _make(subject, change)


def _lock(session: Session, noun: Noun, subject_id: int) -> Any:
    table = TABLES[noun]
    return session.scalars(locked(sa.select(table).where(table.id == subject_id))).one_or_none()


def _party_id(subject: Row) -> int:
    return subject.id if isinstance(subject, Party) else subject.party_id


def _kind(session: Session, told: Subject, kinds: ProductKinds) -> ProductKind | None:
    if isinstance(told, BatchTold):
        return kinds[session.get_one(Product, told.product_id).kind]
    return None


def _change(session: Session, subject: Row, body: Body, correcting: Correcting) -> Change:
    """What a body would change, checked as a whole against everything that stands."""
    told = _TELLERS[noun_of(body)](subject)
    change = compare(told, body, _kind(session, told, correcting.kinds))
    if isinstance(subject, Product):
        _check_product(session, subject, change, correcting.kinds)
    elif isinstance(subject, Batch):
        _check_batch(session, subject, change, correcting.spoilage_percent)
    return change


def _check_product(session: Session, row: Product, change: Change, kinds: ProductKinds) -> None:
    fixed = sorted(change.columns & _FIXED_ONCE_APPROVED)
    if fixed and row.state is State.APPROVED:
        raise Conflict(
            "product_approved",
            message(
                "Kind, name, net content and GTIN of an approved product do not change. "
                "Register a new product."
            ),
            field=fixed[0],
        )
    if "kind" in change.columns:
        check_kind(kinds, change.after["kind"])
        if session.scalar(sa.select(Batch.id).where(Batch.product_id == row.id).limit(1)):
            raise Conflict(
                "has_batches",
                message(
                    "This product has batches, whose facts are those of its kind. "
                    "Register a new product."
                ),
                field="kind",
            )


def _check_batch(session: Session, row: Batch, change: Change, spoilage_percent: int) -> None:
    if "quantity" in change.columns:
        stamps = committed(session, row.id)
        if ceiling(change.after["quantity"], spoilage_percent) < stamps:
            raise Conflict(
                "over_quantity",
                message(
                    "Batch %(lot)s has %(stamps)s stamps asked for or issued, "
                    "so it has at least %(least)s units. Void stamps that will not be used first."
                ),
                field="quantity",
                lot=row.lot,
                stamps=stamps,
                least=-(-stamps * 100 // (100 + spoilage_percent)),
            )
    if "produced_at" in change.columns and isinstance(change.wished, BatchTold):
        used = _first_use(session, row)
        if used is not None and change.wished.produced_at > used:
            raise Unacceptable(
                "produced_at",
                message("Stamps of batch %(lot)s were put to use before that."),
                field="produced_at",
                lot=row.lot,
            )


def _first_use(session: Session, batch: Batch) -> datetime | None:
    """When the first of a batch's stamps was put to use; None where none is."""
    return session.scalar(
        sa.select(Activation.created_at)
        .where(Activation.batch_id == batch.id, in_force(Activation))
        .order_by(Activation.created_at)
        .limit(1)
    )


def _in_use(session: Session, subject: Row) -> bool:
    return isinstance(subject, Batch) and _first_use(session, subject) is not None


def _is_watched(session: Session, subject: Row) -> bool:
    """Whether an officer approved a subject, warns of it or looks at it: no change without him."""
    if isinstance(subject, Batch):
        recalled = standing(recalls.over(session, subject.id, 0, MAX_SERIAL)) is not None
        return recalled or standing_hold(session, subject.id) is not None
    return subject.state is State.APPROVED


def _check_reason(reason: str | None, *, waits: bool, in_use: bool) -> None:
    if reason is not None or not (waits or in_use):
        return
    title = message("Say why it has to be corrected: an officer decides by it.")
    if in_use:
        title = message("Say why it has to be corrected: buyers will read it beside the change.")
    raise Unacceptable("reason", title, field="reason")


def _replace_waiting(
    session: Session, actor: Actor, noun: Noun, subject_id: int, now: datetime
) -> None:
    older = waiting(session, noun, subject_id)
    if older is None:
        return
    older.state = State.REJECTED
    older.decided_by = actor.account_id
    older.decided_at = now
    older.decision_reason = REPLACED
    session.flush()  # Before the newer one is written: of a subject's corrections one waits.


def _make(subject: Row, change: Change) -> None:
    """Let a change take effect. What was rejected waits for an officer again."""
    for column in change.columns:
        value = getattr(change.wished, column)
        if column == "expiries":
            value = [each.model_dump(mode="json") for each in value]
        setattr(subject, column, value)
    if not isinstance(subject, Batch) and subject.state is State.REJECTED:
        subject.state = State.SUBMITTED
