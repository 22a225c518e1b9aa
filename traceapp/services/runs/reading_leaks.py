"""Which keys leaked, and whose stamps that hits."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.compromised_keys import CompromisedKey, KeyPurpose
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import unknown
from traceapp.services.runs.counting_runs import counted_runs, never_used
from traceapp.services.values import Told, When


class CompromisedKeyTold(Told):
    """`runs` and `quantity` count what was printed with it; `quantity` = `active` + `waiting` +
    `void`. Under a stamp key those that wait are void as well; here they are told apart, since
    they are what is to be collected."""

    id: int
    key_id: str
    purpose: KeyPurpose
    note: str | None
    created_at: When
    runs: int
    quantity: int
    active: int
    waiting: int
    void: int


class RunHit(Told):
    """A run that was printed with a leaked key. `lot` is null for a roll. Stamps that wait are told
    apart from void ones, whatever the key was for."""

    id: int
    party_id: int
    party: str
    product_id: int
    product: str
    net_content: str
    lot: str | None
    first_serial: int
    last_serial: int
    quantity: int
    active: int
    waiting: int
    void: int
    created_at: When


def tell_leak(session: Session, row: CompromisedKey) -> CompromisedKeyTold:
    each = counted_runs().where(_under(row)).subquery().c
    sums = [
        sa.func.coalesce(sa.func.sum(each[name]), 0).label(name)
        for name in ("quantity", "activated", "void", "both")
    ]
    counted = session.execute(sa.select(sa.func.count(each.id).label("runs"), *sums)).one()
    return CompromisedKeyTold(
        id=row.id,
        key_id=row.key_id,
        purpose=row.purpose,
        note=row.note,
        created_at=row.created_at,
        runs=counted.runs,
        quantity=int(counted.quantity),
        active=int(counted.activated - counted.both),
        waiting=never_used(counted),
        void=int(counted.void),
    )


def _under(row: CompromisedKey) -> sa.ColumnElement[bool]:
    """True for runs that were printed with a key, whatever for. Test labels are on no goods."""
    used = sa.or_(StampRun.key_id == row.key_id, StampRun.hidden_key_id == row.key_id)
    return sa.and_(in_production(), used)


def list_compromised_keys(
    session: Session, actor: Actor, wish: PageWish
) -> Page[CompromisedKeyTold]:
    """The keys that leaked, in the order in which it was declared."""
    permit(actor, Act.KEY_READ)
    query = sa.select(CompromisedKey)
    return page_by_id(session, query, CompromisedKey.id, wish, lambda row: tell_leak(session, row))


def show_compromised_key(session: Session, actor: Actor, number: int) -> CompromisedKeyTold:
    """Raises Unknown."""
    permit(actor, Act.KEY_READ)
    return tell_leak(session, _find(session, number))


def _find(session: Session, number: int) -> CompromisedKey:
    row = session.get(CompromisedKey, number)
    if row is None:
        raise unknown("compromised_key")
    return row


def count_compromised_keys(session: Session, actor: Actor) -> int:
    permit(actor, Act.KEY_READ)
    return session.scalar(sa.select(sa.func.count()).select_from(CompromisedKey)) or 0


def runs_hit(session: Session, actor: Actor, number: int, wish: PageWish) -> Page[RunHit]:
    """The runs that were printed with a leaked key, oldest first. Raises Unknown for the key."""
    permit(actor, Act.KEY_READ)
    query = sa.select(StampRun).where(_under(_find(session, number)))
    page = page_by_id(session, query, StampRun.id, wish, lambda row: row)
    return Page(items=_tell_hit(session, page.items), next_cursor=page.next_cursor)


def _tell_hit(session: Session, rows: Sequence[StampRun]) -> list[RunHit]:
    counted = (
        counted_runs()
        .add_columns(Party.name.label("party"), Product.name.label("product"), Product.net_content)
        .join(Party, Party.id == StampRun.party_id)
        .join(Product, Product.id == StampRun.product_id)
        .where(StampRun.id.in_([row.id for row in rows]))
    )
    found = {row.id: row for row in session.execute(counted)}
    return [
        RunHit(
            id=run.id,
            party_id=run.party_id,
            party=each.party,
            product_id=run.product_id,
            product=each.product,
            net_content=each.net_content,
            lot=run.lot,
            first_serial=run.first_serial,
            last_serial=run.last_serial,
            quantity=run.quantity,
            active=each.activated - each.both,
            waiting=never_used(each),
            void=each.void,
            created_at=run.created_at,
        )
        for run in rows
        for each in (found[run.id],)
    ]
