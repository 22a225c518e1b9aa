"""OCOP stars that lapse: half a year of notices, and none the day they count no more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from traceapp.services.registry.correctable import ProductCorrection
from traceapp.services.registry.correcting import Correcting, correct
from traceapp.services.registry.lapsing import LapseLevel, lapsing_products, ocop_lapse

TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (181, None),
        (180, "within_180_days"),
        (91, "within_180_days"),
        (90, "within_90_days"),
        (61, "within_90_days"),
        (60, "within_60_days"),
        (31, "within_60_days"),
        (30, "within_30_days"),
        (1, "within_30_days"),
        (0, "lapsed"),
        (-1, "lapsed"),
        (-4000, "lapsed"),
    ],
)
def test_a_notice_comes_at_180_90_60_and_30_days(days: int, level: str | None) -> None:
    lapse = ocop_lapse(TODAY + timedelta(days=days), TODAY)
    assert (lapse and lapse.level) == level
    assert lapse is None or lapse.days_left == days


def test_stars_of_which_no_end_is_known_do_not_lapse() -> None:
    assert ocop_lapse(None, TODAY) is None


def starred(world: Any, who: Any, days: int | None, stars: int | None = 3) -> int:
    return star(world, world.product(who=who).id, days, stars)


def star(world: Any, product_id: int, days: int | None, stars: int | None = 3) -> int:
    until = None if days is None else TODAY + timedelta(days=days)
    body = ProductCorrection(ocop_stars=stars, ocop_until=until)
    rules = Correcting(world.edge.kinds, 5)
    with world.writing() as session:
        correct(session, world.officer.actor, product_id, body, rules, world.now)
    return product_id


def test_products_are_told_soonest_first_each_to_its_own(world: Any) -> None:
    late = starred(world, world.producer, 170)
    soon = starred(world, world.producer, 20)
    over = starred(world, world.neighbour, -3)
    starred(world, world.producer, 400)
    starred(world, world.producer, None)
    starred(world, world.producer, 20, stars=None)
    told = {}
    for name, person in world.people.items():
        with world.reading() as session:
            told[name] = lapsing_products(session, person.actor, world.now)
    assert [each.product_id for each in told["officer"]] == [over, soon, late]
    assert told["officer"] == told["admin"]
    assert [each.product_id for each in told["producer"]] == [soon, late]
    assert [each.lapse.level for each in told["neighbour"]] == [LapseLevel.LAPSED]


def test_a_day_is_a_day_in_vietnam_and_the_stars_go_with_the_notice(world: Any) -> None:
    issued = world.issue()
    star(world, issued.batch.product_id, 1)
    levels = []
    for moment in (world.now, world.now + timedelta(hours=12)):  # noon, and midnight
        world.now = moment
        with world.reading() as session:
            (told,) = lapsing_products(session, world.producer.actor, moment)
        page = world.client().get(issued.link_path(), headers={"Accept": "application/json"})
        levels.append((told.lapse.level, page.json["product"]["ocop_stars"]))
    assert levels == [("within_30_days", 3), ("lapsed", None)]
