"""Every request has an id, is counted once, and leaves a line where an operator wants one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs
from werkzeug.test import Client

from traceapp.attending import HEADER, Attendance, Ended, tell

Answer = Callable[[], Iterable[bytes]]


class Kept:
    """What was told of requests, and how many are under way."""

    def __init__(self) -> None:
        self.under_way = 0
        self.requests: list[Ended] = []

    def begun(self) -> None:
        self.under_way += 1

    def ended(self, request: Ended) -> None:
        self.under_way -= 1
        self.requests.append(request)


def attended(
    answer: Answer = lambda: [b"well"],
    status: str = "200 OK",
    *,
    behind_proxies: bool = False,
    takes: float = 0,
    **facts: Any,
) -> tuple[Client, Kept]:
    def app(_environ: Any, start_response: Any) -> Iterable[bytes]:
        tell(route="room.view", **facts)
        start_response(status, [("Content-Type", "text/plain")])
        return answer()

    moments = iter((0, takes))
    kept = Kept()
    timer = lambda: next(moments)  # noqa: E731
    return Client(Attendance(app, kept, behind_proxies=behind_proxies, timer=timer)), kept


def events(logs: list[Any]) -> list[str]:
    return [each["event"] for each in logs]


def test_every_answer_carries_an_id_of_our_own() -> None:
    client, _ = attended()
    response = client.get("/", headers={HEADER: "given-by-a-stranger"})
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers[HEADER])


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0123abcd-4567", True),
        ("short", False),
        ("a" * 65, False),
        ("with blank", False),
        ("quo\"te'{}1", False),
        ("việtviệt", False),
    ],
)
def test_an_id_is_taken_over_from_proxies_where_it_can_do_no_harm(given: str, taken: bool) -> None:
    client, _ = attended(behind_proxies=True)
    response = client.get("/", headers={HEADER: given})
    assert (response.headers[HEADER] == given) is taken


def test_looking_around_leaves_no_line() -> None:
    client, kept = attended(account=7)
    with capture_logs() as logs:
        assert client.get("/", buffered=True).status_code == 200
    assert logs == []
    assert [each.facts["route"] for each in kept.requests] == ["room.view"]
    assert kept.under_way == 0


def test_an_act_of_a_person_leaves_one_line_without_its_path() -> None:
    client, _ = attended(status="303 SEE OTHER", account=7)
    with capture_logs() as logs:
        client.post("/officer/runs/5?secret=1", data={"note": "private"}, buffered=True)
    assert logs == [
        {"event": "act", "method": "POST", "status": 303, "seconds": 0, "log_level": "info"}
    ]


def test_a_strangers_post_leaves_no_line() -> None:
    client, _ = attended()
    with capture_logs() as logs:
        client.post("/", buffered=True)
    assert logs == []


@pytest.mark.parametrize(
    ("status", "takes", "said"),
    [("200 OK", 1.5, ["request_slow"]), ("503 NO", 0, ["request_failed"]), ("404 NO", 0, [])],
)
def test_what_was_slow_or_failed_leaves_a_line(status: str, takes: float, said: list[str]) -> None:
    client, _ = attended(status=status, takes=takes)
    with capture_logs() as logs:
        client.get("/", buffered=True)
    assert events(logs) == said


def test_an_answer_that_breaks_half_way_is_told_and_counted() -> None:
    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    client, kept = attended(breaks)
    with capture_logs() as logs, pytest.raises(OSError, match="No space"):
        client.get("/", buffered=True)
    assert events(logs)[0] == "answer_broke"
    assert (kept.requests[0].broke, kept.requests[0].failed) == (True, True)
    assert len(kept.requests) == 1 and kept.under_way == 0


def test_an_application_that_breaks_before_it_answers_is_told_and_counted() -> None:
    def breaks() -> Iterable[bytes]:
        raise KeyError("what a stranger sent")

    client, kept = attended(breaks)
    with capture_logs() as logs, pytest.raises(KeyError):
        client.get("/", buffered=True)
    assert events(logs) == ["answer_broke", "request_failed"]
    assert len(kept.requests) == 1


def test_what_one_request_told_is_not_told_of_the_next() -> None:
    client, kept = attended(account=7)
    client.get("/", buffered=True)
    other, others = attended()
    other.get("/", buffered=True)
    assert "account" in kept.requests[0].facts and "account" not in others.requests[0].facts
