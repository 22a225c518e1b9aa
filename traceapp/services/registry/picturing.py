"""Pictures of products: added by whoever makes them, approved with the product or on their own.

A picture of a product that waits is approved with it; one that is added later waits by itself; an
officer's own is approved. Files are never deleted with their rows' state: what was shown once can
be looked up.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records import pictures
from traceapp.records.accounts import Role
from traceapp.records.decided import State
from traceapp.records.pictures import Picture, approve_pictures_of
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.registry.deciding import Rejection, check_undecided
from traceapp.services.registry.reading_pictures import (
    WIDTHS,
    PictureKind,
    PictureRoom,
    Prepared,
    picture_file,
    read_picture,
)
from traceapp.services.registry.registering import DecidedTold
from traceapp.services.values import Maybe, Name, Told, When

__all__ = [
    "WIDTHS",
    "PictureKind",
    "PictureOrigin",
    "PictureRoom",
    "PictureTold",
    "Prepared",
    "add_picture",
    "approve_pictures_of",
    "decide_picture",
    "is_shown",
    "list_pictures",
    "picture_file",
    "pictures_shown",
    "read_picture",
    "remove_picture",
    "show_picture",
]

MOST = 6  # pictures of a product, without the rejected and the removed

_CAPTION: TypeAdapter[str | None] = TypeAdapter(Maybe[Name])


class PictureOrigin(Told):
    """A picture as buyers meet it; its addresses are the face's to make. Sizes are in dots."""

    digest: str
    width: int
    height: int
    caption: str | None


class PictureTold(DecidedTold):
    """A picture, as its own people and officers see it."""

    product_id: int
    party_id: int
    digest: str
    width: int
    height: int
    caption: str | None
    removed_at: When | None


def _tell(row: Picture) -> PictureTold:
    return PictureTold.model_validate(row, from_attributes=True)


def add_picture(
    session: Session,
    actor: Actor,
    product_id: int,
    prepared: Prepared,
    caption: str | None,
    room: PictureRoom,
    now: datetime,
) -> PictureTold:
    """Add a picture to a product of the actor's. Its files are whole before its row is committed.

    Raises Unknown, Unacceptable for a caption that cannot be used, and Conflict for a rejected
    product, for a picture that is there already and for one too many.
    """
    permit(actor, Act.PICTURE_CREATE)
    product = _product(session, actor, product_id)
    caption = _read_caption(caption)
    if product.state is State.REJECTED:
        raise Conflict("rejected", message("This product was rejected; nothing can build on it."))
    there = pictures.standing(session, product.id)
    if any(each.digest == prepared.digest for each in there):
        raise Conflict(
            "picture_there", message("The product has this picture already."), field="picture"
        )
    if len(there) >= MOST:
        raise Conflict(
            "pictures_full",
            message("A product has at most %(most)s pictures. Remove one of them first."),
            field="picture",
            most=MOST,
        )
    _keep(prepared, room)
    officer = actor.role is Role.OFFICER
    row = Picture(
        product_id=product.id,
        party_id=product.party_id,
        digest=prepared.digest,
        width=prepared.width,
        height=prepared.height,
        caption=caption,
        position=1 + max((each.position for each in there), default=0),
        state=State.APPROVED if officer else State.SUBMITTED,
        created_by=actor.account_id,
        created_at=now,
        decided_by=actor.account_id if officer else None,
        decided_at=now if officer else None,
    )
    session.add(row)
    session.flush()
    record_act(session, actor, Act.PICTURE_CREATE, row.id, now, product_id=product.id)
    return _tell(row)


def _product(session: Session, actor: Actor, product_id: int) -> Product:
    """A product of the actor's, locked, so that two pictures that come together are counted."""
    row = session.scalars(locked(sa.select(Product).where(Product.id == product_id))).one_or_none()
    if row is None or not actor.owns(row.party_id):
        raise unknown("product")
    return row


def _read_caption(caption: str | None) -> str | None:
    try:
        return _CAPTION.validate_python(caption)
    except ValidationError:
        raise Unacceptable(
            "caption",
            message("Write a caption of at most 200 characters, on one line."),
            field="caption",
        ) from None


