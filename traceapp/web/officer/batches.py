"""One batch: what it states, what happened to its stamps, and whether it is stopped."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.dossier import batch_story
from traceapp.services.desks.overseeing import batch_of_hold
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import Noun
from traceapp.services.paging import LONGEST_PAGE
from traceapp.services.refusals import message
from traceapp.services.registry.checking import CHECK_LABELS, checklist_of_batch
from traceapp.services.registry.holding import NewHold, Release, hold_batch, release_batch
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.reading_corrections import CorrectionFilter, list_corrections
from traceapp.web import showing
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.routing import Answer, Call, done
from traceapp.web.wording import fact


@audience.page("/batches/<id:batch_id>", Act.BATCH_READ)
def batch(call: Call, batch_id: int) -> Answer:
    """Everything about a batch, on one page."""
    told = show_batch(call.session, call.actor, batch_id)
    percent = call.edge.settings.spoilage_percent
    story = batch_story(call.session, call.actor, batch_id, percent)
    kind = call.edge.kinds[story.kind]
    wish = CorrectionFilter(noun=Noun.BATCH, subject_id=batch_id, limit=LONGEST_PAGE)
    return framed(
        call,
        "batch.html",
        told=told,
        story=story,
        hold=next((each for each in story.holds if each.released_at is None), None),
        attributes=[
            (showing.named(each), fact(each, told.attributes[each.name]))
            for each in kind.attributes
            if each.name in told.attributes
        ],
        corrections=list_corrections(call.session, call.actor, wish).items,
        checklist=checklist_of_batch(call.session, call.actor, batch_id, call.edge.kinds),
        check_labels=CHECK_LABELS,
        holding=call.form("put_on_hold"),
        releasing=call.form("release"),
    )


@audience.act("/batches/<id:batch_id>/hold", Act.BATCH_HOLD, on=batch)
def put_on_hold(call: Call, batch_id: int) -> Answer:
    """Stop a batch at once."""
    hold_batch(call.session, call.actor, batch_id, call.read(NewHold), call.now)
    to = url_for("officer.batch", batch_id=batch_id)
    return done(to, message("The batch is on hold. Whoever scans its stamps reads so."))


@audience.act("/batches/<id:batch_id>/release", Act.BATCH_RELEASE, on=batch)
def release(call: Call, batch_id: int) -> Answer:
    """Let a batch go again."""
    release_batch(call.session, call.actor, batch_id, call.read(Release), call.now)
    to = url_for("officer.batch", batch_id=batch_id, decided=Waits.HOLD.value)
    return done(to, message("The batch is released."))


@audience.page("/holds/<id:hold_id>", Act.BATCH_READ)
def hold(call: Call, hold_id: int) -> Answer:
    """A hold is looked at where its batch is."""
    batch_id = batch_of_hold(call.session, call.actor, hold_id)
    return done(url_for("officer.batch", batch_id=batch_id, _anchor="hold"))
