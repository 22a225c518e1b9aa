"""An officer and labels: who took which out, what was taken out twice, and prints again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from traceapp.services.lists import Outcome
from traceapp.services.runs.drawing import draw_labels, end_drawing
from traceapp.services.runs.granting_leaves import NewRedrawLeave, ask_redraw
from traceapp.services.runs.label_wishes import DrawingWish


def _draw(world: Any, issued: Any, first: int, last: int, outcome: Outcome | None = None) -> None:
    wish = DrawingWish(first=issued.serial(first), last=issued.serial(last), hidden="none")
    with world.writing() as session:
        asks = (session, world.producer.actor, issued.run.id)
        drawing = draw_labels(*asks, wish, world.edge.drawing, world.now)
        if outcome is not None:
            end_drawing(session, drawing.id, outcome, 100, world.now)


def _ask(world: Any, issued: Any, note: str = "Chai vỡ") -> int:
    with world.writing() as session:
        ends = {"first_serial": issued.serial(0), "last_serial": issued.serial(4)}
        new = NewRedrawLeave(**ends, reason="damaged", note=note, hidden_codes=True)
        told = ask_redraw(session, world.producer.actor, issued.run.id, new, 3, world.now)
        return int(told.id)


def test_an_officer_sees_who_took_labels_out_and_what_was_taken_out_twice(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=100, activate=False)
    _draw(world, issued, 0, 59, Outcome.FINISHED)
    _draw(world, issued, 50, 99, Outcome.BROKEN_OFF)
    _draw(world, issued, 90, 90)
    visitor = visit(world.officer)
    run = f"/officer/runs/{issued.run.id}"
    assert f'href="{run}/labels"' in visitor.get(run).text
    page = visitor.get(f"{run}/labels").text
    assert "producer@example.vn" in page
    for said in ("finished", "broken off", "going on, or never seen to end"):
        assert said in page
    assert "two genuine sets" in page
    again = page[page.index('id="again"') : page.index('id="standing"')]
    found = re.findall(r"serials? ([0-9]+)(?: to ([0-9]+))?<", again)
    ends = [(str(issued.serial(50)), str(issued.serial(59))), (str(issued.serial(90)), "")]
    assert found == ends
    assert again.count("2 times") == 2
    assert visit(world.admin).get(f"{run}/labels").status_code == 200


def test_a_run_that_was_drawn_once_is_not_marked(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(quantity=100, activate=False)
    _draw(world, issued, 0, 49, Outcome.FINISHED)
    _draw(world, issued, 50, 99, Outcome.FINISHED)
    visitor = visit(world.officer)
    page = visitor.get(f"/officer/runs/{issued.run.id}/labels").text
    assert "two genuine sets" not in page
    assert "Labels taken out again" not in visitor.get("/officer").text


def test_the_desk_tells_of_labels_taken_out_again_for_a_month(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=100, activate=False)
    _draw(world, issued, 0, 49)
    _draw(world, issued, 49, 60)
    test = world.test_labels()
    for _ in range(2):
        _draw(world, test, 0, 9)
    visitor = visit(world.officer)
    desk = visitor.get("/officer").text
    assert desk.count("/labels") == 1
    assert f"/officer/runs/{issued.run.id}/labels" in desk
    world.now += timedelta(days=31)
    assert "Labels taken out again" not in visit(world.officer).get("/officer").text


def test_a_leave_waits_on_the_desk_is_given_and_leads_on(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue()
    leave, other = _ask(world, issued), _ask(world, issued, "Nhãn <b>bẩn</b>")
    visitor = visit(world.officer)
    desk = visitor.get("/officer").text
    assert "Labels in use, to be printed again" in desk
    assert f"/officer/redraw-leaves/{leave}" in desk
    path = f"/officer/redraw-leaves/{leave}"
    page = visitor.get(path).text
    assert "Chai vỡ" in page and "second genuine set" in page and "to be printed again, too" in page
    given = visitor.post(f"{path}/approval", on=path)
    assert given.status_code == 303
    told = visitor.get(given.headers["Location"]).text
    assert "granted, once, until" in told and f"/officer/redraw-leaves/{other}" in told
    assert "Your decision" not in told
    other_path = f"/officer/redraw-leaves/{other}"
    assert "Nhãn &lt;b&gt;bẩn&lt;/b&gt;" in visitor.get(other_path).text
    empty = visitor.post(f"{other_path}/rejection", {"reason": ""}, on=other_path)
    assert empty.status_code == 422 and 'id="f-reject_redraw-reason-slip"' in empty.text
    said = visitor.post(f"{other_path}/rejection", {"reason": "Không rõ"}, on=other_path)
    assert said.status_code == 303
    assert "Không rõ" in visitor.get(other_path).text
    assert "redraw-leaves" not in visitor.get("/officer").text
    labels = visitor.get(f"/officer/runs/{issued.run.id}/labels").text
    assert "granted, once, until" in labels and "Rejected" in labels
    world.now += timedelta(days=4)
    labels = visit(world.officer).get(f"/officer/runs/{issued.run.id}/labels").text
    assert "lapsed on" in labels


def test_an_administrator_reads_a_leave_and_decides_nothing(
    world: Any, visit: Callable[..., Any]
) -> None:
    leave = _ask(world, world.issue())
    path = f"/officer/redraw-leaves/{leave}"
    visitor = visit(world.admin)
    assert "Your decision" not in visitor.get(path).text
    assert visitor.post(f"{path}/approval", on="/account").status_code == 403
    assert visit(world.producer).get(path).status_code == 403
