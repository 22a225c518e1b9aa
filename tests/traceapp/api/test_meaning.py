"""What programs send in the right form: refused where it means nothing, kept as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from bodies import batch, party, recall


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"expires_at": "2026-06-01T08:00:00+07:00"}, "expires_at"),
        ({"expires_at": "2026-06-01T01:00:00Z"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expiries": [{"condition": "a", "expires_at": "2020-01-01T00:00:00Z"}]}, "expiries"),
        ({"expiries": [{"condition": "a", "expires_at": "2027-01-01T00:00:00Z"}] * 2}, "expiries"),
        ({"expiries": [{"condition": "a", "expires_at": "x"}]}, "expiries"),
        (
            {
                "expiries": [{"condition": "a", "expires_at": "2027-01-01T00:00:00Z"}],
                "sold_as": "a",
            },
            "sold_as",
        ),
        (
            {
                "expiries": [{"condition": "a", "expires_at": "2028-06-01T01:00:00Z"}],
                "sold_as": "b",
            },
            "sold_as",
        ),
    ],
)
def test_times_in_the_wrong_order_are_refused(
    world: Any, unchanged: Any, changed: dict[str, Any], field: str
) -> None:
    path, good = batch(world)
    with unchanged():
        answer = world.client().post(
            f"/api/v1{path}", json=good | changed, headers=world.officer.headers
        )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].split(".")[0] == field


@pytest.mark.parametrize("what", ["activations", "voids"])
def test_a_range_the_wrong_way_round_or_outside_the_run_is_refused(
    world: Any, unchanged: Any, what: str
) -> None:
    world.issue()
    run = world.issue(activate=False).run
    first, last = run.first_serial, run.last_serial
    wrong = [
        (last, first, "last_serial"),
        (first - 1, last, "first_serial"),
        (first, last + 1, "last_serial"),
        (0, 5, "first_serial"),
        (first - 1, first - 1, "first_serial"),
        (last + 1, last + 1, "first_serial"),
        (last + 4096, last + 4100, "first_serial"),
    ]
    with unchanged():
        for low, high, field in wrong:
            body = {"first_serial": low, "last_serial": high} | (
                {"reason": "lost"} if what == "voids" else {}
            )
            answer = world.client().post(
                f"/api/v1/stamp-runs/{run.id}/{what}", json=body, headers=world.officer.headers
            )
            assert answer.status_code == 422, answer.text
            assert answer.json["errors"][0]["field"] == field


def test_a_batch_named_twice_in_a_recall_is_one(world: Any) -> None:
    path, good = recall(world)
    good["batch_ids"] *= 3
    answer = world.client().post(f"/api/v1{path}", json=good, headers=world.officer.headers)
    assert answer.status_code == 201
    assert answer.json["batch_ids"] == good["batch_ids"][:1]


def test_text_is_kept_in_nfc_with_all_its_marks(world: Any) -> None:
    path, good = party(world)
    good["name"] = "  Hộ bà Nga\u0303 Huye\u0302\u0300n  "
    answer = world.client().post(f"/api/v1{path}", json=good, headers=world.officer.headers)
    assert answer.json["name"] == "Hộ bà Ngã Huyền"


def test_a_time_is_told_in_vietnam_whatever_zone_it_came_in(world: Any) -> None:
    path, good = batch(world)
    good |= {"produced_at": "2026-06-01T23:30:00-05:00"}
    answer = world.client().post(f"/api/v1{path}", json=good, headers=world.officer.headers)
    assert answer.json["produced_at"] == "2026-06-02T11:30:00+07:00"
