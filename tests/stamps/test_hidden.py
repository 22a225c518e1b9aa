"""Hidden codes: known answers, typed forms, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamps import (
    HIDDEN_LENGTH,
    MAX_SERIAL,
    BadHiddenCode,
    BadSerial,
    Key,
    Why,
    grouped_hidden,
    hidden_code,
    hidden_matches,
    read_hidden,
    sign,
)
from stamps.crockford import ALPHABET

KNOWN = {
    0: "WBEQ5GWQ",
    4095: "JVC8340S",
    4096: "S7RG4G14",
    123456789: "N9SP82KS",
    66571993087: "MNQ9F1VX",
}
KEY = Key(bytes(range(32, 64)))
SERIALS = st.integers(0, MAX_SERIAL)


@pytest.mark.parametrize(("serial", "code"), KNOWN.items())
def test_known_answers(serial: int, code: str) -> None:
    assert hidden_code(KEY, serial) == code
    assert hidden_matches(KEY, serial, code)
    assert len(code) == HIDDEN_LENGTH


@given(SERIALS, st.binary(min_size=32, max_size=32))
def test_a_hidden_code_reads_back_and_matches(serial: int, secret: bytes) -> None:
    code = hidden_code(Key(secret), serial)
    assert read_hidden(code.lower()) == code
    assert read_hidden(grouped_hidden(code)) == code
    assert hidden_matches(Key(secret), serial, code)


def test_every_change_of_one_character_is_refused() -> None:
    code = KNOWN[4096]
    for place in range(HIDDEN_LENGTH):
        for letter in ALPHABET.replace(code[place], ""):
            assert not hidden_matches(KEY, 4096, code[:place] + letter + code[place + 1 :])


@given(SERIALS)
def test_another_serial_or_key_does_not_match(serial: int) -> None:
    code = hidden_code(KEY, serial)
    assert not hidden_matches(KEY, (serial + 1) % MAX_SERIAL, code)
    assert not hidden_matches(Key(bytes(32)), serial, code)


@given(SERIALS)
def test_the_public_code_does_not_hold_the_hidden_one(serial: int) -> None:
    # Not even when one root key is used for both purposes by mistake.
    assert hidden_code(KEY, serial) not in sign(KEY, serial)


@pytest.mark.parametrize("typed", ["n9sp-82ks", " N9SP 82KS ", "N9SP\u201382KS", "n9sp82ks\ufeff"])
def test_a_hidden_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_hidden(typed) == "N9SP82KS"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.LENGTH),
        ("N9SP82K", Why.LENGTH),
        ("N9SP82KS0", Why.LENGTH),
        ("N9SP82KU", Why.LETTERS),
        ("N9SP82Kſ", Why.LETTERS),
    ],
)
def test_what_cannot_be_a_hidden_code_is_refused(typed: str, why: Why) -> None:
    with pytest.raises(BadHiddenCode) as refusal:
        read_hidden(typed)
    assert refusal.value.why is why
    assert "N9SP" not in str(refusal.value)
    with pytest.raises(BadHiddenCode):
        hidden_matches(KEY, 0, typed)


@given(st.text(st.characters(exclude_categories=[]), max_size=4200))
def test_any_text_is_canonical_or_refused(text: str) -> None:
    try:
        code = read_hidden(text)
    except BadHiddenCode:
        return
    assert read_hidden(code) == code


def test_a_serial_that_no_counter_reaches_is_refused() -> None:
    with pytest.raises(BadSerial):
        hidden_code(KEY, MAX_SERIAL + 1)


def test_a_hidden_code_is_shown_in_groups() -> None:
    assert grouped_hidden("N9SP82KS") == "N9SP-82KS"
