"""Codes of a range are those of its serials, one by one."""

import pytest

from stamps import BLOCK, MAX_SERIAL, BadSerial, Key, hidden_code, sign
from stamps.series import codes_of, hidden_codes_of

KNOWN = [
    (0, "0000000B8FXF2GQRGF17", "WBEQ5GWQ"),
    (4095, "00001ZZQF8M9NTJBBPGE", "JVC8340S"),
    (4096, "0000200C871AT59FZK0E", "S7RG4G14"),
    (123456789, "01TVSMAHHXGX2CC5MTKK", "N9SP82KS"),
    (66571993087, "YZZZZZZV3Z8MN6NGJWQR", "MNQ9F1VX"),
]


@pytest.mark.parametrize(("serial", "code", "hidden"), KNOWN)
def test_known_answers(
    serial: int, code: str, hidden: str, stamp_key: Key, hidden_key: Key
) -> None:
    assert codes_of(stamp_key, serial, serial).tobytes().decode() == code
    assert hidden_codes_of(hidden_key, serial, serial).tobytes().decode() == hidden


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0, 40),
        (BLOCK - 30, BLOCK + 30),
        (3 * BLOCK - 1, 5 * BLOCK),
        (7 * BLOCK, 8 * BLOCK - 1),
        (MAX_SERIAL - BLOCK - 5, MAX_SERIAL),
    ],
)
def test_a_range_has_the_bytes_of_its_serials_one_by_one(
    first: int, last: int, stamp_key: Key, hidden_key: Key
) -> None:
    serials = range(first, last + 1)
    codes, hidden = codes_of(stamp_key, first, last), hidden_codes_of(hidden_key, first, last)
    assert (codes.shape, hidden.shape) == ((len(serials), 20), (len(serials), 8))
    assert codes.tobytes().decode() == "".join(sign(stamp_key, serial) for serial in serials)
    assert hidden.tobytes().decode() == "".join(hidden_code(hidden_key, each) for each in serials)


def test_another_key_gives_other_codes(stamp_key: Key, other_key: Key) -> None:
    ours, theirs = codes_of(stamp_key, 0, 99), codes_of(other_key, 0, 99)
    assert (ours != theirs).any(axis=1).all()


@pytest.mark.parametrize("make", [codes_of, hidden_codes_of])
@pytest.mark.parametrize(
    ("first", "last"), [(-1, 5), (5, 4), (0, MAX_SERIAL + 1), (MAX_SERIAL + 1, MAX_SERIAL + 1)]
)
def test_a_range_that_is_none_is_refused(make, first: int, last: int, stamp_key: Key) -> None:
    with pytest.raises(BadSerial):
        make(stamp_key, first, last)
