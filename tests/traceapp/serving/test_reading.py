"""The worker: slow senders hold nobody up, and what HTTP allows arrives as it was sent."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from traceapp.serving.arriving import KEPT_IN_MEMORY, LONGEST_HEAD
from traceapp.serving.reading import GO_AHEAD, LARGE_BODIES

GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
PICTURE = bytes(range(256)) * 4096 * 5  # 5 MB
LARGEST_BODY = 8_000_000  # as the fixture's server takes it
MANY = 200


def post(body: bytes, *headers: bytes, path: bytes = b"/post") -> bytes:
    lines = [b"POST %s HTTP/1.1" % path, b"Host: x", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body: bytes, size: int, path: bytes = b"/post") -> bytes:
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in pieces) + b"0\r\n\r\n"


def test_slow_heads_and_slow_bodies_hold_nobody_up(small: Any) -> None:
    heads = [small.connect().send(b"GET /slow HTTP/1.1\r\nHost: x\r\nX-") for _ in range(MANY)]
    bodies = [small.connect().send(post(b"x" * 99, path=b"/slow")[:-40]) for _ in range(MANY)]
    started = time.monotonic()
    for number in range(20):
        assert small.ask(GET % number)["path"] == f"/{number}"
    assert time.monotonic() - started < 10
    assert heads[-1].send(b"A: 1\r\n\r\n").told()["path"] == "/slow"
    assert bodies[-1].send(b"x" * 40).told()["length"] == 99


def test_who_sends_nothing_at_all_holds_nobody_up(small: Any) -> None:
    silent = [small.connect() for _ in range(MANY)]
    assert small.ask(GET % 1)["path"] == "/1"
    assert silent[0].send(GET % 2).told()["path"] == "/2"


def test_who_does_not_leave_holds_nobody_up(small: Any) -> None:
    stay = [small.connect().send(b"GET / HTTP/1.0\r\n\r\n") for _ in range(20)]
    assert [each.told()["path"] for each in stay] == ["/"] * 20
    started = time.monotonic()
    assert small.ask(GET % 1)["path"] == "/1"
    assert time.monotonic() - started < 10


def test_who_does_not_read_holds_nobody_up(small: Any) -> None:
    ask = b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"
    deaf = [small.connect(window=2048).send(ask) for _ in range(20)]
    started = time.monotonic()
    for number in range(20):
        assert small.ask(GET % number)["path"] == f"/{number}"
    assert time.monotonic() - started < 10
    assert len(deaf[0].answer()[2]) == 150_000


def test_a_request_may_come_byte_by_byte(small: Any) -> None:
    connection = small.connect()
    for byte in post(b"hello", path=b"/bytes"):
        connection.send(bytes([byte]))
    assert connection.told() == {**small.ask(post(b"hello")), "path": "/bytes"}


@pytest.mark.parametrize("size", [0, 1, KEPT_IN_MEMORY, KEPT_IN_MEMORY + 1, len(PICTURE)])
def test_a_body_arrives_as_it_was_sent(
    small: Any, digest: Callable[[bytes], str], size: int
) -> None:
    body = PICTURE[:size]
    connection = small.connect()
    for request in (post(body), chunked(body, 7000)):
        told = connection.send(request).told()
        assert (told["length"], told["digest"]) == (size, digest(body))


def test_a_chunked_body_may_have_trailers_and_extensions(small: Any) -> None:
    body = b"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection = small.connect()
    assert connection.send(head + body).told()["length"] == 6
    assert connection.send(GET % 2).told()["path"] == "/2"


def test_requests_sent_at_once_are_answered_in_their_order(small: Any) -> None:
    connection = small.connect()
    sent = [GET % 1, post(b"a" * 100), GET % 2, chunked(PICTURE[:200_000], 9999), GET % 3]
    connection.send(b"".join(sent))
    assert [connection.told()["path"] for _ in sent] == ["/1", "/post", "/2", "/post", "/3"]


def test_a_body_that_nobody_reads_is_no_request(small: Any) -> None:
    connection = small.connect()
    connection.send(post(GET % 666, path=b"/unread") + GET % 1)
    assert [connection.told()["path"] for _ in range(2)] == ["/unread", "/1"]


@pytest.mark.parametrize("size", [500, 500_000])
def test_a_body_that_is_cut_off_leaves_nothing(own: Any, size: int) -> None:
    cut = [
        own.connect().send(whole[: -size // 2])
        for whole in (post(PICTURE[:size]), chunked(PICTURE[:size], 100))
    ]
    for each in cut:
        each.close()
    own.ask(GET % 1)
    assert own.seen() == ["/started", "/1"]


def test_who_asks_whether_to_go_on_is_told_once(small: Any) -> None:
    request = post(b"hello", b"Expect: 100-continue")
    connection = small.connect().send(request[:-5])
    assert connection.socket.recv(len(GO_AHEAD)) == GO_AHEAD
    assert connection.send(b"hello").told()["length"] == 5
    assert connection.send(GET % 1).told()["path"] == "/1"


def test_another_expectation_fails(small: Any) -> None:
    request = post(b"hello", b"Expect: miracles")
    assert small.connect().send(request[:-5]).answer()[0] == 417


def test_a_body_that_is_too_large_is_not_waited_for(small: Any) -> None:
    head = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    connection = small.connect().send(head % (LARGEST_BODY + 1))
    status, headers, body = connection.answer()
    assert (status, headers["connection"], json.loads(body)["path"]) == (200, "close", "/unread")
    assert connection.at_its_end()


@pytest.mark.parametrize(
    ("request_sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * LONGEST_HEAD, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: aaaaaaa\r\n" * 2000 + b"\r\n", 431),
        (b"GET /" + b"a" * LONGEST_HEAD, 414),
        (b"GET / HTTP/1.1\nHost: x\n\n", 400),
        (b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n1", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: sausage\r\n\r\n", 501),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabcdefgh\r\n", 400),
    ],
)
def test_what_is_no_request_is_refused_at_once(
    small: Any, request_sent: bytes, status: int
) -> None:
    connection = small.connect().send(request_sent)
    assert connection.answer()[0] == status
    assert small.ask(GET % 1)["path"] == "/1"


def test_more_large_bodies_than_there_is_room_for_are_put_off(small: Any) -> None:
    whole = post(PICTURE)
    half = [small.connect().send(whole[: KEPT_IN_MEMORY * 3]) for _ in range(LARGE_BODIES)]
    assert small.ask(GET % 1)["path"] == "/1"
    put_off = small.connect().send(whole[: KEPT_IN_MEMORY * 3])
    status, headers, _ = put_off.answer()
    assert (status, headers["retry-after"]) == (503, "5")
    assert half[0].send(whole[KEPT_IN_MEMORY * 3 :]).told()["length"] == len(PICTURE)
    assert half[0].send(whole).told()["length"] == len(PICTURE)


def test_a_chunk_that_never_ends_its_line_closes_the_connection(small: Any) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert small.connect().send(head + b"5\nhello").at_its_end()
    assert small.connect().send(head + b"5" * 2000).at_its_end()


def test_who_is_too_slow_is_told_so(hasty: Any) -> None:
    late = hasty.connect().send(b"GET / HTTP/1.1\r\nHost")
    silent = hasty.connect()
    assert late.answer()[0] == 408
    assert late.at_its_end() and silent.at_its_end()


def test_it_stops_soon_whoever_is_still_sending(own: Any) -> None:
    for _ in range(20):
        own.connect().send(b"GET / HTTP/1.1\r\nHost")
        own.connect()
    last = own.connect().send(GET % 1)
    assert last.told()["path"] == "/1"
    os.kill(own.process.pid, signal.SIGTERM)
    assert last.send(GET % 2).told()["path"] == "/2"
    assert own.process.wait(10) == 0


def test_who_was_waiting_to_be_let_in_is_answered_when_it_stops(own: Any) -> None:
    waiting = [own.connect().send(GET % number) for number in range(50)]
    os.kill(own.process.pid, signal.SIGTERM)
    assert [each.told()["path"] for each in waiting] == [f"/{number}" for number in range(50)]
    assert own.process.wait(10) == 0
