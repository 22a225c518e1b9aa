"""Asking for stamps, for a batch or as a roll, and what an officer decided."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.lists import State
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.refusals import message, unknown
from traceapp.services.registry.checking import (
    CHECK_LABELS,
    Checklist,
    checklist_of_batch,
    checklist_of_product,
)
from traceapp.services.registry.opening_batches import BatchTold, show_batch
from traceapp.services.registry.registering import ProductTold, list_products, show_product
from traceapp.services.registry.usable_batches import Room, room_of, usable_batches
from traceapp.services.runs.requesting import NewStampRequest, request_stamps, show_request
from traceapp.web.forms import Form
from traceapp.web.producer.audience import audience
from traceapp.web.routing import Answer, Call, done, page

ASKED = ("product_id", "batch_id", "quantity", "hidden_code", "note")


@dataclass(frozen=True)
class Subject:
    """What stamps are asked for: a batch with the room it has, or a roll of a product."""

    product: ProductTold
    batch: BatchTold | None
    room: Room | None
    checklist: Checklist


def _number(form: Form, name: str) -> int | None:
    text = form.value(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _subject(call: Call, form: Form) -> Subject | None:
    """What the address, or the form that came back, is about. Raises Unknown."""
    batch_id, product_id = _number(form, "batch_id"), _number(form, "product_id")
    if batch_id:
        percent = call.edge.settings.spoilage_percent
        batch, room = room_of(call.session, call.actor, batch_id, percent)
        if product_id not in (None, batch.product_id):
            raise unknown("batch")
        product = show_product(call.session, call.actor, batch.product_id)
        wanted = checklist_of_batch(call.session, call.actor, batch_id, call.edge.kinds)
        return Subject(product, batch, room, wanted)
    if product_id:
        product = show_product(call.session, call.actor, product_id)
        wanted = checklist_of_product(call.session, call.actor, product_id)
        return Subject(product, None, None, wanted)
    return None


@audience.page("/requests/new", Act.REQUEST_CREATE)
def asking(call: Call) -> Answer:
    """Ask for stamps. Without a product in the address, choose one first."""
    known = {name: call.query[name] for name in ASKED if name in call.query}
    form = call.form("ask", {"hidden_code": "no"} | known)
    subject = _subject(call, form)
    if subject is None:
        listed = list_products(call.session, call.actor, PageWish(limit=LONGEST_PAGE)).items
        usable = [each for each in listed if each.state is not State.REJECTED]
        return page("producer/request_subject.html", products=usable)
    batches = usable_batches(call.session, call.actor, subject.product.id, call.now)
    return page(
        "producer/request_new.html",
        subject=subject,
        batches=batches,
        usable=subject.batch is None or subject.batch.id in {each.id for each in batches},
        roll_limit=call.edge.allowance.roll_limit,
        check_labels=CHECK_LABELS,
        form=form,
    )


@audience.act("/requests/new", Act.REQUEST_CREATE, on=asking)
def ask(call: Call) -> Answer:
    """Send the request; an officer decides."""
    told = request_stamps(
        call.session, call.actor, call.read(NewStampRequest), call.edge.allowance, call.now
    )
    return done(
        url_for("producer.request_told", request_id=told.id),
        message("The request is sent. An officer looks at it now."),
    )


@audience.page("/requests/<id:request_id>", Act.REQUEST_READ)
def request_told(call: Call, request_id: int) -> Answer:
    """One request: where it stands, and what was decided."""
    told = show_request(call.session, call.actor, request_id)
    batch = None
    if told.batch_id is not None:
        batch = show_batch(call.session, call.actor, told.batch_id)
    return page(
        "producer/request.html",
        request=told,
        product=show_product(call.session, call.actor, told.product_id),
        batch=batch,
    )
