"""A producer corrects what she stated: what goes through at once, and what an officer looks at."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from traceapp.services.lists import Noun, State
from traceapp.services.paging import PageWish
from traceapp.services.registry.correctable import BatchCorrection
from traceapp.services.registry.correcting import Correcting, correct
from traceapp.services.registry.deciding import Rejection, decide_party
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.reading_corrections import waiting_correction
from traceapp.services.registry.registering import (
    list_parties,
    show_facility,
    show_party,
    show_product,
)

Visit = Callable[..., Any]


def stood(page: str) -> dict[str, Any]:
    """What a form of correction holds: every input as the browser would send it."""
    found = {}
    form = page[page.index('name="stood"') :]
    found["stood"] = html.unescape(re.search(r'name="stood" value="([^"]*)"', page).group(1))  # type: ignore[union-attr]
    for name, value in re.findall(r'<input[^>]*name="([a-z_.0-9]+)"[^>]*value="([^"]*)"', form):
        if 'type="radio"' not in form[: form.index(name)].rpartition("<")[2]:
            found.setdefault(name, html.unescape(value))
    return found


class TestCorrections:
    """Correcting what stands: only what was changed in the form, and with an officer's consent."""

    def test_what_is_in_use_waits_and_wants_a_reason(self, world: Any, visit: Visit) -> None:
        issued = world.issue(10, attributes={"species": "Cá cơm", "vat": "Chum 3"})
        browser = visit(world.producer)
        path = f"/producer/batches/{issued.batch.id}/correction"
        page = browser.get(path).text
        assert "buyers will be told" in page
        sent = {**stood(page), "attributes.species": "Cá nục", "reason": ""}
        answer = browser.post(path, sent)
        assert answer.status_code == 422
        assert 'id="f-correct_batch-reason-slip"' in answer.text and "Cá nục" in answer.text
        assert browser.post(path, sent | {"reason": "Ghi nhầm"}).status_code == 303
        with world.reading() as session:
            actor = world.producer.actor
            waits = waiting_correction(session, actor, Noun.BATCH, issued.batch.id)
            batch = show_batch(session, actor, issued.batch.id)
        assert waits is not None and waits.after == {"attributes.species": "Cá nục"}
        assert batch.attributes["species"] == "Cá cơm"
        page = browser.get(f"/producer/batches/{issued.batch.id}").text
        assert "Waiting for an officer" in page and "Ghi nhầm" in page
        assert "takes its place" in browser.get(path).text

    def test_times_keep_what_a_form_cannot_show(self, world: Any, visit: Visit) -> None:
        made = world.now - timedelta(days=10, seconds=17)
        batch = world.batch(
            produced_at=made,
            attributes={"species": "Cá cơm", "bottle_sizes": ["500 ml"], "own_mark": "A7"},
        )
        browser = visit(world.producer)
        path = f"/producer/batches/{batch.id}/correction"
        sent = stood(browser.get(path).text) | {"attributes.species": "Cá nục"}
        assert browser.post(path, sent).status_code == 303
        with world.reading() as session:
            after = show_batch(session, world.producer.actor, batch.id)
        assert after.produced_at == made
        assert after.attributes == {
            "species": "Cá nục",
            "bottle_sizes": ["500 ml"],
            "own_mark": "A7",
        }

    def test_what_somebody_else_changed_meanwhile_stays(self, world: Any, visit: Visit) -> None:
        batch = world.batch(attributes={"species": "Cá cơm", "vat": "Chum 3"})
        browser = visit(world.producer)
        path = f"/producer/batches/{batch.id}/correction"
        sent = stood(browser.get(path).text) | {"attributes.vat": "Chum 9"}
        body = BatchCorrection(
            attributes={"species": "Cá trích", "vat": "Chum 3"}, reason="soi lại"
        )
        with world.writing() as session:
            rules = Correcting(world.edge.kinds, 5)
            correct(session, world.officer.actor, batch.id, body, rules, world.now)
        assert browser.post(path, sent).status_code == 303
        with world.reading() as session:
            after = show_batch(session, world.producer.actor, batch.id)
        assert after.attributes == {"species": "Cá trích", "vat": "Chum 9"}

    def test_a_row_of_storage_can_be_added_and_sold_under(self, world: Any, visit: Visit) -> None:
        batch = world.batch()
        browser = visit(world.producer)
        path = f"/producer/batches/{batch.id}/correction"
        rows = {
            "expiries.0.condition": "Tủ mát",
            "expiries.0.expires_at": "2026-07-15",
            "expiries.0.expires_at_clock": "",
            "sold_row": "0",
        }
        assert browser.post(path, stood(browser.get(path).text) | rows).status_code == 303
        with world.reading() as session:
            after = show_batch(session, world.producer.actor, batch.id)
        assert after.sold_as == "Tủ mát"
        assert after.expires_at.isoformat() == "2026-07-15T16:59:00+00:00"

    def test_nothing_changed_is_told(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        path = "/producer/party/correction"
        answer = browser.post(path, stood(browser.get(path).text) | {"reason": "không rõ"})
        assert answer.status_code == 409 and "stands already" in answer.text

    def test_a_party_that_was_sent_back_is_corrected_and_sent_again(
        self, world: Any, visit: Visit, newcomer: Any
    ) -> None:
        browser = visit(newcomer)
        told = {"kind": "household", "name": "Hộ bà Tư", "address": "Thôn"}
        browser.post("/producer/party", told)
        with world.reading() as session:
            parties = list_parties(session, world.officer.actor, PageWish()).items
        party_id = parties[-1].id
        with world.writing() as session:
            reason = Rejection(reason="Thiếu số nhà")
            decide_party(session, world.officer.actor, party_id, reason, world.now)
        assert "Thiếu số nhà" in browser.get("/producer").text
        assert "Thiếu số nhà" in browser.get("/producer/party").text
        path = "/producer/party/correction"
        sent = stood(browser.get(path).text) | {"address": "Số 9, thôn 3"}
        assert browser.post(path, sent).status_code == 303
        with world.reading() as session:
            party = show_party(session, world.officer.actor, party_id)
        assert party.state is State.SUBMITTED and party.address == "Số 9, thôn 3"
        assert "with the officer again" in browser.get("/producer/party").text

    def test_an_emptied_field_is_cleared(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        place = {"name": "Kho", "address": "Thôn 3", "position": "19.8, 105.9"}
        page = browser.post("/producer/facilities/new", place).headers["Location"]
        path = f"{page}/correction"
        assert 'value="19.8, 105.9"' in browser.get(path).text
        sent = stood(browser.get(path).text) | {"position": "", "name": "Kho mới"}
        assert browser.post(path, sent).status_code == 303
        with world.reading() as session:
            number = int(page.rpartition("/")[2])
            after = show_facility(session, world.producer.actor, number)
        assert (after.name, after.latitude, after.longitude) == ("Kho mới", None, None)
        assert after.address == "Thôn 3"

    def test_what_labels_say_of_an_approved_product_is_not_asked_for(
        self, world: Any, visit: Visit
    ) -> None:
        product = world.producer.product
        browser = visit(world.producer)
        path = f"/producer/products/{product.id}/correction"
        page = browser.get(path).text
        assert 'name="net_content"' not in page
        sent = stood(page) | {"net_content": "1 lít", "reason": "nhầm"}
        answer = browser.post(path, sent)
        assert answer.status_code == 409 and "Register a new product" in answer.text
        sent = stood(page) | {"brand": "Năm Quyên", "reason": "có nhãn hiệu"}
        assert browser.post(path, sent).status_code == 303
        with world.reading() as session:
            assert show_product(session, world.producer.actor, product.id).brand is None

    def test_what_a_form_was_shown_with_may_be_nonsense(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        path = "/producer/party/correction"
        for nonsense in ("", "[]", "{", json.dumps({"name": 3}), "[" * 20_000):
            told = stood(browser.get(path).text) | {"stood": nonsense, "reason": "r"}
            assert browser.post(path, told).status_code in (303, 409)