def _keep(prepared: Prepared, room: PictureRoom) -> None:
    """Write a picture's files, each aside, synced and then put in place: whole or not at all.

    Their names are made of their content, so that what is there already is the same.
    """
    for (width, kind), data in prepared.files.items():
        file = picture_file(room, prepared.digest, width, kind)
        if file.exists():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            with aside.open("xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
    _sync(picture_file(room, prepared.digest, WIDTHS[0], PictureKind.WEBP).parent)


def _sync(folder: Path) -> None:
    """Make the names in a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_picture(session: Session, actor: Actor, picture_id: int, now: datetime) -> PictureTold:
    """Take a picture off its product; buyers do not see it any more.

    Raises Unknown, and Conflict for one that was removed before.
    """
    permit(actor, Act.PICTURE_REMOVE)
    row = _picture(session, actor, picture_id)
    row.removed_at = now
    record_act(session, actor, Act.PICTURE_REMOVE, row.id, now, product_id=row.product_id)
    return _tell(row)


def decide_picture(
    session: Session, actor: Actor, picture_id: int, rejection: Rejection | None, now: datetime
) -> PictureTold:
    """Approve a picture, or reject it with a reason; what was rejected may be approved after all.

    Raises Unknown, and Conflict for one that was decided so before, that was removed, or that
    would be one too many.
    """
    permit(actor, Act.PICTURE_DECIDE)
    row = _picture(session, actor, picture_id)
    wanted = State.APPROVED if rejection is None else State.REJECTED
    check_undecided(row.state, wanted)
    others = [each for each in pictures.standing(session, row.product_id) if each.id != row.id]
    if wanted is State.APPROVED and len(others) >= MOST:
        raise Conflict(
            "pictures_full",
            message("A product has at most %(most)s pictures. Remove one of them first."),
            most=MOST,
        )
    row.state = wanted
    row.decided_by = actor.account_id
    row.decided_at = now
    row.decision_reason = None if rejection is None else rejection.reason
    record_act(session, actor, Act.PICTURE_DECIDE, row.id, now, state=wanted.value)
    return _tell(row)


def _picture(session: Session, actor: Actor, picture_id: int) -> Picture:
    """A picture that can still be acted on, locked with its product, always in that order."""
    found = session.get(Picture, picture_id)
    if found is None or not actor.owns(found.party_id):
        raise unknown("picture")
    _product(session, actor, found.product_id)
    row = session.scalars(locked(sa.select(Picture).where(Picture.id == picture_id))).one()
    if row.removed_at is not None:
        raise Conflict(
            "picture_removed", message("This picture was removed already; nothing was changed.")
        )
    return row


def show_picture(session: Session, actor: Actor, picture_id: int) -> PictureTold:
    """A picture in any state, for its own people and officers. Raises Unknown for others'."""
    permit(actor, Act.PICTURE_READ)
    row = session.get(Picture, picture_id)
    if row is None or not actor.owns(row.party_id):
        raise unknown("picture")
    return _tell(row)


def list_pictures(session: Session, actor: Actor, product_id: int) -> list[PictureTold]:
    """A product's pictures in their order, without the removed ones. Raises Unknown."""
    permit(actor, Act.PICTURE_READ)
    product = session.get(Product, product_id)
    if product is None or not actor.owns(product.party_id):
        raise unknown("product")
    query = sa.select(Picture).where(Picture.product_id == product_id, Picture.removed_at.is_(None))
    return [_tell(row) for row in session.scalars(query.order_by(Picture.position, Picture.id))]


def pictures_shown(session: Session, product_id: int) -> list[PictureOrigin]:
    """A product's pictures that buyers see, in their order."""
    query = pictures.shown().where(Picture.product_id == product_id)
    rows: Sequence[Picture] = session.scalars(query.order_by(Picture.position, Picture.id)).all()
    return [PictureOrigin.model_validate(row, from_attributes=True) for row in rows]


def is_shown(session: Session, digest: str) -> bool:
    """Whether buyers see a picture of this content, at any product."""
    return bool(
        session.scalar(sa.select(pictures.shown().where(Picture.digest == digest).exists()))
    )
