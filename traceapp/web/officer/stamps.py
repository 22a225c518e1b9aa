"""One stamp's whole story, and the acts that an officer may do to a single stamp."""

from __future__ import annotations

from flask import url_for

from stamps import MAX_SERIAL
from traceapp.services.authority import Act
from traceapp.services.desks.stamp_story import NEIGHBOURS, Story
from traceapp.services.desks.stamp_story import story as tell_story
from traceapp.services.lists import Agent, RecallState, Severity, VoidReason
from traceapp.services.refusals import Unacceptable, Unknown, message
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.scans.judging import Authentication, Reason, Verdict
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.scans import province_name
from traceapp.web.officer.words import choices
from traceapp.web.routing import Answer, Call, done


def _serial(call: Call) -> int | None:
    """The serial that the address names; None where it names none that could be one."""
    text = call.query.get("serial", "")
    if not (text.isascii() and text.isdigit() and len(text) < 16) or int(text) > MAX_SERIAL:
        return None
    return int(text)


@audience.page("/stamps", Act.STAMP_READ)
def stamp(call: Call) -> Answer:
    """All that is known of the stamp whose serial the address names."""
    serial = _serial(call)
    if serial is None:
        return done(url_for("officer.search"))
    try:
        told = tell_story(call.session, call.actor, serial, call.edge.scanning, call.now)
    except Unknown as unknown:
        looks = unknown.data.get("looks", 0)
        return framed(call, "no_stamp.html", serial=serial, looks=looks)
    return framed(
        call,
        "stamp.html",
        told=told,
        also=_also(told),
        neighbours=2 * NEIGHBOURS,
        voiding=call.form("void_stamp", first_serial=serial, last_serial=serial),
        reasons=choices(VoidReason),
        VoidReason=VoidReason,
        Agent=Agent,
        Authentication=Authentication,
        province_name=province_name,
        Severity=Severity,
        RecallState=RecallState,
    )


def _also(told: Story) -> list[Reason]:
    """What is true of the stamp besides its verdict."""
    own = {
        Verdict.RECALLED: Reason.RECALLED,
        Verdict.ON_HOLD: Reason.ON_HOLD,
        Verdict.VOID: Reason.VOID,
        Verdict.NOT_ACTIVATED: Reason.NOT_ACTIVATED,
        Verdict.EXPIRED: Reason.EXPIRED,
        Verdict.ALREADY_AUTHENTICATED: Reason.ALREADY_AUTHENTICATED,
    }
    headline = None if told.verdict is None else own.get(told.verdict)
    return [each for each in told.reasons or () if each is not headline]


@audience.act("/stamps/void", Act.VOID_CREATE, on=stamp)
def void_stamp(call: Call) -> Answer:
    """Take this one stamp out of use."""
    serial = _serial(call)
    new = call.read(NewVoid)
    if serial is None or (new.first_serial, new.last_serial) != (serial, serial):
        raise Unacceptable("serial", message("This form is about another stamp; open it again."))
    told = tell_story(call.session, call.actor, serial, call.edge.scanning, call.now)
    run = show_run(call.session, call.actor, told.run.id)
    void_stamps(call.session, call.actor, run.id, new, call.now)
    return done(url_for("officer.stamp", serial=serial), message("The stamp is void."))
