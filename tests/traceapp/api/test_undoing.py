"""Undoing a slip and stopping a batch over JSON, and what a look at a stamp says before and after.

What may be undone by whom is tested with the services; here it is the routes, and their answers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

BUYER = {
    "Accept": "application/json",
    "User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile",
}
WHY = {"reason": "Nhầm dãy"}
# What a void is sent with, besides its serials.
DAMAGED = {"reason": "damaged"}
STOLEN = {"reason": "stolen"}

Post = Callable[..., Any]


@pytest.fixture
def post(world: Any) -> Post:
    """Send a body as somebody of the cast, who is the producer where nobody is named."""

    def send(path: str, body: Any = None, who: Any = None) -> Any:
        headers = (who or world.producer).headers
        return world.client().post(f"/api/v1{path}", json=body, headers=headers)

    return send


@pytest.fixture
def made(world: Any, post: Post) -> Callable[..., tuple[Any, str]]:
    """A run of ten whose first five the producer herself activated or voided; that act's path."""

    def make(act: str, void: dict[str, str] = DAMAGED) -> tuple[Any, str]:
        issued = world.issue(10, activate=act == "voids")
        body = {"first_serial": issued.serial(0), "last_serial": issued.serial(4)}
        body |= void if act == "voids" else {}
        answer = post(f"/stamp-runs/{issued.run.id}/{act}", body)
        assert answer.status_code == 201, answer.text
        assert answer.json["undone_at"] is None and answer.json["undo_reason"] is None
        return issued, f"/{act}/{answer.json['id']}"

    return make


def look(world: Any, issued: Any, n: int = 0) -> Any:
    answer = world.client().get(f"/S/{issued.code(n)}", headers=BUYER)
    assert answer.status_code == 200, answer.text
    return answer.json


def verdict(world: Any, issued: Any, n: int = 0) -> str:
    return str(look(world, issued, n)["verdict"])


def refused(answer: Any, code: str) -> None:
    assert (answer.status_code, answer.json.get("code")) == (409, code), answer.text
    assert answer.json["title"]


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        ("activations", "registered", "not_activated"),
        ("voids", "void", "registered"),
    ],
)
def test_who_made_a_slip_undoes_it_once(
    world: Any, post: Post, made: Any, unchanged: Any, act: str, before: str, after: str
) -> None:
    issued, path = made(act)
    shown = world.client().get(f"/api/v1{path}", headers=world.producer.headers).json
    world.now += timedelta(hours=1)
    answer = post(f"{path}/undo", WHY)
    assert answer.status_code == 200, answer.text
    assert datetime.fromisoformat(answer.json["undone_at"]) == world.now
    assert answer.json["undone_at"].endswith("+07:00")
    assert answer.json == shown | {
        "undone_at": answer.json["undone_at"],
        "undo_reason": "Nhầm dãy",
    }
    reread = world.client().get(f"/api/v1{path}", headers=world.producer.headers)
    assert reread.json == answer.json
    with unchanged():
        refused(post(f"{path}/undo", WHY), "undone")
        refused(post(f"{path}/undo", WHY, world.officer), "undone")

    # A look at the first before it was undone would have left it to an officer.
    other, _ = made(act)
    assert (verdict(world, other), verdict(world, issued)) == (before, after)


@pytest.mark.parametrize("act", ["activations", "voids"])
def test_a_stamp_says_at_once_what_an_officer_undid(
    world: Any, post: Post, made: Any, act: str
) -> None:
    issued, path = made(act)
    at_first = {"activations": "registered", "voids": "void"}[act]
    at_last = {"activations": "not_activated", "voids": "registered"}[act]
    assert verdict(world, issued, 4) == at_first
    assert post(f"{path}/undo", WHY, world.officer).status_code == 200
    assert verdict(world, issued, 4) == at_last


@pytest.mark.parametrize("act", ["activations", "voids"])
def test_a_buyers_look_leaves_it_to_an_officer(
    world: Any, post: Post, made: Any, unchanged: Any, act: str
) -> None:
    issued, path = made(act)
    look(world, issued, 2)
    with unchanged():
        refused(post(f"{path}/undo", WHY), "scanned")
    assert post(f"{path}/undo", WHY, world.officer).status_code == 200


@pytest.mark.parametrize("act", ["activations", "voids"])
def test_after_ten_days_an_officer_is_asked(
    world: Any, post: Post, made: Any, unchanged: Any, act: str
) -> None:
    assert world.edge.settings.undo_days == 10
    _, path = made(act)
    world.now += timedelta(days=11)
    with unchanged():
        answer = post(f"{path}/undo", WHY)
    refused(answer, "too_late")
    assert "10 days" in answer.json["title"]
    assert post(f"{path}/undo", WHY, world.officer).status_code == 200


def test_what_was_stolen_stays_void_until_an_officer_says_otherwise(
    world: Any, post: Post, made: Any, unchanged: Any
) -> None:
    issued, path = made("voids", STOLEN)
    with unchanged():
        refused(post(f"{path}/undo", WHY), "stolen")
    answer = post(f"{path}/undo", {"reason": "Tìm thấy ở kho"}, world.officer)
    assert (answer.status_code, answer.json["undo_reason"]) == (200, "Tìm thấy ở kho")
    assert verdict(world, issued) == "registered"


