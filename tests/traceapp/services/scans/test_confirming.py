"""Hidden codes: proven once, on a stamp in use, and never guessed at length."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from stamps import hidden_code
from traceapp.records.key_files import KeyTrouble
from traceapp.records.scans import LookCount, Scan
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Answer, Look


def send(world: Any, code: str, hidden: str, phone: str = "phone", **given: Any) -> Answer:
    look = Look(code, phone, "192.0.2.1", fresh=given.pop("fresh", True))
    with world.writing() as session:
        attempt = HiddenAttempt(look, hidden, **given)
        return confirm(session, attempt, world.edge.confirming, world.now)


def told(answer: Answer) -> tuple[str, str | None]:
    authentication = answer.authentication
    return answer.verdict.value, None if authentication is None else authentication.value


def redeemed(world: Any) -> list[int]:
    with world.edge.database.engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT serial FROM redemptions").scalars())


def test_it_is_first_once_and_before_ever_after(world: Any) -> None:
    issued = world.issue(2)
    first = send(world, issued.code(), issued.hidden(), "phone-1")
    assert told(first) == ("authenticated", "first") and first.redeemed_at == world.now
    then, world.now = world.now, world.now + timedelta(hours=3)
    again = send(world, issued.code(), issued.hidden(), "phone-2")
    assert told(again) == ("already_authenticated", "before")
    assert again.redeemed_at == then and not again.same_phone
    assert redeemed(world) == [issued.serial()]
    # The stamp beside it has a proof of its own.
    assert told(send(world, issued.code(1), issued.hidden(1))) == ("authenticated", "first")


def test_it_is_read_as_people_type_it(world: Any) -> None:
    issued = world.issue(1)
    typed = f" {issued.hidden()[:4].lower()}-{issued.hidden()[4:].lower()} "
    assert told(send(world, issued.code(), typed)) == ("authenticated", "first")


def test_the_same_phone_is_known_again_and_another_is_not(world: Any) -> None:
    issued = world.issue(1)
    send(world, issued.code(), issued.hidden(), "phone-1")
    assert send(world, issued.code(), issued.hidden(), "phone-1", fresh=False).same_phone
    assert not send(world, issued.code(), issued.hidden(), "phone-2", fresh=False).same_phone


def test_a_wrong_one_says_how_many_tries_are_left_and_spends_nothing(world: Any) -> None:
    issued = world.issue(2)
    for left in range(9, -1, -1):
        answer = send(world, issued.code(), issued.hidden(1))
        assert told(answer) == ("wrong_hidden_code", "wrong") and answer.tries_left == left
    stopped = send(world, issued.code(), issued.hidden())
    assert told(stopped) == ("too_many_tries", "none") and stopped.tries_left == 0
    assert redeemed(world) == []
    # The stamp beside it is not held up, and a minute later neither is this one.
    assert told(send(world, issued.code(1), issued.hidden(1))) == ("authenticated", "first")
    world.now += timedelta(minutes=1)
    assert told(send(world, issued.code(), issued.hidden())) == ("authenticated", "first")


@pytest.mark.parametrize("text", ["", "abc", "U" * 8, "1" * 9, "mã số cào", "\x00" * 8, "😀" * 8])
def test_what_cannot_be_one_costs_no_try(world: Any, text: str) -> None:
    issued = world.issue(1)
    for _ in range(15):
        answer = send(world, issued.code(), text)
        assert told(answer) == ("wrong_hidden_code", "wrong") and answer.tries_left is None
    assert told(send(world, issued.code(), issued.hidden())) == ("authenticated", "first")


def test_a_broken_foil_spends_nothing(world: Any) -> None:
    issued = world.issue(1)
    broken = send(world, issued.code(), issued.hidden(), foil_whole=False)
    assert told(broken) == ("registered", "none") and redeemed(world) == []
    assert told(send(world, issued.code(), issued.hidden())) == ("authenticated", "first")


@pytest.mark.parametrize("state", ["not_activated", "void"])
def test_a_stamp_out_of_use_keeps_its_verdict_and_its_code(world: Any, state: str) -> None:
    issued = world.issue(2, activate=False)
    if state == "void":
        issued.activate()
        issued.void(0)
    assert told(send(world, issued.code(), issued.hidden())) == (state, "none")
    assert redeemed(world) == []


@pytest.mark.parametrize("state", ["recalled", "expired"])
def test_a_proof_on_food_that_is_not_to_be_eaten_is_not_the_headline(
    world: Any, state: str
) -> None:
    issued = world.issue(1)
    if state == "recalled":
        issued.recall()
    else:
        world.now += timedelta(days=1000)
    assert told(send(world, issued.code(), issued.hidden())) == (state, "first")
    again = send(world, issued.code(), issued.hidden())
    assert told(again) == (state, "before") and "already_authenticated" in again.reasons


def test_a_stamp_without_a_layer_says_so(world: Any) -> None:
    issued = world.issue(1, hidden_code=False)
    answer = send(world, issued.code(), "WBEQ5GWQ")
    assert told(answer) == ("no_hidden_code", "none") and not answer.hidden_code
    assert redeemed(world) == []


@pytest.mark.parametrize("text", ["0000000B8FXF2GQRGF17", "xyz", ""])
def test_a_code_that_was_never_issued_proves_nothing(world: Any, text: str) -> None:
    assert told(send(world, text, "WBEQ5GWQ"))[1] == "none"
    assert redeemed(world) == []


def test_a_request_sent_again_gets_its_first_answer_and_changes_nothing(
    world: Any, unchanged: Any
) -> None:
    issued = world.issue(1)
    first = send(world, issued.code(), issued.hidden(), nonce="abc")
    world.now += timedelta(minutes=9)
    with unchanged():
        again = send(world, issued.code(), issued.hidden(), nonce="abc")
    assert told(again) == told(first) == ("authenticated", "first")
    assert again.redeemed_at == first.redeemed_at and again.reasons == first.reasons
    other = send(world, issued.code(), issued.hidden(), nonce="abd")
    assert told(other) == ("already_authenticated", "before")


def test_a_proof_cannot_be_handed_around_by_sending_its_request_again(world: Any) -> None:
    issued = world.issue(1)
    send(world, issued.code(), issued.hidden(), nonce="abc")
    world.now += timedelta(minutes=11)
    late = send(world, issued.code(), issued.hidden(), nonce="abc")
    assert told(late) == ("already_authenticated", "before")


def test_a_wrong_try_sent_again_is_told_the_same_tries_left(world: Any) -> None:
    issued = world.issue(2)
    first = send(world, issued.code(), issued.hidden(1), nonce="n")
    again = send(world, issued.code(), issued.hidden(1), nonce="n")
    assert first.tries_left == again.tries_left == 9


def test_what_cannot_be_a_hidden_code_is_counted_and_leaves_no_rows(world: Any) -> None:
    issued = world.issue(1)
    for _ in range(30):
        assert told(send(world, issued.code(), "x"))[1] == "wrong"
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 0
        assert session.scalar(sa.select(sa.func.sum(LookCount.looks))) == 30


def test_a_nonce_is_bound_to_its_stamp_and_to_the_code_that_came_with_it(world: Any) -> None:
    issued = world.issue(2)
    assert told(send(world, issued.code(), issued.hidden(1), nonce="n"))[1] == "wrong"
    assert told(send(world, issued.code(), issued.hidden(), nonce="n"))[1] == "first"
    assert told(send(world, issued.code(1), issued.hidden(1), nonce="n"))[1] == "first"


def test_a_nonce_sent_again_costs_no_try(world: Any) -> None:
    issued = world.issue(2)
    for _ in range(30):
        assert told(send(world, issued.code(), issued.hidden(1), nonce="n"))[1] == "wrong"
    assert told(send(world, issued.code(), issued.hidden()))[1] == "first"


@pytest.mark.parametrize("nonce", ["", "x" * 5000, "\ud800", "ấy\x00"])
def test_any_text_can_be_a_nonce(world: Any, nonce: str) -> None:
    issued = world.issue(1)
    assert told(send(world, issued.code(), issued.hidden(), nonce=nonce))[1] == "first"


def test_a_code_of_the_old_key_still_proves_after_a_rotation(world: Any) -> None:
    issued = world.issue(1)
    hidden = issued.hidden()
    world.edge.hidden_keys.rotate()
    assert hidden_code(world.edge.hidden_keys.ring().newest, issued.serial()) != hidden
    assert told(send(world, issued.code(), hidden)) == ("authenticated", "first")


def test_a_missing_hidden_key_is_trouble_and_not_a_wrong_code(world: Any, unchanged: Any) -> None:
    issued = world.issue(1)
    hidden = issued.hidden()
    file = world.edge.hidden_keys.file
    kept = file.read_bytes()
    file.unlink()
    world.edge.hidden_keys.create()
    with unchanged(), pytest.raises(KeyTrouble, match="restore it"):
        send(world, issued.code(), hidden)
    file.write_bytes(kept)
    assert told(send(world, issued.code(), hidden)) == ("authenticated", "first")
