"""Where a buyer bought it: asked after her look, answered once, and by nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from traceapp.records.scan_days import Place
from traceapp.records.scans import Scan

PREVIEW = {"User-Agent": "facebookexternalhit/1.1", "Accept": "text/html"}


def _ticket(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _send(visitor: Any, path: str, **fields: str) -> Any:
    return visitor.client.post(path, data=fields, headers={"Accept": "text/html"})


def _places(world: Any) -> list[tuple[int, str]]:
    with world.reading() as session:
        return [(each.serial, each.province) for each in session.scalars(sa.select(Place))]


def test_a_buyer_names_her_province_and_is_thanked(world: Any, visitor: Any) -> None:
    issued = world.issue()
    page = visitor.page(issued.link_path()).text
    assert page.count("<option") == 35
    path = f"/S/{issued.code()}/place"
    assert f'action="..{path}"' in page
    answer = _send(visitor, path, ticket=_ticket(page), province="thanh-hoa")
    assert answer.status_code == 200
    assert f'href="/S/{issued.code()}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert _places(world) == [(issued.serial(), "thanh-hoa")]
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 1


def test_the_thanks_can_be_left_for_the_stamp_in_the_other_language(
    world: Any, visitor: Any
) -> None:
    issued = world.issue()
    ticket = _ticket(visitor.page(issued.link_path()).text)
    path = f"/S/{issued.code()}/place"
    answer = _send(visitor, path, ticket=ticket, province="hue")
    assert '<a class="switch" href="?lang=en"' in answer.text
    led = visitor.page(f"{path}?lang=en")
    assert led.headers["Location"] == f"/S/{issued.code()}?lang=en"


def test_the_form_sent_twice_counts_once_and_says_so(
    world: Any, visitor: Any, stranger: Any
) -> None:
    issued = world.issue()
    ticket = _ticket(stranger.page(issued.link_path()).text)
    path = f"/S/{issued.code()}/place?lang=en"
    assert "Thank you" in _send(stranger, path, ticket=ticket, province="hue").text
    again = _send(stranger, path, ticket=ticket, province="ha-noi")
    assert (again.status_code, "You had told us before" in again.text) == (200, True)
    assert _places(world) == [(issued.serial(), "hue")]


def test_what_is_not_in_the_list_is_asked_again_with_the_same_ticket(
    world: Any, stranger: Any
) -> None:
    issued = world.issue()
    ticket = _ticket(stranger.page(issued.link_path()).text)
    path = f"/S/{issued.code()}/place"
    for fields in ({"province": "atlantis"}, {"province": ""}, {}):
        answer = _send(stranger, path, ticket=ticket, **fields)
        assert answer.status_code == 422
        assert _ticket(answer.text) == ticket
    assert _places(world) == []
    assert _send(stranger, path, ticket=ticket, province="hue").status_code == 200


def test_a_ticket_is_good_for_an_hour(world: Any, visitor: Any) -> None:
    issued = world.issue()
    path = f"/S/{issued.code()}/place"
    ticket = _ticket(visitor.page(issued.link_path()).text)
    world.now += timedelta(minutes=61)
    assert _send(visitor, path, ticket=ticket, province="hue").status_code == 410
    ticket = _ticket(visitor.page(issued.link_path()).text)
    world.now += timedelta(minutes=59)
    assert _send(visitor, path, ticket=ticket, province="hue").status_code == 200


@pytest.mark.parametrize("damage", ["", "x", "x{}", "{}.x", "WzEsOTk5OTk5OTk5OV0.AAAA", "é"])
def test_nobody_makes_up_a_ticket(world: Any, visitor: Any, damage: str) -> None:
    issued = world.issue()
    ticket = _ticket(visitor.page(issued.link_path()).text)
    sent = damage.format(ticket)
    assert (
        _send(visitor, f"/S/{issued.code()}/place", ticket=sent, province="hue").status_code == 410
    )
    assert _places(world) == []


def test_a_ticket_outlives_a_new_key(world: Any, visitor: Any) -> None:
    issued = world.issue()
    ticket = _ticket(visitor.page(issued.link_path()).text)
    world.edge.session_keys.rotate()
    answer = _send(visitor, f"/S/{issued.code()}/place", ticket=ticket, province="hue")
    assert answer.status_code == 200


def test_another_sites_form_answers_for_nobody(world: Any, visitor: Any) -> None:
    issued = world.issue()
    ticket = _ticket(visitor.page(issued.link_path()).text)
    answer = visitor.client.post(
        f"/S/{issued.code()}/place",
        data={"ticket": ticket, "province": "hue"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert _places(world) == []


def test_what_cannot_be_read_is_answered_and_keeps_nothing(world: Any, visitor: Any) -> None:
    path = f"/S/{world.issue().code()}/place"
    large = visitor.client.post(path, data={"province": "x" * 20_000})
    broken = visitor.client.post(path, data="{", content_type="application/json")
    odd = visitor.client.post(path, json={"ticket": [1], "province": {"a": 1}})
    assert [each.status_code for each in (large, broken, odd)] == [413, 400, 410]
    assert _places(world) == []


def test_only_a_person_at_an_issued_stamp_is_asked(world: Any, visitor: Any) -> None:
    issued = world.issue()
    for path in ("/S/XYZ", "/S/ABCDEABCDEABCDEABCDE", "/", "/privacy"):
        assert "ticket" not in visitor.page(path).text
    assert "ticket" not in visitor.client.get(issued.link_path(), headers=PREVIEW).text
    assert "ticket" not in visitor.client.head(issued.link_path()).text
    assert "ticket" not in visitor.look(issued.link_path()).text
    hidden = visitor.submit(issued.code(), hidden_code=issued.hidden(), foil_whole="yes")
    assert _ticket(hidden.text)


def test_a_program_is_answered_in_json(world: Any, visitor: Any) -> None:
    issued = world.issue()
    body = {"ticket": _ticket(visitor.page(issued.link_path()).text), "province": "hue"}
    answer = visitor.client.post(
        f"/S/{issued.code()}/place", json=body, headers={"Accept": "application/json"}
    )
    assert answer.get_json()["kept"] is True
    assert set(answer.get_json()) == {"kept", "message"}


def test_whoever_comes_back_to_the_forms_address_is_led_to_the_stamp(
    world: Any, visitor: Any
) -> None:
    code = world.issue().code()
    answer = visitor.page(f"/S/{code}/place?lang=en")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/S/{code}?lang=en")


def test_records_out_of_reach_are_told_and_the_question_stays(
    world: Any, stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = world.issue()
    ticket = _ticket(stranger.page(issued.link_path()).text)

    def away() -> Any:
        raise OperationalError("BEGIN", {}, Exception("gone"))

    monkeypatch.setattr(world.edge.database, "writing", away)
    answer = _send(stranger, f"/S/{issued.code()}/place", ticket=ticket, province="hue")
    assert answer.status_code == 503
    assert _ticket(answer.text) == ticket
