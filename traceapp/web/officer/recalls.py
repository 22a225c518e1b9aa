"""Recalls: the list, one of them, and closing it."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.overseeing import batch_names, recall_lines
from traceapp.services.lists import RecallState
from traceapp.services.refusals import message
from traceapp.services.registry.recalling import Closure, Outcome, close_recall, show_recall
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.listing import recall_filter
from traceapp.web.officer.words import choices
from traceapp.web.routing import Answer, Call, done


@audience.page("/recalls", Act.SEARCH)
def recalls(call: Call) -> Answer:
    """Recalls, newest first."""
    wish = recall_filter(call)
    return framed(
        call,
        "recalls.html",
        lines=recall_lines(call.session, call.actor, wish),
        state=wish.state,
        states=choices(RecallState),
    )


@audience.page("/recalls/<id:recall_id>", Act.RECALL_READ)
def recall(call: Call, recall_id: int) -> Answer:
    """One recall: what it warns of, over which batches, and how it ended."""
    told = show_recall(call.session, call.actor, recall_id)
    return framed(
        call,
        "recall.html",
        told=told,
        batches=batch_names(call.session, call.actor, told.batch_ids),
        RecallState=RecallState,
        Outcome=Outcome,
        closing=call.form("end_recall"),
    )


@audience.act("/recalls/<id:recall_id>/closure", Act.RECALL_CLOSE, on=recall)
def end_recall(call: Call, recall_id: int) -> Answer:
    """Close a recall as completed, or withdraw one that was opened in error."""
    close_recall(call.session, call.actor, recall_id, call.read(Closure), call.now)
    to = url_for("officer.recall", recall_id=recall_id)
    return done(to, message("The recall is closed."))
