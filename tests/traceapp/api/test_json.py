"""Bodies that are no JSON, no object, or deeper and wider than anybody needs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bodies import BODIES, HUGE, INFINITY, NAN, batch

NO_OBJECTS = [b"[]", b'"x"', b"1", b"null", b"true", b'[{"kind": "household"}]']
NO_JSON = [b"", b"{", b"\xff\xfe", b'{"name": "\\ud800"}', b'{"name": "\\udc00x"}', b"{'a': 1}"]
NO_JSON += [
    '{"name": "Hộ"}'.encode("utf-16"),
    b'{"name": "\xc3"}',
    b'{"a": 1} x',
    b"kind=household",
]

NO_JSON += [b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"a":' * 50_000]
NO_JSON += [b'{"name": "\x00"}', b'{"quantity": 1' + b"0" * 5000 + b"}", b'{"a": 01}', b"\x00"]


@pytest.mark.parametrize("kind", BODIES)
def test_what_is_no_object_or_no_json_is_refused(world: Any, unchanged: Any, kind: str) -> None:
    path, good = BODIES[kind][0](world)
    client = world.client()

    def send(data: bytes, media: str = "application/json") -> Any:
        answer = client.post(
            f"/api/v1{path}", data=data, content_type=media, headers=world.officer.headers
        )
        assert answer.content_type == "application/problem+json", (data[:40], answer.text[:200])
        return answer

    with unchanged():
        for data in NO_OBJECTS:
            assert send(data).status_code == 422, data
        for data in NO_JSON:
            assert send(data).status_code in (400, 422), data[:40]
        text = json.dumps(good).encode()
        for media in ("", "text/plain", "application/x-www-form-urlencoded", "text/json"):
            assert send(text, media).status_code == 415, media
        assert send(text + b" " * 2_000_000).status_code == 413


def test_a_deep_or_wide_attribute_is_refused(world: Any, unchanged: Any) -> None:
    path, good = batch(world)
    client = world.client()
    deep: Any = 1
    for _ in range(150):
        deep = [deep]
    wrong: list[dict[str, Any]] = [
        {"total_nitrogen_g_l": deep},
        {"total_nitrogen_g_l": HUGE},
        {"total_nitrogen_g_l": NAN},
        {"total_nitrogen_g_l": INFINITY},
        {"total_nitrogen_g_l": "30"},
        {"total_nitrogen_g_l": True},
        {"total_nitrogen_g_l": -1},
        {"bottled_on": "2026-02-30"},
        {"bottled_on": 20260601},
        {"bottled_on": "2026-06-01T08:00:00+07:00"},
        {f"name{n}": 1 for n in range(5000)},
    ]
    with unchanged():
        for attributes in wrong:
            answer = client.post(
                f"/api/v1{path}",
                data=json.dumps(good | {"attributes": attributes}),
                content_type="application/json",
                headers=world.officer.headers,
            )
            assert answer.status_code == 422, (str(attributes)[:80], answer.text[:200])
            assert answer.json["errors"][0]["field"].startswith("attributes")


def test_a_problem_speaks_vietnamese_unless_asked_otherwise(world: Any) -> None:
    headers = {"Authorization": world.officer.headers["Authorization"]}
    answer = world.client().get("/api/v1/parties/999999", headers=headers)
    assert answer.status_code == 404 and "Accept-Language" in answer.headers["Vary"]
    english = world.client().get("/api/v1/parties/999999", headers=world.officer.headers)
    assert english.json["title"] == "There is no party with this number."
