"""Pictures of products: seen large enough to tell what is on them, then approved or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from traceapp.services.authority import Act
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import State
from traceapp.services.refusals import unknown
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.picturing import (
    WIDTHS,
    PictureKind,
    decide_picture,
    picture_file,
    show_picture,
)
from traceapp.services.registry.registering import show_product
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.going_on import APPROVED, REJECTED, decided
from traceapp.web.routing import Answer, Call, File

CHUNK = 64 * 1024  # bytes


@audience.page("/pictures/<id:picture_id>", Act.PICTURE_READ)
def picture_seen(call: Call, picture_id: int) -> Answer:
    """The picture itself, in any state: only buyers have to wait for its approval."""
    told = show_picture(call.session, call.actor, picture_id)
    file = picture_file(call.edge.pictures, told.digest, max(WIDTHS), PictureKind.JPEG)
    if not file.is_file():
        raise unknown("picture")
    return File("image/jpeg", f"picture-{picture_id}.jpg", _read(file), inline=True)


def _read(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


@audience.page("/pictures/<id:picture_id>/decision", Act.PICTURE_READ)
def picture(call: Call, picture_id: int) -> Answer:
    """A picture as large as the page allows, beside what it shall show."""
    told = show_picture(call.session, call.actor, picture_id)
    product = show_product(call.session, call.actor, told.product_id)
    return framed(
        call,
        "picture.html",
        told=told,
        product=product,
        alone=product.state is State.APPROVED,
        approving=call.form("approve_picture"),
        rejecting=call.form("reject_picture"),
    )


@audience.act("/pictures/<id:picture_id>/approval", Act.PICTURE_DECIDE, on=picture)
def approve_picture(call: Call, picture_id: int) -> Answer:
    """Show it to buyers."""
    decide_picture(call.session, call.actor, picture_id, None, call.now)
    return decided(Waits.PICTURE, picture_id, APPROVED)


@audience.act("/pictures/<id:picture_id>/rejection", Act.PICTURE_DECIDE, on=picture)
def reject_picture(call: Call, picture_id: int) -> Answer:
    """Say no, and why."""
    rejection = call.read(Rejection)
    decide_picture(call.session, call.actor, picture_id, rejection, call.now)
    return decided(Waits.PICTURE, picture_id, REJECTED)
