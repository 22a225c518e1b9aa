"""Before a plot is drawn: the days that are over are added up, so that the year is read fast."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import OperationalError

from traceapp.services.scans.adding_up import add_up, behind
from traceapp.web.routing import Call

SPANS = (30, 90, 365)  # days that can be chosen for a plot

log = structlog.get_logger(__name__)


def keep_up(call: Call) -> None:
    """Add up sixty days at most that are over; what is left is counted from the log.

    Nothing depends on it but speed: a database that is busy is left alone.
    """
    with call.edge.database.reading() as session:
        late = behind(session, call.now)
    if not late:
        return
    try:
        with call.edge.database.writing() as session:
            add_up(session, call.now)
    except OperationalError as trouble:
        log.warning("not_added_up", trouble=type(trouble).__name__)
