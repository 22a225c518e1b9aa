"""The labels of a range as CSV for a printing house, thousands of lines at a time."""

from collections.abc import Iterator

import numpy as np

from stamps.columns import MOST_DIGITS, Bytes, serial_columns, side_by_side
from stamps.errors import BadSerial
from stamps.keys import Key
from stamps.links import Link
from stamps.series import codes_of, hidden_codes_of
from stamps.signing import checked

CSV_HEADER = b"serial,code,url,hidden_code\r\n"

LINES_AT_ONCE = 4096


def csv_pieces(
    link: Link, key: Key, hidden_key: Key | None, first: int, last: int
) -> Iterator[bytes]:
    """The labels of the serials `first` to `last` as CSV, piece by piece.

    RFC 4180: lines end in CRLF, the header is `serial,code,url,hidden_code`. Every field is
    ASCII without commas or quotes, so none is quoted and no byte order mark is needed.
    hidden_key: None leaves the last field empty. Raises BadSerial at once for a range that is
    none.
    """
    if checked(first) > checked(last):
        raise BadSerial("a range ends before it starts")
    return _pieces(link, key, hidden_key, range(first, last + 1, LINES_AT_ONCE), last)


def _pieces(
    link: Link, key: Key, hidden_key: Key | None, starts: range, last: int
) -> Iterator[bytes]:
    yield CSV_HEADER
    before = link.of("").encode("ascii")
    for start in starts:
        stop = min(start + LINES_AT_ONCE - 1, last)
        serials, digits = serial_columns(start, stop)
        codes = codes_of(key, start, stop)
        hidden: Bytes | bytes = b""
        if hidden_key is not None:
            hidden = hidden_codes_of(hidden_key, start, stop)
        for count in np.unique(digits):
            # Serials with a digit more make longer lines, and follow those with fewer.
            rows = digits == count
            own = hidden if isinstance(hidden, bytes) else hidden[rows]
            shown = serials[rows, MOST_DIGITS - count :]
            lines = [shown, b",", codes[rows], b"," + before, codes[rows], b",", own, b"\r\n"]
            yield side_by_side(lines, len(shown))
