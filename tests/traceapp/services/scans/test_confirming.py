"""Hidden codes: proven once, on a stamp in use, and never guessed at length."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from stamps import hidden_code
from traceapp.records.key_files import KeyTrouble
from traceapp.records.redemptions import EVERYBODY, WrongCodes
from traceapp.records.scans import LookCount, Scan
from traceapp.records.traces import TraceKey
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.limiting_tries import TryLimits
from traceapp.services.scans.scanning import Answer, Look


def send(world: Any, code: str, hidden: str, phone: str = "phone", **given: Any) -> Answer:
    source, limits = given.pop("source", "192.0.2.1"), given.pop("limits", None)
    look = Look(code, phone, source, fresh=given.pop("fresh", True))
    confirming = world.edge.confirming
    if limits is not None:
        confirming = replace(confirming, limits=limits)
    with world.writing() as session:
        return confirm(session, HiddenAttempt(look, hidden, **given), confirming, world.now)


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
    assert stopped.again_at == world.now + timedelta(minutes=1)
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


# Small enough to be reached.
LIMITS = TryLimits(per_minute=10, of_source=10, of_all=20)


def test_wrong_codes_from_one_network_are_limited_over_all_stamps(world: Any) -> None:
    issued = world.issue(20)
    for n in range(11):
        assert told(send(world, issued.code(n), "00000000", limits=LIMITS))[1] == "wrong"
    # Its next try at a stamp where it is not the first has to wait, and the full hour helps.
    stopped = send(world, issued.code(), issued.hidden(), limits=LIMITS)
    assert stopped.again_at == world.now.replace(minute=0) + timedelta(hours=1)
    # Another network is not held up, and IPv6 counts by the subscriber.
    other = send(world, issued.code(), "00000000", source="2001:db8::1", limits=LIMITS)
    assert told(other)[1] == "wrong"
    world.now = stopped.again_at
    assert told(send(world, issued.code(), issued.hidden(), limits=LIMITS))[1] == "first"


def test_a_subscriber_who_changes_addresses_is_one_network(world: Any) -> None:
    issued = world.issue(20)
    for n in range(11):
        source = f"2001:db8:0:1::{n:x}"
        send(world, issued.code(n), "00000000", source=source, limits=LIMITS)
    again = send(world, issued.code(), "00000000", source="2001:db8:0:1:ffff::", limits=LIMITS)
    assert told(again)[0] == "too_many_tries"


def brake(world: Any, issued: Any) -> None:
    """Wrong codes from many networks at many stamps, until the brake stands."""
    for n in range(LIMITS.of_all):
        answer = send(world, issued.code(n), "00000000", source=f"198.51.100.{n}", limits=LIMITS)
        assert told(answer)[1] == "wrong"


def test_the_brake_leaves_few_tries_and_lets_go_with_the_hour(world: Any) -> None:
    issued = world.issue(40)
    brake(world, issued)
    stamp = issued.code(30)
    answers = [send(world, stamp, "00000000", limits=LIMITS) for _ in range(3)]
    assert [told(each)[1] for each in answers] == ["wrong", "wrong", "none"]
    assert [each.tries_left for each in answers] == [1, 0, 0]
    world.now += timedelta(hours=1)
    answers = [send(world, stamp, "00000000", limits=LIMITS) for _ in range(3)]
    assert [told(each)[1] for each in answers] == ["wrong"] * 3


def test_while_the_brake_stands_an_honest_buyer_confirms_from_a_network_of_guessers(
    world: Any,
) -> None:
    issued = world.issue(40)
    brake(world, issued)
    for n in range(20, 30):
        send(world, issued.code(n), "00000000", limits=LIMITS)
    assert told(send(world, issued.code(20), "00000000", limits=LIMITS))[0] == "too_many_tries"
    assert told(send(world, issued.code(35), issued.hidden(35), limits=LIMITS))[1] == "first"


def test_an_honest_buyer_confirms_at_a_stamp_that_somebody_else_guesses_at(world: Any) -> None:
    issued = world.issue(40)
    brake(world, issued)
    for _ in range(30):
        send(world, issued.code(), "00000000", limits=LIMITS)
    assert told(send(world, issued.code(), "00000000", limits=LIMITS))[0] == "too_many_tries"
    honest = send(world, issued.code(), issued.hidden(), source="203.0.113.9", limits=LIMITS)
    assert told(honest)[1] == "first"


def test_no_count_holds_an_address(world: Any) -> None:
    issued = world.issue(2)
    send(world, issued.code(), issued.hidden(1))
    with world.reading() as session:
        rows = session.execute(sa.select(WrongCodes.source, WrongCodes.codes)).all()
        key = session.scalars(sa.select(TraceKey.key)).one()
    assert sorted(row.codes for row in rows) == [1, 1] and EVERYBODY in {r.source for r in rows}
    (kept,) = [row.source for row in rows if row.source != EVERYBODY]
    assert kept == hmac.digest(key, b"wrong/1/192.0.2.1", "sha256")[:16]


def test_every_comparison_is_one_in_constant_time(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed meets the code in `compare_digest`, and is compared by nothing else."""
    seen: list[tuple[str, str]] = []

    def compare(left: str, right: str) -> bool:
        seen.append((left, right))
        return True

    monkeypatch.setattr("stamps.hidden.compare_digest", compare)
    issued = world.issue(2)
    # Whatever `compare_digest` says is believed: there is no other comparison.
    assert told(send(world, issued.code(), "00000000"))[1] == "first"
    assert seen == [(issued.hidden(), "00000000")]
