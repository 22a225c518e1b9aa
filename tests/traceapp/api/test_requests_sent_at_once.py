"""The same request, sent twice at the same moment over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def posting(world: Any, path: str, key: str | None = None, body: Any = None) -> Callable[[], Any]:
    headers = world.officer.headers | ({} if key is None else {"Idempotency-Key": key})
    return lambda: world.client().post(f"/api/v1{path}", json=body, headers=headers)


def runs(world: Any) -> int:
    with world.edge.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM stamp_runs").scalar())


def test_one_idempotency_key_at_once_makes_one_run_and_one_answer(world: Any, at_once: Any) -> None:
    path = f"/stamp-requests/{world.ask(20, world.batch())}/approval"
    world.client()  # made before the threads start
    answers = at_once([posting(world, path, "key-1") for _ in range(6)])
    assert [each.status_code for each in answers] == [200] * 6
    assert len({each.text for each in answers}) == 1
    assert runs(world) == 1


def test_an_approval_at_once_without_a_key_makes_one_run_and_conflicts(
    world: Any, at_once: Any
) -> None:
    path = f"/stamp-requests/{world.ask(20, world.batch())}/approval"
    world.client()
    answers = at_once([posting(world, path) for _ in range(6)])
    assert sorted(each.status_code for each in answers) == [200] + [409] * 5
    assert runs(world) == 1


def test_one_key_with_two_bodies_at_once_makes_one_object(world: Any, at_once: Any) -> None:
    world.client()
    bodies = [{"kind": "household", "name": f"Hộ {n}", "address": "Thôn 1"} for n in range(4)]
    answers = at_once([posting(world, "/parties", "key-2", body) for body in bodies])
    assert sorted(each.status_code for each in answers) == [201, 422, 422, 422]


def test_a_lot_sent_twice_at_once_is_opened_once(world: Any, at_once: Any) -> None:
    body = {
        "product_id": world.producer.product.id,
        "facility_id": world.producer.facility.id,
        "lot": "A-1",
        "produced_at": "2026-06-01T08:00:00+07:00",
        "expires_at": "2028-06-01T08:00:00+07:00",
        "quantity": 10,
    }
    world.client()
    answers = at_once([posting(world, "/batches", None, body) for _ in range(5)])
    assert sorted(each.status_code for each in answers) == [201] + [409] * 4
    for each in answers:
        if each.status_code == 409:
            assert each.content_type == "application/problem+json"
