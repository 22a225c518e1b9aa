"""A producer's own stamps, as she meets them with her camera or types them from the roll."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from stamps import KeyRing, Malformed, read, verifies
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.products import Product
from traceapp.records.ranges import nearest
from traceapp.records.stamp_requests import RunKind
from traceapp.records.stamp_runs import holding
from traceapp.records.voids import Void, VoidReason
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.values import Told

LONGEST_TEXT = 300  # characters of a typed code, serial or pasted link that are looked at
FEWEST_DIGITS = 12  # a shorter number is a serial; serials have at most eleven digits


class StampState(StrEnum):
    WAITING = "waiting"
    ACTIVE = "active"
    VOID = "void"


class OwnStamp(Told):
    """Where one stamp stands. `lot` is its batch's, where it has one.

    One that was never put to use is void once its key leaked, and has no `void_id` then; nor has a
    test label, which is always void.
    """

    serial: int
    run_id: int
    run_first: int
    run_last: int
    product: str
    net_content: str
    state: StampState
    lot: str | None
    batch_id: int | None
    activation_id: int | None
    void_id: int | None
    void_reason: VoidReason | None
    key_compromised: bool
    test: bool


def own_stamp(session: Session, actor: Actor, serial: int) -> OwnStamp | None:
    """The stamp, if it was issued and is the actor's own."""
    permit(actor, Act.RUN_READ)
    run = holding(session, serial)
    if run is None or actor.party_id is None or run.party_id != actor.party_id:
        return None
    activation = nearest(session, Activation, serial, serial)
    void = nearest(session, Void, serial, serial)
    batch_id = run.batch_id if activation is None else activation.batch_id
    batch = None if batch_id is None else session.get(Batch, batch_id)
    product = session.get_one(Product, run.product_id)
    state = StampState.WAITING if activation is None else StampState.ACTIVE
    leaked = bool(compromised_among(session, (run.key_id,)))
    test = run.kind is RunKind.TEST
    unusable = test or void is not None or (leaked and activation is None)
    return OwnStamp(
        serial=serial,
        run_id=run.id,
        run_first=run.first_serial,
        run_last=run.last_serial,
        product=product.name,
        net_content=product.net_content,
        state=StampState.VOID if unusable else state,
        lot=None if batch is None else batch.lot,
        batch_id=batch_id,
        activation_id=None if activation is None else activation.id,
        void_id=None if void is None else void.id,
        void_reason=None if void is None else void.reason,
        key_compromised=leaked,
        test=test,
    )


def read_serial(text: str, ring: KeyRing, field: str) -> int:
    """The serial that a person typed: as a number, as a stamp's code, or as its whole link.

    Raises Unacceptable for what is none of these, and for a code whose signature is wrong.
    """
    text = text[:LONGEST_TEXT].strip()
    digits = "".join(text.replace(".", " ").split())
    if digits.isascii() and digits.isdigit() and len(digits) < FEWEST_DIGITS:
        return int(digits)
    try:
        signed = read(text.rstrip("/").rpartition("/")[2])
    except Malformed:
        raise Unacceptable(
            "stamp_text",
            message("Type a serial number, or the 20 letters and digits of a stamp's code."),
            field=field,
        ) from None
    if not any(verifies(key, signed) for key in ring):
        raise Unacceptable(
            "stamp_text",
            message("There is a slip in this code. Compare it with the stamp, letter by letter."),
            field=field,
        )
    return signed.serial
