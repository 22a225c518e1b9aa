"""Batches: opening one, what it states, where its stamps stand, and the button that stops it."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.listing_batches import (
    BatchWish,
    code_of_batch,
    newest_batches,
    recalls_of_batch,
    stamps_of_batch,
    suggest_lot,
)
from traceapp.services.desks.listing_products import listed_products
from traceapp.services.lists import Noun, RecallState, State
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.refusals import message
from traceapp.services.registry.checking import CHECK_LABELS, checklist_of_batch
from traceapp.services.registry.holding import NewHold, hold_batch, standing_hold_told
from traceapp.services.registry.lately_corrected import newest_corrections
from traceapp.services.registry.opening_batches import NewBatch, show_batch
from traceapp.services.registry.opening_batches import open_batch as open_new_batch
from traceapp.services.registry.picturing import list_pictures
from traceapp.services.registry.registering import (
    DecidedTold,
    FacilityTold,
    PartyTold,
    ProductTold,
    list_facilities,
    show_facility,
    show_product,
)
from traceapp.services.values import in_vietnam
from traceapp.web.producer.audience import audience
from traceapp.web.producer.batch_forms import holds_rows, keeps_differently, rows_shown, with_expiry
from traceapp.web.producer.filling import filled
from traceapp.web.producer.party import own_party
from traceapp.web.routing import Answer, Call, done, page
from traceapp.web.wording import changes, fact

PAGE = 25


def _number(text: str | None) -> int | None:
    """A number of the query, where it is one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


@audience.page("/batches", Act.BATCH_READ)
def batches(call: Call) -> Answer:
    """Batches, the newest first; of one product where the query names it."""
    product_id = _number(call.query.get("product_id")) or None
    wish = BatchWish(cursor=call.cursor, limit=PAGE, product_id=product_id)
    return page(
        "producer/batches.html",
        batches=newest_batches(call.session, call.actor, wish, call.now),
        product=None if product_id is None else show_product(call.session, call.actor, product_id),
    )


@audience.page("/batches/new", Act.BATCH_CREATE)
def choose_product(call: Call) -> Answer:
    """Of which product the new batch is; where there is one product, at once its form."""
    wanted = _number(call.query.get("product_id"))
    if wanted:
        return done(url_for("producer.new_batch", product_id=wanted))
    wish = PageWish(cursor=call.cursor, limit=LONGEST_PAGE)
    listed = listed_products(call.session, call.actor, wish)
    usable = [each for each in listed.items if each.product.state is not State.REJECTED]
    if len(usable) == 1 and wish.cursor is None and listed.next_cursor is None:
        return done(url_for("producer.new_batch", product_id=usable[0].product.id))
    return page("producer/batch_product.html", products=usable, next_cursor=listed.next_cursor)


def _facilities(call: Call) -> list[FacilityTold]:
    """The places that a new batch can be made at."""
    wish = PageWish(limit=LONGEST_PAGE)
    listed = list_facilities(call.session, call.actor, wish).items
    return [each for each in listed if each.state is not State.REJECTED]


@audience.page("/products/<id:product_id>/new-batch", Act.BATCH_CREATE)
def new_batch(call: Call, product_id: int) -> Answer:
    """The form of a new batch, with the facts of its kind."""
    product = show_product(call.session, call.actor, product_id)
    facilities = _facilities(call)
    form = call.form(
        "open_batch",
        # The hour of filling in a form is not the hour of the making.
        {"produced_at": f"{in_vietnam(call.now):%Y-%m-%d}"},
        lot=suggest_lot(call.session, call.actor, product_id, call.now),
        facility_id=facilities[0].id if len(facilities) == 1 else None,
    )
    return page(
        "producer/batch_new.html",
        product=product,
        kind=call.edge.kinds[product.kind],
        facilities=[(each.id, each.name) for each in facilities],
        form=form,
        rows=rows_shown(form),
        keeps_differently=keeps_differently(form, product),
        more_open=holds_rows(form, 1),
    )


