"""Recalls: read before they are opened, closed with a reason, plain about what follows."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

Visit = Callable[..., Any]
NEW = "/officer/recalls/new"


def _values(batch_id: int, **given: Any) -> dict[str, Any]:
    return {
        "batch_ids": batch_id,
        "severity": "danger",
        "reason": "Có độc tố",
        "notice": "Đừng ăn.\nGọi 0237 000 0001.",
    } | given


def _text(page: str) -> str:
    """A page's words, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_batch_is_found_and_what_was_typed_stays(world: Any, visit: Visit) -> None:
    batch = world.batch()
    officer = visit(world.officer)
    values = {"step": "find", "find": "nam quyen lo-1", "reason": "Có độc tố", "severity": "info"}
    answer = officer.post(NEW, values, on=NEW)
    assert answer.status_code == 200
    assert f'value="{batch.id}"' in answer.text
    assert "Có độc tố" in answer.text
    assert 'value="info" checked' in answer.text
    nothing = officer.post(NEW, {"step": "find", "find": "khong co gi"}, on=NEW)
    assert "No other batch was found." in nothing.text


def test_a_step_that_is_sent_again_is_shown_again(world: Any, visit: Visit) -> None:
    issued = world.issue()
    officer = visit(world.officer)
    hidden = officer.hidden(f"{NEW}?batch_id={issued.batch.id}")
    values = {**hidden, **_values(issued.batch.id), "step": "preview"}
    assert {officer.client.post(NEW, data=values).status_code for _ in range(2)} == {200}


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(csrf_token|once)" value="([^"]+)"', page))


@pytest.mark.parametrize("severity", ["info", "warning", "danger"])
def test_the_preview_holds_the_words_of_the_public_page(
    world: Any, visit: Visit, severity: str
) -> None:
    issued = world.issue()
    officer = visit(world.officer)
    values = _values(issued.batch.id, severity=severity)
    preview = officer.post(NEW, {**values, "step": "preview"}, on=NEW)
    assert preview.status_code == 200
    assert "The recall is not open yet." in preview.text
    assert "No recalls here." in officer.get("/officer/recalls").text

    hidden = dict(
        re.findall(r'type="hidden" name="(csrf_token|once)" value="([^"]+)"', preview.text)
    )
    opened = officer.client.post(NEW, data={**hidden, **values, "step": "open"})
    assert opened.status_code == 303
    public = _text(world.client().get(issued.link_path(), headers={"Accept-Language": "en"}).text)
    shown = preview.text.split('class="preview ')[1].split("</section>")[0].partition(">")[2]
    for words in re.findall(r"<(?:p|h2|dd|dt)[^>]*>(.*?)</(?:p|h2|dd|dt)>", shown, re.DOTALL):
        assert _text(words) in public, words


def test_a_recall_that_is_opened_by_two_presses_is_one(world: Any, visit: Visit) -> None:
    issued = world.issue()
    officer = visit(world.officer)
    preview = officer.post(NEW, {**_values(issued.batch.id), "step": "preview"}, on=NEW)
    hidden = dict(
        re.findall(r'type="hidden" name="(csrf_token|once)" value="([^"]+)"', preview.text)
    )
    values = {**hidden, **_values(issued.batch.id), "step": "open"}
    first, second = (officer.client.post(NEW, data=values) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]


def test_what_cannot_be_opened_is_told_before_the_preview(world: Any, visit: Visit) -> None:
    issued = world.issue()
    officer = visit(world.officer)
    empty = officer.post(NEW, {"step": "preview", "severity": "danger"}, on=NEW)
    assert empty.status_code == 422
    outside = _values(
        issued.batch.id,
        **{"serial_ranges.0.first_serial": 900_000, "serial_ranges.0.last_serial": 900_001},
    )
    answer = officer.post(NEW, {**outside, "step": "preview"}, on=NEW)
    assert answer.status_code == 422
    assert "No stamp of these batches lies in the range" in answer.text
    assert 'value="900000"' in answer.text
    missing = officer.post(NEW, {**_values(999), "step": "preview"}, on=NEW)
    assert missing.status_code == 422
    assert "There is no batch 999." in missing.text


def test_how_grave_it_is_has_to_be_chosen(world: Any, visit: Visit) -> None:
    issued = world.issue()
    officer = visit(world.officer)
    assert " checked" not in officer.get(NEW).text
    values = _values(issued.batch.id)
    del values["severity"]
    answer = officer.post(NEW, {**values, "step": "preview"}, on=NEW)
    assert answer.status_code == 422
    assert 'aria-describedby="f-opening-severity-slip"' in answer.text
    assert "Có độc tố" in answer.text


def test_the_preview_tells_how_many_stamps_it_hits(world: Any, visit: Visit) -> None:
    issued = world.issue(quantity=10, activate=False)
    officer = visit(world.officer)
    sent = {**_values(issued.batch.id), "step": "preview"}
    text = _text(officer.post(NEW, sent, on=NEW).text)
    assert "The recall hits 10 stamps. None of them is in use now." in text
    issued.activate(0, 3)
    text = _text(officer.post(NEW, sent, on=NEW).text)
    assert "The recall hits 10 stamps. 4 of them are in use now." in text


def test_only_the_range_that_was_typed_is_recalled(world: Any, visit: Visit) -> None:
    issued = world.issue()
    first = issued.serial(3)
    values = _values(
        issued.batch.id,
        **{"serial_ranges.0.first_serial": first, "serial_ranges.0.last_serial": first + 1},
    )
    officer = visit(world.officer)
    preview = officer.post(NEW, {**values, "step": "preview"}, on=NEW)
    assert f"serials {first} to {first + 1}" in preview.text
    change = officer.post(NEW, {**values, "step": "change"}, on=NEW)
    assert f'value="{first}"' in change.text
    opened = officer.post(NEW, {**values, "step": "open"}, on=NEW)
    assert opened.status_code == 303
    assert "Under recall" in officer.get(f"/officer/stamps?serial={first}").text
    spared = officer.get(f"/officer/stamps?serial={issued.serial(0)}").text
    assert '<span class="state good">Valid</span>' in spared


@pytest.mark.parametrize(
    ("outcome", "said"), [("completed", "warned, for ever"), ("withdrawn", "opened in error")]
)
def test_a_recall_is_closed_and_says_what_follows(
    world: Any, visit: Visit, outcome: str, said: str
) -> None:
    recall = world.issue().recall()
    page = f"/officer/recalls/{recall.id}"
    officer = visit(world.officer)
    assert officer.post(f"{page}/closure", {"reason": "Xong"}, on=page).status_code == 422
    closure = {"outcome": outcome, "reason": "Đã thu đủ"}
    assert officer.post(f"{page}/closure", closure, on=page).status_code == 303
    text = officer.get(page).text
    assert said in text and "Đã thu đủ" in text
    late = officer.post(f"{page}/closure", closure, on="/account")
    assert late.status_code == 409
    assert "This recall was closed already" in late.text
    assert page in officer.get(f"/officer/recalls?state={outcome}").text
    assert page not in officer.get("/officer/recalls?state=open").text
