"""A producer at her own things: what she registers, opens, corrects and stops, or cannot."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from traceapp.services.desks.listing_batches import BatchWish, newest_batches
from traceapp.services.lists import Noun, State
from traceapp.services.paging import PageWish
from traceapp.services.people.inviting import Acceptance, NewInvitation, accept, invite
from traceapp.services.registry.correctable import BatchCorrection
from traceapp.services.registry.correcting import Correcting, correct
from traceapp.services.registry.deciding import Rejection, decide_party, decide_product
from traceapp.services.registry.holding import standing_hold_told
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.reading_corrections import waiting_correction
from traceapp.services.registry.registering import (
    list_parties,
    show_facility,
    show_party,
    show_product,
)

Visit = Callable[..., Any]


def photo(side: int = 400, colour: str = "#335577") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG")
    out.seek(0)
    return out


def stood(page: str) -> dict[str, Any]:
    """What a form of correction holds: every input as the browser would send it."""
    found = {}
    form = page[page.index('name="stood"') :]
    found["stood"] = html.unescape(re.search(r'name="stood" value="([^"]*)"', page).group(1))  # type: ignore[union-attr]
    for name, value in re.findall(r'<input[^>]*name="([a-z_.0-9]+)"[^>]*value="([^"]*)"', form):
        if 'type="radio"' not in form[: form.index(name)].rpartition("<")[2]:
            found.setdefault(name, html.unescape(value))
    return found


def said(text: str) -> str:
    """A page's words without its marks."""
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


@pytest.fixture
def newcomer(world: Any) -> Any:
    """Somebody who joined by a link and has registered nothing yet."""
    with world.writing() as session:
        new = NewInvitation(role="producer", name="Bà Tư")
        made = invite(session, world.officer.actor, new, 14, world.now)
    with world.writing() as session:
        answer = Acceptance(sign_in_name="0912345678", name="Bà Tư", password="biển xanh cát trắng")
        accept(session, made.token, answer, world.now)

    class Newcomer:
        email = "0912345678"
        password = "biển xanh cát trắng"

    return Newcomer()


def test_a_newcomer_is_led_step_by_step(world: Any, visit: Visit, newcomer: Any) -> None:
    browser = visit(newcomer)
    home = browser.get("/producer").text
    assert home.count('class="next"') == 1 and 'class="done"' not in home
    for path in ("/producer/facilities/new", "/producer/products/new"):
        assert browser.get(path).headers["Location"] == "/producer/party"
    assert "Register" in browser.get("/producer/products").text
    assert browser.get("/producer/batches").status_code == 200
    told = {"kind": "household", "name": "Hộ bà Tư", "address": "Thôn 3"}
    assert browser.post("/producer/party", told).status_code == 303
    place = {"name": "Bếp", "address": "Thôn 3", "position": "19,802; 105.931"}
    answer = browser.post("/producer/facilities/new", place)
    facility = browser.get(answer.headers["Location"]).text
    assert "19.802; 105.931" in said(facility)
    assert re.search(r'btn-primary" href="/producer/products/new"', facility)
    goods = {"kind": "nem_nam", "name": "Nem", "net_content": "10 cái", "shelf_life_days": "3"}
    answer = browser.post("/producer/products/new", goods | {"kind": ""})
    assert answer.status_code == 422 and 'id="f-register_goods-kind-slip"' in answer.text
    answer = browser.post("/producer/products/new", goods)
    product = answer.headers["Location"]
    assert re.search(r'btn-primary" href="#pictures"', browser.get(product).text)
    only = browser.get("/producer/batches/new").headers["Location"]
    answer = browser.post(
        only, {**_batch(), "expires_at": "", "facility_id": _first(browser, only)}
    )
    batch = browser.get(answer.headers["Location"]).text
    assert "18/06/2026 08:15" in said(batch)
    assert "Its stamps wait until an officer has approved" in batch
    assert "Now you can ask for its stamps" not in batch
    assert batch.count("Waiting for an officer") == 3
    assert re.search(rf'btn-primary" href="{product}#pictures"', batch)
    home = browser.get("/producer").text
    assert home.count('class="done"') == 4 and "An officer has to approve" in home


