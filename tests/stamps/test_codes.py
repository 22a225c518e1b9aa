"""Stamp codes: known answers, round trips, and one damage at a time."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamps import (
    BLOCK,
    CODE_LENGTH,
    MAX_SERIAL,
    BadSerial,
    BadStamp,
    Key,
    KeyRing,
    Malformed,
    SignedSerial,
    Why,
    grouped,
    read,
    sign,
    signer_of,
    verifies,
)
from stamps.crockford import ALPHABET
from stamps.signing import SerialSigner

KNOWN = {
    0: "0000000B8FXF2GQRGF17",
    4095: "00001ZZQF8M9NTJBBPGE",
    4096: "0000200C871AT59FZK0E",
    123456789: "01TVSMAHHXGX2CC5MTKK",
    66571993087: "YZZZZZZV3Z8MN6NGJWQR",
}
KEY = Key(bytes(range(32)))
OTHER = Key(bytes(range(64, 96)))
SERIALS = st.integers(0, MAX_SERIAL)
SECRETS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize(("serial", "code"), KNOWN.items())
def test_known_answers(serial: int, code: str) -> None:
    assert sign(KEY, serial) == code
    assert read(code).serial == serial
    assert verifies(KEY, read(code))


def test_the_sizes_are_what_is_printed() -> None:
    assert MAX_SERIAL == 66_571_993_087
    assert BLOCK == 4096
    assert CODE_LENGTH == 20


@given(SERIALS, SECRETS)
def test_a_code_reads_back_and_its_key_verifies_it(serial: int, secret: bytes) -> None:
    code = sign(Key(secret), serial)
    signed = read(code)
    assert signed.serial == serial
    assert signed.code == code
    assert len(code) == CODE_LENGTH
    assert code[0] != "Z"
    assert verifies(Key(secret), signed)


@given(SERIALS, SECRETS, SECRETS)
def test_no_other_key_verifies_it(serial: int, secret: bytes, other: bytes) -> None:
    signed = read(sign(Key(secret), serial))
    assert verifies(Key(other), signed) is (secret == other)


@pytest.mark.parametrize("serial", KNOWN)
def test_every_change_of_one_character_is_refused(serial: int) -> None:
    code = KNOWN[serial]
    for place, letter in itertools.product(range(CODE_LENGTH), ALPHABET):
        if letter == code[place]:
            continue
        damaged = code[:place] + letter + code[place + 1 :]
        if place == 0 and letter == "Z":
            with pytest.raises(Malformed) as refusal:
                read(damaged)
            assert refusal.value.why is Why.RANGE
        else:
            assert not verifies(KEY, read(damaged)), damaged


@given(SERIALS, st.data())
def test_every_change_of_some_characters_is_refused(serial: int, data: st.DataObject) -> None:
    code = sign(KEY, serial)
    damaged = list(code)
    for place in data.draw(st.sets(st.integers(0, CODE_LENGTH - 1), min_size=1)):
        damaged[place] = data.draw(st.sampled_from(ALPHABET))
    text = "".join(damaged)
    if text == code:
        return
    try:
        assert not verifies(KEY, read(text))
    except Malformed as malformed:
        assert malformed.why is Why.RANGE


@given(SERIALS)
def test_swapped_neighbours_are_refused(serial: int) -> None:
    code = sign(KEY, serial)
    for place in range(CODE_LENGTH - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code and swapped[0] != "Z":
            assert not verifies(KEY, read(swapped))


@given(SERIALS, SERIALS)
def test_a_signature_fits_one_serial_only(serial: int, other: int) -> None:
    moved = SignedSerial(other, read(sign(KEY, serial)).signature)
    assert verifies(KEY, moved) is (serial == other)


@given(SERIALS)
def test_two_purposes_never_share_a_signature(serial: int) -> None:
    stamp = SerialSigner(b"traceapp/stamp/1/", 8).signature(KEY, serial)
    hidden = SerialSigner(b"traceapp/hidden/1/", 8).signature(KEY, serial)
    assert stamp == read(sign(KEY, serial)).signature
    assert stamp != hidden
    assert not verifies(KEY, SignedSerial(serial, hidden))


def test_two_blocks_never_share_a_signature() -> None:
    # The same place in a thousand blocks, and all places of one block.
    serials = {*range(0, 1000 * BLOCK, BLOCK), *range(BLOCK)}
    signatures = {read(sign(KEY, serial)).signature for serial in serials}
    assert len(signatures) == len(serials)


@given(st.text(st.characters(exclude_categories=[]), max_size=4200))
def test_any_text_is_a_signed_serial_or_malformed(text: str) -> None:
    try:
        signed = read(text)
    except Malformed as malformed:
        assert malformed.why in Why
        assert text not in str(malformed) or len(text) < 12
    else:
        assert read(signed.code) == signed


@given(st.text(ALPHABET + "ilou -–\u00ad\ufeff", min_size=15, max_size=40))
def test_texts_near_a_code_are_a_signed_serial_or_malformed(text: str) -> None:
    try:
        signed = read(text)
    except Malformed:
        return
    assert 0 <= signed.serial <= MAX_SERIAL


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Why.LENGTH),
        ("0000000B8FXF2GQRGF1", Why.LENGTH),
        ("0000000B8FXF2GQRGF170", Why.LENGTH),
        ("0" * 5000, Why.LENGTH),
        ("\ud800" * 5000, Why.LENGTH),
        ("0000000B8FXF2GQRGF1U", Why.LETTERS),
        ("0000000B8FXF2GQRGF1\0", Why.LETTERS),
        ("\ud800" * 20, Why.LETTERS),
        ("Z000000B8FXF2GQRGF17", Why.RANGE),
        ("ZZZZZZZZZZZZZZZZZZZZ", Why.RANGE),
    ],
)
def test_malformed_says_why(text: str, why: Why) -> None:
    with pytest.raises(Malformed) as refusal:
        read(text)
    assert refusal.value.why is why


@pytest.mark.parametrize(
    "typed",
    [
        "01tvsmahhxgx2cc5mtkk",
        "01TVS-MAHHX-GX2CC-5MTKK",
        "  O1tvs mahhx–gx2cc—5mtkk\n",
        "oLTVS\u2212MAHHX\u00adGX2CC\u200b5MTKK\ufeff",
        "0ITVSMAHHXGX2CC5MTKK",
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read(typed).code == "01TVSMAHHXGX2CC5MTKK"


@pytest.mark.parametrize("serial", [-1, MAX_SERIAL + 1, 2**36])
def test_a_serial_that_no_counter_reaches_is_refused(serial: int) -> None:
    with pytest.raises(BadSerial):
        sign(KEY, serial)
    with pytest.raises(BadSerial):
        SignedSerial(serial, bytes(8))


def test_a_signature_of_another_size_is_refused() -> None:
    with pytest.raises(BadStamp):
        SignedSerial(0, bytes(7))


def test_the_ring_tells_who_signed() -> None:
    ring = KeyRing([KEY, OTHER])
    assert signer_of(ring, read(sign(KEY, 7))) == KEY
    assert signer_of(ring, read(sign(OTHER, 7))) == OTHER
    assert signer_of(KeyRing([OTHER]), read(sign(KEY, 7))) is None


def test_a_code_is_shown_in_groups_and_reads_back() -> None:
    assert grouped("01TVSMAHHXGX2CC5MTKK") == "01TVS-MAHHX-GX2CC-5MTKK"
    assert read(grouped("01TVSMAHHXGX2CC5MTKK")).serial == 123456789
