"""What is sold: products, what the law wants to know of them, and the way to their batches."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.listing_batches import BatchWish, newest_batches
from traceapp.services.desks.listing_products import listed_products
from traceapp.services.lists import Noun, State
from traceapp.services.paging import PageWish
from traceapp.services.refusals import message
from traceapp.services.registry.checking import CHECK_LABELS, checklist_of_product
from traceapp.services.registry.lapsing import ocop_lapse
from traceapp.services.registry.lately_corrected import newest_corrections
from traceapp.services.registry.picturing import MOST, list_pictures
from traceapp.services.registry.registering import NewProduct, register_product, show_product
from traceapp.services.values import in_vietnam
from traceapp.web import showing
from traceapp.web.producer.audience import audience
from traceapp.web.producer.filling import filled
from traceapp.web.producer.party import own_party
from traceapp.web.routing import Answer, Call, done, page
from traceapp.web.wording import changes

BATCHES_SHOWN = 5


def product_kind_choices(call: Call) -> list[tuple[str, str]]:
    return [(kind.name, showing.named(kind)) for kind in call.edge.kinds.values()]


@audience.page("/products", Act.PRODUCT_READ)
def products(call: Call) -> Answer:
    """Everything the party sells."""
    wish = PageWish(cursor=call.cursor)
    return page(
        "producer/products.html",
        products=listed_products(call.session, call.actor, wish),
        party=own_party(call),
    )


@audience.page("/products/new", Act.PRODUCT_CREATE)
def new_product(call: Call) -> Answer:
    """The form of a new product."""
    told = own_party(call)
    if told is None:
        return done(url_for("producer.party"))
    return page(
        "producer/product_new.html",
        form=call.form("register_goods"),
        kind_choices=product_kind_choices(call),
    )


@audience.act("/products/new", Act.PRODUCT_CREATE, on=new_product)
def register_goods(call: Call) -> Answer:
    """Register a product of the own party."""
    new = filled(call, party_id=call.actor.party_id or 0).read(NewProduct)
    told = register_product(call.session, call.actor, new, call.edge.kinds, call.now)
    return done(
        url_for("producer.product", product_id=told.id),
        message("The product is registered. Now add a picture of it."),
    )


@audience.page("/products/<id:product_id>", Act.PRODUCT_READ)
def product(call: Call, product_id: int) -> Answer:
    """One product: facts, pictures, the checklist of the law, its newest batches."""
    told = show_product(call.session, call.actor, product_id)
    party = own_party(call)
    pictures = list_pictures(call.session, call.actor, product_id)
    wish = BatchWish(product_id=product_id, limit=BATCHES_SHOWN)
    return page(
        "producer/product.html",
        product=told,
        kind=call.edge.kinds[told.kind],
        lapse=ocop_lapse(told.ocop_until, in_vietnam(call.now).date()) if told.ocop_stars else None,
        pictures=pictures,
        room_for_pictures=MOST - sum(picture.state is not State.REJECTED for picture in pictures),
        most_megabytes=call.edge.settings.picture_megabytes,
        uploading=call.form("upload"),
        removing=call.form("take_off"),
        checklist=checklist_of_product(call.session, call.actor, product_id),
        check_labels=CHECK_LABELS,
        batches=newest_batches(call.session, call.actor, wish, call.now),
        may_ask=told.state is State.APPROVED
        and party is not None
        and party.state is State.APPROVED,
        corrections=[
            (each, changes(each, call.edge.kinds, None))
            for each in newest_corrections(call.session, call.actor, Noun.PRODUCT, told.id)
        ],
    )
