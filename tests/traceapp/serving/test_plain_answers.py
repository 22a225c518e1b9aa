"""Answers to plain heads are what gunicorn would have sent, byte for byte."""

from __future__ import annotations

import re
import socket
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi

from traceapp.serving.arriving import Arrival, Limits, SpoolRoom
from traceapp.serving.connections import Connection, Kept
from traceapp.serving.plain_answers import BadAnswer, PlainAnswers
from traceapp.serving.plain_heads import Reader
from traceapp.serving.reading import ReadingWorker

HEAD = (
    b"GET /S/0000000B8FXF2GQRGF17 HTTP/1.1\r\nHost: tem.example\r\nUser-Agent: a phone\r\n"
    b"Accept: text/html\r\nCookie: phone=a.b; lang=vi\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
)
PAGE = [("Content-Type", "text/html"), ("Content-Length", "4")]
_ITS_OWN = {"wsgi.early_hints", "wsgi.errors", "wsgi.multithread"}  # of one request, or of a worker


@pytest.fixture
def connection() -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    with closing(theirs):
        config = Config()
        config.set("forwarded_allow_ips", "")
        made = Connection(config, ours, ("192.0.2.7", 40_000), ("127.0.0.1", 8000))
        yield made
        made.close()


def plain_request(connection: Connection) -> Any:
    return next(Reader(connection.cfg, iter([HEAD]), connection.client))


def answered(
    connection: Connection, status: str, fields: list[tuple[str, str]], *chunks: bytes
) -> bytes:
    def app(_environ: object, start_response: Any) -> list[bytes]:
        start_response(status, fields)
        return list(chunks)

    answers = PlainAnswers(connection.cfg)
    return answers.answer(app, plain_request(connection), connection, closes=False)


def by_gunicorn(
    connection: Connection, status: str, fields: list[tuple[str, str]], *chunks: bytes
) -> bytes:
    kept = Kept(connection.sock)
    response, _ = wsgi.create(
        plain_request(connection), kept, connection.client, connection.server, connection.cfg
    )
    response.start_response(status, fields)
    for chunk in chunks:
        response.write(chunk)
    response.close()
    return bytes(kept.data)


def test_an_application_is_told_what_gunicorn_tells(connection: Connection) -> None:
    request = plain_request(connection)
    _, theirs = wsgi.create(
        request, connection.sock, connection.client, connection.server, connection.cfg
    )
    ours = PlainAnswers(connection.cfg).environ(request, connection)
    assert ours.keys() == theirs.keys() - {"wsgi.early_hints"}
    for name in ours.keys() - _ITS_OWN:
        assert ours[name] == theirs[name], name
    assert ours["wsgi.input"].read() == b""


@pytest.mark.parametrize(
    ("status", "fields", "chunks"),
    [
        ("200 OK", PAGE, [b"page"]),
        ("200 OK", PAGE, [b"pa", b"", b"ge"]),
        ("200 OK", [*PAGE, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], [b"page"]),
        ("404 NOT FOUND", [("Content-Length", "0"), ("Vary", "Accept")], []),
        ("200 OK", [*PAGE, ("Server", "another"), ("Keep-Alive", "5")], [b"page"]),
        ("204 NO CONTENT", [("X-A", "1")], []),
        ("304 NOT MODIFIED", [("ETag", '"1"')], []),
    ],
)
def test_an_answer_is_worded_as_gunicorn_words_it(
    connection: Connection, status: str, fields: list[tuple[str, str]], chunks: list[bytes]
) -> None:
    ours = answered(connection, status, fields, *chunks)
    theirs = by_gunicorn(connection, status, fields, *chunks)
    assert sorted(_undated(ours)) == sorted(_undated(theirs))
    assert _undated(ours)[:2] == _undated(theirs)[:2]


def _undated(answer: bytes) -> list[bytes]:
    return re.sub(rb"Date: [^\r]+", b"Date:", answer).split(b"\r\n")


def test_an_answer_tells_its_own_length(connection: Connection) -> None:
    told = answered(connection, "200 OK", [("Content-Length", "9000")], b"page")
    assert told.count(b"Content-Length") == 1
    assert b"Content-Length: 4\r\n" in told
    assert told.endswith(b"\r\n\r\npage")


@pytest.mark.parametrize(
    ("status", "field"),
    [
        ("200 OK", ("X-A", "1\r\nSet-Cookie: stolen=1")),
        ("200 OK", ("X-A", "1\n")),
        ("200 OK", ("X-A: 1\r\nX-B", "2")),
        ("200 OK", ("", "nameless")),
        ("200 OK", ("X-A", "a\x00b")),
        ("200 OK\r\nX-A: 1", ("X-B", "2")),
        ("", ("X-B", "2")),
    ],
)
def test_no_line_is_sent_that_nobody_meant(
    connection: Connection, status: str, field: tuple[str, str]
) -> None:
    with pytest.raises(BadAnswer):
        answered(connection, status, [field], b"page")


def test_chunks_are_closed_whatever_happens(connection: Connection) -> None:
    closed = []

    class Chunks:
        def __iter__(self) -> Iterator[bytes]:
            raise OSError("the disk")

        def close(self) -> None:
            closed.append(True)

    answers = PlainAnswers(connection.cfg)
    with pytest.raises(OSError, match="the disk"):
        answers.answer(
            lambda _environ, _start: Chunks(), plain_request(connection), connection, closes=False
        )
    assert closed == [True]


def test_who_stops_reading_is_given_up_without_a_word_in_the_log(connection: Connection) -> None:
    def app(_environ: object, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * 4_000_000]

    worker = ReadingWorker.__new__(ReadingWorker)
    worker.keepalived_conns, worker.max_keepalived = deque(), 5
    worker.alive, worker.cfg, worker.wsgi = True, connection.cfg, app
    worker._plain_answers = PlainAnswers(connection.cfg)
    connection.arrival = Arrival(SpoolRoom(1), Limits(), 0.0)
    connection.sock.setblocking(True)
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", 0, 20_000))
    # What a thread takes for the end of a connection; anything else would be logged as a trouble.
    with pytest.raises(StopIteration):
        worker.handle_request(plain_request(connection), connection)
