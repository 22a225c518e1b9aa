"""Plain heads are read as gunicorn reads them, and all others are left to it."""

from __future__ import annotations

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import IterUnreader
from hypothesis import given
from hypothesis import strategies as st

from traceapp.serving.plain_heads import MOST_BYTES, MOST_FIELDS, Reader

CODE = "0000000B8FXF2GQRGF17"
PEER = ("192.0.2.7", 40_000)
PHONE = (
    "Host: tem.example:8000",
    "User-Agent: Mozilla/5.0 (Linux; Android 13; SM-A145F) AppleWebKit/537.36",
    "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language: vi-VN,vi;q=0.9",
    "Accept-Encoding: gzip, deflate, br",
    "Cookie: phone=abc.def; lang=vi",
)


def head(path: str = f"/S/{CODE}", *fields: str, line: str = "GET {} HTTP/1.1") -> bytes:
    return "\r\n".join((line.format(path), *(fields or PHONE), "", "")).encode("latin-1")


def settings(forwarded: str = "") -> Config:
    config = Config()
    config.set("forwarded_allow_ips", forwarded)
    config.set("http_parser", "python")
    return config


def told(kind: type[RequestParser], data: bytes, config: Config, peer: Any = PEER) -> Any:
    """All that a parser makes of a request, or what it has against it."""
    parser = kind(config, iter([data]), peer)
    assert isinstance(parser.unreader, IterUnreader)
    try:
        request = next(parser)
    except (NoMoreData, ParseException, StopIteration) as refused:
        return type(refused), str(refused)
    read: Request = request
    seen = (read.method, read.uri, read.path, read.query, read.fragment, read.version)
    framing = (read.scheme, read.should_close(), read._expected_100_continue, read.body.read())
    rest = read.unreader.read()
    return (*seen, tuple(read.headers), *framing, rest, read.proxy_protocol_info)


def read_alike(data: bytes, config: Config | None = None, peer: Any = PEER) -> None:
    known = settings() if config is None else config
    assert told(Reader, data, known, peer) == told(RequestParser, data, known, peer)


def plain(data: bytes, config: Config | None = None, peer: Any = PEER) -> bool:
    try:
        return bool(next(Reader(config or settings(), iter([data]), peer)).plain)
    except (NoMoreData, ParseException, StopIteration):
        return False


@pytest.mark.parametrize(
    "data",
    [
        head(),
        head(f"/s/{CODE.lower()}"),
        head(f"/01/08935001234567/21/{CODE}"),
        head(f"/01/08935001234567/10/L-1_a.b/21/{CODE}"),
        head(f"/S/{CODE}", *PHONE, "Connection: keep-alive"),
        head(f"/S/{CODE}", *PHONE, "connection: close"),
        head(f"/S/{CODE}", "host:   tem.example  ", "X-Forwarded-For: 203.0.113.9"),
        head(f"/S/{CODE}", "Host: [2001:db8::1]:8000", "DNT:1"),
        head("/S//a/../b"),
    ],
)
def test_what_cameras_send_is_read_in_one_stroke(data: bytes) -> None:
    assert plain(data)
    read_alike(data)


@pytest.mark.parametrize(
    "data",
    [
        head("/"),
        head("/officer"),
        head(f"/S/{CODE}?lang=en"),
        head(f"/S/{CODE}#H-12345678"),
        head("/S/%2e%2e"),
        head(f"/S/{CODE} HTTP/1.1\r\nGET /other"),
        head(f"http://tem.example/S/{CODE}"),
        head(line="HEAD {} HTTP/1.1"),
        head(line="POST {} HTTP/1.1"),
        head(line="GET {} HTTP/1.0"),
        head(line="GET {} HTTP/2.0"),
        b"\r\n" + head(),
        head() + b"GET / HTTP/1.1\r\n\r\n",
        head().replace(b"\r\n", b"\n"),
        head()[:-2],
        head(f"/S/{CODE}", "Accept: */*"),
        head(f"/S/{CODE}", "Host: a", "Host: b"),
        head(f"/S/{CODE}", "Host: a b"),
        head(f"/S/{CODE}", "Host:"),
        head(f"/S/{CODE}", *PHONE, "Accept: text/plain"),
        head(f"/S/{CODE}", *PHONE, "Content-Length: 5") + b"hello",
        head(f"/S/{CODE}", *PHONE, "Content-Length: 0"),
        head(f"/S/{CODE}", *PHONE, "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head(f"/S/{CODE}", *PHONE, "Expect: 100-continue"),
        head(f"/S/{CODE}", *PHONE, "X_Forwarded_For: 203.0.113.9"),
        head(f"/S/{CODE}", *PHONE, "Sign : x"),
        head(f"/S/{CODE}", *PHONE, " folded"),
        head(f"/S/{CODE}", *PHONE, "X-Odd: a\x00b"),
        head(f"/S/{CODE}", *PHONE, "X-Odd: a\tb"),
        head(f"/S/{CODE}", *PHONE, "X-Odd: \xe9"),
        head(f"/S/{CODE}", *PHONE, ": nameless"),
        head(f"/S/{CODE}", *PHONE, *(f"X-{n}: 1" for n in range(MOST_FIELDS))),
        head(f"/S/{CODE}", *PHONE, "X-Long: " + "a" * MOST_BYTES),
    ],
)
def test_anything_else_is_left_to_gunicorn(data: bytes) -> None:
    assert not plain(data)
    read_alike(data)


def test_what_a_proxy_says_is_left_to_gunicorn_where_it_is_told_to_believe_it() -> None:
    data = head(f"/S/{CODE}", *PHONE, "X-Forwarded-Proto: https")
    assert plain(data)
    for config, peer in ((settings("*"), PEER), (settings(), "")):
        assert not plain(data, config, peer)
        read_alike(data, config, peer)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Host", "Accept", "Cookie", "Connection", "Content-Length", "X-A"]),
            st.text(st.characters(max_codepoint=255), max_size=12),
        ),
        max_size=5,
    ),
    st.text(st.sampled_from("/Ss01.?#% ABC\r\n"), max_size=8),
)
def test_whatever_is_sent_is_read_as_gunicorn_reads_it(
    fields: list[tuple[str, str]], path: str
) -> None:
    lines = ["Host: tem.example", *(f"{name}: {value}" for name, value in fields)]
    read_alike(head(f"/S/{path}", *lines))


def test_long_nonsense_costs_no_more_than_its_length() -> None:
    spaces = head(f"/S/{CODE}", "Host: a", "X:" + " " * 3_900 + "\x01")
    assert not plain(spaces)
    read_alike(spaces)


def test_a_connection_goes_on_after_a_plain_head() -> None:
    parser = Reader(settings(), iter([head(), head("/privacy")]), PEER)
    assert next(parser).plain
    assert parser.finish_body(deadline=0.0)  # The time is over, and there is nothing to discard.
    assert next(parser).path == "/privacy"
