"""The CSV of a range, as a printing house takes it."""

import csv
import io

import pytest

from stamps import MAX_SERIAL, BadSerial, Key, Link, hidden_code, sign
from stamps.listing import LINES_AT_ONCE, csv_pieces

LINK = Link("https://tem.example.vn")


def rows(key: Key, hidden_key: Key | None, first: int, last: int) -> list[dict[str, str]]:
    text = b"".join(csv_pieces(LINK, key, hidden_key, first, last)).decode("ascii")
    assert text.startswith("serial,code,url,hidden_code\r\n")
    assert text.count("\r\n") == text.count("\n") == last - first + 2
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_is_rfc_4180_and_says_what_one_by_one_says(stamp_key: Key, hidden_key: Key) -> None:
    first, last = 99_990, 99_990 + LINES_AT_ONCE  # with a digit more on the way
    read = rows(stamp_key, hidden_key, first, last)
    assert [int(row["serial"]) for row in read] == list(range(first, last + 1))
    for row in (*read[:10], *read[-3:]):
        code = sign(stamp_key, int(row["serial"]))
        assert (row["code"], row["url"]) == (code, LINK.of(code))
        assert row["hidden_code"] == hidden_code(hidden_key, int(row["serial"]))


def test_it_leaves_the_hidden_code_empty_without_a_key(stamp_key: Key) -> None:
    [_, line] = b"".join(csv_pieces(LINK, stamp_key, None, 0, 0)).splitlines(keepends=True)
    assert line == b"0,0000000B8FXF2GQRGF17,HTTPS://TEM.EXAMPLE.VN/S/0000000B8FXF2GQRGF17,\r\n"


@pytest.mark.parametrize(("first", "last"), [(5, 4), (-1, 4), (0, MAX_SERIAL + 1)])
def test_a_bad_range_is_refused_before_the_first_line(
    stamp_key: Key, first: int, last: int
) -> None:
    with pytest.raises(BadSerial):
        csv_pieces(LINK, stamp_key, None, first, last)


def test_a_million_lines_are_not_made_before_they_are_asked_for(stamp_key: Key) -> None:
    made = csv_pieces(LINK, stamp_key, None, 0, MAX_SERIAL)
    assert next(made).startswith(b"serial")
