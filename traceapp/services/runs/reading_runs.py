"""Reading runs: what was issued, and how much of it is active, waiting and void."""

from __future__ import annotations

from collections.abc import Sequence, Set

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import LinkForm
from traceapp.database import locked
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.stamp_requests import RunKind
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.runs.counting_runs import RunCount, count_runs
from traceapp.services.values import SerialRange, Told, When


class RunTold(Told):
    """`quantity` = `active` + `waiting` + `void`, always.

    Once the signing key leaked (`key_compromised`), stamps that waited are void;
    `hidden_key_compromised` says that hidden codes prove nothing any more. Of a test run all stamps
    are void.
    """

    id: int
    kind: RunKind
    request_id: int
    party_id: int
    product_id: int
    batch_id: int | None
    first_serial: int
    last_serial: int
    quantity: int
    key_id: str
    key_compromised: bool
    hidden_code: bool
    hidden_key_compromised: bool
    origin: str
    link_form: LinkForm
    gtin: str | None
    lot: str | None
    active: int
    waiting: int
    void: int
    created_at: When


def tell_run(session: Session, row: StampRun) -> RunTold:
    return tell_runs(session, [row])[0]


def tell_runs(session: Session, rows: Sequence[StampRun]) -> list[RunTold]:
    """Runs with their counts, which are asked for all of them at once."""
    counts = count_runs(session, [row.id for row in rows])
    keys = {key for row in rows for key in (row.key_id, row.hidden_key_id)}
    leaked = compromised_among(session, keys)
    return [_tell(row, counts[row.id], leaked) for row in rows]


def _tell(row: StampRun, count: RunCount, leaked: Set[str]) -> RunTold:
    return RunTold(
        id=row.id,
        kind=row.kind,
        request_id=row.request_id,
        party_id=row.party_id,
        product_id=row.product_id,
        batch_id=row.batch_id,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
        quantity=row.quantity,
        key_id=row.key_id,
        key_compromised=row.key_id in leaked,
        hidden_code=row.hidden_key_id is not None,
        hidden_key_compromised=row.hidden_key_id in leaked,
        origin=row.origin,
        link_form=row.link_form,
        gtin=row.gtin,
        lot=row.lot,
        active=count.active,
        waiting=count.waiting,
        void=count.void,
        created_at=row.created_at,
    )


def find_run(session: Session, actor: Actor, run_id: int, *, lock: bool = False) -> StampRun:
    """The run's row, if it is the actor's to see; locked where wished. Raises Unknown."""
    query = sa.select(StampRun).where(StampRun.id == run_id)
    row = session.scalars(locked(query) if lock else query).one_or_none()
    if row is None or not actor.owns(row.party_id):
        raise unknown("stamp_run")
    return row


def check_inside(
    run: StampRun, wished: SerialRange, ends: tuple[str, str] = ("first_serial", "last_serial")
) -> None:
    """Raises Unacceptable unless the range is the right way round and inside the run.

    `ends` are the names that its two serials were sent under.
    """
    if wished.last_serial < wished.first_serial:
        raise Unacceptable(
            "range_order",
            message("The last serial is lower than the first; swap them."),
            field=ends[1],
        )
    for field, serial in zip(ends, (wished.first_serial, wished.last_serial), strict=True):
        if not run.first_serial <= serial <= run.last_serial:
            raise Unacceptable(
                "outside_run",
                message("Serial %(serial)s is not in this run, which has %(first)s to %(last)s."),
                field=field,
                serial=serial,
                first=run.first_serial,
                last=run.last_serial,
            )


def show_run(session: Session, actor: Actor, run_id: int) -> RunTold:
    """Raises Unknown for a run that is not there, or not the actor's to see."""
    permit(actor, Act.RUN_READ)
    return tell_run(session, find_run(session, actor, run_id))


def check_production(run: StampRun) -> None:
    """Raises Conflict for a test run: nothing that happens to goods happens to test labels."""
    if run.kind is RunKind.TEST:
        raise Conflict(
            "test_run",
            message("These are test labels: they are for trying out the printer, and never count."),
        )


def list_runs(session: Session, actor: Actor, wish: PageWish) -> Page[RunTold]:
    """Runs for goods; test runs have a list of their own."""
    return _list(session, actor, wish, RunKind.PRODUCTION)


def list_test_runs(session: Session, actor: Actor, wish: PageWish) -> Page[RunTold]:
    return _list(session, actor, wish, RunKind.TEST)


def show_test_run(session: Session, actor: Actor, run_id: int) -> RunTold:
    """Raises Unknown for one that is not there, not the actor's to see, or for goods."""
    told = show_run(session, actor, run_id)
    if told.kind is not RunKind.TEST:
        raise unknown("stamp_run")
    return told


def _list(session: Session, actor: Actor, wish: PageWish, kind: RunKind) -> Page[RunTold]:
    permit(actor, Act.RUN_READ)
    query = sa.select(StampRun).where(StampRun.kind == kind)
    if not actor.sees_all:
        query = query.where(StampRun.party_id == actor.party_id)
    page = page_by_id(session, query, StampRun.id, wish, lambda row: row)
    return Page(items=tell_runs(session, page.items), next_cursor=page.next_cursor)
