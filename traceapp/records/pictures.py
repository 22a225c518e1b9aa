"""Pictures of products. The files lie in the data directory, named by their content."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId
from traceapp.records.decided import Decided, State
from traceapp.records.products import Product


class Picture(Decided, Base):
    """`digest` is the SHA-256, in hex, of the re-encoded picture in its largest size.

    Width and height are that size's, in pixels. Buyers see approved ones that were not removed,
    in the order of `position`.
    """

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("products.id"), index=True)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"))
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    width: Mapped[int]
    height: Mapped[int]
    caption: Mapped[str | None] = mapped_column(sa.String(200))
    position: Mapped[int]
    removed_at: Mapped[datetime | None]


def standing(session: Session, product_id: int) -> Sequence[Picture]:
    """A product's pictures that were neither removed nor rejected, in their order."""
    query = sa.select(Picture).where(
        Picture.product_id == product_id,
        Picture.removed_at.is_(None),
        Picture.state != State.REJECTED,
    )
    return session.scalars(query.order_by(Picture.position, Picture.id)).all()


def shown() -> sa.Select[Picture]:
    """Every picture that buyers see: approved, not removed, and of an approved product."""
    return (
        sa.select(Picture)
        .join(Product, Product.id == Picture.product_id)
        .where(
            Picture.state == State.APPROVED,
            Picture.removed_at.is_(None),
            Product.state == State.APPROVED,
        )
    )


def waiting() -> sa.Select[Picture]:
    """Pictures that wait for a decision of their own: their product has been approved without them.

    Those of a product that waits are decided with it.
    """
    return (
        sa.select(Picture)
        .join(Product, Product.id == Picture.product_id)
        .where(
            Picture.state == State.SUBMITTED,
            Picture.removed_at.is_(None),
            Product.state == State.APPROVED,
        )
    )


def approve_pictures_of(session: Session, product_id: int, account_id: int, now: datetime) -> None:
    """Approve the waiting pictures of a product that is being approved, in its transaction."""
    session.execute(
        sa.update(Picture)
        .where(
            Picture.product_id == product_id,
            Picture.state == State.SUBMITTED,
            Picture.removed_at.is_(None),
        )
        .values(state=State.APPROVED, decided_by=account_id, decided_at=now)
    )
