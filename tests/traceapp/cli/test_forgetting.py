"""`forget` says how much was forgotten, and is harmless where there is nothing to forget."""

from __future__ import annotations

from typing import Any


def test_forgetting_tells_what_it_forgot(empty: Any) -> None:
    assert empty.json("forget") == {"traces": 0, "days": 0, "keys": 0}
