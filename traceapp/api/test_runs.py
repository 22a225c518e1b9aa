"""Test runs over JSON: ten labels to try out a printer. Their labels are taken out as any run's."""

from __future__ import annotations

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.runs.reading_runs import RunTold, list_test_runs, show_test_run
from traceapp.services.runs.testing import NewTestRun, make_test_run

routes = Routes()


@routes.post("/test-runs", Act.TEST_RUN_CREATE)
def create(call: Call, body: NewTestRun) -> RunTold:
    """Make ten test labels for a product: they can never be put to use, and count nowhere."""
    return make_test_run(call.session, call.actor, body, call.edge.testing, call.now)


@routes.get("/test-runs", Act.RUN_READ)
def index(call: Call, query: PageWish) -> Page[RunTold]:
    """The test runs that you may see, oldest first."""
    return list_test_runs(call.session, call.actor, query)


@routes.get("/test-runs/<id:run_id>", Act.RUN_READ)
def show(call: Call, run_id: int) -> RunTold:
    """One test run."""
    return show_test_run(call.session, call.actor, run_id)
