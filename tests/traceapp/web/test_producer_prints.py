"""After printing: what came back good and what spoiled, and labels in use printed again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.granting_leaves import decide_redraw
from traceapp.services.runs.reporting_prints import print_standing

OWN = "/account"


def _path(issued: Any, what: str = "") -> str:
    return f"/producer/stamps/{issued.run.id}{what}"


def _standing(world: Any, issued: Any) -> tuple[int, int, int]:
    with world.reading() as session:
        told = print_standing(session, world.producer.actor, issued.run.id)
    return told.good, told.void, told.unreported


def _row(
    number: int, first: object, last: object = "", reason: str = "misprinted"
) -> dict[str, str]:
    name = f"spoiled.{number}"
    return {
        f"{name}.first_serial": str(first),
        f"{name}.last_serial": str(last),
        f"{name}.reason": reason,
    }


# What came back from the printer.


def test_good_and_spoiled_labels_are_told_on_one_form(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=100, activate=False)
    visitor = visit(world.producer)
    path = _path(issued, "/print-report")
    page = visitor.get(path).text
    assert f'value="{issued.serial(0)}"' in page and f'value="{issued.serial(99)}"' in page
    body = {"first_serial": issued.serial(0), "last_serial": issued.serial(79), "note": "Lệch"}
    body |= _row(0, issued.serial(10), issued.serial(14)) | _row(2, issued.code(40), "", "damaged")
    sent = visitor.post(path, body)
    assert sent.status_code == 303
    told = visitor.get(sent.headers["Location"]).text
    assert "74 came back good, 6 are spoiled" in told
    assert "Misprinted" in told and "Lệch" in told
    for part in ("Waiting: <strong>94", "Out of use: <strong>6"):
        assert part in told
    assert _standing(world, issued) == (74, 6, 20)
    # The next report begins where this one ended.
    page = visitor.get(path).text
    assert f'value="{issued.serial(80)}"' in page and f'value="{issued.serial(99)}"' in page


def test_the_two_ends_may_be_scanned(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    visitor.post("/producer/range/first", {"serial": issued.serial(2)}, on=issued.link_path(2))
    page = visitor.get(f"/S/{issued.code(9)}").text
    assert "These came back from the printer" in page
    ends = f"first_serial={issued.serial(2)}&last_serial={issued.serial(9)}"
    form = visitor.get(_path(issued, f"/print-report?{ends}")).text
    assert f'value="{issued.serial(2)}"' in form and f'value="{issued.serial(9)}"' in form


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda i: {"first_serial": ""}, "first_serial"),
        (lambda i: {"last_serial": "9999999999999"}, "last_serial"),
        (
            lambda i: {"first_serial": str(i.serial(5))} | _row(0, i.serial(1)),
            "spoiled.0.first_serial",
        ),
        (lambda i: _row(1, i.serial(1), "", ""), "spoiled.1.reason"),
        (lambda i: _row(2, "chữ"), "spoiled.2.first_serial"),
        (lambda i: _row(1, i.serial(3), i.serial(2)), "spoiled.1.last_serial"),
        (lambda i: _row(0, i.serial(1)) | _row(3, i.serial(1)), "spoiled.3.first_serial"),
        (
            lambda i: {"last_serial": str(i.serial(19))} | _row(1, i.serial(19)),
            "spoiled.1.first_serial",
        ),
        (lambda i: {"last_serial": str(i.serial(19))}, "first_serial"),
    ],
)
def test_a_slip_is_told_in_its_row_and_nothing_is_changed(
    world: Any, visit: Callable[..., Any], change: Callable[[Any], dict[str, str]], field: str
) -> None:
    issued = world.issue(activate=False)
    issued.void(19)
    before = _standing(world, issued)
    body = {"first_serial": str(issued.serial(0)), "last_serial": str(issued.serial(18))}
    sent = visit(world.producer).post(_path(issued, "/print-report"), body | change(issued))
    assert sent.status_code in (409, 422)
    assert f'id="f-report-{field}-slip"' in sent.text
    assert _standing(world, issued) == before


def test_a_row_of_fields_that_there_are_not_is_none(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(activate=False)
    body = {"first_serial": issued.serial(0), "last_serial": issued.serial(9)}
    body |= {"spoiled.0.owner": "1", "spoiled.x.reason": "lost", "spoiled.1.last_serial": " "}
    assert visit(world.producer).post(_path(issued, "/print-report"), body).status_code == 303
    assert _standing(world, issued) == (10, 0, 10)


def test_labels_are_not_told_good_twice(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    path = _path(issued, "/print-report")
    body = {"first_serial": issued.serial(0), "last_serial": issued.serial(9)}
    assert visitor.post(path, body).status_code == 303
    again = visitor.post(path, body | {"last_serial": issued.serial(12)})
    assert again.status_code == 409 and "were reported good already" in again.text
    assert _standing(world, issued) == (10, 0, 10)
    assert visit(world.neighbour).post(path, body, on=OWN).status_code == 404


# Labels in use.


def test_a_refused_download_leads_to_asking_an_officer(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(hidden_code=False)
    visitor = visit(world.producer)
    refused = visitor.get(_path(issued, "/labels?format=csv"))
    assert refused.status_code == 409
    link = re.search(r'href="(/producer/stamps/[0-9]+/redraw[^"]+)"', refused.text)
    assert link is not None
    path = link[1].replace("&amp;", "&")
    assert f'value="{issued.serial(0)}"' in visitor.get(path).text
    body = {
        "first_serial": issued.serial(0),
        "last_serial": issued.code(4),
        "reason": "damaged",
        "note": "Chai vỡ",
    }
    sent = visitor.post(_path(issued, "/redraw"), body)
    assert sent.status_code == 303
    assert "waits for an officer" in visitor.get(_path(issued)).text
    with world.writing() as session:
        decide_redraw(session, world.officer.actor, 1, None, 3, world.now)
    assert "granted, once, until" in visitor.get(_path(issued)).text
    ends = f"first={issued.serial(0)}&last={issued.serial(4)}"
    assert "works once" in visitor.get(_path(issued, f"/design?{ends}")).text
    assert visitor.get(_path(issued, f"/labels?format=csv&{ends}")).mimetype == "text/csv"
    assert "used on" in visitor.get(_path(issued)).text
    assert visitor.get(_path(issued, f"/labels?format=csv&{ends}")).status_code == 409


def test_a_leave_that_was_refused_or_has_lapsed_says_so(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue()
    visitor = visit(world.producer)
    body = {"first_serial": issued.serial(0), "last_serial": issued.serial(4), "reason": "other"}
    for _ in range(2):
        assert visitor.post(_path(issued, "/redraw"), body).status_code == 303
    with world.writing() as session:
        asks = (session, world.officer.actor)
        decide_redraw(*asks, 1, Rejection(reason="Không <b>rõ</b>"), 3, world.now)
        decide_redraw(*asks, 2, None, 3, world.now)
    world.now += timedelta(days=4)
    page = visit(world.producer).get(_path(issued)).text
    assert "rejected" in page and "Không &lt;b&gt;rõ&lt;/b&gt;" in page and "lapsed on" in page


def test_a_leave_that_cannot_be_is_told_beside_its_field(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False, hidden_code=False)
    issued.activate(0, 4)
    visitor = visit(world.producer)
    body = {"first_serial": issued.serial(0), "last_serial": issued.serial(4), "reason": "damaged"}
    for change, said in (
        ({"reason": ""}, 'id="f-ask_leave-reason-slip"'),
        ({"last_serial": "99999"}, 'id="f-ask_leave-last_serial-slip"'),
        ({"first_serial": "x"}, 'id="f-ask_leave-first_serial-slip"'),
        ({"hidden_codes": "yes"}, "issued without hidden codes"),
        ({"first_serial": issued.serial(9), "last_serial": issued.serial(9)}, "need no leave"),
    ):
        sent = visitor.post(_path(issued, "/redraw"), body | change)
        assert sent.status_code in (409, 422), change
        assert said in sent.text, change
    assert visit(world.neighbour).post(_path(issued, "/redraw"), body, on=OWN).status_code == 404
    with world.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM redraw_leaves")) == 0
