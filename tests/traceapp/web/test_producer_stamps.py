"""A producer's pages about stamps: ask for them, print them, be told how they are scanned."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.requesting import reject_request

OWN = "/account"  # a page whose form has the token, wherever the others stand


def _path(issued: Any, what: str = "") -> str:
    return f"/producer/stamps/{issued.run.id}{what}"


def _count(world: Any, table: str) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.text(f"SELECT count(*) FROM {table}")))


def _verdict(world: Any, issued: Any, n: int) -> str:
    answer = world.client().get(f"/S/{issued.code(n)}", headers={"Accept": "application/json"})
    return str(answer.json["verdict"])


# Asking for stamps.


def test_she_asks_for_a_batch_and_sees_what_became_of_it(
    world: Any, visit: Callable[..., Any]
) -> None:
    batch = world.batch(quantity=100)
    visitor = visit(world.producer)
    path = f"/producer/requests/new?batch_id={batch.id}"
    page = visitor.get(path).text
    assert "110 stamps are left for this batch." in page or "stamps are left" in page
    assert "What the law still wants" in page
    body = {"product_id": batch.product_id, "batch_id": batch.id, "quantity": "60"}
    sent = visitor.post(path, body | {"hidden_code": "yes", "note": "Cho Tết"})
    assert sent.status_code == 303
    told = visitor.get(sent.headers["Location"]).text
    assert "waits for an officer" in told and "Cho Tết" in told and f"lot {batch.lot}" in told
    request_id = int(sent.headers["Location"].rpartition("/")[2])
    assert sent.headers["Location"] in visitor.get("/producer/stamps").text
    run = world.approve(request_id)
    told = visitor.get(sent.headers["Location"]).text
    assert "approved" in told and f"/producer/stamps/{run.id}" in told


def test_more_than_the_batch_may_have_is_refused_beside_the_number_and_kept(
    world: Any, visit: Callable[..., Any]
) -> None:
    batch = world.batch(quantity=100)
    visitor = visit(world.producer)
    path = f"/producer/requests/new?batch_id={batch.id}"
    body = {"product_id": batch.product_id, "batch_id": batch.id, "quantity": "5.000", "note": "N"}
    for quantity, status in (("5.000", 409), ("0", 422), ("nhiều", 422), ("", 422), ("-3", 422)):
        sent = visitor.post(path, body | {"quantity": quantity, "hidden_code": "yes"})
        assert sent.status_code == status, quantity
        assert 'id="f-ask-quantity-slip"' in sent.text, quantity
        assert re.search(f'name="quantity"[^>]*value="{re.escape(quantity)}"', sent.text)
        assert re.search(r'value="yes" checked', sent.text)
        assert f"lot {batch.lot}" in sent.text
    assert _count(world, "stamp_requests") == 0


def test_a_roll_is_asked_for_from_the_list_of_products(
    world: Any, visit: Callable[..., Any]
) -> None:
    visitor = visit(world.producer)
    assert f"product_id={world.producer.product.id}" in visitor.get("/producer/requests/new").text
    path = f"/producer/requests/new?product_id={world.producer.product.id}"
    assert "A roll has at most" in visitor.get(path).text
    sent = visitor.post(path, {"product_id": world.producer.product.id, "quantity": "1.200"})
    assert sent.status_code == 303
    assert "1,200" in visitor.get(sent.headers["Location"]).text


def test_what_is_a_neighbours_is_not_there(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(activate=False)
    request_id, batch = issued.run.request_id, issued.batch
    active = world.issue()
    gone = active.void(0)
    with world.reading() as session:
        activation = session.scalar(sa.text("SELECT id FROM activations"))
    visitor = visit(world.neighbour)
    for path in (
        f"/producer/requests/new?product_id={world.producer.product.id}",
        f"/producer/requests/new?batch_id={batch.id}",
        f"/producer/requests/{request_id}",
        _path(issued),
        _path(issued, "/labels"),
        _path(issued, "/activation"),
        _path(issued, f"/activation?first_serial={issued.serial()}&last_serial={issued.serial()}"),
        _path(issued, "/void"),
        f"/producer/activations/{activation}/undo",
        f"/producer/voids/{gone.id}/undo",
        f"/producer/totals?product_id={world.producer.product.id}",
    ):
        assert visitor.get(path).status_code == 404, path
    ends = {"first_serial": str(issued.serial()), "last_serial": str(issued.serial())}
    for path, body in (
        (_path(issued, "/activation"), ends),
        (_path(issued, "/void"), ends | {"reason": "lost"}),
        (f"/producer/activations/{activation}/undo", {"reason": "x"}),
        (f"/producer/voids/{gone.id}/undo", {"reason": "x"}),
    ):
        assert visitor.post(path, body, on=OWN).status_code == 404, path
    asked = {"product_id": world.producer.product.id, "quantity": "5"}
    sent = visitor.post("/producer/requests/new", asked, on=OWN)
    assert sent.status_code == 404
    assert _count(world, "voids") == 1


def test_a_rejected_request_says_why_and_is_asked_again_with_one_press(
    world: Any, visit: Callable[..., Any]
) -> None:
    batch = world.batch()
    request_id = world.ask(30, batch, hidden_code=True, note="Mẻ đầu")
    with world.writing() as session:
        reason = Rejection(reason="Quá nhiều <b>")
        reject_request(session, world.officer.actor, request_id, reason, world.now)
    visitor = visit(world.producer)
    page = visitor.get(f"/producer/requests/{request_id}").text
    assert "rejected" in page and "Quá nhiều &lt;b&gt;" in page
    again = re.search(r'href="(/producer/requests/new\?[^"]+)"', page)
    assert again is not None
    form = visitor.get(again[1].replace("&amp;", "&")).text
    assert re.search(r'name="quantity"[^>]*value="30"', form)
    assert re.search(r'value="yes" checked', form)
    assert "Mẻ đầu" in form
    assert "rejected" in visitor.get("/producer/stamps").text
    assert "Quá nhiều &lt;b&gt;" in visitor.get("/producer").text


# The list, and one run.


def test_the_list_is_newest_first_with_counts_and_goes_on(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = [world.issue(quantity=4, activate=False) for _ in range(22)]
    issued[-1].activate(0, 1)
    issued[-1].void(1)
    visitor = visit(world.producer)
    page = visitor.get("/producer/stamps").text
    assert page.index(_path(issued[21])) < page.index(_path(issued[20]))
    assert "1 in use" in page and "1 out of use" in page and "2 wait" in page
    more = re.search(r"/producer/stamps\?cursor=[0-9]+", page)
    oldest = f'"{_path(issued[0])}"'
    assert more is not None and oldest not in page
    assert oldest in visitor.get(more[0]).text
    for wrong in ("abc", "9" * 90):
        assert visitor.get(f"/producer/stamps?cursor={wrong}").status_code == 422
    assert oldest not in visit(world.neighbour).get("/producer/stamps").text


def test_a_run_shows_where_its_stamps_stand_and_what_was_done(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=20, activate=False)
    issued.activate(0, 9)
    issued.void(8, last=11, note="Ướt")
    page = visit(world.producer).get(_path(issued)).text
    for part in ("In use: <strong>8", "Waiting: <strong>8", "Out of use: <strong>4"):
        assert part in page
    assert f"{issued.serial(0)} to {issued.serial(9)}" in page
    assert "Damaged" in page and "Ướt" in page
    assert page.count(">Undo<") + page.count("Undo</a>") >= 2


# Notices and totals.


def test_a_buyers_scan_of_a_waiting_stamp_is_told_on_every_page_until_it_is_seen(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    assert visitor.get("/producer/notices/count").json == {"count": 0}
    assert "Nothing new." in visitor.get("/producer/notices").text
    assert _verdict(world, issued, 7) == "not_activated"
    assert visitor.get("/producer/notices/count").json == {"count": 1}
    assert "/producer/notices" in visitor.get("/producer/stamps").text
    page = visitor.get("/producer/notices").text
    assert f"stamp {issued.serial(7)} was scanned" in page
    assert _path(issued, "/activation") in page
    assert "reason=stolen" in page
    assert visit(world.neighbour).get("/producer/notices/count").json == {"count": 0}
    seen = re.search(r"/producer/notices/[0-9]+/seen", page)
    assert seen is not None
    assert visit(world.neighbour).post(seen[0], on=OWN).status_code == 404
    assert visitor.post(seen[0], on="/producer/notices").status_code == 303
    assert visitor.get("/producer/notices/count").json == {"count": 0}
    assert "Seen before" in visitor.get("/producer/notices").text


def test_putting_the_stamps_to_use_settles_the_notice(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    _verdict(world, issued, 7)
    visitor = visit(world.producer)
    ends = {"first_serial": issued.serial(0), "last_serial": issued.serial(19)}
    visitor.post(_path(issued, "/activation"), ends, on=OWN)
    assert visitor.get("/producer/notices/count").json == {"count": 0}


def test_totals_tell_how_buyers_were_answered_and_only_of_her_own(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=30, activate=False)
    issued.activate(0, 9)
    for n in range(3):
        _verdict(world, issued, n)
    world.now += timedelta(days=2)
    _verdict(world, issued, 20)
    visitor = visit(world.producer)
    visitor.get(f"/S/{issued.code(0)}")
    page = visitor.get("/producer/totals").text
    assert "4 scans in 30 days" in page
    assert "All is well: <strong>3" in page
    assert "Warned not to buy or use: <strong>1" in page
    with world.reading() as session:
        assert session.scalar(sa.text("SELECT max(through) FROM added_up")) is not None
    one = visitor.get(f"/producer/totals?product_id={world.producer.product.id}&days=365").text
    assert "4 scans in 365 days" in one and "each bar is a week" in one
    other = world.product()
    none = visitor.get(f"/producer/totals?product_id={other.id}").text
    assert "Nobody scanned in these days." in none
    assert "0 scans in 30 days" in visit(world.neighbour).get("/producer/totals").text
    for wrong in ("days=12", "days=abc", "product_id=abc", "product_id=0", "product_id="):
        assert "in 30 days" in visitor.get(f"/producer/totals?{wrong}").text


def test_officers_and_strangers_do_not_get_in(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue()
    for path in ("/producer/stamps", _path(issued), "/producer/notices/count", "/producer/totals"):
        assert visit(world.officer).get(path).status_code == 403, path
        assert visit().get(path).status_code == 303, path


def test_a_day_of_the_plot_is_vietnams(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue()
    world.now = world.now.replace(hour=17, minute=30)  # half past midnight there
    _verdict(world, issued, 0)
    page = visit(world.producer).get("/producer/totals").text
    assert date(2026, 6, 16).strftime("%d/%m/%Y") in page


def test_the_way_around_tells_the_room_of_every_page(world: Any, visit: Callable[..., Any]) -> None:
    request_id = world.ask(5, world.batch())
    visitor = visit(world.producer)
    for path, room in (
        (f"/producer/facilities/{world.producer.facility.id}", "/producer/party"),
        ("/producer/facilities/new", "/producer/party"),
        (f"/producer/requests/{request_id}", "/producer/stamps"),
        ("/producer/range", "/producer/stamps"),
        ("/producer", "/producer"),
    ):
        lit = re.findall(r'href="([^"]+)" aria-current="page"', visitor.get(path).text)
        assert lit == [room], path
