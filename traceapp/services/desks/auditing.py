"""Reading the log of scans, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from stamps import MAX_SERIAL
from traceapp.records.batches import Batch
from traceapp.records.products import Product
from traceapp.records.scan_days import Place
from traceapp.records.scans import Agent, Scan, ScanKind
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, bad_cursor
from traceapp.services.refusals import unknown
from traceapp.services.scans.judging import Authentication, Verdict
from traceapp.services.values import Id, Instant, Lot, Sent, Told, When


class ScanChoice(Sent):
    """Which scans are meant, but for their time. All that are given must hold.

    `lot` is a whole lot, written with or without capitals; several products may have one.
    """

    verdict: Verdict | None = None
    agent: Agent | None = None
    kind: ScanKind | None = None
    product_id: Id | None = None
    lot: Lot | None = None
    batch_id: Id | None = None
    run_id: Id | None = None
    serial: Annotated[int, Field(ge=0, le=MAX_SERIAL)] | None = None


class ScanFilter(ScanChoice, PageWish):
    """A page of chosen scans. `since` belongs to the span and `until` does not."""

    since: Instant | None = None
    until: Instant | None = None


class ScanTold(Told):
    """A scan: about a stamp, never about a person. `serial` is a claim where the code is forged."""

    id: int
    at: When
    kind: str
    agent: str
    typed: bool
    serial: int
    verdict: Verdict
    authentication: Authentication | None
    reasons: list[str]
    run_id: int | None
    product_id: int | None
    batch_id: int | None
    link_gtin: str | None
    link_lot: str | None


class ScanLine(ScanTold):
    """A scan as people read it. `province` is there where the buyer named it."""

    product_name: str | None
    lot: str | None
    province: str | None


@dataclass(frozen=True)
class Names:
    """What the ids of some scans stand for: products, batches' lots, scans' provinces."""

    products: dict[int | None, str]
    lots: dict[int | None, str]
    provinces: dict[int, str]


def tell_scan(row: Scan | sa.Row[Any]) -> ScanTold:
    columns = {name: getattr(row, name) for name in ScanTold.model_fields}
    return ScanTold(**columns | {"reasons": row.reasons.split()})


def list_scans(session: Session, actor: Actor, wish: ScanFilter) -> Page[ScanTold]:
    """A page of the log. Raises Unacceptable for a cursor that is not ours."""
    permit(actor, Act.SCAN_READ)
    rows, cursor = read_page(session, wish, wish.limit)
    return Page(items=[tell_scan(row) for row in rows], next_cursor=cursor)


def scan_lines(session: Session, actor: Actor, wish: ScanFilter) -> Page[ScanLine]:
    """A page of the log, with names. Raises Unacceptable for a cursor that is not ours."""
    permit(actor, Act.SCAN_READ)
    rows, cursor = read_page(session, wish, wish.limit)
    names = names_of(session, rows)
    lines = [
        ScanLine(
            **dict(tell_scan(row)),
            product_name=names.products.get(row.product_id),
            lot=names.lots.get(row.batch_id),
            province=names.provinces.get(row.id),
        )
        for row in rows
    ]
    return Page(items=lines, next_cursor=cursor)


def read_page(
    session: Session, wish: ScanFilter, limit: int
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """At most `limit` rows of the log, and the cursor of the next ones. Raises Unacceptable.

    They have the attributes of a Scan and are none: an export reads many, which are never changed.
    """
    query = filtered(sa.select(*Scan.__table__.columns), wish)
    if wish.cursor is not None:
        at, last_id = _read_cursor(wish.cursor)
        query = query.where(sa.or_(Scan.at < at, sa.and_(Scan.at == at, Scan.id < last_id)))
        # The same once more, so that both databases start at the cursor in the index.
        query = query.where(Scan.at <= at)
    query = query.order_by(Scan.at.desc(), Scan.id.desc()).limit(limit + 1)
    rows = session.execute(query).all()
    shown = rows[:limit]
    return shown, _cursor(shown[-1]) if len(rows) > limit else None


def names_of(session: Session, rows: Sequence[sa.Row[Any]]) -> Names:
    """Three queries, however many rows there are."""
    products = {row.product_id for row in rows}
    batches = {row.batch_id for row in rows}
    scans = {row.id for row in rows}
    return Names(
        products=_pairs(session, sa.select(Product.id, Product.name), Product.id, products),
        lots=_pairs(session, sa.select(Batch.id, Batch.lot), Batch.id, batches),
        provinces=_pairs(session, sa.select(Place.scan_id, Place.province), Place.scan_id, scans),
    )


def _pairs(
    session: Session, query: sa.Select[Any, Any], key: Any, wanted: set[Any]
) -> dict[Any, str]:
    wanted.discard(None)
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session.execute(query.where(key.in_(wanted)))}


def filtered(query: sa.Select[Any], wish: ScanFilter) -> sa.Select[Any]:
    """The query with all that the filter wants of scans."""
    wanted: list[tuple[Any, Any]] = [
        (Scan.verdict, None if wish.verdict is None else wish.verdict.value),
        (Scan.agent, wish.agent),
        (Scan.kind, wish.kind),
        (Scan.product_id, wish.product_id),
        (Scan.batch_id, wish.batch_id),
        (Scan.run_id, wish.run_id),
        (Scan.serial, wish.serial),
    ]
    query = query.where(*(column == value for column, value in wanted if value is not None))
    if wish.lot is not None:
        batches = sa.select(Batch.id).where(Batch.lot_folded == wish.lot.casefold())
        query = query.where(Scan.batch_id.in_(batches))
    # Said in the words of the indexes on what is rare, so that both databases know they hold it.
    if wish.agent not in (None, Agent.PERSON):
        query = query.where(sa.text("scans.agent <> 'person'"))
    if wish.kind not in (None, ScanKind.LOOK):
        query = query.where(sa.text("scans.kind <> 'look'"))
    if wish.verdict not in (None, Verdict.REGISTERED):
        query = query.where(sa.text("scans.verdict <> 'registered'"))
    if wish.since is not None:
        query = query.where(Scan.at >= wish.since)
    if wish.until is not None:
        query = query.where(Scan.at < wish.until)
    return query


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _cursor(row: sa.Row[Any]) -> str:
    """Where the next page starts: microseconds since 1970, and an id. It needs no URL encoding."""
    return f"{(row.at - _EPOCH) // _MICROSECOND}_{row.id}"


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    parts = re.fullmatch(r"([0-9]{1,16})_([0-9]{1,15})", cursor)
    if parts is None:
        raise bad_cursor()
    return _EPOCH + int(parts[1]) * _MICROSECOND, int(parts[2])


def show_scan(session: Session, actor: Actor, scan_id: int) -> ScanTold:
    """Raises Unknown for a scan that is not there."""
    permit(actor, Act.SCAN_READ)
    row = session.get(Scan, scan_id)
    if row is None:
        raise unknown("scan")
    return tell_scan(row)