@audience.act("/products/<id:product_id>/new-batch", Act.BATCH_CREATE, on=new_batch)
def open_batch(call: Call, product_id: int) -> Answer:
    """Open a batch; stamps can be asked for once an officer has approved what it stands on."""
    product = show_product(call.session, call.actor, product_id)
    complete = filled(with_expiry(call, product), product_id=product_id)
    new = complete.read(NewBatch, kind=call.edge.kinds[product.kind])
    told = open_new_batch(call.session, call.actor, new, call.edge.kinds, call.now)
    facility = show_facility(call.session, call.actor, told.facility_id)
    said = message("Batch %(lot)s is open. Now you can ask for its stamps.")
    if _undecided(own_party(call), product, facility):
        said = message(
            "Batch %(lot)s is open. Its stamps wait until an officer has approved what is named "
            "below."
        )
    return done(url_for("producer.batch", batch_id=told.id), said, lot=told.lot)


@audience.page("/batches/<id:batch_id>", Act.BATCH_READ)
def batch(call: Call, batch_id: int) -> Answer:
    """One batch: facts, stamps, the checklist of the law, what warns of it, what was corrected."""
    told = show_batch(call.session, call.actor, batch_id)
    product = show_product(call.session, call.actor, told.product_id)
    kind = call.edge.kinds[product.kind]
    facility = show_facility(call.session, call.actor, told.facility_id)
    recalls = recalls_of_batch(call.session, call.actor, batch_id)
    known = {each.name for each in kind.attributes}
    ring = call.edge.stamp_keys.ring()
    return page(
        "producer/batch.html",
        batch=told,
        product=product,
        facility=facility,
        undecided=_undecided(own_party(call), product, facility),
        pictures=list_pictures(call.session, call.actor, product.id),
        expired=told.expires_at <= call.now,
        hold=standing_hold_told(call.session, call.actor, batch_id),
        recalls=recalls,
        recalled=any(each.state.warns for each in recalls),
        RecallState=RecallState,
        stamps=stamps_of_batch(
            call.session, call.actor, batch_id, call.edge.settings.spoilage_percent
        ),
        code=code_of_batch(call.session, call.actor, batch_id, ring),
        facts=[
            (each, fact(each, told.attributes[each.name]))
            for each in kind.attributes
            if each.name in told.attributes
        ],
        others={name: value for name, value in told.attributes.items() if name not in known},
        checklist=checklist_of_batch(call.session, call.actor, batch_id, call.edge.kinds),
        check_labels=CHECK_LABELS,
        steps={each.name: each for each in kind.attributes},
        stopping=call.form("stop"),
        corrections=[
            (each, changes(each, call.edge.kinds, kind))
            for each in newest_corrections(call.session, call.actor, Noun.BATCH, batch_id)
        ],
    )


def _undecided(
    party: PartyTold | None, product: ProductTold, facility: FacilityTold
) -> list[tuple[str, DecidedTold, str]]:
    """Of what a batch's stamps stand on, what no officer has approved: name, itself, address."""
    decided: list[tuple[str, DecidedTold | None, str]] = [
        (message("Our household"), party, url_for("producer.party")),
        (message("Place"), facility, url_for("producer.facility", facility_id=facility.id)),
        (message("Product"), product, url_for("producer.product", product_id=product.id)),
    ]
    return [
        (name, told, address)
        for name, told, address in decided
        if told is not None and told.state is not State.APPROVED
    ]


@audience.act("/batches/<id:batch_id>/hold", Act.BATCH_HOLD, on=batch)
def stop(call: Call, batch_id: int) -> Answer:
    """Stop a batch at once, until an officer has looked at it."""
    hold_batch(call.session, call.actor, batch_id, call.read(NewHold), call.now)
    return done(
        url_for("producer.batch", batch_id=batch_id),
        message("The batch is stopped. Whoever scans its stamps is told so from now on."),
    )
