"""Which scans an officer wants to see, as the log's address says it: so it can be handed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from flask import url_for
from flask_babel import gettext
from pydantic import Field

from traceapp.services.desks.auditing import ScanChoice, ScanFilter
from traceapp.services.desks.overseeing import batch_names
from traceapp.services.refusals import Unknown, message
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.values import VIETNAM
from traceapp.web.forms import read
from traceapp.web.officer.listing import cursor, number
from traceapp.web.routing import Call

Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 30))]


class LogWish(ScanChoice):
    """What the address asks for; both days belong to the span."""

    since: Day | None = None
    until: Day | None = None


@dataclass(frozen=True)
class Narrowed:
    """A batch or a run that a link chose: what people call it, and the address without it."""

    field: str
    value: str
    title: str
    without: str


def scan_filter(call: Call) -> ScanFilter:
    """The filter that the address names. Raises Slipped."""
    wish = read(LogWish, call.query)
    return ScanFilter(
        **wish.model_dump(exclude={"since", "until"}),
        since=None if wish.since is None else _begin(wish.since),
        until=None if wish.until is None else _begin(wish.until) + timedelta(days=1),
        cursor=cursor(call),
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)


def given(call: Call) -> dict[str, Any]:
    """The conditions of the address that say something."""
    return {name: call.query[name] for name in LogWish.model_fields if call.query.get(name)}


def narrowed(call: Call) -> list[Narrowed]:
    """What links of other pages chose; nobody types the number of a batch or of a run."""
    conditions = given(call)
    titles = {"batch_id": _batch, "run_id": _run}
    return [
        Narrowed(
            field=field,
            value=conditions[field],
            title=title_of(call, conditions[field]),
            without=url_for(
                "officer.scans",
                **{name: value for name, value in conditions.items() if name != field},
            ),
        )
        for field, title_of in titles.items()
        if field in conditions
    ]


def _batch(call: Call, text: str) -> str:
    batch_id = number(call, "batch_id")
    found = [] if batch_id is None else batch_names(call.session, call.actor, [batch_id])
    if not found:
        return str(gettext(message("Batch %(id)s"))) % {"id": text[:20]}
    lot = str(gettext(message("lot %(lot)s"))) % {"lot": found[0].lot}
    return f"{lot} · {found[0].product}"


def _run(call: Call, text: str) -> str:
    run_id = number(call, "run_id")
    try:
        run = None if run_id is None else show_run(call.session, call.actor, run_id)
    except Unknown:
        run = None
    if run is None:
        return str(gettext(message("Stamp run %(id)s"))) % {"id": text[:20]}
    ends = {"first": run.first_serial, "last": run.last_serial}
    return str(gettext(message("serials %(first)s to %(last)s"))) % ends
