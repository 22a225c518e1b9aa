"""Opening a recall in steps: choose batches, write the notice, read what buyers will read, open.

Every step but the last is a form that comes back with all that was typed. What is opened is what
was read: the preview holds the values, and nothing in it can be changed.
"""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext

from traceapp.services.authority import Act
from traceapp.services.desks.overseeing import BatchName, batch_names, find_batches
from traceapp.services.lists import Severity
from traceapp.services.refusals import message
from traceapp.services.registry.recalling import NewRecall, open_recall
from traceapp.services.registry.rehearsing import recall_reach, rehearse_recall
from traceapp.web.forms import Form, sent_again
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.words import word
from traceapp.web.routing import Answer, Call, done

MOST_BATCHES = 200
SPARE_RANGES = 2  # empty rows for serial ranges, below those that are filled in

# What buyers read as the headline, and beneath it: the words of the public page.
HEADLINE = message("This product is under recall")
NEXT_STEPS: dict[Severity, str] = {
    Severity.INFO: message(
        "The authorities have published a notice about this batch. Please read it below before you"
        " use the product."
    ),
    Severity.WARNING: message(
        "Please do not use this product, and take it back to where you bought it."
    ),
    Severity.DANGER: message(
        "Do not eat this product. Keep it away from other food, and take it back to where you"
        " bought it."
    ),
}
BUYERS_READ = message("Buyers read: “%(text)s”")


@audience.page("/recalls/new", Act.RECALL_OPEN)
def new_recall(call: Call) -> Answer:
    """The form; `batch_id` in the address fills in batches, `serial` a range of one stamp."""
    told = {"batch_ids": call.query.getlist("batch_id")}
    return _form(call, call.form("opening", told))


def _chosen(call: Call, form: Form) -> list[BatchName]:
    texts = form.chosen("batch_ids")[:MOST_BATCHES]
    numbers = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16}
    return batch_names(call.session, call.actor, sorted(numbers))


def _form(call: Call, form: Form, found: list[BatchName] | None = None) -> Answer:
    filled = sum(bool(form.value(f"serial_ranges.{n}.first_serial")) for n in range(MOST_BATCHES))
    chosen = _chosen(call, form)
    known = {each.id for each in chosen}
    return framed(
        call,
        "new_recall.html",
        form=form,
        chosen=chosen,
        found=None if found is None else [each for each in found if each.id not in known],
        severities=[
            (
                each.value,
                word(each),
                str(gettext(BUYERS_READ)) % {"text": gettext(NEXT_STEPS[each])},
            )
            for each in Severity
        ],
        ranges=range(min(filled + SPARE_RANGES, MOST_BATCHES)),
    )


@audience.act("/recalls/new", Act.RECALL_OPEN, on=new_recall)
def opening(call: Call) -> Answer:
    """One step: find batches, change what was written, preview it, open it."""
    step = call.sent.get("step", "")
    form = sent_again("opening", call.sent)
    if step == "find":
        found = find_batches(call.session, call.actor, call.sent.get("find", ""))
        return _form(call, form, found)
    if step == "change":
        return _form(call, form)
    new = call.read(NewRecall)
    if step != "open":
        would = rehearse_recall(call.session, call.actor, new, call.now)
        return framed(
            call,
            "recall_preview.html",
            form=form,
            would=would,
            reach=recall_reach(call.session, call.actor, new),
            chosen=_chosen(call, form),
            headline=HEADLINE,
            next_step=NEXT_STEPS[new.severity],
        )
    opened = open_recall(call.session, call.actor, new, call.now)
    return done(
        url_for("officer.recall", recall_id=opened.id),
        message("The recall is open. Whoever scans these stamps reads it from now on."),
    )