def _first(browser: Any, path: str) -> str:
    """The one place that a form of a batch offers."""
    text = browser.get(path).text
    choices = text[text.index('name="facility_id"') :]
    return re.search(r'<option value="(\d+)"', choices).group(1)  # type: ignore[union-attr]


def _batch(**given: str) -> dict[str, str]:
    return {
        "lot": "L-1",
        "quantity": "1.200",
        "produced_at": "15/06/2026",
        "produced_at_clock": "08:15",
    } | given


def test_a_household_is_registered_once(world: Any, visit: Visit) -> None:
    browser = visit(world.producer)
    told = {"kind": "household", "name": "Thứ hai", "address": "Thôn 3"}
    answer = browser.post("/producer/party", told, on="/producer/facilities/new")
    assert answer.status_code == 409
    assert "belongs to a party already" in answer.text


def test_a_slip_keeps_everything_that_was_typed(world: Any, visit: Visit, newcomer: Any) -> None:
    browser = visit(newcomer)
    told = {"kind": "household", "name": "Hộ bà Tư", "address": "", "phone": "gọi cho tôi"}
    answer = browser.post("/producer/party", told)
    assert answer.status_code == 422
    assert 'value="Hộ bà Tư"' in answer.text and 'value="gọi cho tôi"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2


def test_a_position_that_is_none_is_told_beside_its_field(world: Any, visit: Visit) -> None:
    browser = visit(world.producer)
    for position in ("ở gần biển", "95, 105.9"):
        place = {"name": "Kho", "address": "Thôn 3", "position": position}
        answer = browser.post("/producer/facilities/new", place)
        assert answer.status_code == 422
        assert 'id="f-register_place-position-slip"' in answer.text


def test_another_partys_things_are_not_there(world: Any, visit: Visit) -> None:
    issued = world.issue(5)
    browser = visit(world.producer)
    added = browser.post(
        f"/producer/products/{world.producer.product.id}/pictures",
        {"picture": (photo(), "a.jpg")},
        on=f"/producer/products/{world.producer.product.id}",
    )
    assert added.status_code == 303
    wish = {"attributes.species": "Cá nục", "reason": "nhầm"}
    path = f"/producer/batches/{issued.batch.id}/correction"
    assert browser.post(path, wish).status_code == 303
    stranger = visit(world.neighbour)
    product, facility = world.producer.product.id, world.producer.facility.id
    for path in (
        f"/producer/facilities/{facility}",
        f"/producer/facilities/{facility}/correction",
        f"/producer/products/{product}",
        f"/producer/products/{product}/correction",
        f"/producer/products/{product}/new-batch",
        f"/producer/batches?product_id={product}",
        f"/producer/batches/{issued.batch.id}",
        f"/producer/batches/{issued.batch.id}/correction",
        "/producer/pictures/1",
        "/producer/corrections/1",
    ):
        assert browser.get(path).status_code == 200, path
        assert stranger.get(path).status_code == 404, path
    for path in (
        f"/producer/facilities/{facility}/correction",
        f"/producer/products/{product}/correction",
        f"/producer/products/{product}/new-batch",
        f"/producer/products/{product}/pictures",
        f"/producer/products/{product}/pictures/1/removal",
        f"/producer/batches/{issued.batch.id}/correction",
        f"/producer/batches/{issued.batch.id}/hold",
    ):
        sent = {"reason": "x", "name": "x", "lot": "x", "picture": (photo(), "a.jpg")}
        assert stranger.post(path, sent, on="/producer/party").status_code == 404, path


def test_officers_have_no_business_here(world: Any, visit: Visit) -> None:
    assert visit(world.officer).get("/producer/products").status_code == 403


def test_a_form_without_our_token_changes_nothing(world: Any, visit: Visit) -> None:
    batch = world.batch()
    browser = visit(world.producer)
    path = f"/producer/batches/{batch.id}/hold"
    answer = browser.client.post(path, data={"reason": "Mùi lạ"})
    assert answer.status_code == 400 and "Mùi lạ" in answer.text
    with world.reading() as session:
        assert standing_hold_told(session, world.producer.actor, batch.id) is None


