"""What programs send by mistake or on purpose: refused by its field, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from bodies import BODIES


def wrong_bodies(
    good: dict[str, Any], fields: dict[str, list[Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each wrong body, with the field that its refusal must name."""
    for field, poisons in fields.items():
        for poison in poisons:
            yield field, good | {field: poison}
    for field in good:
        yield field, {name: value for name, value in good.items() if name != field}
        yield field, good | {field: None}
    yield "nothing", good | {"nothing": 1}
    yield "id", good | {"id": 1}
    yield "state", good | {"state": "approved"}


@pytest.mark.parametrize("kind", BODIES)
def test_a_wrong_value_is_refused_by_its_field_and_changes_nothing(
    world: Any, unchanged: Any, kind: str
) -> None:
    scene, fields = BODIES[kind]
    path, good = scene(world)
    client = world.client()
    with unchanged():
        for field, body in wrong_bodies(good, fields):
            answer = client.post(
                f"/api/v1{path}",
                data=json.dumps(body),
                content_type="application/json",
                headers=world.officer.headers,
            )
            shown = (field, str(body.get(field))[:60], answer.text[:300])
            assert answer.status_code in (409, 422), shown
            assert answer.content_type == "application/problem+json", shown
            named = [each["field"].split(".")[0] for each in answer.json["errors"]]
            assert field in named, shown
            assert all(each["message"] for each in answer.json["errors"]), shown
            assert "%(" not in answer.text, shown
    accepted = client.post(f"/api/v1{path}", json=good, headers=world.officer.headers)
    # A party that is approved cannot be rejected; every other scene is good but for the poison.
    assert accepted.status_code in ((409,) if kind == "rejection of a party" else (200, 201))
