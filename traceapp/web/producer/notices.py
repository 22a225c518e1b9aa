"""Notices: buyers scan stamps that were never put to use. Forgotten, or stolen?"""

from __future__ import annotations

import json

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.refusals import message
from traceapp.services.scans.noticing import count_notices, list_notices
from traceapp.services.scans.noticing import see_notice as mark_seen
from traceapp.web.producer.audience import audience
from traceapp.web.routing import Answer, Call, File, done, page

SEEN_SHOWN = 20


@audience.page("/notices", Act.NOTICE_READ)
def notices(call: Call) -> Answer:
    """Those that nobody has seen first, then the newest of the others."""
    told = list_notices(call.session, call.actor, only_unseen=False)
    return page(
        "producer/notices.html",
        unseen=[each for each in told if each.seen_at is None],
        seen=[each for each in told if each.seen_at is not None][:SEEN_SHOWN],
        form=call.form("see_notice"),
    )


@audience.act("/notices/<id:notice_id>/seen", Act.NOTICE_READ, on=notices)
def see_notice(call: Call, notice_id: int) -> Answer:
    """Mark a notice as seen; the next look begins a new one."""
    mark_seen(call.session, call.actor, notice_id, call.now)
    return done(url_for("producer.notices"), message("The notice is marked as seen."))


@audience.page("/notices/count", Act.NOTICE_READ)
def notices_count(call: Call) -> Answer:
    """How many nobody has seen, for the page that is open to ask again and again."""
    told = json.dumps({"count": count_notices(call.session, call.actor)})
    return File("application/json", "count.json", [told.encode()], inline=True)
