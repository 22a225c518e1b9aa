"""The pictures of a product: adding them, taking them off, and looking at one's own."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.lists import State
from traceapp.services.refusals import message, unknown
from traceapp.services.registry.picturing import (
    WIDTHS,
    PictureKind,
    add_picture,
    picture_file,
    read_picture,
    remove_picture,
    show_picture,
)
from traceapp.web.producer.audience import audience
from traceapp.web.producer.products import product
from traceapp.web.routing import Answer, Call, File, done

# What a form with a picture may have at most; the setting, which is told in words, is lower.
LARGEST_UPLOAD = 51_000_000


@audience.page("/pictures/<id:picture_id>", Act.PICTURE_READ)
def picture(call: Call, picture_id: int) -> Answer:
    """One's own picture, small, whether buyers see it or not."""
    told = show_picture(call.session, call.actor, picture_id)
    file = picture_file(call.edge.pictures, told.digest, WIDTHS[0], PictureKind.WEBP)
    if told.removed_at is not None or not file.is_file():
        raise unknown("picture")
    return File("image/webp", f"{told.id}.webp", [file.read_bytes()], inline=True)


@audience.act(
    "/products/<id:product_id>/pictures",
    Act.PICTURE_CREATE,
    on=product,
    most_bytes=LARGEST_UPLOAD,
    once=False,
)
def upload(call: Call, product_id: int) -> Answer:
    """Add a picture to a product.

    A picture that is there already is refused, so that a form sent twice does no harm; and nothing
    is locked yet while the picture is drawn anew, which takes a second.
    """
    room = call.edge.pictures
    sent = call.files.get("picture")
    prepared = read_picture(b"" if sent is None else sent.stream.read(room.most_bytes + 1), room)
    caption = call.sent.get("caption")
    told = add_picture(call.session, call.actor, product_id, prepared, caption, room, call.now)
    said = message("The picture is there. Buyers see it once an officer has looked at it.")
    if told.state is State.APPROVED:
        said = message("The picture is there.")
    return done(url_for("producer.product", product_id=product_id, _anchor="pictures"), said)


@audience.act(
    "/products/<id:product_id>/pictures/<id:picture_id>/removal", Act.PICTURE_REMOVE, on=product
)
def take_off(call: Call, product_id: int, picture_id: int) -> Answer:
    """Take a picture off a product."""
    told = show_picture(call.session, call.actor, picture_id)
    if told.product_id != product_id:
        raise unknown("picture")
    remove_picture(call.session, call.actor, picture_id, call.now)
    return done(
        url_for("producer.product", product_id=product_id, _anchor="pictures"),
        message("The picture is taken off; buyers do not see it any more."),
    )
