"""Ten test labels, to see how they come out of a printer before a whole run is drawn."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.lists import HiddenLayer
from traceapp.services.paging import PageWish
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.drawing import preview_labels
from traceapp.services.runs.label_wishes import LabelWish
from traceapp.services.runs.newest_runs import newest_test_runs
from traceapp.services.runs.testing import TEST_LABELS, NewTestRun, make_test_run
from traceapp.web import label_words
from traceapp.web.producer.audience import audience
from traceapp.web.producer.label_wish import check_resolution, wished
from traceapp.web.producer.labels import choices
from traceapp.web.routing import Answer, Call, done, page

TEST_RUNS_SHOWN = 20


@audience.page("/test-labels", Act.RUN_READ)
def test_runs(call: Call) -> Answer:
    """The test labels that there are, newest first, to be printed once more."""
    wish = PageWish(cursor=call.cursor, limit=TEST_RUNS_SHOWN)
    return page("producer/test_runs.html", runs=newest_test_runs(call.session, call.actor, wish))


@audience.page("/products/<id:product_id>/test-labels", Act.TEST_RUN_CREATE)
def testing(call: Call, product_id: int) -> Answer:
    """What the test labels shall be like."""
    usual = {"sheet": "a4-40", "format": "pdf", "language": "vi", "hidden": "none"}
    return page(
        "producer/testing.html",
        product=show_product(call.session, call.actor, product_id),
        form=call.form("print_test", usual | wished(call.query)),
        designs=[label_words.shown(each) for each in call.edge.sheets.values()],
        **choices(),
        count=TEST_LABELS,
        per_day=call.edge.settings.test_runs_per_day,
    )


@audience.act("/products/<id:product_id>/test-labels", Act.TEST_RUN_CREATE, on=testing)
def print_test(call: Call, product_id: int) -> Answer:
    """Make them, and go straight to the download."""
    wish = call.read(LabelWish)
    check_resolution(wish)
    hidden = wish.hidden not in (None, HiddenLayer.NONE)
    new = NewTestRun(product_id=product_id, hidden_code=hidden)
    run = make_test_run(call.session, call.actor, new, call.edge.testing, call.now)
    if not hidden:
        wish = wish.model_copy(update={"hidden": None})
    preview_labels(call.session, call.actor, run.id, wish, call.edge.drawing, call.now)
    chosen = wish.model_dump(mode="json", exclude_none=True)
    return done(url_for("producer.labels", run_id=run.id, **chosen))
