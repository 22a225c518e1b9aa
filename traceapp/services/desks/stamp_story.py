"""A stamp's whole story, for an officer: from the wish for it to the last look at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import sign
from traceapp.records import recalls
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import CompromisedKey
from traceapp.records.holds import Hold
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.ranges import meets
from traceapp.records.recalls import Severity
from traceapp.records.redemptions import Redemption
from traceapp.records.scans import Agent, Scan, StampTotal
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun, holding
from traceapp.records.voids import Void, VoidReason
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.desks.auditing import ScanFilter, ScanLine, scan_lines
from traceapp.services.desks.stamp_timeline import Moment, StampRows, in_force, timeline
from traceapp.services.refusals import Unknown, message
from traceapp.services.runs.reading_runs import RunTold, tell_run
from traceapp.services.scans.judging import Reason, Verdict
from traceapp.services.scans.looks import Look, Scanning
from traceapp.services.scans.scanning import examine
from traceapp.services.values import Told, When

LOOKS_TOLD = 50
NEIGHBOURS = 50  # stamps on either side, which left the printer and mostly the shop together
MOST_COUNTED = 1000


class Named(Told):
    id: int
    name: str


class RangeStory(Told):
    """The activation or void that the stamp is under now."""

    id: int
    first_serial: int
    last_serial: int
    who: str
    at: When
    destination: str | None = None
    reason: VoidReason | None = None
    note: str | None = None


class RecallStory(Told):
    """A recall that reaches the stamp, closed ones too."""

    id: int
    state: str
    severity: Severity
    reason: str


class LooksTold(Told):
    """How often the stamp was looked at, staff and preview robots left out."""

    looks: int
    sessions: int
    first_at: When
    last_at: When


class Story(Told):
    """All that is known of one stamp.

    `code`, `verdict` and `reasons` are null where the key of its run is not here. `neighbours` is
    how many of the NEIGHBOURS stamps on either side were looked at too.
    """

    serial: int
    code: str | None
    verdict: Verdict | None
    reasons: list[Reason] | None
    run: RunTold
    asked_by: str
    approved_by: str | None
    party: Named
    product: Named
    batch: Named | None
    expires_at: When | None
    activation: RangeStory | None
    void: RangeStory | None
    recalls: list[RecallStory]
    held: bool
    redeemed_at: When | None
    looks: LooksTold | None
    neighbours: int
    scans: list[ScanLine]
    more_scans: bool
    timeline: list[Moment]


def story(session: Session, actor: Actor, serial: int, scanning: Scanning, now: datetime) -> Story:
    """Everything about one stamp. Nothing is kept of this look.

    Raises Unknown for a serial that was never issued; its data say how many `looks` claimed it, up
    to MOST_COUNTED.
    """
    permit(actor, Act.STAMP_READ)
    run = holding(session, serial)
    if run is None:
        raise Unknown(
            "no_stamp",
            message("No stamp of serial %(serial)s was issued. Looks that claimed it: %(looks)s."),
            serial=serial,
            looks=_claims(session, serial),
        )
    rows = _read(session, run, serial)
    key = scanning.stamp_keys.get(run.key_id)
    code = None if key is None else sign(key, serial)
    answer = None
    if code is not None:
        look = Look(text=code, phone="", source="", agent=Agent.STAFF)
        answer = examine(session, look, scanning, now).answer
    names = rows.names(session)
    page = scan_lines(session, actor, ScanFilter(serial=serial, limit=LOOKS_TOLD))
    return Story(
        serial=serial,
        code=code,
        verdict=None if answer is None else answer.verdict,
        reasons=None if answer is None else list(answer.reasons),
        run=tell_run(session, run),
        asked_by=names[rows.request.created_by],
        approved_by=names.get(rows.request.decided_by),
        party=_named(session.get_one(Party, run.party_id)),
        product=_named(session.get_one(Product, run.product_id)),
        batch=None if rows.batch is None else Named(id=rows.batch.id, name=rows.batch.lot),
        expires_at=None if rows.batch is None else rows.batch.expires_at,
        activation=_range(in_force(rows.activations), names),
        void=_range(in_force(rows.voids), names),
        recalls=[RecallStory.model_validate(each, from_attributes=True) for each in rows.recalls],
        held=any(each.released_at is None for each in rows.holds),
        redeemed_at=None if rows.redemption is None else rows.redemption.at,
        looks=None
        if rows.total is None
        else LooksTold.model_validate(rows.total, from_attributes=True),
        neighbours=_neighbours(session, run, serial),
        scans=list(page.items),
        more_scans=page.next_cursor is not None,
        timeline=timeline(rows, names),
    )


def _claims(session: Session, serial: int) -> int:
    some = sa.select(Scan.id).where(Scan.serial == serial).limit(MOST_COUNTED).subquery()
    return int(session.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def _read(session: Session, run: StampRun, serial: int) -> StampRows:
    activations = _ranges(session, Activation, run, serial)
    standing = in_force(activations)
    batch_id = run.batch_id if standing is None else standing.batch_id
    holds = sa.select(Hold).where(Hold.batch_id == batch_id).order_by(Hold.id)
    leaks = sa.select(CompromisedKey).where(
        CompromisedKey.key_id.in_((run.key_id, run.hidden_key_id))
    )
    return StampRows(
        run=run,
        request=session.get_one(StampRequest, run.request_id),
        batch=None if batch_id is None else session.get_one(Batch, batch_id),
        activations=activations,
        voids=_ranges(session, Void, run, serial),
        recalls=[] if batch_id is None else recalls.over(session, batch_id, serial, serial),
        holds=[] if batch_id is None else session.scalars(holds).all(),
        leaks=session.scalars(leaks).all(),
        redemption=session.get(Redemption, serial),
        total=session.get(StampTotal, serial),
    )


def _ranges(session: Session, table: type[Any], run: StampRun, serial: int) -> Sequence[Any]:
    """The ranges over a serial, in force and undone, the oldest first."""
    query = sa.select(table).where(table.run_id == run.id, meets(table, serial, serial))
    return session.scalars(query.order_by(table.id)).all()


def _named(row: Party | Product) -> Named:
    return Named(id=row.id, name=row.name)


def _range(row: Activation | Void | None, names: dict[int | None, str]) -> RangeStory | None:
    if row is None:
        return None
    told = RangeStory(
        id=row.id,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
        who=names[row.created_by],
        at=row.created_at,
    )
    if isinstance(row, Activation):
        return told.model_copy(update={"destination": row.destination})
    return told.model_copy(update={"reason": row.reason, "note": row.note})


def _neighbours(session: Session, run: StampRun, serial: int) -> int:
    near = sa.select(sa.func.count()).where(
        StampTotal.serial >= max(run.first_serial, serial - NEIGHBOURS),
        StampTotal.serial <= min(run.last_serial, serial + NEIGHBOURS),
        StampTotal.serial != serial,
    )
    return int(session.scalar(near) or 0)
