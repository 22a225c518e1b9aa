"""A body that is packed is refused before anybody unpacks it: a few bytes could fill the memory."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

PACKED = ["gzip", "GZIP", "deflate", "br", "identity, gzip", "zstd"]


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("header", ["Content-Encoding", "Transfer-Encoding"])
def test_a_packed_body_is_refused_and_changes_nothing(
    world: Any, unchanged: Any, header: str, coding: str
) -> None:
    issued = world.issue()
    party = {"kind": "household", "name": "Hộ", "address": "Thôn 1"}
    with unchanged():
        for path, body in (
            (f"/S/{issued.code()}/hidden-code", {"hidden_code": issued.hidden()}),
            ("/api/v1/parties", party),
            ("/sign-in", {}),
        ):
            answer = world.client().post(
                path,
                data=gzip.compress(json.dumps(body).encode()),
                content_type="application/json",
                headers={header: coding, **world.officer.headers},
            )
            assert answer.status_code == 415, path


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_plain_body_may_say_that_it_is_plain(world: Any, coding: str) -> None:
    party = {"kind": "household", "name": "Hộ", "address": "Thôn 1"}
    headers = {"Content-Encoding": coding, **world.officer.headers}
    assert world.client().post("/api/v1/parties", json=party, headers=headers).status_code == 201
