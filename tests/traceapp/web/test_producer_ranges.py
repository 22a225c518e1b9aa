"""A producer puts stamps to use and takes them out of use by their numbers, and undoes a slip."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.services.registry.holding import NewHold, hold_batch

OWN = "/account"  # a page whose form has the token, wherever the others stand


def _path(issued: Any, what: str = "") -> str:
    return f"/producer/stamps/{issued.run.id}{what}"


def _count(world: Any, table: str) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.text(f"SELECT count(*) FROM {table}")))


def _verdict(world: Any, issued: Any, n: int) -> str:
    answer = world.client().get(f"/S/{issued.code(n)}", headers={"Accept": "application/json"})
    return str(answer.json["verdict"])


def test_a_typed_range_is_counted_and_then_confirmed(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(quantity=300, activate=False)
    visitor = visit(world.producer)
    first, last = issued.serial(0), issued.serial(199)
    path = _path(issued, f"/activation?first_serial={first}&last_serial={last}")
    page = visitor.get(path).text
    assert f"Stamps {first} to {last}: 200 stamps for lot {issued.batch.lot}" in page
    assert _count(world, "activations") == 0
    body = {"first_serial": first, "last_serial": last, "destination": "Chợ Vườn Hoa"}
    sent = visitor.post(_path(issued, "/activation"), body, on=OWN)
    assert sent.headers["Location"] == _path(issued)
    told = visitor.get(_path(issued)).text
    assert f"Stamps {first} to {last} are in use now, for lot {issued.batch.lot}." in told
    assert "Chợ Vườn Hoa" in told
    assert _verdict(world, issued, 100) == "registered"


def test_the_first_stamp_that_waits_is_filled_in_and_all_that_remain_are_offered(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=30, activate=False)
    issued.activate(0, 9)
    visitor = visit(world.producer)
    page = visitor.get(_path(issued, "/activation")).text
    assert re.search(rf'name="first_serial"[^>]* value="{issued.serial(10)}"', page)
    first, last = issued.serial(10), issued.serial(29)
    assert f"All 20 that remain: {first} to {last}" in page
    offered = _path(issued, f"/activation?first_serial={first}&last_serial={last}")
    assert f'href="{html.escape(offered)}"' in page
    assert f"Stamps {first} to {last}: 20 stamps" in visitor.get(offered).text
    own = visitor.get(_path(issued, f"/activation?first_serial={issued.serial(12)}")).text
    assert re.search(rf'name="first_serial"[^>]* value="{issued.serial(12)}"', own)


@pytest.mark.parametrize("act", ["/activation", "/void"])
def test_an_end_that_is_left_empty_is_told_beside_its_field(
    world: Any, visit: Callable[..., Any], act: str
) -> None:
    issued = world.issue(quantity=30, activate=False)
    form = "activate" if act == "/activation" else "take_out"
    visitor = visit(world.producer)
    ends = {"first_serial": "", "last_serial": str(issued.serial(3))}
    page = visitor.get(_path(issued, act), query_string=ends).text
    assert f'id="f-{form}-first_serial-slip"' in page
    assert f'id="f-{form}-last_serial-slip"' not in page
    assert re.search(rf'name="last_serial"[^>]* value="{issued.serial(3)}"', page)
    assert re.search(r'name="first_serial"[^>]* value=""', page)
    both = visitor.get(_path(issued, act), query_string=dict.fromkeys(ends, "")).text
    assert both.count('aria-invalid="true"') == 2
    assert "-slip" not in visitor.get(_path(issued, act)).text


@pytest.mark.parametrize("written", ["code", "grouped", "link", "dotted"])
def test_a_stamp_is_typed_as_a_number_a_code_or_a_link(
    world: Any, visit: Callable[..., Any], written: str
) -> None:
    issued = world.issue(activate=False)
    code = issued.code(3)
    typed = {
        "code": code.lower(),
        "grouped": "-".join(code[at : at + 5] for at in range(0, 20, 5)),
        "link": f"http://tem.example.vn/S/{code}/",
        "dotted": f"{issued.serial(3):,}".replace(",", "."),
    }[written]
    page = visit(world.producer).get(
        _path(issued, "/activation"), query_string={"first_serial": typed, "last_serial": typed}
    )
    assert f"Stamps {issued.serial(3)} to {issued.serial(3)}: 1 stamp for" in page.text


def test_what_cannot_be_a_range_is_told_beside_its_field_and_kept(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued, other = world.issue(activate=False), world.issue(activate=False)
    foreign = world.batch(who=world.neighbour)
    request = world.ask(5, foreign)
    run = world.approve(request)
    theirs = (str(run.first_serial), str(run.last_serial))
    slip = issued.code(5)[:-1] + ("0" if issued.code(5)[-1] != "0" else "1")
    first, last = str(issued.serial(0)), str(issued.serial(9))
    visitor = visit(world.producer)
    for ends, field, words in (
        ((last, first), "last_serial", "The last serial is lower than the first; swap them."),
        ((first, str(other.serial(1))), "last_serial", "is not in this run"),
        ((first, other.code(1)), "last_serial", "is not in this run"),
        (theirs, "first_serial", "is not in this run"),
        ((slip, last), "first_serial", "There is a slip in this code"),
        (("abc <b>", last), "first_serial", "Type a serial number"),
        ((first, "99999999999"), "last_serial", "so high a serial number"),
        (("-4", last), "first_serial", "Type a serial number"),
        (("9" * 400, last), "first_serial", "Type a serial number"),
    ):
        query = {"first_serial": ends[0], "last_serial": ends[1]}
        looked = visitor.get(_path(issued, "/activation"), query_string=query)
        assert looked.status_code == 200
        assert f'-{field}-slip"' in looked.text, ends
        assert words in looked.text, ends
        assert "<b>" not in looked.text
        sent = visitor.post(_path(issued, "/activation"), query, on=OWN)
        assert sent.status_code == 422, ends
        assert f'id="f-activate-{field}-slip"' in sent.text, ends
        for text in ends:
            if len(text) < 300:
                assert f'value="{text}"'.replace("<b>", "&lt;b&gt;") in sent.text
    assert _count(world, "activations") == 0


def test_stamps_in_use_or_out_of_use_are_not_put_to_use_again(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=30, activate=False)
    issued.activate(0, 9)
    issued.void(15, last=16)
    visitor = visit(world.producer)
    ends = {"first_serial": issued.serial(5), "last_serial": issued.serial(20)}
    looked = visitor.get(_path(issued, "/activation"), query_string=ends).text
    assert "5 of these stamps are in use already." in looked
    assert "2 of these stamps were taken out of use." in looked
    assert f"The next 5 that wait: {issued.serial(10)} to {issued.serial(14)}" in looked
    assert re.search(rf'name="first_serial"[^>]* value="{issued.serial(5)}"', looked)
    assert "Yes, put them to use" not in looked
    sent = visitor.post(_path(issued, "/activation"), ends, on=OWN)
    assert sent.status_code == 409
    assert f"Serials {issued.serial(0)} to {issued.serial(9)} are active already." in sent.text
    assert _count(world, "activations") == 1


def test_two_who_confirm_the_same_range_put_it_to_use_once(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    ends = {"first_serial": str(issued.serial(0)), "last_serial": str(issued.serial(4))}
    one, two = visit(world.producer), visit(world.producer)
    path = _path(issued, "/activation")
    hidden = [each.hidden(OWN) for each in (one, two)]
    answers = [
        each.client.post(path, data=ends | held, headers={"Accept-Language": "en"})
        for each, held in zip((one, two), hidden, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "are active already." in answers[1].text
    # The very same form, sent twice, is the same act.
    again = one.client.post(path, data=ends | hidden[0])
    assert again.status_code == 303
    assert _count(world, "activations") == 1


def test_a_roll_asks_for_the_batch_and_offers_those_that_can_be(
    world: Any, visit: Callable[..., Any]
) -> None:
    roll = world.issue(quantity=50, roll=True)
    good = world.batch(lot="TOT")
    world.batch(lot="CU", expires_at=world.now - timedelta(days=1))
    world.batch(lot="MAI", produced_at=world.now + timedelta(days=1))
    held = world.batch(lot="DUNG")
    with world.writing() as session:
        hold_batch(session, world.producer.actor, held.id, NewHold(reason="Lạ"), world.now)
    world.batch(lot="KHAC", product=world.product())
    ends = {"first_serial": str(roll.serial(0)), "last_serial": str(roll.serial(9))}
    visitor = visit(world.producer)
    page = visitor.get(_path(roll, "/activation"), query_string=ends).text
    assert "lot TOT" in page
    for lot in ("CU", "MAI", "DUNG", "KHAC"):
        assert f"lot {lot}" not in page, lot
    without = visitor.post(_path(roll, "/activation"), ends | {"batch_id": ""}, on=OWN)
    assert without.status_code == 422
    assert 'id="f-activate-batch_id-slip"' in without.text
    wrong = visitor.post(_path(roll, "/activation"), ends | {"batch_id": str(held.id)}, on=OWN)
    assert wrong.status_code == 409
    assert "on hold" in wrong.text
    sent = visitor.post(_path(roll, "/activation"), ends | {"batch_id": str(good.id)}, on=OWN)
    assert sent.status_code == 303
    assert "lot TOT" in visitor.get(_path(roll)).text


def test_a_sign_in_that_ended_while_typing_loses_nothing(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    path = _path(issued, "/activation")
    body = visitor.hidden(OWN) | {
        "first_serial": str(issued.serial(0)),
        "last_serial": str(issued.serial(4)),
        "destination": "Chợ Quảng",
    }
    world.now += timedelta(days=60)
    cut = visitor.client.post(path, data=body, headers={"Accept-Language": "en"})
    assert cut.status_code == 401
    carried = dict(re.findall(r'name="(csrf_token|next|draft)" value="([^"]*)"', cut.text))
    sent = {name: html.unescape(text) for name, text in carried.items()}
    sent |= {"sign_in_name": world.producer.email, "password": world.producer.password}
    back = visitor.client.post("/sign-in", data=sent)
    assert back.status_code == 303
    page = visitor.get(back.headers["Location"]).text
    assert "Nothing was changed yet." in page
    assert f"Stamps {issued.serial(0)} to {issued.serial(4)}: 5 stamps" in page
    assert "Chợ Quảng" in page
    assert _count(world, "activations") == 0


# Taking out of use, and undoing.


def test_a_void_asks_why_warns_and_can_be_undone(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(quantity=30, activate=False)
    issued.activate(0, 9)
    visitor = visit(world.producer)
    ends = {"first_serial": str(issued.serial(5)), "last_serial": str(issued.serial(14))}
    page = visitor.get(_path(issued, "/void"), query_string=ends).text
    assert ": 10 stamps" in page
    assert "5 of them are in use now, 5 not yet." in page
    assert "is told not to buy" in page
    for reason in ("damaged", "misprinted", "overprinted", "lost", "stolen", "unused", "other"):
        assert f'value="{reason}"' in page
    without = visitor.post(_path(issued, "/void"), ends, on=OWN)
    assert without.status_code == 422
    assert 'id="f-take_out-reason-slip"' in without.text
    sent = visitor.post(_path(issued, "/void"), ends | {"reason": "damaged", "note": "Ướt"}, on=OWN)
    assert sent.status_code == 303
    told = visitor.get(_path(issued)).text
    assert re.search(r"/producer/voids/[0-9]+/undo", told)
    assert _verdict(world, issued, 5) == "void"
    assert not re.search(r"/producer/voids/[0-9]+/undo", visitor.get(_path(issued)).text)
    twice = visitor.post(_path(issued, "/void"), ends | {"reason": "lost"}, on=OWN)
    assert twice.status_code == 409


def test_an_undo_wants_a_reason_and_brings_each_stamp_back(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=30, activate=False)
    active = issued.activate(0, 9)
    gone = issued.void(8, last=11)
    visitor = visit(world.producer)
    path = f"/producer/voids/{gone.id}/undo"
    empty = visitor.post(path, {"reason": " "})
    assert empty.status_code == 422
    assert 'id="f-undo_void-reason-slip"' in empty.text
    sent = visitor.post(path, {"reason": "Bấm nhầm"})
    assert sent.headers["Location"] == _path(issued)
    assert _verdict(world, issued, 8) == "registered"
    assert "This was undone already" in visitor.get(path).text
    told = visitor.get(_path(issued)).text
    assert "undone on" in told and "Bấm nhầm" in told
    path = f"/producer/activations/{active.id}/undo"
    # A buyer has just scanned the ninth stamp: only an officer undoes it now.
    assert "Ask your officer to undo it." in visitor.get(path).text
    refused = visitor.post(path, {"reason": "Nhầm lô"}, on=OWN)
    assert refused.status_code == 409
    assert "A buyer has scanned one of these stamps since." in refused.text


def test_an_activation_is_undone_before_anybody_scans_it(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=30, activate=False)
    active = issued.activate(0, 9)
    visitor = visit(world.producer)
    visitor.get(f"/S/{issued.code(4)}")  # her own look is nobody's
    path = f"/producer/activations/{active.id}/undo"
    assert visitor.post(path, {"reason": "Nhầm lô"}).status_code == 303
    assert _verdict(world, issued, 4) == "not_activated"


def test_an_undo_is_refused_late_and_for_stolen_stamps(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=30, activate=False)
    stolen, late = issued.void(0, "stolen"), issued.void(1)
    visitor = visit(world.producer)
    page = visitor.get(f"/producer/voids/{stolen.id}/undo").text
    assert "Stamps that were stolen stay void. Ask your officer" in page
    assert f"/producer/voids/{stolen.id}/undo" not in visitor.get(_path(issued)).text
    assert f"/producer/voids/{late.id}/undo" in visitor.get(_path(issued)).text
    world.now += timedelta(days=10, minutes=1)
    visitor = visit(world.producer)
    assert f"/producer/voids/{late.id}/undo" not in visitor.get(_path(issued)).text
    for row, words in ((stolen, "stay void"), (late, "for 10 days only")):
        path = f"/producer/voids/{row.id}/undo"
        assert "Undo it</button>" not in visitor.get(path).text
        refused = visitor.post(path, {"reason": "Nhầm"}, on=OWN)
        assert refused.status_code == 409
        assert words in refused.text
