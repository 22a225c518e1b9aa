"""The main job over HTTP, from an empty installation to a scan in the log."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any


def test_a_stamp_lives_from_registration_to_the_log(world: Any) -> None:
    client = world.client()

    def post(path: str, body: Any = None, status: int = 201) -> Any:
        answer = client.post(f"/api/v1{path}", json=body, headers=world.officer.headers)
        assert answer.status_code == status, answer.text
        return answer.json

    party = post("/parties", {"kind": "household", "name": "Hộ A", "address": "Thôn 2"})
    facility = post("/facilities", {"party_id": party["id"], "name": "Nhà ủ", "address": "Thôn 2"})
    product = post(
        "/products",
        {"party_id": party["id"], "kind": "fish_sauce", "name": "Mắm", "net_content": "1 l"},
    )
    batch = post(
        "/batches",
        {
            "product_id": product["id"],
            "facility_id": facility["id"],
            "lot": "A1",
            "produced_at": "2026-06-01T08:00:00+07:00",
            "expires_at": "2028-06-01T08:00:00+07:00",
            "quantity": 100,
            "attributes": {"total_nitrogen_g_l": 30, "bottled_on": "2026-06-01"},
        },
    )
    asked = post(
        "/stamp-requests",
        {
            "product_id": product["id"],
            "batch_id": batch["id"],
            "quantity": 100,
            "hidden_code": True,
        },
    )
    assert asked["state"] == "submitted"
    approved = post(f"/stamp-requests/{asked['id']}/approval", status=200)
    run = approved["run"]
    assert approved["state"] == "approved" and run["quantity"] == 100

    text = client.get(
        f"/api/v1/stamp-runs/{run['id']}/labels?format=csv", headers=world.officer.headers
    ).text
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) == 100 and all(len(row["hidden_code"]) == 8 for row in rows)
    path = f"/S/{rows[0]['code']}"
    wants_json = {"Accept": "application/json"}
    assert client.get(path, headers=wants_json).json["verdict"] == "not_activated"

    post(
        f"/stamp-runs/{run['id']}/activations",
        {"first_serial": run["first_serial"], "last_serial": run["last_serial"]},
    )
    seen = client.get(path, headers=wants_json).json
    assert seen["verdict"] == "registered"
    assert seen["product"]["name"] == "Mắm"

    log = client.get(f"/api/v1/scans?run_id={run['id']}", headers=world.officer.headers).json
    assert [each["verdict"] for each in log["items"]] == ["registered", "not_activated"]
