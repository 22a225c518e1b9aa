"""Telling a party at once that buyers scan stamps which it forgot to put to use."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.notices import Notice, NoticeKind, add_look
from traceapp.records.products import Product
from traceapp.records.scans import Agent
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import LONGEST_PAGE
from traceapp.services.refusals import unknown
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.looks import Examined, Look
from traceapp.services.scans.remembering import sender
from traceapp.services.values import Told, When


class NoticeTold(Told):
    """`serial` is the stamp that was looked at last; `seen_at` is null while nobody has seen it."""

    id: int
    kind: NoticeKind
    run_id: int
    product_name: str
    net_content: str
    serial: int
    looks: int
    first_at: When
    last_at: When
    seen_at: When | None


def tell_notice(session: Session, row: Notice) -> NoticeTold:
    run = session.get_one(StampRun, row.run_id)
    return _tell(row, session.get_one(Product, run.product_id))


def _tell(row: Notice, product: Product) -> NoticeTold:
    return NoticeTold(
        id=row.id,
        kind=row.kind,
        run_id=row.run_id,
        product_name=product.name,
        net_content=product.net_content,
        serial=row.serial,
        looks=row.looks,
        first_at=row.first_at,
        last_at=row.last_at,
        seen_at=row.seen_at,
    )


def notice_forgotten(session: Session, examined: Examined, look: Look, now: datetime) -> None:
    """Add a person's look at a stamp that waits to its run's unseen notice, or begin one."""
    found = examined.found
    if found is None or examined.answer.verdict is not Verdict.NOT_ACTIVATED:
        return
    if sender(look, found) is Agent.PERSON:
        add_look(session, found.run, NoticeKind.NOT_ACTIVATED, found.serial, now)


def list_notices(session: Session, actor: Actor, *, only_unseen: bool) -> list[NoticeTold]:
    """The newest notices of the actor's own party, by their last look; at most 200."""
    permit(actor, Act.NOTICE_READ)
    query = (
        sa.select(Notice, Product)
        .join(StampRun, StampRun.id == Notice.run_id)
        .join(Product, Product.id == StampRun.product_id)
        .where(Notice.party_id == actor.party_id)
    )
    if only_unseen:
        query = query.where(Notice.seen_at.is_(None))
    newest = query.order_by(Notice.last_at.desc(), Notice.id.desc()).limit(LONGEST_PAGE)
    return [_tell(row, product) for row, product in session.execute(newest)]


def count_notices(session: Session, actor: Actor) -> int:
    """How many notices of the actor's own party nobody has seen."""
    permit(actor, Act.NOTICE_READ)
    query = sa.select(sa.func.count()).where(
        Notice.party_id == actor.party_id, Notice.seen_at.is_(None)
    )
    return int(session.scalar(query) or 0)


def see_notice(session: Session, actor: Actor, notice_id: int, now: datetime) -> NoticeTold:
    """Mark a notice as seen; the next look begins a new one. Seen twice, the first time stays.

    Raises Unknown for a notice that is not there, or another party's.
    """
    permit(actor, Act.NOTICE_READ)
    row = session.scalars(locked(sa.select(Notice).where(Notice.id == notice_id))).one_or_none()
    if row is None or row.party_id != actor.party_id:
        raise unknown("notice")
    if row.seen_at is None:
        row.seen_at = now
        session.flush()
    return tell_notice(session, row)
