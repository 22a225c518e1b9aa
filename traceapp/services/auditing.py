"""Reading the log of scans, newest first."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from stamps import MAX_SERIAL
from traceapp.records.scans import Scan
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.judging import Authentication, Verdict
from traceapp.services.paging import Page, PageWish, bad_cursor
from traceapp.services.refusals import unknown
from traceapp.services.values import Id, Instant, Told, When


class ScanFilter(PageWish):
    """All that are given must hold. `since` belongs to the span and `until` does not."""

    since: Instant | None = None
    until: Instant | None = None
    verdict: Verdict | None = None
    product_id: Id | None = None
    batch_id: Id | None = None
    run_id: Id | None = None
    serial: Annotated[int, Field(ge=0, le=MAX_SERIAL)] | None = None


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


def tell_scan(row: Scan) -> ScanTold:
    columns = {name: getattr(row, name) for name in ScanTold.model_fields}
    return ScanTold(**columns | {"reasons": row.reasons.split()})


def list_scans(session: Session, actor: Actor, wish: ScanFilter) -> Page[ScanTold]:
    """A page of the log. Raises Unacceptable for a cursor that is not ours."""
    permit(actor, Act.SCAN_READ)
    query = _filtered(wish)
    if wish.cursor is not None:
        at, last_id = _read_cursor(wish.cursor)
        query = query.where(sa.or_(Scan.at < at, sa.and_(Scan.at == at, Scan.id < last_id)))
    query = query.order_by(Scan.at.desc(), Scan.id.desc()).limit(wish.limit + 1)
    rows = session.scalars(query).all()
    shown = rows[: wish.limit]
    more = len(rows) > wish.limit
    return Page(
        items=[tell_scan(row) for row in shown],
        next_cursor=_cursor(shown[-1]) if more else None,
    )


def _filtered(wish: ScanFilter) -> sa.Select[Scan]:
    wanted: list[tuple[Any, Any]] = [
        (Scan.verdict, None if wish.verdict is None else wish.verdict.value),
        (Scan.product_id, wish.product_id),
        (Scan.batch_id, wish.batch_id),
        (Scan.run_id, wish.run_id),
        (Scan.serial, wish.serial),
    ]
    query = sa.select(Scan).where(
        *(column == value for column, value in wanted if value is not None)
    )
    if wish.since is not None:
        query = query.where(Scan.at >= wish.since)
    if wish.until is not None:
        query = query.where(Scan.at < wish.until)
    return query


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _cursor(row: Scan) -> str:
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