class TestBatches:
    """Opening a batch, with how long it keeps and the facts of its kind."""

    def _open(self, world: Any, visit: Visit, **given: str) -> Any:
        path = f"/producer/products/{world.producer.product.id}/new-batch"
        facility = {"facility_id": str(world.producer.facility.id)}
        return visit(world.producer).post(path, {**_batch(), **facility, **given})

    def _newest(self, world: Any) -> Any:
        with world.reading() as session:
            wish = BatchWish(limit=1)
            line = newest_batches(session, world.producer.actor, wish, world.now).items[0]
            return show_batch(session, world.producer.actor, line.id)

    def test_a_day_of_expiry_is_good_until_its_end(self, world: Any, visit: Visit) -> None:
        assert self._open(world, visit, expires_at="2028-06-15", expires_at_clock="").status == (
            "303 SEE OTHER"
        )
        batch = self._newest(world)
        assert batch.expires_at.isoformat() == "2028-06-15T16:59:00+00:00"
        assert batch.produced_at.isoformat() == "2026-06-15T01:15:00+00:00"
        assert batch.quantity == 1200

    def test_the_row_it_is_sold_under_gives_the_expiry(self, world: Any, visit: Visit) -> None:
        rows = {
            "expiries.0.condition": " Ngăn mát ",
            "expiries.0.expires_at": "19/06/2026",
            "expiries.0.expires_at_clock": "18:00",
            "expiries.1.condition": "Để ngoài",
            "expiries.1.expires_at": "2026-06-16",
            "expiries.1.expires_at_clock": "",
            "expiries.2.condition": "",
            "expiries.2.expires_at": "",
            "sold_row": "0",
        }
        assert self._open(world, visit, expires_at="", **rows).status_code == 303
        batch = self._newest(world)
        assert batch.sold_as == "Ngăn mát" and len(batch.expiries) == 2
        assert batch.expires_at == batch.expiries[0].expires_at
        assert batch.expires_at.isoformat() == "2026-06-19T11:00:00+00:00"

    def test_facts_are_read_as_their_kind_says(self, world: Any, visit: Visit) -> None:
        facts = {
            "attributes.total_nitrogen_g_l": "30,5",
            "attributes.drawn_off_on": "01/05/2026",
            "attributes.blended_from": "Chum 3\r\nChum 7\r\n",
            "attributes.vat": "",
        }
        assert self._open(world, visit, expires_at="2028-06-15", **facts).status_code == 303
        assert self._newest(world).attributes == {
            "total_nitrogen_g_l": 30.5,
            "drawn_off_on": "2026-05-01",
            "blended_from": ["Chum 3", "Chum 7"],
        }

    @pytest.mark.parametrize(
        ("field", "given"),
        [
            ("lot", {"lot": ""}),
            ("quantity", {"quantity": "nhiều"}),
            ("expires_at", {"expires_at": ""}),
            ("expires_at", {"expires_at": "2026-06-01"}),
            ("expires_at", {"expires_at": "31/02/2027"}),
            ("facility_id", {"facility_id": ""}),
            ("attributes.total_nitrogen_g_l", {"attributes.total_nitrogen_g_l": "400"}),
        ],
    )
    def test_a_slip_is_told_beside_its_field(
        self, world: Any, visit: Visit, field: str, given: dict[str, str]
    ) -> None:
        answer = self._open(world, visit, **{"expires_at": "2028-06-15", **given})
        assert answer.status_code == 422
        assert f'id="f-open_batch-{field}-slip"' in answer.text
        assert 'value="08:15"' in answer.text

    def test_further_ways_of_storing_are_closed_until_one_holds_something(
        self, world: Any, visit: Visit
    ) -> None:
        def further(text: str) -> str:
            before = text[: text.index('name="expiries.1.condition"')]
            return before[before.rindex("<details") :].partition(">")[0]

        path = f"/producer/products/{world.producer.product.id}/new-batch"
        assert further(visit(world.producer).get(path).text) == '<details class="mb-3"'
        given = {"lot": "", "expires_at": "2028-06-15", "expiries.0.condition": "Tủ mát"}
        first = self._open(world, visit, **given, **{"expiries.0.expires_at": "2028-06-15"})
        assert "open" not in further(first.text)
        second = self._open(world, visit, **given, **{"expiries.1.condition": "Để ngoài"})
        assert "open" in further(second.text) and 'value="Để ngoài"' in second.text

    def test_each_fact_of_its_kind_says_what_to_write(self, world: Any, visit: Visit) -> None:
        path = f"/producer/products/{world.producer.product.id}/new-batch"
        browser = visit(world.producer)
        assert "Lạch Bạng fishing port" in html.unescape(browser.get(path).text)
        assert "cảng cá Lạch Bạng" in browser.get(f"{path}?lang=vi").text

    def test_a_lot_that_is_taken_is_told_beside_its_field(self, world: Any, visit: Visit) -> None:
        world.batch(lot="l-1")
        answer = self._open(world, visit, expires_at="2028-06-15")
        assert answer.status_code == 409
        assert 'id="f-open_batch-lot-slip"' in answer.text

    def test_the_next_lot_is_written_as_the_last_one(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        path = f"/producer/products/{world.producer.product.id}/new-batch"
        assert 'value="L260615"' in browser.get(path).text
        world.batch(lot="NQ500-260605")
        assert 'value="NQ500-260615"' in browser.get(path).text
        world.batch(lot="nq500-260615", produced_at=world.now)
        assert 'value="nq500-260615-2"' in browser.get(path).text


def test_batches_are_listed_newest_first_in_pages(world: Any, visit: Visit) -> None:
    for _ in range(27):
        world.batch()
    browser = visit(world.producer)
    first = browser.get("/producer/batches").text
    assert first.index("LO-27") < first.index("LO-26") and "LO-2 " not in first
    more = html.unescape(re.search(r'href="(/producer/batches\?cursor=[^"]+)"', first).group(1))  # type: ignore[union-attr]
    rest = browser.get(more).text
    assert "LO-2 " in rest and "LO-1 " in rest and "LO-3 " not in rest
    assert browser.get("/producer/batches?cursor=x").status_code == 422
    assert browser.get("/producer/batches?product_id=x").status_code == 200


def test_a_stopped_batch_says_so_and_is_stopped_once(world: Any, visit: Visit) -> None:
    issued = world.issue(10)
    browser = visit(world.producer)
    path = f"/producer/batches/{issued.batch.id}"
    long = browser.post(f"{path}/hold", {"reason": "x" * 501}, on=path)
    assert long.status_code == 422 and 'id="f-stop-reason-slip"' in long.text
    forms = browser.hidden(path)
    assert browser.post(f"{path}/hold", {"reason": "Mùi lạ"}, on=path).status_code == 303
    page = browser.get(path).text
    assert "Mùi lạ" in page and 'id="stop"' not in page and "Ask for stamps" not in page
    late = browser.client.post(
        f"{path}/hold", data={**forms, "reason": "Nắp hở"}, headers={"Accept-Language": "en"}
    )
    assert late.status_code == 409 and "is on hold already" in late.text
    assert "On hold" in browser.get("/producer/batches").text


def test_a_batch_tells_its_stamps_and_its_recall(world: Any, visit: Visit) -> None:
    issued = world.issue(60, activate=False)
    issued.activate(0, 19)
    issued.void(3)
    recall = issued.recall("danger")
    browser = visit(world.producer)
    page = browser.get(f"/producer/batches/{issued.batch.id}").text
    assert re.findall(r'class="figure">(\d+)<', page) == ["19", "40", "1"]
    assert "Ngừng dùng" in page and "Under recall" in page
    assert f"/S/{issued.code(0)}" in page
    issued.close_recall(recall.id, "withdrawn")
    assert "was withdrawn" in browser.get(f"/producer/batches/{issued.batch.id}").text


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


class TestPictures:
    """Pictures of a product: seen by their own people in every state, and refused with a reason."""

    def _add(self, browser: Any, world: Any, file: Any, **given: str) -> Any:
        path = f"/producer/products/{world.producer.product.id}"
        return browser.post(f"{path}/pictures", {"picture": file, **given}, on=path)

    def test_a_picture_is_added_and_taken_off(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        assert self._add(browser, world, (photo(), "a.jpg"), caption="Chai").status_code == 303
        path = f"/producer/products/{world.producer.product.id}"
        page = browser.get(path).text
        assert 'src="/producer/pictures/1"' in page and 'alt="Chai"' in page
        assert "Waiting for an officer" in page
        shown = browser.get("/producer/pictures/1")
        assert shown.content_type == "image/webp" and shown.data[:4] == b"RIFF"
        assert 'src="/producer/pictures/1"' in browser.get("/producer/products").text
        assert browser.post(f"{path}/pictures/1/removal", on=path).status_code == 303
        assert browser.get("/producer/pictures/1").status_code == 404
        again = browser.post(f"{path}/pictures/1/removal", on=path)
        assert again.status_code == 409 and "removed already" in again.text

    @pytest.mark.parametrize(
        "file",
        [
            (BytesIO(b""), ""),
            (BytesIO(b"%PDF-1.7"), "a.pdf"),
            (BytesIO(b"\0\0\0\x18ftypheic" + bytes(40)), "IMG_1.HEIC"),
        ],
    )
    def test_what_is_no_picture_is_told_beside_the_field(
        self, world: Any, visit: Visit, file: Any
    ) -> None:
        answer = self._add(visit(world.producer), world, (BytesIO(file[0].getvalue()), file[1]))
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text

    def test_a_picture_twice_or_one_too_many_is_refused(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        assert self._add(browser, world, (photo(), "a.jpg")).status_code == 303
        assert self._add(browser, world, (photo(), "b.jpg")).status_code == 409
        for shade in range(5):
            file = (photo(colour=f"#10{shade}0{shade}0"), "c.jpg")
            assert self._add(browser, world, file).status_code == 303
        full = self._add(browser, world, (photo(colour="#ffffff"), "d.jpg"))
        assert full.status_code == 409 and "at most 6 pictures" in full.text

    def test_a_file_that_is_far_too_large_is_told_on_the_page(
        self, world: Any, visit: Visit
    ) -> None:
        browser = visit(world.producer)
        answer = browser.client.post(
            f"/producer/products/{world.producer.product.id}/pictures",
            input_stream=BytesIO(b"--x"),
            environ_overrides={"CONTENT_LENGTH": "52000000"},
            content_type="multipart/form-data; boundary=x",
            headers={"Accept-Language": "en"},
        )
        assert answer.status_code == 413 and "too large" in answer.text


def test_home_tells_what_waits_and_what_was_sent_back(world: Any, visit: Visit) -> None:
    issued = world.issue(1000, activate=False)
    world.batch(expires_at=world.now + timedelta(days=3))
    browser = visit(world.producer)
    goods = {
        "kind": "fish_sauce",
        "name": "Mắm tôm",
        "net_content": "1 hũ",
        "ocop_stars": "3",
        "ocop_until": "2026-08-01",
    }
    product = browser.post("/producer/products/new", goods).headers["Location"]
    with world.writing() as session:
        number = int(product.rpartition("/")[2])
        reason = Rejection(reason="Không phải nước mắm")
        decide_product(session, world.officer.actor, number, reason, world.now)
    home = browser.get("/producer").text
    assert "1,000 stamps" in home and f"/producer/stamps/{issued.run.id}" in home
    assert "until 18/06/2026" in home
    assert "Không phải nước mắm" in home and f"{product}/correction" in home
    file = {"picture": (photo(), "a.jpg")}
    refused = browser.post(f"{product}/pictures", file, on="/producer/party/correction")
    assert refused.status_code == 409 and "rejected" in refused.text


def test_home_says_first_which_batches_are_stopped(world: Any, visit: Visit) -> None:
    issued = world.issue(10)
    browser = visit(world.producer)
    assert 'id="stopped"' not in browser.get("/producer").text
    browser.post(f"/producer/batches/{issued.batch.id}/hold", {}, on="/account")
    home = browser.get("/producer").text
    assert home.index('id="stopped"') < home.index("Open a new batch")
    stopped = home[home.index('id="stopped"') :].partition("</section>")[0]
    assert f'href="/producer/batches/{issued.batch.id}"' in stopped
    assert "On hold" in stopped and "500 ml" in stopped and "not to use it for now" in stopped
    issued.recall("danger")
    assert "Take what is left off sale" in browser.get("/producer").text


def test_stars_that_lapse_are_told(world: Any, visit: Visit) -> None:
    browser = visit(world.producer)
    world.issue(1)
    goods = {"kind": "fish_sauce", "name": "Mắm", "net_content": "1 hũ", "ocop_stars": "3"}
    browser.post("/producer/products/new", goods | {"ocop_until": "2026-08-01"})
    assert "47 days left" in browser.get("/producer").text
    world.now += timedelta(days=50)
    assert "Lapsed" in visit(world.producer).get("/producer").text
