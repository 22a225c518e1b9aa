"""Names that are too long: wrapped, then shrunk, then cut."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamps.typefaces import BOLD, MONO, REGULAR
from stamps.typesetting import fitted, printable, width_mm

SIZES = (8.5, 6.0)


def test_a_short_name_keeps_the_largest_size_on_one_line() -> None:
    assert fitted("Nem nắm", BOLD, SIZES, 24, 2).texts == ("Nem nắm",)
    assert fitted("Nem nắm", BOLD, SIZES, 24, 2).size == 8.5


def test_a_longer_name_is_wrapped_into_balanced_lines() -> None:
    lines = fitted("Nước mắm Năm Quyên", BOLD, SIZES, 30, 2)
    assert lines.texts == ("Nước mắm", "Năm Quyên")
    assert lines.size == 8.5


def test_a_name_too_long_for_two_lines_is_shrunk_first() -> None:
    lines = fitted("Nước mắm truyền thống Năm Quyên", BOLD, SIZES, 24, 2)
    assert " ".join(lines.texts) == "Nước mắm truyền thống Năm Quyên"
    assert lines.size < 8.5


def test_what_still_does_not_fit_ends_with_an_ellipsis() -> None:
    lines = fitted("Nước mắm truyền thống " * 5, BOLD, SIZES, 24, 2)
    assert len(lines.texts) == 2
    assert lines.texts[0].startswith("Nước mắm truyền")
    assert lines.texts[-1].endswith("…")
    assert lines.size == 6.0


def test_one_long_word_is_broken() -> None:
    lines = fitted("Nướcmắm" * 12, BOLD, SIZES, 24, 2)
    assert len(lines.texts) == 2
    assert lines.texts[-1].endswith("…")


@given(
    st.text(st.characters(codec="utf-8"), max_size=300),
    st.floats(8, 60),
    st.integers(1, 3),
    st.sampled_from([BOLD, REGULAR]),
)
def test_nothing_is_wider_than_its_place(text: str, width: float, most: int, font: str) -> None:
    lines = fitted(printable(text), font, SIZES, width, most)
    assert len(lines.texts) <= most
    assert SIZES[1] <= lines.size <= SIZES[0]
    for line in lines.texts:
        assert width_mm(line, font, lines.size) <= width


@given(st.text(st.characters(exclude_categories=[]), max_size=4200))
def test_printable_text_is_short_nfc_and_on_one_line(text: str) -> None:
    shown = printable(text)
    assert len(shown) <= 600
    assert shown.isprintable()
    assert unicodedata.is_normalized("NFC", shown)


def test_a_decomposed_name_is_composed() -> None:
    assert printable(unicodedata.normalize("NFD", "Nước mắm  Năm\nQuyên ")) == "Nước mắm Năm Quyên"


@pytest.mark.parametrize("letter", "0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
def test_all_letters_of_a_code_are_equally_wide(letter: str) -> None:
    assert width_mm(letter, MONO, 10) == pytest.approx(width_mm("0", MONO, 10))
