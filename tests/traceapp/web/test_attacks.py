"""What somebody would try who has an account, a link, or another site; each was once possible."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from io import BytesIO
from typing import Any

import pyotp
import sqlalchemy as sa
from PIL import Image

from traceapp.services.lists import Role, State
from traceapp.services.people.inviting import NewInvitation, invite
from traceapp.services.registry.correctable import ProductCorrection
from traceapp.services.registry.correcting import correct
from traceapp.services.registry.registering import NewProduct, register_product, show_product

LIMIT = 5.0  # seconds; what was a quarter of an hour once


def test_a_long_position_stops_no_worker(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    form = {"name": "Nhà", "address": "Thôn", "position": "1" + " " * 100_000 + "x"}
    began = time.perf_counter()
    answer = browser.post("/producer/facilities/new", form)
    assert answer.status_code == 422
    assert time.perf_counter() - began < LIMIT


def test_a_picture_that_would_fill_the_memory_is_refused(world: Any, visit: Any) -> None:
    bomb = BytesIO()
    Image.new("L", (6300, 6300)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 200_000
    browser = visit(world.producer)
    page = f"/producer/products/{world.producer.product.id}"
    bomb.seek(0)
    answer = browser.post(f"{page}/pictures", {"picture": (bomb, "a.png")}, on=page)
    assert answer.status_code == 422 and 'name="picture"' in answer.text


def test_a_picture_is_drawn_before_anything_is_locked(world: Any, visit: Any, jpeg: bytes) -> None:
    browser = visit(world.producer)
    page = f"/producer/products/{world.producer.product.id}"
    hidden = browser.hidden(page) | {"once": "A" * 22}
    for status in (303, 409):
        sent = {**hidden, "picture": (BytesIO(jpeg), "a.jpg")}
        assert browser.client.post(f"{page}/pictures", data=sent).status_code == status
    with world.edge.database.engine.connect() as connection:
        kept = connection.scalar(sa.text("SELECT count(*) FROM idempotency_keys"))
    assert kept == 0


def test_no_fast_hash_of_a_password_is_kept(world: Any, visit: Any) -> None:
    browser = visit(world.producer)

    def digests(new: str) -> set[bytes]:
        form = {"old": world.producer.password, "new": new}
        assert browser.post("/account/password", form, on="/account").status_code == 303
        world.producer.password = new
        with world.edge.database.engine.connect() as connection:
            query = "SELECT body_digest FROM idempotency_keys WHERE path = '/account/password'"
            return {bytes(row[0]) for row in connection.execute(sa.text(query))}

    first = digests("một câu thật là dài")
    assert len(first) == 1 and digests("một câu khác hẳn") == first


def test_a_password_that_was_reset_ends_a_half_sign_in(world: Any, visit: Any) -> None:
    officer = visit(world.officer)
    page = officer.get("/account/second-factor")
    found = re.search(r'<p class="code">([A-Z2-7]+)</p>', page.text)
    assert found is not None
    form = {"code": pyotp.TOTP(found[1]).at(world.now), "password": world.officer.password}
    assert officer.post("/account/second-factor", form).status_code == 200
    half = visit()
    credentials = {"sign_in_name": world.officer.email, "password": world.officer.password}
    assert half.post("/sign-in", credentials).status_code == 200
    change = {"old": world.officer.password, "new": "một câu khác hẳn"}
    assert officer.post("/account/password", change, on="/account").status_code == 303
    world.now += timedelta(seconds=60)
    code = pyotp.TOTP(found[1]).at(world.now)
    answer = half.post("/sign-in/second-factor", {"code": code})
    assert answer.headers["Location"] == "/sign-in"
    assert half.get("/officer").status_code == 303


def test_the_second_factor_is_not_switched_on_without_the_password(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    page = browser.get("/account/second-factor")
    found = re.search(r'<p class="code">([A-Z2-7]+)</p>', page.text)
    assert found is not None
    code = pyotp.TOTP(found[1]).at(world.now)
    for password in ("", "không phải"):
        answer = browser.post("/account/second-factor", {"code": code, "password": password})
        assert answer.status_code == 422
    right = {"code": code, "password": world.producer.password}
    assert browser.post("/account/second-factor", right).status_code == 200


def test_another_site_fills_in_no_form_of_ours(world: Any, visit: Any) -> None:
    draft = '{"form": "correct_party", "values": {"name": ["Tên giả"]}}'
    sent = {"next": "/producer/party/correction", "draft": draft}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
    ):
        answer = world.client().post("/sign-in", data=sent, headers=headers)
        assert answer.status_code == 400 and "Tên giả" not in answer.text
    own = world.client().post("/sign-in", data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert "Tên giả" in own.text


def test_strangers_keep_nobody_out_of_a_browser_that_she_uses(world: Any, visit: Any) -> None:
    own = visit(world.officer)
    own.post("/sign-out", on="/account")
    for n in range(31):
        guess = {"sign_in_name": world.officer.email, "password": f"sai rồi nhé {n}"}
        stranger = visit()
        stranger.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{n}"
        status = stranger.post("/sign-in", guess).status_code
    assert status == 429
    right = {"sign_in_name": world.officer.email, "password": world.officer.password}
    assert visit().post("/sign-in", right).status_code == 429
    assert own.post("/sign-in", right).status_code == 303
    # The mark is for its own account, and cannot be made up.
    own.post("/sign-out", on="/account")
    other = {"sign_in_name": world.admin.email, "password": "sai rồi nhé"}
    assert [own.post("/sign-in", other).status_code for _ in range(6)][-1] == 429


def test_an_officer_does_not_find_whom_she_does_not_see_to(world: Any, visit: Any) -> None:
    for query in ("admin", "operator"):
        page = visit(world.officer).get(f"/officer/search?q={query}")
        assert "admin@example.vn" not in page.text and "/people/" not in page.text
    assert "producer@example.vn" in visit(world.officer).get("/officer/search?q=producer").text
    assert "officer@example.vn" in visit(world.admin).get("/officer/search?q=officer").text


def test_a_link_to_join_does_not_tell_all_names_that_are_taken(world: Any, visit: Any) -> None:
    with world.writing() as session:
        new = NewInvitation(role=Role.PRODUCER, name="Bà Tư")
        token = invite(session, world.officer.actor, new, days=14, now=world.now).token
    form = {"name": "Bà Tư", "sign_in_name": world.admin.email, "password": "mắm ngon cá cơm"}
    browser = visit()
    statuses = [browser.post(f"/join/{token}", form).status_code for _ in range(22)]
    assert statuses[0] == 409 and statuses[-1] == 429


def test_what_an_officer_did_not_see_she_does_not_approve(world: Any, visit: Any) -> None:
    with world.writing() as session:
        new = NewProduct(
            party_id=world.producer.party.id, kind="fish_sauce", name="Mắm", net_content="1 l"
        )
        asks = (session, world.producer.actor)
        product_id = register_product(*asks, new, world.edge.kinds, world.now).id
    page = f"/officer/products/{product_id}"
    officer = visit(world.officer)
    shown = re.search(r'name="seen" value="([0-9a-f]+)"', officer.get(page).text)
    assert shown is not None
    form = {"seen": shown[1]}
    with world.writing() as session:
        body = ProductCorrection(name="Tên khác", ocop_stars=5)
        correct(session, world.producer.actor, product_id, body, world.edge.correcting, world.now)
    answer = officer.post(f"{page}/approval", form, on=page)
    assert answer.status_code == 409 and "changed after you opened" in answer.text
    with world.reading() as session:
        told = show_product(session, world.officer.actor, product_id)
    assert told.state is State.SUBMITTED
    again = re.search(r'name="seen" value="([0-9a-f]+)"', answer.text)
    assert again is not None
    assert officer.post(f"{page}/approval", {"seen": again[1]}, on=page).status_code == 303


def test_a_batch_on_hold_is_not_rewritten_behind_the_officers_back(world: Any, visit: Any) -> None:
    batch = world.batch()
    browser = visit(world.producer)
    page = f"/producer/batches/{batch.id}"
    assert browser.post(f"{page}/hold", on=page).status_code == 303
    hidden = browser.hidden(f"{page}/correction")
    sent = {**hidden, "quantity": "99999", "reason": "Ghi nhầm"}
    assert browser.client.post(f"{page}/correction", data=sent).status_code == 303
    with world.edge.database.engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT state FROM corrections")).scalars().all()
        quantity = connection.scalar(sa.text(f"SELECT quantity FROM batches WHERE id = {batch.id}"))
    assert kept == ["submitted"] and quantity == batch.quantity


def test_a_producer_is_no_public_authority(world: Any, visit: Any) -> None:
    with world.writing() as session:
        new = NewInvitation(role=Role.PRODUCER, name="Bà Tư")
        token = invite(session, world.officer.actor, new, days=14, now=world.now).token
    browser = visit()
    form = {"name": "Bà Tư", "sign_in_name": "0912345678", "password": "mắm ngon cá cơm"}
    assert browser.post(f"/join/{token}", form).status_code == 303
    party = {"kind": "authority", "name": "Cục An toàn thực phẩm", "address": "Hà Nội"}
    answer = browser.post("/producer/party", party)
    assert answer.status_code == 422


def test_odd_addresses_and_dates_are_answered(world: Any, visit: Any) -> None:
    browser, officer = visit(world.producer), visit(world.officer)
    long = "9" * 2000
    for path in ("/producer/batches", "/producer/products", "/producer/stamps"):
        assert browser.get(f"{path}?cursor={long}").status_code in (200, 422)
    for path in ("/people", "/officer/parties", "/officer/scans", "/officer/requests"):
        assert officer.get(f"{path}?cursor={long}").status_code in (200, 422)
    assert officer.get("/officer/search?q=%00nuoc%00mam").status_code == 200
    new = f"/producer/products/{world.producer.product.id}/new-batch"
    form = {
        "lot": "X1",
        "facility_id": str(world.producer.facility.id),
        "produced_at": "31/12/9999",
        "quantity": "10",
    }
    assert browser.post(new, form).status_code == 422


def test_another_sites_link_takes_no_labels_out(world: Any, visit: Any) -> None:
    issued = world.issue(activate=False)
    browser = visit(world.producer)
    path = f"/producer/stamps/{issued.run.id}/labels?format=csv"
    answer = browser.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303
    assert browser.get(path).mimetype == "text/csv"
    with world.edge.database.engine.connect() as connection:
        query = "SELECT count(*) FROM acts WHERE name = 'stamp_run.draw'"
        assert connection.scalar(sa.text(query)) == 1
