"""What an officer sees of alerts, and how he marks one as handled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from traceapp.records.alerts import AlertKind, Cause, add_cause
from traceapp.web.officer.alerts import ADVICE

Visit = Callable[..., Any]


def whole_service(world: Any, kind: AlertKind, times: int = 1) -> None:
    with world.writing() as session:
        for n in range(times):
            add_cause(session, Cause(kind, 4096 + n), world.now)


def test_the_desk_leads_to_alerts_while_any_is_open(world: Any, visit: Visit) -> None:
    officer = visit(world.officer)
    leads = 'href="/officer/alerts?state=open"'
    assert leads not in officer.get("/officer").text
    assert "No alerts here." in officer.get("/officer/alerts").text
    alert = world.alert()
    desk = officer.get("/officer").text
    assert leads in desk and "1 alert is open" in desk
    whole_service(world, AlertKind.UNKNOWN_SERIAL)
    assert "2 alerts are open" in visit(world.admin).get("/officer").text
    answer = officer.post(
        f"/officer/alerts/{alert}/handling", {"note": "Xong"}, on=f"/officer/alerts/{alert}"
    )
    assert answer.status_code == 303
    assert "1 alert is open" in officer.get("/officer").text


def test_a_line_tells_who_how_often_and_since_when(world: Any, visit: Visit) -> None:
    world.alert()
    whole_service(world, AlertKind.UNKNOWN_SERIAL, 1200)
    text = visit(world.officer).get("/officer/alerts?state=open").text
    assert f"{world.producer.party.name} · seen 1 time · last on 15/06/2026 12:00" in text
    assert "the whole service · seen 1,200 times" in text and "Not handled yet" in text
    vietnamese = visit(world.officer)
    vietnamese.language = "vi"
    assert "Chưa xử lý" in vietnamese.get("/officer/alerts").text
    assert text.index("never issued") < text.index("another run")  # newest first
    assert "No alerts here." in visit(world.officer).get("/officer/alerts?state=handled").text


@pytest.mark.parametrize("kind", AlertKind)
def test_each_kind_says_what_it_means_and_what_to_do(
    world: Any, visit: Visit, kind: AlertKind
) -> None:
    issued = world.issue()
    with world.writing() as session:
        party = world.producer.party.id
        add_cause(session, Cause(kind, issued.serial(), issued.run.id, party), world.now)
    text = visit(world.officer).get("/officer/alerts/1").text.replace("&#39;", "'")
    for sentence in ADVICE[kind]:
        assert sentence in text
    assert f'href="/officer/runs/{issued.run.id}"' in text


def test_the_brake_is_told_apart_from_guesses_at_one_run(world: Any, visit: Visit) -> None:
    whole_service(world, AlertKind.HIDDEN_CODE_GUESSING)
    text = visit(world.officer).get("/officer/alerts/1").text
    assert "the brake is on" in text and "Look at the stamp." not in text


def test_an_alert_is_handled_with_a_note(world: Any, visit: Visit) -> None:
    alert = world.alert()
    page, officer = f"/officer/alerts/{world.alert()}", visit(world.officer)
    assert officer.post(f"{page}/handling", {"note": " "}, on=page).status_code == 422
    answer = officer.post(f"{page}/handling", {"note": "Đã hỏi chợ huyện."}, on=page)
    assert answer.headers["Location"] == page
    text = officer.get(page).text
    assert "The alert is marked as handled." in text and "Đã hỏi chợ huyện." in text
    assert "Mark as handled" not in text and alert
    assert "Mark as handled" not in visit(world.admin).get(f"/officer/alerts/{alert}").text


def test_an_alert_that_somebody_handled_meanwhile_says_so(world: Any, visit: Visit) -> None:
    page, officer = f"/officer/alerts/{world.alert()}", visit(world.officer)
    sent = officer.hidden(page)
    assert officer.client.post(f"{page}/handling", data={**sent, "note": "A"}).status_code == 303
    again = officer.post(f"{page}/handling", {"note": "B"}, on="/account")
    assert again.status_code == 409 and "handled already" in again.text


def test_an_address_that_means_nothing_shows_all(world: Any, visit: Visit) -> None:
    world.alert()
    officer = visit(world.officer)
    assert "another run" in officer.get("/officer/alerts?state=x").text
    assert officer.get("/officer/alerts/99").status_code == 404
