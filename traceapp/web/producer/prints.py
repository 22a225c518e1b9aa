"""What came back from the printer: a range, and what of it was spoiled."""

from __future__ import annotations

from typing import Annotated

from flask import url_for
from pydantic import Field

from traceapp.services.authority import Act
from traceapp.services.refusals import Refusal, Unacceptable, message
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.own_stamps import LONGEST_TEXT, read_serial
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.reporting_prints import (
    PrintReport,
    Spoilage,
    SpoiledRange,
    next_unreported,
    print_standing,
    report_print,
)
from traceapp.services.values import Maybe, Note, Sent, SerialRange
from traceapp.web import label_words
from traceapp.web.forms import rows_of
from traceapp.web.producer.activations import asked
from traceapp.web.producer.audience import audience
from traceapp.web.ranges import Typed, TypedRange, let_go, read_range
from traceapp.web.routing import Answer, Call, done, page

ROWS = 4  # of spoiled ranges on the form; more are told in another report


class TypedSpoiled(Sent):
    """One spoiled range as its row holds it; without a last stamp it is one alone."""

    first_serial: Typed
    last_serial: Maybe[Annotated[str, Field(max_length=LONGEST_TEXT)]] = None
    reason: Spoilage


class TypedPrint(TypedRange):
    """A report as its form holds it."""

    spoiled: Annotated[list[TypedSpoiled], Field(max_length=ROWS)] = []
    note: Maybe[Note] = None


@audience.page("/stamps/<id:run_id>/print-report", Act.PRINT_REPORT)
def print_reporting(call: Call, run_id: int) -> Answer:
    """Which stamps came back, and which of them are spoiled."""
    run = show_run(call.session, call.actor, run_id)
    gap = next_unreported(call.session, call.actor, run.id)
    usual = {} if gap is None else gap.model_dump()
    return page(
        "producer/print_report.html",
        run=run,
        product=show_product(call.session, call.actor, run.product_id),
        standing=print_standing(call.session, call.actor, run.id),
        form=call.form("report", usual | asked(call)),
        rows=range(ROWS),
        spoilages=[(each.value, label_words.spoilage_word(each)) for each in Spoilage],
    )


@audience.act("/stamps/<id:run_id>/print-report", Act.PRINT_REPORT, on=print_reporting)
def report(call: Call, run_id: int) -> Answer:
    """What is good is remembered; what is spoiled is out of use at once."""
    typed = call.read(TypedPrint)
    rows = rows_of(call.sent, "spoiled", TypedSpoiled.model_fields)
    back = read_range(typed, call.edge)
    spoiled = [
        _spoiled(call, each, typed.note, f"spoiled.{row}")
        for row, each in zip(rows, typed.spoiled, strict=True)
    ]
    told = PrintReport(good=_good(back, spoiled, rows), spoiled=spoiled)
    try:
        done_with = report_print(call.session, call.actor, run_id, told, call.now)
    except Refusal as refusal:
        raise _on_the_form(refusal, rows) from None
    let_go()
    return done(
        url_for("producer.run", run_id=run_id),
        message("Written down: %(good)s came back good, %(spoiled)s are spoiled and out of use."),
        good=sum(each.quantity for each in done_with.good_ranges),
        spoiled=sum(each.quantity for each in done_with.voids),
    )


def _spoiled(call: Call, typed: TypedSpoiled, note: str | None, place: str) -> SpoiledRange:
    """One row; without a last stamp it is one alone. Raises Unacceptable for what is no stamp."""
    ring = call.edge.stamp_keys.ring()
    last = typed.last_serial or typed.first_serial
    return SpoiledRange(
        first_serial=read_serial(typed.first_serial, ring, f"{place}.first_serial"),
        last_serial=read_serial(last, ring, f"{place}.last_serial"),
        reason=typed.reason,
        note=note,
    )


def _good(back: SerialRange, spoiled: list[SpoiledRange], rows: list[int]) -> list[SerialRange]:
    """What came back, less what is spoiled of it. Raises Unacceptable for what is not of it."""
    for row, each in zip(rows, spoiled, strict=True):
        for name in ("first_serial", "last_serial"):
            if not back.first_serial <= getattr(each, name) <= back.last_serial:
                said = message("This stamp is not among those that came back, as written above.")
                raise Unacceptable("not_back", said, field=f"spoiled.{row}.{name}")
    good, serial = [], back.first_serial
    for each in sorted(spoiled, key=lambda one: one.first_serial):
        if each.first_serial > serial:
            good.append(SerialRange(first_serial=serial, last_serial=each.first_serial - 1))
        serial = max(serial, each.last_serial + 1)
    if serial <= back.last_serial:
        good.append(SerialRange(first_serial=serial, last_serial=back.last_serial))
    return good


def _on_the_form(refusal: Refusal, rows: list[int]) -> Refusal:
    """A refusal beside the field that it is about: good ranges are what the two ends leave over."""
    kind, _, rest = (refusal.field or "").partition(".")
    number, _, name = rest.partition(".")
    field = refusal.field
    if kind == "good":
        field = name or "first_serial"
    elif kind == "spoiled" and name:
        field = f"spoiled.{rows[int(number)]}.{name}"
    return type(refusal)(refusal.code, refusal.title, field, **refusal.data)
