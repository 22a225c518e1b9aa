"""The same Idempotency-Key, sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

BODY = {"kind": "household", "name": "Hộ", "address": "Thôn 1"}


def post(world: Any, key: str | None, path: str = "/parties", body: Any = BODY, who: Any = None):
    headers = dict((who or world.officer).headers)
    if key is not None:
        headers["Idempotency-Key"] = key
    return world.client().post(f"/api/v1{path}", json=body, headers=headers)


def kept(world: Any) -> int:
    with world.edge.database.engine.connect() as connection:
        counted = connection.exec_driver_sql("SELECT count(*) FROM idempotency_keys")
        return int(counted.scalar())


def test_the_same_body_gets_the_same_answer_and_makes_one_object(
    world: Any, unchanged: Any
) -> None:
    first = post(world, "a")
    assert first.status_code == 201
    world.now += timedelta(hours=23)
    with unchanged():
        again = post(world, "a")
    assert (again.status_code, again.text) == (201, first.text)
    assert post(world, "b").json["id"] != first.json["id"] != post(world, None).json["id"]


def test_another_body_is_refused(world: Any, unchanged: Any) -> None:
    post(world, "a")
    with unchanged():
        answer = post(world, "a", body=BODY | {"name": "Hộ khác"})
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert answer.json["errors"][0]["field"] == "Idempotency-Key"


def test_another_account_and_another_path_are_independent(world: Any) -> None:
    asked = {"product_id": world.producer.product.id, "quantity": 5}
    one = post(world, "a", "/stamp-requests", asked)
    two = post(world, "a", "/stamp-requests", asked, world.producer)
    three = post(world, "a")
    assert [each.status_code for each in (one, two, three)] == [201] * 3
    assert one.json["id"] != two.json["id"]


def test_a_key_of_somebody_else_does_not_show_her_answer(world: Any) -> None:
    asked = {"product_id": world.producer.product.id, "quantity": 5}
    post(world, "a", "/stamp-requests", asked, world.producer)
    answer = post(world, "a", "/stamp-requests", asked, world.neighbour)
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "product_id"


def test_a_refusal_is_not_stored(world: Any) -> None:
    asked = {"product_id": world.producer.product.id, "quantity": 5}
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE products SET state = 'submitted'")
    assert post(world, "a", "/stamp-requests", asked).status_code == 409
    assert kept(world) == 0
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE products SET state = 'approved'")
    assert post(world, "a", "/stamp-requests", asked).status_code == 201


def test_a_body_that_cannot_be_read_does_not_take_the_key(world: Any) -> None:
    assert post(world, "a", body={"kind": "nothing"}).status_code == 422
    assert kept(world) == 0
    assert post(world, "a").status_code == 201


def test_a_key_is_forgotten_after_a_day(world: Any) -> None:
    first = post(world, "a")
    world.now += timedelta(hours=24)
    assert post(world, "a").text == first.text
    world.now += timedelta(seconds=1)
    again = post(world, "a")
    assert again.status_code == 201 and again.json["id"] != first.json["id"]
    assert kept(world) == 1


def test_an_approval_sent_again_tells_of_the_same_run(world: Any, unchanged: Any) -> None:
    path = f"/stamp-requests/{world.ask(20, world.batch())}/approval"
    first = post(world, "a", path, None)
    with unchanged():
        again = post(world, "a", path, None)
    assert first.status_code == again.status_code == 200
    assert first.json == again.json and first.json["run"]["quantity"] == 20
    assert post(world, "b", path, None).status_code == 409


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb", "é", "\x7f", "a b\u00a0"])
def test_what_cannot_be_a_key_is_refused(world: Any, unchanged: Any, key: str) -> None:
    with unchanged():
        answer = post(world, key)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key")
    assert answer.json["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "key", ["a", "x" * 200, "8e03978e-40d5-43dd-bc93-6894a57f9324", '"q"', "%s"]
)
def test_what_can_be_a_key_is_taken(world: Any, key: str) -> None:
    assert post(world, key).status_code == 201
    assert post(world, key).status_code == 201
    assert kept(world) == 1


def test_a_key_on_a_get_means_nothing(world: Any) -> None:
    headers = world.officer.headers | {"Idempotency-Key": "x" * 500}
    assert world.client().get("/api/v1/parties", headers=headers).status_code == 200
    assert kept(world) == 0
