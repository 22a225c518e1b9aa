"""When a request has arrived whole, however its bytes are cut on their way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.serving.arriving import (
    ARRIVES_WITHIN,
    KEPT_IN_MEMORY,
    SLOWEST,
    Arrival,
    Limits,
    NoRoom,
    SpoolRoom,
    Standing,
)

NEXT = b"GET /next HTTP/1.1\r\n\r\n"
SIZED = b"POST / HTTP/1.1\r\nHost: x\r\nCONTENT-LENGTH:  5 \r\n\r\nhello"
CHUNKED = (
    b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
    b"5 ;a=b\r\nhe\r\no\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n"
)
BARE = b"GET / HTTP/1.1\r\n\r\n"
AFTER_EMPTY_LINE = b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"


def arrival(largest_body: int = 1_000_000, rooms: int = 1) -> Arrival:
    return Arrival(SpoolRoom(rooms), Limits(largest_body), since=100)


@given(
    request=st.sampled_from([SIZED, CHUNKED, BARE, AFTER_EMPTY_LINE]),
    cuts=st.lists(st.integers(0, 120), max_size=8),
)
def test_a_request_is_whole_at_its_last_byte_however_it_is_cut(
    request: bytes, cuts: list[int]
) -> None:
    arriving = arrival()
    bounds = sorted({0, *(cut for cut in cuts if cut < len(request)), len(request)})
    for start, end in pairwise(bounds):
        assert arriving.standing is Standing.ARRIVING
        last = end == len(request)
        arriving.take(request[start:end] + (NEXT if last else b""))
    assert arriving.standing is Standing.WHOLE
    assert bytes(arriving.kept) == request
    assert arriving.beyond == NEXT


@pytest.mark.parametrize("size", [KEPT_IN_MEMORY, KEPT_IN_MEMORY + 1, 300_000])
def test_a_large_body_goes_to_a_file_without_a_name(size: int) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
    body = bytes(each % 251 for each in range(size))
    whole = head + body
    arriving = arrival()
    for at in range(0, len(whole), 10_000):
        arriving.take(whole[at : at + 10_000])
    assert arriving.standing is Standing.WHOLE
    spooled = b""
    if arriving.spool is not None:
        arriving.spool.seek(0)
        spooled = arriving.spool.read()
    assert bytes(arriving.kept) + spooled == whole
    assert (arriving.spool is not None) == (size > KEPT_IN_MEMORY)
    arriving.close()


def test_room_that_was_given_back_is_given_again() -> None:
    room = SpoolRoom(1)
    file = room.open()
    with pytest.raises(NoRoom):
        room.open()
    room.close(file)
    room.close(room.open())


def test_a_body_past_the_limit_is_cut_as_soon_as_that_is_known() -> None:
    told = arrival(largest_body=10)
    told.take(b"POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n")
    found = arrival(largest_body=10)
    found.take(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    assert (told.standing, found.standing) == (Standing.CUT, Standing.ARRIVING)
    found.take(b"5\r\n")
    assert found.standing is Standing.CUT


def test_a_body_gets_more_time_only_while_it_comes_fast_enough() -> None:
    arriving = arrival()
    assert arriving.deadline == 100 + ARRIVES_WITHIN
    arriving.take(b"POST / HTTP/1.1\r\nContent-Length: 900000\r\n\r\n" + b"x" * KEPT_IN_MEMORY)
    assert arriving.deadline == 100 + ARRIVES_WITHIN
    arriving.take(b"x" * SLOWEST * 3)
    assert arriving.deadline == 100 + ARRIVES_WITHIN + 3
    arriving.close()


@pytest.mark.parametrize(
    ("head", "waits"),
    [
        (b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n", True),
        (b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", False),
    ],
)
def test_who_waits_to_be_told_to_go_on_is_known(head: bytes, waits: bool) -> None:
    arriving = arrival()
    arriving.take(head)
    assert arriving.standing is Standing.ARRIVING
    assert arriving.waits_for_leave is waits
