"""What came back from the printer: good ranges are remembered, spoiled ones are void at once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from traceapp.records.good_prints import GoodPrint
from traceapp.records.ranges import in_force, length, meets, nearest, shared_count
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void, VoidReason
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message
from traceapp.services.runs.looking_ahead import first_gap
from traceapp.services.runs.reading_runs import check_inside, check_production, find_run
from traceapp.services.runs.voiding import NewVoid, VoidTold, void_stamps
from traceapp.services.values import Maybe, Note, Sent, SerialRange, Told, When

MOST_RANGES = 500


class Spoilage(StrEnum):
    """What can happen to labels before they are used: a part of the reasons of voids."""

    DAMAGED = "damaged"
    MISPRINTED = "misprinted"
    OVERPRINTED = "overprinted"
    LOST = "lost"
    STOLEN = "stolen"
    OTHER = "other"


class SpoiledRange(SerialRange):
    reason: Spoilage
    note: Maybe[Note] = None


class PrintReport(Sent):
    """Ranges that meet none of each other; at least one."""

    good: Annotated[list[SerialRange], Field(max_length=MOST_RANGES)] = []
    spoiled: Annotated[list[SpoiledRange], Field(max_length=MOST_RANGES)] = []


class GoodPrintTold(Told):
    id: int
    run_id: int
    first_serial: int
    last_serial: int
    quantity: int
    created_at: When


class PrintStanding(Told):
    """`quantity` = `good` + `void` + `unreported`; `good` leaves out what was made void since."""

    run_id: int
    quantity: int
    good: int
    void: int
    unreported: int


class PrintReported(PrintStanding):
    """What one report brought about, and how the run stands after it."""

    good_ranges: list[GoodPrintTold]
    voids: list[VoidTold]


def report_print(
    session: Session, actor: Actor, run_id: int, report: PrintReport, now: datetime
) -> PrintReported:
    """Tell what came back from the printer, all of it or nothing.

    Raises Unknown for the run; Unacceptable for a range outside it, for ranges of the report that
    meet, and for a report without any; Conflict for test labels, for serials that are void, and for
    good ones that were reported before.
    """
    permit(actor, Act.PRINT_REPORT)
    run = find_run(session, actor, run_id, lock=True)
    check_production(run)
    _check_ranges(run, report)
    good = [_keep(session, actor, run, n, each, now) for n, each in enumerate(report.good)]
    voids = [_spoil(session, actor, run, n, each, now) for n, each in enumerate(report.spoiled)]
    record_act(
        session,
        actor,
        Act.PRINT_REPORT,
        run.id,
        now,
        good=[[each.first_serial, each.last_serial] for each in report.good],
        voids=[each.id for each in voids],
    )
    standing = _standing(session, run)
    return PrintReported(**standing.model_dump(), good_ranges=good, voids=voids)


def _check_ranges(run: StampRun, report: PrintReport) -> None:
    if not report.good and not report.spoiled:
        raise Unacceptable(
            "no_ranges",
            message("Say which stamps came back good, or which are spoiled."),
            field="good",
        )
    named: list[tuple[str, SerialRange]] = [
        *((f"good.{n}", each) for n, each in enumerate(report.good)),
        *((f"spoiled.{n}", each) for n, each in enumerate(report.spoiled)),
    ]
    for place, each in named:
        check_inside(run, each, (f"{place}.first_serial", f"{place}.last_serial"))
    named.sort(key=lambda pair: pair[1].first_serial)
    for (_, before), (place, after) in pairwise(named):
        if after.first_serial <= before.last_serial:
            raise Unacceptable(
                "ranges_meet",
                message("Serial %(serial)s stands in two ranges of this report."),
                field=f"{place}.first_serial",
                serial=after.first_serial,
            )


def _keep(
    session: Session, actor: Actor, run: StampRun, n: int, wished: SerialRange, now: datetime
) -> GoodPrintTold:
    """Remember a good range. Raises Conflict for serials that are void or were reported before."""
    ends = wished.first_serial, wished.last_serial
    void = nearest(session, Void, *ends)
    if void is not None:
        raise Conflict(
            "already_void",
            message("Serials %(first)s to %(last)s are void."),
            field=f"good.{n}.first_serial",
            first=void.first_serial,
            last=void.last_serial,
        )
    known = sa.select(GoodPrint).where(GoodPrint.run_id == run.id, meets(GoodPrint, *ends))
    if (before := session.scalars(known.limit(1)).one_or_none()) is not None:
        raise Conflict(
            "already_reported",
            message("Serials %(first)s to %(last)s were reported good already."),
            field=f"good.{n}.first_serial",
            first=before.first_serial,
            last=before.last_serial,
        )
    row = GoodPrint(
        run_id=run.id,
        run_first=run.first_serial,
        run_last=run.last_serial,
        first_serial=wished.first_serial,
        last_serial=wished.last_serial,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _tell(row)


def _spoil(
    session: Session, actor: Actor, run: StampRun, n: int, spoiled: SpoiledRange, now: datetime
) -> VoidTold:
    """Take a spoiled range out of use. A refusal names its place in the report."""
    new = NewVoid(
        first_serial=spoiled.first_serial,
        last_serial=spoiled.last_serial,
        reason=VoidReason(spoiled.reason.value),
        note=spoiled.note,
    )
    try:
        return void_stamps(session, actor, run.id, new, now)
    except Conflict as refusal:
        refusal.field = f"spoiled.{n}.first_serial"
        raise


def _tell(row: GoodPrint) -> GoodPrintTold:
    return GoodPrintTold(
        id=row.id,
        run_id=row.run_id,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
        quantity=row.last_serial - row.first_serial + 1,
        created_at=row.created_at,
    )


def print_standing(session: Session, actor: Actor, run_id: int) -> PrintStanding:
    """How much of a run came back from the printer. Raises Unknown for the run."""
    permit(actor, Act.PRINT_READ)
    return _standing(session, find_run(session, actor, run_id))


def _standing(session: Session, run: StampRun) -> PrintStanding:
    told = sa.select(sa.func.coalesce(sa.func.sum(length(GoodPrint)), 0)).where(
        GoodPrint.run_id == run.id
    )
    spoiled_since = (
        sa.select(sa.func.coalesce(sa.func.sum(shared_count(GoodPrint, Void)), 0))
        .select_from(GoodPrint)
        .join(Void, meets(Void, GoodPrint.first_serial, GoodPrint.last_serial))
        .where(GoodPrint.run_id == run.id, Void.run_id == run.id, in_force(Void))
    )
    good = int(session.scalar(told) or 0) - int(session.scalar(spoiled_since) or 0)
    void = int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(length(Void)), 0)).where(
                Void.run_id == run.id, in_force(Void)
            )
        )
        or 0
    )
    return PrintStanding(
        run_id=run.id,
        quantity=run.quantity,
        good=good,
        void=void,
        unreported=run.quantity - good - void,
    )


def next_unreported(session: Session, actor: Actor, run_id: int) -> SerialRange | None:
    """The lowest serials of a run in one row of which nobody told how they came back.

    None where there are none nearby. Raises Unknown for the run.
    """
    permit(actor, Act.PRINT_READ)
    run = find_run(session, actor, run_id)
    spans = sa.union_all(
        sa.select(GoodPrint.first_serial, GoodPrint.last_serial).where(GoodPrint.run_id == run.id),
        sa.select(Void.first_serial, Void.last_serial).where(Void.run_id == run.id, in_force(Void)),
    ).subquery()
    ordered = sa.select(spans).order_by(spans.c.first_serial).limit(MOST_RANGES)
    return first_gap(session.execute(ordered).all(), run, MOST_RANGES)


def list_good_prints(
    session: Session, actor: Actor, run_id: int, wish: PageWish
) -> Page[GoodPrintTold]:
    """The ranges of a run that came back good, as they were reported. Raises Unknown."""
    permit(actor, Act.PRINT_READ)
    run = find_run(session, actor, run_id)
    query = sa.select(GoodPrint).where(GoodPrint.run_id == run.id)
    return page_by_id(session, query, GoodPrint.id, wish, _tell)
