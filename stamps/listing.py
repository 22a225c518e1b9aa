"""The labels of a range as CSV for a printing house, thousands of lines at a time."""

from collections.abc import Iterator

import numpy as np

from stamps.columns import MOST_DIGITS, Bytes, serial_columns, side_by_side
from stamps.errors import BadSerial
from stamps.keys import Key
from stamps.labels import CSV_HEADER
from stamps.links import Link
from stamps.series import codes_of, hidden_codes_of
from stamps.signing import checked

_LINES_AT_ONCE = 4096


def csv_pieces(
    link: Link, key: Key, hidden_key: Key | None, first: int, last: int
) -> Iterator[bytes]:
    """The bytes of `csv_lines` for the serials `first` to `last`, piece by piece.

    hidden_key: None leaves the last field empty. Raises BadSerial at once for a range that
    is none.
    """
    if checked(first) > checked(last):
        raise BadSerial("a range ends before it starts")
    return _pieces(link, key, hidden_key, range(first, last + 1, _LINES_AT_ONCE), last)


def _pieces(
    link: Link, key: Key, hidden_key: Key | None, starts: range, last: int
) -> Iterator[bytes]:
    yield CSV_HEADER.encode("ascii")
    before = link.of("").encode("ascii")
    for start in starts:
        stop = min(start + _LINES_AT_ONCE - 1, last)
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
