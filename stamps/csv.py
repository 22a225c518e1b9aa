"""The labels of a range as CSV for a printing house, piece by piece."""

from collections.abc import Iterator

from stamps.codes import CODE_LENGTH
from stamps.errors import BadSerial
from stamps.hidden import HIDDEN_LENGTH
from stamps.keys import Key
from stamps.links import Link
from stamps.series import codes_of, hidden_codes_of
from stamps.signing import checked

LINES_AT_ONCE = 4096


def csv_pieces(
    key: Key, hidden_key: Key | None, link: Link, first: int, last: int
) -> Iterator[bytes]:
    """A header, then a line for each serial, both ends included.

    RFC 4180: lines end in CRLF, the header is `serial,code,url,hidden_code`.
    Every field is ASCII without commas or quotes, so none is quoted and no byte
    order mark is needed. The last field is empty without a hidden key.

    Raises BadSerial at once for a range that is none.
    """
    if checked(first) > checked(last):
        raise BadSerial("a range ends before it starts")
    return _pieces(key, hidden_key, link, first, last)


def _pieces(key: Key, hidden_key: Key | None, link: Link, first: int, last: int) -> Iterator[bytes]:
    yield b"serial,code,url,hidden_code\r\n"
    before = link.of("")
    for start in range(first, last + 1, LINES_AT_ONCE):
        stop = min(start + LINES_AT_ONCE - 1, last)
        codes = codes_of(key, start, stop).tobytes().decode("ascii")
        hidden = ""
        if hidden_key is not None:
            hidden = hidden_codes_of(hidden_key, start, stop).tobytes().decode("ascii")
        lines = []
        for place in range(stop - start + 1):
            code = codes[place * CODE_LENGTH : (place + 1) * CODE_LENGTH]
            proof = hidden[place * HIDDEN_LENGTH : (place + 1) * HIDDEN_LENGTH]
            lines.append(f"{start + place},{code},{before}{code},{proof}\r\n")
        yield "".join(lines).encode("ascii")
