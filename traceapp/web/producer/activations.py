"""Putting stamps to use: look at the range first, then confirm it."""

from __future__ import annotations

from dataclasses import replace

from flask import url_for
from flask_babel import gettext

from traceapp.services.authority import Act
from traceapp.services.refusals import Refusal, Unknown, message
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.registering import show_product
from traceapp.services.registry.usable_batches import usable_batches
from traceapp.services.runs.activating import NewActivation
from traceapp.services.runs.activating import activate as put_to_use
from traceapp.services.runs.looking_ahead import RangeAhead, next_waiting, range_ahead
from traceapp.services.runs.reading_runs import RunTold, show_run
from traceapp.services.values import Id, Maybe, Name
from traceapp.web.forms import Form
from traceapp.web.producer.audience import audience
from traceapp.web.ranges import TypedRange, let_go, read_range, slipped
from traceapp.web.routing import Answer, Call, done, page

_ENDS = ("first_serial", "last_serial")
_EMPTY_END = message("Write the stamp's serial number, or its code.")
ASKED = ("first_serial", "last_serial", "batch_id", "destination", "reason", "note")


class TypedActivation(TypedRange):
    """An activation as its form holds it."""

    batch_id: Maybe[Id] = None
    destination: Maybe[Name] = None


def asked(call: Call) -> dict[str, str]:
    """What the address holds for the fields of a range's form."""
    return {name: call.query[name] for name in ASKED if name in call.query}


def look_ahead(call: Call, run: RunTold, form: Form) -> tuple[Form, RangeAhead | None]:
    """How the typed range stands, once both ends are typed; else what is wrong beside its field.

    A form that was sent names both ends; a link that brings only one of them has no slip yet.
    """
    ends = {name: form.value(name).strip() for name in _ENDS}
    if any(form.slip(name) for name in ends):
        return form, None
    if not all(ends.values()):
        sent = all(name in form.values for name in ends)
        empty = [name for name, text in ends.items() if sent and not text]
        return replace(form, slips={name: str(gettext(_EMPTY_END)) for name in empty}), None
    try:
        cut = {name: text[:300] for name, text in ends.items()}
        wished = read_range(TypedRange(**cut), call.edge)
        return form, range_ahead(call.session, call.actor, run.id, wished)
    except Unknown:
        raise
    except Refusal as refusal:
        return slipped(form, refusal), None


@audience.page("/stamps/<id:run_id>/activation", Act.ACTIVATION_CREATE)
def activation(call: Call, run_id: int) -> Answer:
    """Which stamps, by camera or typed; with both ends known, what will be done."""
    run = show_run(call.session, call.actor, run_id)
    remaining = next_waiting(call.session, call.actor, run.id)
    suggested = {} if remaining is None else {"first_serial": str(remaining.first_serial)}
    form, ahead = look_ahead(call, run, call.form("activate", suggested | asked(call)))
    lot, batches = None, []
    if run.batch_id is not None:
        lot = show_batch(call.session, call.actor, run.batch_id).lot
    elif ahead is not None:
        found = usable_batches(call.session, call.actor, run.product_id, call.now)
        batches = [each for each in found if each.produced_at <= call.now]
    return page(
        "producer/activation.html",
        run=run,
        product=show_product(call.session, call.actor, run.product_id),
        lot=lot,
        batches=batches,
        form=form,
        ahead=ahead,
        remaining=remaining,
    )


@audience.act("/stamps/<id:run_id>/activation", Act.ACTIVATION_CREATE, on=activation)
def activate(call: Call, run_id: int) -> Answer:
    """Put the range to use; from now on a buyer's look at these stamps says so."""
    typed = call.read(TypedActivation)
    wished = read_range(typed, call.edge)
    new = NewActivation(
        **wished.model_dump(), batch_id=typed.batch_id, destination=typed.destination
    )
    percent = call.edge.settings.spoilage_percent
    told = put_to_use(call.session, call.actor, run_id, new, percent, call.now)
    let_go()
    return done(
        url_for("producer.run", run_id=run_id),
        message("Stamps %(first)s to %(last)s are in use now, for lot %(lot)s."),
        first=told.first_serial,
        last=told.last_serial,
        lot=show_batch(call.session, call.actor, told.batch_id).lot,
    )
