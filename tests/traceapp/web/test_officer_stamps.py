"""A stamp's story on one page, and the acts that stand beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.scans.judging import Verdict
from traceapp.web.verdicts import VERDICTS, tone_of

Visit = Callable[..., Any]


def test_every_verdict_has_a_word_and_a_tone() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert {tone_of(each) for each in Verdict} == {"good", "care", "bad"}


def test_a_story_tells_verdict_facts_people_and_scans(world: Any, visit: Visit) -> None:
    issued = world.issue()
    world.client().get(issued.link_path())
    text = visit(world.officer).get(f"/officer/stamps?serial={issued.serial()}").text
    for said in (
        "Valid",
        "What happened",
        "Stamps put to use",
        "officer@example.vn",
        "The last scans",
    ):
        assert said in text, said
    for path in (
        f"/officer/runs/{issued.run.id}",
        f"/officer/batches/{issued.batch.id}",
        f"/officer/parties/{issued.run.party_id}",
        f"/officer/recalls/new?batch_id={issued.batch.id}",
    ):
        assert f'href="{path}"' in text, path


def test_an_officer_who_scans_a_stamp_lands_on_its_story(world: Any, visit: Visit) -> None:
    issued = world.issue()
    answer = visit(world.officer).get(issued.link_path())
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/officer/stamps?serial={issued.serial()}")


def test_a_serial_that_was_never_issued_is_told(world: Any, visit: Visit) -> None:
    text = visit(world.officer).get("/officer/stamps?serial=4999999").text
    assert "No stamp with the serial 4999999 was ever issued." in text


@pytest.mark.parametrize("serial", ["", "x", "-1", "99999999999999999999"])
def test_an_address_without_a_serial_leads_to_search(world: Any, visit: Visit, serial: str) -> None:
    answer = visit(world.officer).get(f"/officer/stamps?serial={serial}")
    assert answer.headers["Location"] == "/officer/search"


def test_one_stamp_is_made_void_and_that_is_undone(world: Any, visit: Visit) -> None:
    issued = world.issue()
    serial = issued.serial(4)
    page = f"/officer/stamps?serial={serial}"
    officer = visit(world.officer)
    values = {"first_serial": serial, "last_serial": serial, "reason": "stolen", "note": "Báo mất"}
    answer = officer.post(f"/officer/stamps/void?serial={serial}", values, on=page)
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    text = officer.get(page).text
    assert "Stolen" in text and "Báo mất" in text and "Make this stamp void" not in text
    again = officer.post(f"/officer/stamps/void?serial={serial}", values, on="/account")
    assert again.status_code == 409
    assert "are void" in again.text

    void_id = int(text.split('href="/officer/voids/')[1].split('"')[0])
    undoing = f"/officer/voids/{void_id}"
    assert officer.post(f"{undoing}/undo", {"reason": ""}, on=undoing).status_code == 422
    done = officer.post(f"{undoing}/undo", {"reason": "Đã tìm lại"}, on=undoing)
    assert done.status_code == 303
    assert "Valid" in officer.get(page).text
    late = officer.post(f"{undoing}/undo", {"reason": "Lần nữa"}, on="/account")
    assert late.status_code == 409
    assert "This was undone already" in late.text


def test_a_form_about_another_stamp_is_refused(world: Any, visit: Visit) -> None:
    issued = world.issue()
    serial = issued.serial()
    values = {"first_serial": serial, "last_serial": serial + 5, "reason": "lost"}
    page = f"/officer/stamps?serial={serial}"
    answer = visit(world.officer).post(f"/officer/stamps/void?serial={serial}", values, on=page)
    assert answer.status_code == 422
    assert "This form is about another stamp" in answer.text


def test_an_activation_is_undone_and_its_stamps_wait(world: Any, visit: Visit) -> None:
    issued = world.issue(activate=False)
    activation = issued.activate(0, 9)
    page = f"/officer/activations/{activation.id}"
    officer = visit(world.officer)
    assert page in officer.get(f"/officer/batches/{issued.batch.id}").text
    assert page in officer.get(f"/officer/runs/{issued.run.id}").text
    done = officer.post(f"{page}/undo", {"reason": "Nhầm lô"}, on=page)
    assert done.status_code == 303
    assert "Nhầm lô" in officer.get(page).text
    assert "Not in use yet" in officer.get(f"/officer/stamps?serial={issued.serial()}").text


def test_a_batch_is_held_and_released_with_what_was_found(world: Any, visit: Visit) -> None:
    issued = world.issue()
    page = f"/officer/batches/{issued.batch.id}"
    officer = visit(world.officer)
    held = officer.post(f"{page}/hold", {"reason": "Khách báo mùi lạ"}, on=page)
    assert held.status_code == 303
    text = officer.get(page).text
    assert "Make it a recall" in text and "Khách báo mùi lạ" in text
    free = officer.post(f"{page}/release", {"reason": "Mẫu đạt"}, on=page)
    assert free.status_code == 303
    text = officer.get(page).text
    assert "Released: Mẫu đạt" in text and "Make it a recall" not in text


def test_a_hold_that_was_released_meanwhile_says_so(world: Any, visit: Visit) -> None:
    batch = world.batch()
    page = f"/officer/batches/{batch.id}"
    with world.writing() as session:
        hold_batch(session, world.producer.actor, batch.id, NewHold(reason="Thử"), world.now)
    officer = visit(world.officer)
    hidden = officer.hidden(page)
    assert officer.post(f"{page}/release", {"reason": "Đạt"}, on=page).status_code == 303
    late = officer.client.post(
        f"{page}/release", data={**hidden, "reason": "Cũng đạt"}, headers={"Accept-Language": "en"}
    )
    assert late.status_code == 409
    assert "is not on hold; nothing was changed" in late.text