def test_a_void_of_an_officers_is_an_officers_to_undo(
    world: Any, post: Post, unchanged: Any
) -> None:
    issued = world.issue(10)
    serial = issued.serial()
    body = {"first_serial": serial, "last_serial": serial, "reason": "other"}
    made = post(f"/stamp-runs/{issued.run.id}/voids", body, world.officer)
    path = f"/voids/{made.json['id']}/undo"
    with unchanged():
        refused(post(path, WHY), "by_officer")
    assert post(path, WHY, world.officer).status_code == 200


@pytest.mark.parametrize("act", ["activations", "voids"])
def test_a_neighbour_does_not_even_learn_that_it_is_there(
    world: Any, post: Post, made: Any, unchanged: Any, act: str
) -> None:
    _, path = made(act)
    with unchanged():
        hers = post(f"{path}/undo", WHY, world.neighbour)
        nobodys = post(f"/{act}/999999/undo", WHY, world.neighbour)
    assert hers.status_code == nobodys.status_code == 404
    assert hers.json == nobodys.json


@pytest.mark.parametrize("act", ["activations", "voids"])
def test_an_undo_says_why(post: Post, made: Any, unchanged: Any, act: str) -> None:
    _, path = made(act)
    with unchanged():
        for body in ({}, {"reason": " "}, {"reason": "x" * 501}, {**WHY, "note": "x"}):
            answer = post(f"{path}/undo", body)
            assert (answer.status_code, answer.json["code"]) == (422, "fields"), answer.text
            assert answer.json["errors"][0]["field"] == list(body or {"reason": ""})[-1]
        assert post(f"{path}/undo").status_code == 415


def test_a_batch_is_stopped_without_a_word_and_its_stamps_say_so(
    world: Any, post: Post, unchanged: Any
) -> None:
    issued = world.issue(10)
    path = f"/batches/{issued.batch.id}"
    assert verdict(world, issued, 0) == "registered"
    answer = post(f"{path}/hold")
    assert answer.status_code == 200, answer.text
    assert (answer.json["batch_id"], answer.json["lot"]) == (issued.batch.id, issued.batch.lot)
    assert (answer.json["reason"], answer.json["released_at"]) == ("", None)
    assert [verdict(world, issued, n) for n in range(3)] == ["on_hold"] * 3
    with unchanged():
        refused(post(f"{path}/hold"), "already_on_hold")
        refused(post(f"{path}/hold", {"reason": "Nắp hở"}, world.officer), "already_on_hold")


def test_a_stopped_batch_gets_no_more_stamps(world: Any, post: Post, unchanged: Any) -> None:
    issued = world.issue(10, activate=False)
    assert post(f"/batches/{issued.batch.id}/hold", {"reason": "Nắp hở"}).status_code == 200
    body = {"first_serial": issued.serial(0), "last_serial": issued.serial(4)}
    asked = {
        "product_id": issued.batch.product_id,
        "batch_id": issued.batch.id,
        "quantity": 5,
    }
    with unchanged():
        refused(post(f"/stamp-runs/{issued.run.id}/activations", body), "batch_on_hold")
        refused(post("/stamp-requests", asked), "batch_on_hold")


def test_an_officer_lets_a_batch_go_again_and_nobody_else_does(
    world: Any, post: Post, unchanged: Any
) -> None:
    issued = world.issue(10)
    path = f"/batches/{issued.batch.id}"
    with unchanged():
        refused(post(f"{path}/release", None, world.officer), "not_on_hold")
    held = post(f"{path}/hold", {"reason": "Nắp hở"}).json
    assert held["reason"] == "Nắp hở"
    with unchanged():
        assert post(f"{path}/release").status_code == 403
        assert post(f"{path}/release", {"reason": "Đã kiểm tra"}).status_code == 403
        assert post(f"{path}/release", None, world.neighbour).status_code == 403
    assert verdict(world, issued) == "on_hold"
    world.now += timedelta(hours=2)
    answer = post(f"{path}/release", {"reason": "Đã kiểm tra"}, world.officer)
    assert answer.status_code == 200, answer.text
    assert answer.json == held | {
        "released_at": answer.json["released_at"],
        "release_reason": "Đã kiểm tra",
    }
    assert datetime.fromisoformat(answer.json["released_at"]) == world.now
    assert verdict(world, issued) == "registered"
    with unchanged():
        refused(post(f"{path}/release", None, world.officer), "not_on_hold")
    # It can be stopped anew: the two holds are two.
    again = post(f"{path}/hold")
    assert again.status_code == 200 and again.json["id"] != held["id"]


def test_a_neighbours_batch_cannot_be_stopped(world: Any, post: Post, unchanged: Any) -> None:
    path = f"/batches/{world.batch().id}/hold"
    with unchanged():
        assert post(path, None, world.neighbour).status_code == 404


def test_an_undo_that_is_sent_again_is_answered_as_before(world: Any, made: Any) -> None:
    _, path = made("activations")
    headers = {**world.producer.headers, "Idempotency-Key": "a"}
    first, again = (
        world.client().post(f"/api/v1{path}/undo", json=WHY, headers=headers) for _ in range(2)
    )
    assert first.status_code == again.status_code == 200
    assert first.text == again.text
