"""Hidden codes: proven once, never spent by mistake, and answered in the public form."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.redemptions import Redemption
from traceapp.records.scans import Scan


def _spent(world: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Redemption)))


def _kept(world: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Scan)))


def test_the_first_right_code_is_proof_and_says_when(
    world: Any, visitor: Any, stranger: Any
) -> None:
    issued = world.issue()
    told = visitor.confirmed(issued.code(), issued.hidden())
    assert (told["verdict"], told["authentication"]) == ("authenticated", "first")
    assert told["message"].startswith("Chính hãng. ")
    assert "ngày 15/06/2026 12:00" in told["message"]
    assert told["authenticated_at"] == "2026-06-15T12:00:00+07:00"
    page = stranger.submit(issued.code(1), hidden_code=issued.hidden(1), foil_whole="yes")
    assert page.status_code == 200
    assert ">Genuine</h1>" in page.text
    assert 'name="hidden_code"' not in page.text


def test_the_same_phone_is_told_gently_and_another_is_told_to_beware(
    world: Any, visitor: Any, stranger: Any
) -> None:
    issued = world.issue()
    visitor.look(issued.link_path())
    visitor.confirm(issued.code(), issued.hidden())
    world.now += timedelta(minutes=3)
    again = visitor.confirmed(issued.code(), issued.hidden())
    assert (again["verdict"], again["authentication"]) == ("already_authenticated", "before")
    assert "Chính điện thoại này" in again["message"]
    assert 'class="verdict fine"' in visitor.page(issued.link_path()).text
    other = stranger.confirmed(issued.code(), issued.hidden())
    assert other["authentication"] == "before"
    assert "was used on 15/06/2026 12:00" in other["message"]
    assert 'class="verdict care"' in stranger.page(issued.link_path()).text


def test_a_wrong_code_says_how_many_tries_are_left(world: Any, visitor: Any, stranger: Any) -> None:
    issued = world.issue()
    told = visitor.confirmed(issued.code(), "00000000")
    assert (told["verdict"], told["authentication"]) == ("wrong_hidden_code", "wrong")
    assert told["tries_left"] == 9
    assert "còn 9 lần thử" in told["message"]
    page = stranger.submit(issued.code(), hidden_code="00000000", foil_whole="yes").text
    assert "There are 8 tries left" in page
    assert "<form" in page


def test_a_slip_costs_no_try(world: Any, visitor: Any) -> None:
    issued = world.issue()
    for slip in ("", "short", "UUUUUUUU", 7, None, ["A"], {"a": 1}, "\ud800" * 8):
        told = visitor.confirmed(issued.code(), slip)
        assert told["verdict"] == "wrong_hidden_code"
        assert "tries_left" not in told
    assert visitor.confirmed(issued.code(), "00000000")["tries_left"] == 9


def test_what_was_typed_stands_in_its_field_again_as_text(world: Any, visitor: Any) -> None:
    issued = world.issue()
    typed = '"><b>x</b>' + "y" * 50
    page = visitor.submit(issued.code(), hidden_code=typed, foil_whole=["unanswered", "yes"]).text
    assert 'value="&#34;&gt;&lt;b&gt;x&lt;/b&gt;yyyyyyyyyy"' in page
    assert "<b>x" not in page
    assert 'value="yes" required checked' in page
    assert 'id="hidden_code_error"' in page and 'aria-invalid="true"' in page
    other = visitor.submit(issued.code(), hidden_code="another", foil_whole="no").text
    assert 'value="another"' in other and "required checked" not in other and "yyy" not in other
    fresh = visitor.page(issued.link_path()).text
    assert 'id="hidden_code_error"' not in fresh and "aria-invalid" not in fresh
    assert 'name="hidden_code" type="text" required maxlength="20" value=""' in fresh


def test_nothing_is_spent_unless_the_foil_was_clearly_whole(world: Any, visitor: Any) -> None:
    issued = world.issue()
    for foil in (False, "no", "unanswered", "", 0, 1, None, [], "maybe"):
        told = visitor.confirmed(issued.code(), issued.hidden(), foil_whole=foil)
        assert (told["verdict"], told["authentication"]) == ("registered", "none")
        assert "lớp phủ đã bị cào từ trước" in told["message"]
    assert _spent(world) == 0


def test_a_foil_that_was_clearly_whole_proves(world: Any, visitor: Any) -> None:
    issued = world.issue()
    for n, foil in enumerate((True, "yes", "true", " TRUE ")):
        told = visitor.confirmed(issued.code(n), issued.hidden(n), foil_whole=foil)
        assert told["authentication"] == "first"


def test_a_browser_that_sends_the_form_unanswered_spends_nothing(world: Any, visitor: Any) -> None:
    issued = world.issue()
    page = visitor.page(issued.link_path()).text
    unanswered = re.search(r'type="hidden" name="foil_whole" value="(\w+)"', page)
    assert unanswered
    visitor.submit(issued.code(), hidden_code=issued.hidden(), foil_whole=unanswered[1])
    assert _spent(world) == 0
    both = {"hidden_code": issued.hidden(), "foil_whole": [unanswered[1], "yes"]}
    visitor.client.post(f"/S/{issued.code()}/hidden-code", data=both)
    assert _spent(world) == 1


def test_a_stamp_that_is_not_in_use_keeps_its_code(world: Any, visitor: Any) -> None:
    issued = world.issue(activate=False)
    told = visitor.confirmed(issued.code(), issued.hidden())
    assert (told["verdict"], told["authentication"]) == ("not_activated", "none")
    assert "Mã cào chưa được dùng đến" in told["message"]
    assert _spent(world) == 0


def test_a_recall_stays_the_headline_and_the_proof_is_told(world: Any, visitor: Any) -> None:
    issued = world.issue()
    issued.recall("danger")
    told = visitor.confirmed(issued.code(), issued.hidden())
    assert (told["verdict"], told["authentication"]) == ("recalled", "first")
    assert "Mã cào đúng" in told["message"]


def test_a_form_that_is_sent_twice_gets_its_first_answer_again(world: Any, visitor: Any) -> None:
    issued = world.issue()
    page = visitor.page(issued.link_path()).text
    nonce = re.search(r'name="nonce" value="([\w-]+)"', page)
    assert nonce
    fields = {"hidden_code": issued.hidden(), "foil_whole": "yes", "nonce": nonce[1]}
    for _ in range(2):
        assert ">Chính hãng</h1>" in visitor.submit(issued.code(), **fields).text
    assert nonce[1] not in visitor.page(issued.link_path(1)).text


def test_an_odd_nonce_harms_nothing(world: Any, visitor: Any) -> None:
    issued = world.issue()
    for n, nonce in enumerate((7, None, ["n"], "n" * 101, "", "\ud800")):
        told = visitor.confirmed(issued.code(n), issued.hidden(n), nonce=nonce)
        assert told["authentication"] == "first"


def test_too_many_tries_are_asked_to_wait(world: Any, visitor: Any) -> None:
    issued = world.issue()
    for _ in range(10):
        assert visitor.confirm(issued.code(), "00000000").status_code == 200
    answer = visitor.confirm(issued.code(), issued.hidden())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    told = answer.get_json()
    assert told["verdict"] == "too_many_tries" and told["tries_left"] == 0
    assert told["try_again_at"] == "2026-06-15T12:01:00+07:00"
    assert "chờ một phút" in told["message"]
    page = visitor.submit(issued.code(), hidden_code=issued.hidden(), foil_whole="yes")
    assert page.status_code == 429
    assert ">Đã thử quá nhiều lần</h1>" in page.text
    world.now += timedelta(minutes=1)
    assert visitor.confirmed(issued.code(), issued.hidden())["authentication"] == "first"


def test_too_many_from_one_network_are_told_when_to_come_back_and_what_else_helps(
    world: Any, stranger: Any, visitor: Any
) -> None:
    few = {"wrong_codes_of_source": 10, "wrong_codes_brake": 1000}
    object.__setattr__(world.edge, "settings", world.edge.settings.model_copy(update=few))
    issued = world.issue(20)
    world.now += timedelta(minutes=19, seconds=1)
    for n in range(11):
        assert stranger.confirm(issued.code(n), "00000000").status_code == 200
    answer = stranger.confirm(issued.code(), issued.hidden())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(41 * 60 - 1)
    told = answer.get_json()
    assert told["try_again_at"] == "2026-06-15T13:00:00+07:00"
    assert "after 13:00" in told["message"] and "mobile data" in told["message"]
    page = visitor.submit(issued.code(), hidden_code=issued.hidden(), foil_whole="yes")
    assert page.status_code == 429 and "sau 13:00" in page.text


def test_a_stamp_without_foil_has_nothing_to_confirm(world: Any, visitor: Any) -> None:
    issued = world.issue(hidden_code=False)
    answer = visitor.confirm(issued.code(), "00000000")
    assert answer.status_code == 409
    told = answer.get_json()
    assert (told["verdict"], told["authentication"]) == ("no_hidden_code", "none")
    assert told["stamp"]["hidden_code"] is False


@pytest.mark.parametrize(("code", "status"), [("XYZ", 400), ("ABCDE" * 4, 404)])
def test_a_code_of_nobody_confirms_nothing(
    world: Any, visitor: Any, code: str, status: int
) -> None:
    answer = visitor.confirm(code, "00000000")
    assert answer.status_code == status
    assert answer.get_json()["authentication"] == "none"


def test_who_sends_json_and_accepts_anything_is_answered_in_json(world: Any, visitor: Any) -> None:
    issued = world.issue()
    body = {"hidden_code": issued.hidden()}
    for headers in ({"Accept": "*/*"}, {}):
        answer = visitor.client.post(
            f"/s/{issued.code().lower()}/hidden-code", json=body, headers=headers
        )
        assert answer.mimetype == "application/json"
    shown = visitor.client.post(
        f"/S/{issued.code()}/hidden-code",
        data=json.dumps(body),
        content_type="application/json",
        headers={"Accept": "text/html"},
    )
    assert shown.mimetype == "text/html"


def test_a_form_without_a_word_on_the_foil_is_the_contract_default(
    world: Any, visitor: Any
) -> None:
    issued = world.issue()
    visitor.submit(issued.code(), hidden_code=issued.hidden())
    assert _spent(world) == 1


def test_the_address_of_an_answered_form_leads_back_to_the_stamp(world: Any, visitor: Any) -> None:
    issued = world.issue()
    answer = visitor.page(f"/S/{issued.code()}/hidden-code?lang=en")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/S/{issued.code()}?lang=en"


def test_no_hidden_code_and_no_tax_code_reach_page_or_json(world: Any, visitor: Any) -> None:
    issued = world.issue()
    answers = [
        visitor.confirm(issued.code(), issued.hidden()).text,
        visitor.submit(issued.code(1), hidden_code=issued.hidden(1), foil_whole="yes").text,
    ]
    for n, text in enumerate(answers):
        assert issued.hidden(n) not in text.upper()
        assert "tax" not in text
