"""The first stamp of a range in hand: scanned with the plain camera, until the last one is."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.refusals import Conflict, message, unknown
from traceapp.services.runs.own_stamps import StampState, own_stamp
from traceapp.services.values import Sent, Serial
from traceapp.web.producer.audience import audience
from traceapp.web.ranges import in_hand, let_go, take_in_hand
from traceapp.web.routing import Answer, Call, done, page


class First(Sent):
    serial: Serial


@audience.page("/range", Act.RUN_READ)
def range_in_hand(call: Call) -> Answer:
    """What is in hand, and what to do next."""
    kept = in_hand(call.now)
    stamp = None if kept is None else own_stamp(call.session, call.actor, kept[1])
    return page("producer/range.html", stamp=stamp, form=call.form("first"))


@audience.act("/range/first", Act.RUN_READ, on=range_in_hand)
def first(call: Call) -> Answer:
    """Take the first stamp in hand; one that was in hand before is put away."""
    stamp = own_stamp(call.session, call.actor, call.read(First).serial)
    if stamp is None:
        raise unknown("stamp_run")
    if stamp.state is StampState.ACTIVE:
        raise Conflict(
            "already_active", message("Stamp %(serial)s is in use already."), serial=stamp.serial
        )
    if stamp.state is StampState.VOID:
        raise Conflict(
            "already_void", message("Stamp %(serial)s was taken out of use."), serial=stamp.serial
        )
    before = in_hand(call.now)
    take_in_hand(stamp.run_id, stamp.serial, call.now)
    to = url_for("producer.range_in_hand")
    if before is not None and before[0] != stamp.run_id:
        return done(
            to,
            message(
                "Stamp %(serial)s is the first one now. Stamp %(before)s, which is of another run, "
                "was put away."
            ),
            serial=stamp.serial,
            before=before[1],
        )
    return done(to, message("Stamp %(serial)s is the first one."), serial=stamp.serial)


@audience.act("/range/removal", Act.RUN_READ, on=range_in_hand)
def put_away(call: Call) -> Answer:
    """Begin anew."""
    let_go()
    return done(url_for("producer.range_in_hand"))
