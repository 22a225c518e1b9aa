"""Crockford base32: what is read, what is refused, and how fast."""

import string
import sys
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamps import Unreadable, Why
from stamps.crockford import ALPHABET, decode, encode

FILLERS = " \t\r\n\u00a0\u2003\u3000-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u200b\ufeff"
READ = set(ALPHABET + ALPHABET.lower() + "OoIiLl")


def refused(text: str, length: int) -> Why | None:
    """Why a text is refused, or None. Cheaper than `pytest.raises`, a million times."""
    try:
        decode(text, length)
    except Unreadable as unreadable:
        return unreadable.why
    return None


@given(st.integers(0, 2**100 - 1))
def test_text_reads_back_as_the_number(number: int) -> None:
    text = encode(number, 20)
    assert len(text) == 20
    assert set(text) <= set(ALPHABET)
    assert decode(text, 20) == number


def test_the_alphabet_is_crockfords() -> None:
    characters = string.digits + string.ascii_uppercase
    assert "".join(c for c in characters if c not in "ILOU") == ALPHABET


@pytest.mark.parametrize("number", [-1, 2**40])
def test_a_number_that_does_not_fit_is_our_mistake(number: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        encode(number, 8)


@given(st.integers(0, 2**40 - 1))
def test_lower_case_reads_the_same(number: int) -> None:
    assert decode(encode(number, 8).lower(), 8) == number


@pytest.mark.parametrize(("typed", "meant"), [("O", "0"), ("o", "0"), *((c, "1") for c in "IiLl")])
def test_look_alike_letters_read_as_digits(typed: str, meant: str) -> None:
    assert decode(f"AB{typed}CD", 5) == decode(f"AB{meant}CD", 5)


@given(st.integers(0, 2**40 - 1), st.lists(st.text(FILLERS, max_size=3), min_size=9, max_size=9))
def test_fillers_are_ignored_wherever_they_stand(number: int, fillers: list[str]) -> None:
    text = "".join(a + b for a, b in zip(fillers, [*encode(number, 8), ""], strict=True))
    assert decode(text, 8) == number


def test_every_other_character_of_unicode_is_refused() -> None:
    for point in range(sys.maxunicode + 1):
        letter = chr(point)
        if letter in READ:
            continue
        ignored = letter in FILLERS or letter.isspace()
        assert refused("ABCD" + letter, 5) is (Why.LENGTH if ignored else Why.LETTERS), hex(point)


@pytest.mark.parametrize(
    "letter", ["ı", "ſ", "\u212a", "Ｋ", "Ａ", "０", "٣", "U", "u", "\0", "\ud800"]
)
def test_letters_that_fold_into_ascii_are_refused(letter: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        decode("ABCD" + letter, 5)
    assert refusal.value.why is Why.LETTERS


def test_reading_takes_linear_time() -> None:
    text = "A-\u2013 " * 250_000
    start = perf_counter()
    with pytest.raises(Unreadable):
        decode(text, 20)
    # Linear reading takes a tenth of a second; quadratic would take minutes.
    assert perf_counter() - start < 5
