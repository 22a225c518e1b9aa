"""Totals by day: what counts, which day it counts for, and that nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.database import insert
from traceapp.records.scan_days import AddedUp, Days, Place, ScanDay, kept_verdicts
from traceapp.records.scans import Agent, Scan
from traceapp.services.authority import Actor
from traceapp.services.refusals import Unacceptable, Unknown
from traceapp.services.scans import adding_up
from traceapp.services.scans.adding_up import Totals, TotalsWish, add_up, behind, totals
from traceapp.services.scans.scanning import Look, scan

TODAY = date(2026, 6, 15)


def look(world: Any, text: str, days_ago: float = 0, agent: Agent = Agent.PERSON) -> None:
    at = world.now - timedelta(days=days_ago)
    with world.writing() as session:
        scan(session, Look(text, "phone", "192.0.2.1", agent=agent), world.edge.scanning, at)


def place(world: Any, province: str, days_ago: float = 0) -> None:
    """A province that the buyer of the newest look names."""
    with world.writing() as session:
        newest = session.scalars(sa.select(Scan).order_by(Scan.id.desc())).first()
        row = Place(
            scan_id=newest.id,
            at=world.now - timedelta(days=days_ago),
            serial=newest.serial,
            product_id=newest.product_id,
            province=province,
        )
        session.add(row)


def count(world: Any, person: Any = None, **wish: Any) -> Totals:
    with world.reading() as session:
        actor = (person or world.officer).actor
        return totals(session, actor, TotalsWish(**wish), world.now)


def run_add_up(world: Any) -> int:
    with world.writing() as session:
        return add_up(session, world.now)


@pytest.fixture
def looked_at(world: Any) -> Any:
    """A week with looks of all kinds, of the producer's stamps and of her neighbour's."""
    issued = world.issue(10)
    for days_ago in (0, 1, 1, 5):
        look(world, issued.code(), days_ago)
    place(world, "thanh-hoa", 5)
    look(world, issued.code(1), 2, Agent.PREVIEW)
    look(world, issued.code(2), 2, Agent.STAFF)
    look(world, "0000000B8FXF2GQRGF17", 2)  # forged: another key's
    look(world, "no code at all", 2)
    look(world, "nor is this", 0)
    return world


def test_totals_are_the_same_before_and_after_days_are_added_up(looked_at: Any) -> None:
    before = count(looked_at)
    assert run_add_up(looked_at) == 5  # from five days ago to yesterday
    assert count(looked_at) == before
    assert before.verdicts == {"malformed": 2, "forged": 1, "registered": 4}
    assert before.sum == 7
    assert [(each.province, each.looks) for each in before.provinces] == [("thanh-hoa", 1)]


def test_only_what_people_look_at_counts(looked_at: Any) -> None:
    by_day = {each.day: each.looks for each in count(looked_at).days}
    assert by_day[TODAY - timedelta(days=2)] == {"malformed": 1, "forged": 1}


def test_the_log_itself_is_not_read_for_days_that_were_added_up(looked_at: Any) -> None:
    run_add_up(looked_at)
    with looked_at.writing() as session:
        session.execute(sa.update(ScanDay).values(looks=100))
    assert {each.day: each.sum for each in count(looked_at).days}[TODAY - timedelta(days=5)] == 100
    assert count(looked_at).days[-1].sum == 2  # today is counted live


def test_every_day_of_the_span_is_told_and_by_default_thirty(looked_at: Any) -> None:
    told = count(looked_at)
    assert [told.since, told.until, len(told.days)] == [date(2026, 5, 17), TODAY, 30]
    told = count(looked_at, since="2026-06-13", until="2026-06-14")
    assert [each.day.day for each in told.days] == [13, 14]
    assert [each.sum for each in told.days] == [2, 2]
    assert count(looked_at, since=TODAY, until="").sum == 2  # as a form sends it
    assert count(looked_at, until="2025-01-01").sum == 0
    assert count(looked_at, since="2027-01-01").sum == 0


def test_a_day_is_vietnams(world: Any) -> None:
    issued = world.issue(3)
    for at in ("2026-06-13T16:59:59", "2026-06-13T17:00:00", "2026-06-14T16:59:59.999999"):
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        look(world, issued.code(), (world.now - moment) / timedelta(days=1))
    expected = {date(2026, 6, 13): 1, date(2026, 6, 14): 2}
    assert {each.day: each.sum for each in count(world).days if each.sum} == expected
    run_add_up(world)
    assert {each.day: each.sum for each in count(world).days if each.sum} == expected


def test_a_producer_is_told_of_her_own_products_alone(looked_at: Any) -> None:
    for _ in range(2):  # before and after adding up
        assert count(looked_at, looked_at.producer).verdicts == {"registered": 4}
        assert count(looked_at, looked_at.neighbour).sum == 0
        assert count(looked_at, looked_at.neighbour).provinces == []
        own = looked_at.producer.product.id
        assert count(looked_at, looked_at.producer, product_id=own).sum == 4
        assert count(looked_at, looked_at.admin, product_id=own).sum == 4
        run_add_up(looked_at)


def test_a_product_of_somebody_else_is_unknown(looked_at: Any, refused: Any) -> None:
    product_id = looked_at.producer.product.id
    with refused(Unknown, "no_product"):
        count(looked_at, looked_at.neighbour, product_id=product_id)
    with refused(Unknown, "no_product"):
        count(looked_at, product_id=999_999)


def test_a_producer_without_a_party_is_told_of_nothing(looked_at: Any) -> None:
    nobody = Actor(looked_at.producer.actor.account_id, looked_at.producer.actor.role, None)
    with looked_at.reading() as session:
        assert totals(session, nobody, TotalsWish(), looked_at.now).sum == 0


def test_days_the_wrong_way_round_and_too_many_of_them_are_refused(
    world: Any, refused: Callable[..., Any]
) -> None:
    with refused(Unacceptable, "days_order", "until"):
        count(world, since="2026-06-15", until="2026-06-14")
    with refused(Unacceptable, "too_many_days", "since"):
        count(world, since="2025-06-14", until="2026-06-15")
    assert len(count(world, since="2025-06-15", until="2026-06-15").days) == 366


def test_an_installation_without_looks_has_nothing_to_add_up(world: Any) -> None:
    with world.reading() as session:
        assert not behind(session, world.now)
    assert run_add_up(world) == 0
    assert count(world).sum == 0


def test_it_is_behind_until_all_days_that_are_over_are_added_up(
    looked_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding_up, "DAYS_AT_ONCE", 2)
    before = count(looked_at)
    done = []
    while True:
        with looked_at.reading() as session:
            if not behind(session, looked_at.now):
                break
        done.append(run_add_up(looked_at))
        assert count(looked_at) == before  # also half-way
    assert done == [2, 2, 1]
    assert run_add_up(looked_at) == 0


def test_a_day_is_over_a_little_after_midnight(looked_at: Any) -> None:
    run_add_up(looked_at)
    midnight = datetime(2026, 6, 15, 17, 0, tzinfo=UTC)
    looked_at.now = midnight + timedelta(minutes=9)
    assert run_add_up(looked_at) == 0
    looked_at.now = midnight + timedelta(minutes=10)
    assert run_add_up(looked_at) == 1
    assert count(looked_at).verdicts == {"malformed": 2, "forged": 1, "registered": 4}


def test_two_that_add_up_at_once_count_no_day_twice(looked_at: Any, at_once: Any) -> None:
    before = count(looked_at)
    results = at_once([lambda: run_add_up(looked_at)] * 4)
    assert sorted(results) == [0, 0, 0, 5]
    assert count(looked_at) == before
    with looked_at.reading() as session:
        assert session.scalar(sa.select(AddedUp.through)) == TODAY - timedelta(days=1)


def test_a_year_of_looks_is_told_from_a_few_rows(world: Any) -> None:
    """Sums over all products are rows of their own, so a plot of everything reads those alone."""
    with world.writing() as session:
        for product_id in (-1, 0, 5):
            session.execute(
                insert(session, ScanDay).values(
                    day=TODAY, product_id=product_id, verdict="registered", looks=7
                )
            )
        assert kept_verdicts(session, Days(TODAY, TODAY)) == [(TODAY, "registered", 7)]
