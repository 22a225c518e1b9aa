"""What is one party's is nobody else's: in lists, and where its id is sent."""

from __future__ import annotations

from typing import Any

import pytest
from scenes import Scene, new_batch, new_facility, new_product, new_request


@pytest.mark.parametrize("collection", ["parties", "facilities", "products", "batches"])
def test_a_list_shows_nobody_elses(world: Any, collection: str) -> None:
    world.batch()
    own = world.client().get(f"/api/v1/{collection}", headers=world.producer.headers).json["items"]
    foreign = world.client().get(f"/api/v1/{collection}", headers=world.neighbour.headers).json
    everything = world.client().get(f"/api/v1/{collection}", headers=world.admin.headers).json
    assert own
    ids = {each["id"] for each in own}
    assert not ids & {each["id"] for each in foreign["items"]}
    assert ids <= {each["id"] for each in everything["items"]}


@pytest.mark.parametrize("collection", ["stamp-requests", "stamp-runs", "recalls"])
def test_a_list_of_what_was_issued_shows_nobody_elses(world: Any, collection: str) -> None:
    world.issue().recall()
    got = {
        name: world.client().get(f"/api/v1/{collection}", headers=person.headers).json["items"]
        for name, person in world.people.items()
    }
    assert got["neighbour"] == []
    assert len(got["producer"]) == len(got["officer"]) == len(got["admin"]) == 1


def test_a_recall_over_two_parties_tells_each_only_of_its_own(world: Any) -> None:
    own, foreign = world.batch(), world.batch(who=world.neighbour)
    body = {"batch_ids": [own.id, foreign.id], "severity": "danger", "reason": "A", "notice": "B"}
    opened = world.client().post("/api/v1/recalls", json=body, headers=world.officer.headers)
    path = f"/api/v1/recalls/{opened.json['id']}"
    told = {
        name: world.client().get(path, headers=person.headers).json["batch_ids"]
        for name, person in world.people.items()
    }
    assert told == {
        "producer": [own.id],
        "neighbour": [foreign.id],
        "officer": [own.id, foreign.id],
        "admin": [own.id, foreign.id],
    }


@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("/facilities", "party_id", new_facility),
        ("/products", "party_id", new_product),
        ("/batches", "product_id", new_batch),
        ("/batches", "facility_id", new_batch),
        ("/stamp-requests", "product_id", new_request),
        ("/stamp-requests", "batch_id", new_request),
    ],
)
def test_an_id_of_another_party_in_a_body_is_refused_by_its_field(
    world: Any, unchanged: Any, path: str, field: str, body: Scene
) -> None:
    foreign = {
        "party_id": world.neighbour.party.id,
        "product_id": world.neighbour.product.id,
        "facility_id": world.neighbour.facility.id,
        "batch_id": world.batch(who=world.neighbour).id,
    }
    for number in (foreign[field], 999_999):
        sent = body(world)[1] | {field: number}
        with unchanged():
            answer = world.client().post(
                f"/api/v1{path}", json=sent, headers=world.producer.headers
            )
        assert answer.status_code == 422, answer.text
        assert [each["field"] for each in answer.json["errors"]] == [field]


def test_stamps_are_not_activated_for_a_batch_of_another_party(world: Any, unchanged: Any) -> None:
    run = world.issue(roll=True).run
    body = {"first_serial": run.first_serial, "last_serial": run.last_serial}
    foreign = world.batch(who=world.neighbour)
    with unchanged():
        answer = world.client().post(
            f"/api/v1/stamp-runs/{run.id}/activations",
            json=body | {"batch_id": foreign.id},
            headers=world.producer.headers,
        )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "batch_id"
