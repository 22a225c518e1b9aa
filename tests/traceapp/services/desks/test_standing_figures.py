"""What operators watch of the records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from traceapp.services.desks.handling_alerts import Handling, handle_alert
from traceapp.services.desks.standing_figures import StandingFigures, read_figures

NOTHING = StandingFigures(
    stamps_issued=0,
    stamp_requests_waiting=0,
    oldest_request_seconds=0,
    recalls_open=0,
    holds_standing=0,
    notices_unseen=0,
    alerts_open=0,
)


def figures(world: Any) -> StandingFigures:
    with world.reading() as session:
        return read_figures(session, world.now)


def test_a_new_installation_has_nothing_to_tell(world: Any) -> None:
    assert figures(world) == NOTHING


def test_what_waits_is_counted_with_the_age_of_the_oldest(world: Any) -> None:
    world.ask(10, world.batch())
    world.now += timedelta(hours=2)
    world.ask(10, world.batch())
    found = figures(world)
    assert (found.stamp_requests_waiting, found.oldest_request_seconds) == (2, 7200)


def test_a_clock_that_went_back_makes_nothing_negative(world: Any) -> None:
    world.ask(10, world.batch())
    world.now -= timedelta(hours=2)
    assert figures(world).oldest_request_seconds == 0


def test_stamps_are_counted_by_their_runs(world: Any) -> None:
    world.issue(quantity=20)
    world.issue(quantity=5)
    assert figures(world).stamps_issued == 25


def test_a_closed_recall_is_no_open_one(world: Any) -> None:
    opened = world.issue(quantity=20).recall()
    world.issue(quantity=20).recall()
    assert figures(world).recalls_open == 2
    issued = world.issue(quantity=1)
    issued.close_recall(opened.id, "withdrawn")
    assert figures(world).recalls_open == 1


def test_a_notice_counts_until_it_is_seen(world: Any) -> None:
    issued = world.issue(quantity=20, activate=False)
    agent = {
        "User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36"
    }
    assert world.client().get(issued.link_path(3), headers=agent).status_code == 200
    assert figures(world).notices_unseen == 1


def test_an_alert_counts_until_it_is_handled(world: Any) -> None:
    alert = world.alert()
    assert figures(world).alerts_open == 1
    with world.writing() as session:
        handle_alert(session, world.officer.actor, alert, Handling(note="Xong"), world.now)
    assert figures(world).alerts_open == 0
