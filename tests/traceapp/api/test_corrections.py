"""Corrections over JSON: what is left out, what is null, and who hears of it."""

from __future__ import annotations

from typing import Any

import pytest


def post(world: Any, path: str, body: Any = None, who: Any = None) -> Any:
    headers = (who or world.producer).headers
    return world.client().post(f"/api/v1{path}", json=body, headers=headers)


def test_what_is_left_out_stays_and_null_clears(world: Any) -> None:
    path = f"/products/{world.producer.product.id}/corrections"
    stated = {"brand": "Năm Quyên", "standard": "TCVN 5107:2018", "ocop_until": "2027-01-01"}
    made = post(world, path, stated, world.officer)
    assert (made.status_code, made.json["after"]) == (201, stated)
    made = post(world, path, {"brand": None, "ocop_until": "2028-01-01"}, world.officer)
    assert made.json["before"] == {"brand": "Năm Quyên", "ocop_until": "2027-01-01"}
    assert made.json["after"] == {"brand": None, "ocop_until": "2028-01-01"}


@pytest.mark.parametrize("value", [None, "", " "])
def test_what_must_be_there_is_not_cleared(world: Any, unchanged: Any, value: Any) -> None:
    path = f"/parties/{world.producer.party.id}/corrections"
    with unchanged():
        answer = post(world, path, {"name": value, "reason": "Nhầm"})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == ["name"]


def test_a_correction_is_asked_for_decided_and_seen_by_its_party(world: Any) -> None:
    issued = world.issue()
    body = {"attributes": {"vat": "7"}, "reason": "Nhầm chum"}
    asked = post(world, f"/batches/{issued.batch.id}/corrections", body)
    assert (asked.status_code, asked.json["state"], asked.json["public"]) == (
        201,
        "submitted",
        True,
    )
    waiting = world.client().get(
        "/api/v1/corrections?state=submitted&noun=batch", headers=world.officer.headers
    )
    assert [each["id"] for each in waiting.json["items"]] == [asked.json["id"]]
    decided = post(world, f"/corrections/{asked.json['id']}/approval", who=world.officer)
    assert (decided.status_code, decided.json["state"]) == (200, "approved")
    read = world.client().get(
        f"/api/v1/corrections/{asked.json['id']}", headers=world.producer.headers
    )
    assert read.json == decided.json
    seen = world.client().get(issued.link_path(), headers={"Accept": "application/json"}).json
    assert seen["corrections"][0]["fields"] == [
        {"field": "attributes.vat", "before": None, "after": "7"}
    ]


def test_a_rejection_says_why_and_changes_nothing(world: Any) -> None:
    body = {"address": "Thôn 9", "reason": "Chuyển nhà"}
    asked = post(world, f"/parties/{world.producer.party.id}/corrections", body)
    path = f"/corrections/{asked.json['id']}/rejection"
    assert post(world, path, {}, world.officer).status_code == 422
    told = post(world, path, {"reason": "Chưa có giấy"}, world.officer).json
    assert (told["state"], told["decision_reason"]) == ("rejected", "Chưa có giấy")
    party = world.client().get(
        f"/api/v1/parties/{world.producer.party.id}", headers=world.producer.headers
    )
    assert party.json["address"] == world.producer.party.address
