"""Acts at the same moment: how they are given, and what came of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError

from traceapp.services.refusals import Refusal

AtOnce = Callable[[list[Callable[[], Any]]], list[Any]]


def codes(results: list[Any]) -> Counter[str]:
    """How often each refusal was met, and how often none ("ok"). Anything else is a bug."""
    counted: Counter[str] = Counter()
    for result in results:
        if isinstance(result, Exception):
            assert isinstance(result, Refusal | IntegrityError), repr(result)
            counted[result.code if isinstance(result, Refusal) else "integrity"] += 1
        else:
            counted["ok"] += 1
    return counted
