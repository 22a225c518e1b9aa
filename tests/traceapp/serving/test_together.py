"""Requests that are answered together, by the loop that reads them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

ASK = b"GET /together/%b HTTP/1.1\r\nHost: x\r\n\r\n"
MANY = 10


def test_those_that_came_while_others_were_answered_are_answered_together(
    small: Any, tmp_path: Path
) -> None:
    go_on = tmp_path / "go"
    first = small.connect().send(ASK % f"{go_on}.wait".encode().lstrip(b"/"))
    others = [small.connect().send(ASK % b"%d" % n) for n in range(5)]
    go_on.touch()
    sizes = [size for size, _ in (each.told() for each in (first, *others))]
    assert max(sizes) > 1, "they were all answered alone"
    again = [each.send(ASK % b"again").told()[1] for each in others]
    assert again == ["/together/again"] * 5


def test_each_gets_its_own_answer(small: Any) -> None:
    connections = [small.connect().send(ASK % b"%d" % n) for n in range(MANY)]
    told = [each.told()[1] for each in connections]
    assert told == [f"/together/{n}" for n in range(MANY)]


def test_one_that_breaks_does_not_break_the_others(small: Any, tmp_path: Path) -> None:
    go_on = tmp_path / "go"
    first = small.connect().send(ASK % f"{go_on}.wait".encode().lstrip(b"/"))
    broken = small.connect().send(ASK % b"broken")
    whole = small.connect().send(ASK % b"whole")
    go_on.touch()
    assert first.told()[1].endswith("go.wait")
    assert broken.answer()[0] == 500
    assert broken.at_its_end()
    assert whole.told()[1] == "/together/whole"
    assert small.ask(ASK % b"after")[1] == "/together/after"


def test_requests_in_one_piece_are_answered_in_their_order(small: Any) -> None:
    connection = small.connect().send(b"".join(ASK % b"%d" % n for n in range(4)))
    assert [connection.told()[1] for _ in range(4)] == [f"/together/{n}" for n in range(4)]


def test_who_reads_nothing_holds_nobody_up_and_gets_all_in_the_end(small: Any) -> None:
    slow = small.connect(window=4096).send(b"".join(ASK % b"long" for _ in range(MANY)))
    started = time.monotonic()
    for number in range(20):
        assert small.ask(ASK % b"%d" % number)[1] == f"/together/{number}"
    assert time.monotonic() - started < 10
    assert [slow.told()[1] for _ in range(MANY)] == ["/together/long"] * MANY
