"""Products as their producer looks for them: each with its first picture and its batches."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.batches import Batch
from traceapp.records.decided import State
from traceapp.records.pictures import Picture
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.registry.registering import ProductTold, tell_product
from traceapp.services.values import Told


class ProductLine(Told):
    """A product in a list. `picture_id` is its first picture that was not rejected."""

    product: ProductTold
    picture_id: int | None
    caption: str | None
    batches: int


def listed_products(session: Session, actor: Actor, wish: PageWish) -> Page[ProductLine]:
    """A page of products, oldest first, as `list_products` has them."""
    permit(actor, Act.PRODUCT_READ)
    query = sa.select(Product)
    if not actor.sees_all:
        query = query.where(Product.party_id == actor.party_id)
    page = page_by_id(session, query, Product.id, wish, tell_product)
    return Page(items=_lines(session, page.items), next_cursor=page.next_cursor)


def _lines(session: Session, products: Sequence[ProductTold]) -> list[ProductLine]:
    ids = [each.id for each in products]
    pictures: dict[int, Picture] = {}
    found = session.scalars(
        sa.select(Picture)
        .where(
            Picture.product_id.in_(ids),
            Picture.removed_at.is_(None),
            Picture.state != State.REJECTED,
        )
        .order_by(Picture.position, Picture.id)
    )
    for row in found:
        pictures.setdefault(row.product_id, row)
    counted = sa.select(Batch.product_id, sa.func.count()).where(Batch.product_id.in_(ids))
    batches = {row[0]: row[1] for row in session.execute(counted.group_by(Batch.product_id))}
    return [
        ProductLine(
            product=each,
            picture_id=None if (first := pictures.get(each.id)) is None else first.id,
            caption=None if first is None else first.caption,
            batches=batches.get(each.id, 0),
        )
        for each in products
    ]
