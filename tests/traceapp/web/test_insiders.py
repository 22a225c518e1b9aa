"""What a signed-in phone meets at a stamp: its producer a panel, an officer another page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

PANEL = "Your own stamp"


def _looks(world: Any, serial: int) -> list[tuple[str, str]]:
    """Agent and verdict of each look at a stamp."""
    with world.reading() as session:
        query = sa.text("SELECT agent, verdict FROM scans WHERE serial = :serial ORDER BY id")
        return [tuple(row) for row in session.execute(query, {"serial": serial})]


def _totals(world: Any, serial: int) -> int:
    with world.reading() as session:
        query = sa.text("SELECT count(*) FROM stamp_totals WHERE serial = :serial")
        return int(session.scalar(query, {"serial": serial}))


def test_a_producer_sees_her_own_stamp_as_buyers_do_and_a_panel_above(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    page = visit(world.producer).get(issued.link_path())
    assert page.status_code == 200
    assert PANEL in page.text
    assert "This is the first one" in page.text
    assert page.text.index(PANEL) < page.text.index('id="verdict"')
    assert f"serial {issued.serial()}" in page.text


def test_her_own_look_is_staffs_and_counts_for_nothing(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    visit(world.producer).get(issued.link_path())
    assert _looks(world, issued.serial()) == [("staff", "not_activated")]
    assert _totals(world, issued.serial()) == 0
    told = visit(world.producer).get("/producer/notices/count")
    assert told.json == {"count": 0}


def test_a_neighbour_meets_what_any_buyer_meets(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue()
    page = visit(world.neighbour).get(issued.link_path())
    assert PANEL not in page.text
    assert "/producer/" not in page.text
    assert _looks(world, issued.serial()) == [("person", "registered")]
    assert _totals(world, issued.serial()) == 1


def test_nobody_signed_in_gets_no_cookie_of_ours_and_no_panel(
    world: Any, visit: Callable[..., Any]
) -> None:
    page = visit().get(world.issue().link_path())
    assert PANEL not in page.text
    assert not [each for each in page.headers.getlist("Set-Cookie") if "session" in each]


def test_a_program_is_told_of_no_panel(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(activate=False)
    for person in (world.producer, world.officer):
        answer = visit(person).get(issued.link_path(), headers={"Accept": "application/json"})
        assert answer.status_code == 200
        assert answer.json["verdict"] == "not_activated"
        assert "producer" in answer.json
        assert PANEL not in answer.text
        assert "csrf" not in answer.text


def test_an_officer_is_led_to_the_stamps_story(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue()
    for person in (world.officer, world.admin):
        answer = visit(person).get(issued.link_path())
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/officer/stamps?serial={issued.serial()}"
    assert {agent for agent, _ in _looks(world, issued.serial())} == {"staff"}
    assert _totals(world, issued.serial()) == 0


def test_a_code_that_nobody_was_issued_is_answered_to_insiders_as_to_anybody(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue()
    forged = issued.code()[:-1] + ("0" if issued.code()[-1] != "0" else "1")
    for person in (world.officer, world.producer):
        answer = visit(person).get(f"/S/{forged}")
        assert answer.status_code == 404
        assert PANEL not in answer.text


def test_the_panel_follows_the_stamp(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue()
    visitor = visit(world.producer)
    active = visitor.get(issued.link_path()).text
    assert "It is in use." in active
    assert "Undo that it was put to use" in active
    assert "This is the first one" not in active
    issued.void(0)
    gone = visitor.get(issued.link_path()).text
    assert "It was taken out of use." in gone
    assert "Undo that it was taken out of use" in gone
    assert "Take it out of use" not in gone
    world.now += timedelta(days=11)
    late = visit(world.producer).get(issued.link_path()).text
    assert PANEL in late
    assert "Undo that" not in late


def test_the_first_is_taken_in_hand_and_the_last_leads_to_the_sorted_range(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    # From the far end of the roll: the phone sorts.
    first = visitor.post(
        "/producer/range/first", {"serial": issued.serial(9)}, on=issued.link_path(9)
    )
    assert first.headers["Location"] == "/producer/range"
    told = visitor.get("/producer/range").text
    assert f"Stamp {issued.serial(9)} is the first one." in told
    again = visitor.get(issued.link_path(9)).text
    assert "It is in hand as the first one" in again
    assert "This is the last one" not in again
    last = visitor.get(issued.link_path(2)).text
    assert "This is the last one" in last
    assert f'name="first_serial" value="{issued.serial(2)}"' in last
    assert f'name="last_serial" value="{issued.serial(9)}"' in last


def test_a_first_stamp_of_another_run_replaces_the_one_in_hand_and_says_so(
    world: Any, visit: Callable[..., Any]
) -> None:
    one, two = world.issue(activate=False), world.issue(activate=False)
    visitor = visit(world.producer)
    visitor.post("/producer/range/first", {"serial": one.serial(1)}, on=one.link_path(1))
    panel = visitor.get(two.link_path(3)).text
    assert f"Stamp {one.serial(1)} of another run is in hand" in panel
    assert "This is the last one" not in panel
    visitor.post("/producer/range/first", {"serial": two.serial(3)}, on=two.link_path(3))
    told = visitor.get("/producer/range").text
    assert f"Stamp {two.serial(3)} is the first one now." in told
    assert f"Stamp {one.serial(1)}, which is of another run, was put away." in told


def test_what_is_in_hand_is_put_away_after_an_hour_and_on_wish(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    visitor.post("/producer/range/first", {"serial": issued.serial()}, on=issued.link_path())
    world.now += timedelta(minutes=61)
    assert "This is the first one" in visitor.get(issued.link_path(5)).text
    assert "No stamp is in hand yet" in visitor.get("/producer/range").text
    visitor.post("/producer/range/first", {"serial": issued.serial()}, on=issued.link_path())
    visitor.post("/producer/range/removal", on="/producer/range")
    assert "No stamp is in hand yet" in visitor.get("/producer/range").text


def test_a_neighbours_stamp_and_one_in_use_are_never_taken_in_hand(
    world: Any, visit: Callable[..., Any]
) -> None:
    own, other = world.issue(), world.issue(activate=False)
    neighbour, producer = visit(world.neighbour), visit(world.producer)
    sent = neighbour.post("/producer/range/first", {"serial": other.serial()}, on="/account")
    assert sent.status_code == 404
    assert "No stamp is in hand yet" in neighbour.get("/producer/range").text
    sent = producer.post("/producer/range/first", {"serial": own.serial()}, on="/account")
    assert sent.status_code == 409
    assert f"Stamp {own.serial()} is in use already." in sent.text
    for wrong in ("", "abc", "-1", "99999999999999999999"):
        sent = producer.post("/producer/range/first", {"serial": wrong}, on="/account")
        assert sent.status_code in (404, 422), wrong
    assert "No stamp is in hand yet" in producer.get("/producer/range").text


def test_a_first_that_another_site_sends_is_not_taken(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    sent = visitor.client.post("/producer/range/first", data={"serial": issued.serial()})
    assert sent.status_code == 400
    assert "No stamp is in hand yet" in visitor.get("/producer/range").text


def test_what_a_producer_wrote_is_escaped_in_the_panel(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False, lot="<b>L</b>")
    page = visit(world.producer).get(issued.link_path()).text
    assert "<b>L</b>" not in page
    assert "&lt;b&gt;L&lt;/b&gt;" in page
