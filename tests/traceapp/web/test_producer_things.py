"""A producer at her own things: what she registers, opens, corrects and stops, or cannot."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from photos import photo

from traceapp.services.desks.listing_batches import BatchWish, newest_batches
from traceapp.services.registry.holding import standing_hold_told
from traceapp.services.registry.opening_batches import show_batch

Visit = Callable[..., Any]


def said(text: str) -> str:
    """A page's words without its marks."""
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


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
