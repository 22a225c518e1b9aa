"""How many hidden codes may be tried: a pure rule, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from traceapp.services.scans.limiting_tries import Room, Tried, TryLimits, room_for

NOW = datetime(2026, 6, 15, 5, 17, 40, tzinfo=UTC)
NEXT_MINUTE = datetime(2026, 6, 15, 5, 18, tzinfo=UTC)
NEXT_HOUR = datetime(2026, 6, 15, 6, 0, tzinfo=UTC)
LIMITS = TryLimits(per_minute=10, of_source=300, of_all=1000)

USUAL = {"in_minute": 2, "first_here": False, "wrong_of_source": 1, "wrong_of_all": 1}


def room(limits: TryLimits = LIMITS, **given: Any) -> Room:
    return room_for(Tried(**USUAL | given), limits, NOW)


def test_ten_tries_a_minute_are_compared_at_one_stamp() -> None:
    assert [room(in_minute=n).left for n in (1, 2, 9, 10)] == [9, 8, 1, 0]
    assert room(in_minute=10) == Room(0)
    assert room(in_minute=11) == Room(0, NEXT_MINUTE)


def test_wrong_codes_of_one_network_are_limited_by_the_hour() -> None:
    assert room(wrong_of_source=299) == Room(0)
    assert room(wrong_of_source=295).left == 4
    assert room(wrong_of_source=300) == Room(0, NEXT_HOUR, elsewhere=True)
    assert room(in_minute=11, wrong_of_source=300) == Room(0, NEXT_HOUR, elsewhere=True)


@pytest.mark.parametrize(("in_minute", "again"), [(2, None), (3, NEXT_MINUTE)])
def test_the_brake_leaves_a_fifth_of_the_tries_at_a_stamp(in_minute: int, again: Any) -> None:
    assert room(in_minute=in_minute, wrong_of_all=999).again_at is None
    assert room(in_minute=in_minute, wrong_of_all=1000).again_at == again


def test_the_brake_leaves_a_fifth_of_a_networks_wrong_codes() -> None:
    assert room(wrong_of_source=59, wrong_of_all=1000).again_at is None
    assert room(wrong_of_source=60, wrong_of_all=999).again_at is None
    assert room(wrong_of_source=60, wrong_of_all=1000).again_at == NEXT_HOUR


def test_the_brake_always_leaves_one() -> None:
    few = TryLimits(per_minute=3, of_source=10, of_all=10)
    assert room(few, in_minute=1, wrong_of_all=10) == Room(0)
    assert room(few, in_minute=2, wrong_of_all=10).again_at == NEXT_MINUTE


WORST = {"in_minute": 5000, "wrong_of_source": 9000, "wrong_of_all": 90_000}


def test_the_first_try_at_a_stamp_is_compared_whatever_else_goes_on() -> None:
    assert room(**WORST).again_at is not None
    assert room(**WORST | {"in_minute": 1, "first_here": True}) == Room(0)


def test_the_first_try_from_a_clean_network_is_compared_whatever_else_goes_on() -> None:
    assert room(**WORST | {"wrong_of_source": 0}) == Room(0)
    assert room(**WORST | {"wrong_of_source": 1}).again_at is not None
