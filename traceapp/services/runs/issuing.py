"""An officer approves a request: the request becomes a run, a range of serials of its own.

The counter never goes back. The high-water mark is raised, and synced to the disk, after all that
could be refused and before the approval commits: a crash in between skips serials, and never gives
them out twice. On PostgreSQL that looks like an older copy of the database, so that approvals wait
for `traceapp counter advance`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from stamps import BLOCK, MAX_SERIAL, KeyRing
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.counter import (
    Counter,
    HighWaterMark,
    MarkAway,
    MarkTrouble,
    Unissued,
    embedded,
    is_original,
    lock_counter,
    move_counter,
    unissued_serials,
)
from traceapp.records.decided import State
from traceapp.records.products import Product
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun, highest_serial
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, NotNow, message
from traceapp.services.registry.quotas import check_room, lock_batch
from traceapp.services.runs.reading_runs import RunTold, tell_run
from traceapp.services.runs.requesting import (
    StampRequestTold,
    check_approved,
    check_usable,
    lock_request,
    tell_request,
)

REACH = 1_000_000_000  # serials above everything else known within which a look is believed


class Approved(StampRequestTold):
    """An approved request and the run it was given."""

    run: RunTold


@dataclass(frozen=True)
class Issuing:
    """What an approval needs besides the database: keys, the mark, and how links are printed."""

    stamp_keys: KeyRing
    hidden_keys: KeyRing
    mark: HighWaterMark
    origin: str
    demonstration: bool
    spoilage_percent: int


def approve_request(
    session: Session, actor: Actor, request_id: int, issuing: Issuing, now: datetime
) -> Approved:
    """Give a request its run of serials.

    Raises Unknown; Conflict for a request already decided, whose grounds changed since, that no
    longer fits its batch, where the counter cannot be trusted, or where the newest key leaked;
    NotNow for a damaged mark.
    """
    permit(actor, Act.REQUEST_DECIDE)
    request = lock_request(session, request_id)
    if request.state is not State.SUBMITTED:
        raise Conflict("decided", message("This request was decided already; nothing was changed."))
    check_origin(issuing)
    product = session.get_one(Product, request.product_id)
    batch = None if request.batch_id is None else lock_batch(session, request.batch_id)
    check_approved(session, product, batch)
    if batch is not None:
        check_usable(session, batch, now)
        check_room(session, batch, 0, issuing.spoilage_percent)
    request.state = State.APPROVED
    request.decided_by = actor.account_id
    request.decided_at = now
    run = new_run(session, request, product, issuing, now)
    run.lot = None if batch is None else batch.lot
    session.add(run)
    session.flush()
    record_act(
        session,
        actor,
        Act.REQUEST_DECIDE,
        request.id,
        now,
        state=State.APPROVED.value,
        run_id=run.id,
        first_serial=run.first_serial,
        last_serial=run.last_serial,
    )
    told = tell_request(session, request)
    session.flush()
    keep_mark(issuing.mark, run)
    return Approved(**told.model_dump(), run=tell_run(session, run))


def check_origin(issuing: Issuing) -> None:
    """Raises Conflict outside a demonstration, where links would be printed without https."""
    if not issuing.demonstration and not issuing.origin.startswith("https://"):
        raise Conflict(
            "origin_not_https",
            message("Set TRACEAPP_BASE_URL to an https address before stamps are printed with it."),
        )


def keep_mark(mark: HighWaterMark, run: StampRun) -> None:
    """Raise the mark past a run: the last step before its commit. Raises NotNow."""
    with _mark_in_reach(mark):
        mark.raise_to(_next_block(run.last_serial))


def new_run(
    session: Session, request: StampRequest, product: Product, issuing: Issuing, now: datetime
) -> StampRun:
    """The run of a decided request, with serials that nobody else gets; not yet added.

    Raises Conflict where the counter cannot be trusted or is used up, or the newest key leaked;
    NotNow for a mark that cannot be read. The counter is locked from here on.
    """
    first = _take_serials(session, issuing.mark, request.quantity)
    key_id = issuing.stamp_keys.newest.id
    hidden_key_id = issuing.hidden_keys.newest.id if request.hidden_code else None
    _check_not_leaked(session, key_id, hidden_key_id)
    return StampRun(
        kind=request.kind,
        request_id=request.id,
        party_id=request.party_id,
        product_id=request.product_id,
        batch_id=request.batch_id,
        first_serial=first,
        last_serial=first + request.quantity - 1,
        quantity=request.quantity,
        key_id=key_id,
        hidden_key_id=hidden_key_id,
        origin=issuing.origin,
        link_form=request.link_form,
        gtin=product.gtin14,
        demonstration=issuing.demonstration,
        created_by=request.decided_by or request.created_by,
        created_at=now,
    )


def _check_not_leaked(session: Session, *key_ids: str | None) -> None:
    """Raises Conflict for a key that leaked.

    Asked with the counter locked: whoever declares a leak locks it too, so that no approval signs
    with a key whose leak is on record.
    """
    for key_id in compromised_among(session, key_ids):
        raise Conflict(
            "key_compromised",
            message(
                "Key %(key_id)s, with which this server would sign, has leaked. Run "
                "`traceapp keys rotate` on the server, or bring the new key to it, then approve "
                "again."
            ),
            key_id=key_id,
        )


def _take_serials(session: Session, mark: HighWaterMark, quantity: int) -> int:
    """Move the counter past `quantity` serials and return the first of them.

    Raises Conflict where the counter may have been set back, or is used up.
    """
    counter = lock_counter(session)
    with _mark_in_reach(mark):
        standing = mark.read()
    _check_trusted(session, counter, standing)
    first = max(counter.next_serial, standing or 0, _next_block(highest_serial(session)))
    if first + quantity - 1 > MAX_SERIAL:
        raise Conflict("serials_used_up", message("There are not enough serials left."))
    move_counter(session, counter, _next_block(first + quantity - 1))
    return first


@contextmanager
def _mark_in_reach(mark: HighWaterMark) -> Iterator[None]:
    """Raises NotNow where the high-water mark cannot be read or kept."""
    try:
        yield
    except MarkAway as trouble:
        raise NotNow(
            "mark_away",
            message(
                "The file %(file)s on the server cannot be written just now. See that its disk has "
                "room and may be written, then approve again."
            ),
            file=mark.file.name,
        ) from trouble
    except MarkTrouble as trouble:
        raise NotNow(
            "mark",
            message(
                "The file %(file)s on the server cannot be used, so serials could be given out "
                "twice. Move it away, run `traceapp counter advance`, then approve again."
            ),
            file=mark.file.name,
        ) from trouble


def _check_trusted(session: Session, counter: Counter, standing: int | None) -> None:
    """Raises Conflict where serials may have been given out that this database does not know of.

    On SQLite the mark beside the database is the witness, and must be there. On PostgreSQL many
    machines share the counter, so that a mark is only one machine's memory: the counter is
    trusted while its row is the one that was written here last, and no mark stands higher. Both
    are said from the first start on, since even a copy from before the first serial may be an
    older one.
    """
    if embedded(session):
        trusted = standing is not None
    else:
        trusted = is_original(session) and (standing or 0) <= counter.next_serial
    if not trusted:
        raise Conflict(
            "counter_not_trusted",
            message(
                "This database may be an older copy, or new beside keys that were used before, so "
                "serials could be given out twice. "
                "Run `traceapp counter advance` on the server, then approve again."
            ),
        )


@dataclass(frozen=True)
class Advanced:
    """Where the counter went, and what was seen too far above everything else to follow."""

    next_serial: int
    left_out: Unissued | None


def advance_counter(session: Session, mark: HighWaterMark, room: int) -> Advanced:
    """Move the counter past everything known, and `room` serials more; trust this database.

    Known are the counter, the mark, every run, and every serial seen well signed that was never
    issued here, if it lies within `REACH` of the others: whoever holds a leaked key can sign any
    serial, and one look at the last of them would use up the counter. Raises Conflict where no
    serials would be left, and NotNow for a damaged mark.
    """
    counter = lock_counter(session)
    with _mark_in_reach(mark):
        standing = mark.read() or 0
    known = max(counter.next_serial, standing, highest_serial(session) + 1)
    reach = known + REACH
    seen = unissued_serials(session, known, reach)
    target = _next_block((known if seen is None else seen.highest) + room)
    if target > MAX_SERIAL:
        raise Conflict("serials_used_up", message("There are not enough serials left."))
    move_counter(session, counter, target)
    with _mark_in_reach(mark):
        mark.raise_to(target)
    return Advanced(target, unissued_serials(session, max(reach + 1, target), MAX_SERIAL))


def _next_block(last_serial: int) -> int:
    """The first serial of the block after the one that holds `last_serial`."""
    return (last_serial // BLOCK + 1) * BLOCK
