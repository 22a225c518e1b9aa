"""Decisions: approved by a button, rejected with a reason, and told clearly where late."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from traceapp.services.registry import registering
from traceapp.services.registry.correctable import ProductCorrection
from traceapp.services.registry.correcting import Correcting, correct
from traceapp.services.registry.picturing import PictureRoom, add_picture, read_picture
from traceapp.services.registry.registering import NewFacility, NewParty, NewProduct

Visit = Callable[..., Any]


def _waiting(world: Any, what: str) -> str:
    """The page of something new that waits."""
    producer = world.producer.actor
    party_id = world.producer.party.id
    with world.writing() as session:
        if what == "products":
            new = NewProduct(
                party_id=party_id, kind="fish_sauce", name="Mắm cốt", net_content="250 ml"
            )
            kinds = world.edge.kinds
            made: Any = registering.register_product(session, producer, new, kinds, world.now)
        else:
            place = NewFacility(party_id=party_id, name="Kho lạnh", address="Thôn 2")
            made = registering.register_facility(session, producer, place, world.now)
    return f"/officer/{what}/{made.id}"


@pytest.mark.parametrize("what", ["products", "facilities"])
def test_what_waits_is_approved_by_a_button(world: Any, visit: Visit, what: str) -> None:
    page = _waiting(world, what)
    officer = visit(world.officer)
    answer = officer.post(f"{page}/approval", on=page)
    assert answer.status_code == 303
    text = officer.get(answer.headers["Location"]).text
    assert "Approved." in text
    assert "Your decision" not in text


def test_a_decision_leads_on_to_the_next_of_its_kind_then_to_any_other(
    world: Any, visit: Visit
) -> None:
    first, second = _waiting(world, "facilities"), _waiting(world, "facilities")
    request_id = world.ask(1000, world.batch())
    officer = visit(world.officer)
    assert "What waits next" not in officer.get(first).text
    led = officer.post(f"{first}/approval", on=first).headers["Location"]
    assert (
        f'<a class="btn btn-primary" href="{second}">Next: Facilities · Kho lạnh'
        in officer.get(led).text
    )
    led = officer.post(f"{second}/rejection", {"reason": "Trùng"}, on=second).headers["Location"]
    text = officer.get(led).text
    other = f"/officer/requests/{request_id}"
    assert f'<a class="btn btn-primary" href="{other}">Next: Stamp requests · 1,000' in text


def test_the_last_decision_leads_back_to_an_empty_desk(world: Any, visit: Visit) -> None:
    world.issue().recall()
    page = f"/officer/requests/{world.ask(40, world.batch())}"
    officer = visit(world.officer)
    led = officer.post(f"{page}/approval", on=page).headers["Location"]
    text = officer.get(led).text
    assert "Nothing else waits." in text
    assert '<a class="btn btn-primary" href="/officer">Back to the desk</a>' in text


@pytest.mark.parametrize("what", ["products", "facilities"])
def test_a_rejection_needs_a_reason_and_can_be_turned(world: Any, visit: Visit, what: str) -> None:
    page = _waiting(world, what)
    officer = visit(world.officer)
    empty = officer.post(f"{page}/rejection", {"reason": " "}, on=page)
    assert empty.status_code == 422
    assert "<details open>" in empty.text
    assert officer.post(f"{page}/rejection", {"reason": "Thiếu ảnh"}, on=page).status_code == 303
    text = officer.get(page).text
    assert "Thiếu ảnh" in text
    assert "Approve after all" in text
    assert officer.post(f"{page}/approval", on=page).status_code == 303


def test_the_second_of_two_officers_is_told_clearly(world: Any, visit: Visit) -> None:
    page = _waiting(world, "products")
    second, first = visit(world.officer), visit(world.officer)
    hidden = second.hidden(page)
    assert first.post(f"{page}/approval", on=page).status_code == 303
    late = second.client.post(
        f"{page}/rejection", data={**hidden, "reason": "Không"}, headers={"Accept-Language": "en"}
    )
    assert late.status_code == 409
    assert "This was approved already; nothing was changed." in late.text


def test_a_party_is_decided_with_everything_about_it_beside(world: Any, visit: Visit) -> None:
    with world.writing() as session:
        new = NewParty(kind="household", name="Hộ mới", address="Thôn 9")
        party = registering.register_party(session, world.officer.actor, new, world.now)
    officer = visit(world.officer)
    page = f"/officer/parties/{world.producer.party.id}"
    text = officer.get(page).text
    assert "Nước mắm Hộ bà Năm Quyên" in text and "producer@example.vn" in text
    late = officer.post(f"/officer/parties/{party.id}/approval", on="/account")
    assert late.status_code == 409
    listed = officer.get("/officer/parties?state=approved").text
    assert "Hộ mới" in listed and "1 facility" in listed
    assert "No producers here." in officer.get("/officer/parties?state=rejected").text


def test_a_request_is_approved_against_the_room_of_its_batch(world: Any, visit: Visit) -> None:
    batch = world.batch(quantity=100)
    request_id = world.ask(40, batch, note="Cho chợ phiên")
    page = f"/officer/requests/{request_id}"
    officer = visit(world.officer)
    text = officer.get(page).text
    assert "105 stamps in all, 40 taken or asked for, 65 left" in text
    assert "Cho chợ phiên" in text and "What the law asks for" in text
    answer = officer.post(f"{page}/approval", on=page)
    assert answer.status_code == 303
    text = officer.get(page).text
    assert "Approved. The stamps have the serials" in text
    assert "/officer/runs/" in text


def test_a_request_that_was_decided_meanwhile_says_so(world: Any, visit: Visit) -> None:
    request_id = world.ask(40, world.batch())
    page = f"/officer/requests/{request_id}"
    officer = visit(world.officer)
    hidden = officer.hidden(page)
    world.approve(request_id)
    late = officer.client.post(f"{page}/approval", data=hidden, headers={"Accept-Language": "en"})
    assert late.status_code == 409
    assert "This request was decided already" in late.text


def test_a_rejected_request_keeps_its_reason(world: Any, visit: Visit) -> None:
    page = f"/officer/requests/{world.ask(40, world.batch())}"
    officer = visit(world.officer)
    answer = officer.post(f"{page}/rejection", {"reason": "Thiếu hồ sơ"}, on=page)
    assert answer.status_code == 303
    text = officer.get(page).text
    assert "Thiếu hồ sơ" in text
    assert "Approve after all" not in text
    assert page in officer.get("/officer/requests?state=rejected").text
    assert page not in officer.get("/officer/requests?state=submitted").text


def test_a_button_pressed_twice_issues_one_run(world: Any, visit: Visit) -> None:
    page = f"/officer/requests/{world.ask(40, world.batch())}"
    officer = visit(world.officer)
    hidden = officer.hidden(page)
    answers = [officer.client.post(f"{page}/approval", data=hidden) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]


def _correction(world: Any) -> Any:
    body = ProductCorrection(brand="Năm Quyên", reason="Đã đăng ký nhãn hiệu")
    with world.writing() as session:
        return correct(
            session,
            world.producer.actor,
            world.producer.product.id,
            body,
            Correcting(world.edge.kinds, world.edge.settings.spoilage_percent),
            world.now,
        )


def test_a_correction_shows_before_and_after_and_is_made(world: Any, visit: Visit) -> None:
    told = _correction(world)
    page = f"/officer/corrections/{told.id}"
    officer = visit(world.officer)
    text = officer.get(page).text
    assert "Năm Quyên</ins>" in text and "Đã đăng ký nhãn hiệu" in text
    product = f"/officer/products/{world.producer.product.id}"
    assert "A correction waits for a decision." in officer.get(product).text
    assert officer.post(f"{page}/approval", on=page).status_code == 303
    assert "A correction waits" not in officer.get(product).text
    late = officer.post(f"{page}/rejection", {"reason": "Không"}, on=product)
    assert late.status_code in (400, 409)


def test_a_correction_is_rejected_with_a_reason(world: Any, visit: Visit) -> None:
    page = f"/officer/corrections/{_correction(world).id}"
    officer = visit(world.officer)
    answer = officer.post(f"{page}/rejection", {"reason": "Chưa có giấy"}, on=page)
    assert answer.status_code == 303
    assert "Chưa có giấy" in officer.get(page).text


def _picture(world: Any) -> Any:
    settings = world.edge.settings
    room = PictureRoom(settings.data_dir.absolute() / "pictures", 12_000_000)
    drawn = BytesIO()
    Image.new("RGB", (600, 500), (120, 40, 20)).save(drawn, "JPEG")
    prepared = read_picture(drawn.getvalue(), room)
    product_id = world.producer.product.id
    with world.writing() as session:
        return add_picture(
            session, world.producer.actor, product_id, prepared, "Chai 500 ml", room, world.now
        )


def test_a_picture_is_seen_before_buyers_see_it(world: Any, visit: Visit) -> None:
    told = _picture(world)
    page = f"/officer/pictures/{told.id}/decision"
    officer = visit(world.officer)
    assert "Chai 500 ml" in officer.get(page).text
    seen = officer.get(f"/officer/pictures/{told.id}")
    assert (seen.status_code, seen.content_type) == (200, "image/jpeg")
    assert Image.open(BytesIO(seen.data)).width == told.width
    assert "inline" in seen.headers["Content-Disposition"]
    public = f"/pictures/{told.digest}/1080.jpg"
    assert world.client().get(public).status_code == 404
    assert officer.post(f"/officer/pictures/{told.id}/approval", on=page).status_code == 303
    with world.client().get(public) as shown:
        assert shown.status_code == 200
    assert visit(world.producer).get(f"/officer/pictures/{told.id}").status_code == 403


def test_a_picture_is_rejected_with_a_reason(world: Any, visit: Visit) -> None:
    told = _picture(world)
    page = f"/officer/pictures/{told.id}/decision"
    officer = visit(world.officer)
    path = f"/officer/pictures/{told.id}/rejection"
    assert officer.post(path, {"reason": "Mờ quá"}, on=page).status_code == 303
    assert "Mờ quá" in officer.get(page).text


@pytest.mark.parametrize(
    "path",
    [
        "/officer/parties/999",
        "/officer/facilities/999",
        "/officer/products/999",
        "/officer/batches/999",
        "/officer/requests/999",
        "/officer/runs/999",
        "/officer/recalls/999",
        "/officer/corrections/999",
        "/officer/pictures/999",
        "/officer/pictures/999/decision",
        "/officer/activations/999",
        "/officer/voids/999",
        "/officer/holds/999",
        "/officer/totals?product_id=999",
    ],
)
def test_what_is_not_there_is_not_found(world: Any, visit: Visit, path: str) -> None:
    assert visit(world.officer).get(path).status_code == 404
