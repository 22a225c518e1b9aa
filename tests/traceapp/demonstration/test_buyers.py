"""The plan of looks: the same each time, in order, and by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from traceapp.demonstration import read_script
from traceapp.demonstration.buyers import Code, Hidden, plan_visits
from traceapp.records.scans import Agent
from traceapp.services.values import in_vietnam

NOW = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)


def test_the_same_day_has_the_same_plan() -> None:
    assert plan_visits(read_script(), NOW) == plan_visits(read_script(), NOW)


@pytest.mark.parametrize("hour", [0, 5, 12, 17, 23])
def test_looks_are_in_order_and_over(hour: int) -> None:
    now = NOW.replace(hour=hour)
    moments = [visit.at for visit in plan_visits(read_script(), now)]
    assert moments == sorted(moments)
    assert now - timedelta(days=130) < moments[0] and moments[-1] < now


def test_people_look_by_day() -> None:
    hours = [in_vietnam(visit.at).hour for visit in plan_visits(read_script(), NOW)]
    assert sum(6 <= hour < 23 for hour in hours) / len(hours) > 0.95


def test_there_are_robots_forgers_and_wrong_tries_among_a_few_hundred() -> None:
    visits = plan_visits(read_script(), NOW)
    assert 300 < len(visits) < 800
    assert len({visit.phone for visit in visits}) > 250
    assert any(visit.agent is Agent.PREVIEW for visit in visits)
    assert {visit.code for visit in visits} == set(Code)
    assert {visit.hidden for visit in visits} == {None, *Hidden}


def test_a_robot_never_confirms_a_hidden_code() -> None:
    visits = plan_visits(read_script(), NOW)
    assert not [each for each in visits if each.agent is Agent.PREVIEW and each.hidden]
