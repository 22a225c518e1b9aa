"""What the press draws is what segno draws, module for module."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import segno
import zxingcpp
from numpy.typing import NDArray

from stamps import BadLink, Level, Link, LinkForm, Malformed, hidden_link, sign, symbol
from stamps.crockford import ALPHABET
from stamps.keys import Key
from stamps.series import codes_of, hidden_codes_of
from stamps.symbol_learning import frame_of
from stamps.symbol_press import SymbolPress, press

Letters = NDArray[np.uint8]

GTIN = "08938500000010"
LOT_LETTERS = "ABCXYZ0123456789-.abcxyz!\"%&'()*+,:;<=>?_"
HOST_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

# Links of a form and host in one test: large symbols take segno longer.
COUNTS = {LinkForm.SHORT: 170, LinkForm.GS1: 100, LinkForm.GS1_LOT: 50}


def host(random: Random, length: int) -> str:
    return "".join(random.choices(HOST_LETTERS, k=length))


def origin(random: Random, length: int) -> str:
    """An origin whose host and port have so many letters; with a port where they can."""
    if length > 6 and random.random() < 0.4:
        port = str(random.choice([80, 443, 5000, 8080, 65535]))
        return f"http://{host(random, length - 1 - len(port))}:{port}"
    return random.choice(["http://", "https://"]) + host(random, length)


def link_of(form: LinkForm, random: Random, length: int) -> Link:
    lot = "".join(random.choices(LOT_LETTERS, k=random.randint(3, 20)))
    return Link.printed(origin(random, length), form, GTIN, lot)


def letters(random: Random, count: int, length: int) -> Letters:
    text = "".join(random.choices(ALPHABET, k=count * length))
    return np.frombuffer(text.encode(), np.uint8).reshape(count, length)


def texts(link: Link, codes: Letters, hidden: Letters | None) -> list[str]:
    links = [link.of(code.tobytes().decode()) for code in codes]
    if hidden is None:
        return links
    return [
        hidden_link(each, code.tobytes().decode()) for each, code in zip(links, hidden, strict=True)
    ]


def by_segno(text: str, level: Level, mask: int | None) -> Letters:
    drawn = segno.make(text, error=level, boost_error=False, micro=False, mask=mask)
    return np.packbits(np.array([list(row) for row in drawn.matrix], np.uint8), axis=1)


def unlike(drawn: Letters, links: list[str], level: Level, mask: int | None = None) -> list[str]:
    """The links whose symbols are not what segno draws of them."""
    assert len(drawn) == len(links) > 0
    return [
        link
        for link, ours in zip(links, drawn, strict=True)
        if not np.array_equal(ours, by_segno(link, level, mask))
    ]


@pytest.mark.parametrize("parity", ["even", "odd"])
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("hidden", [False, True], ids=["open", "hidden"])
@pytest.mark.parametrize("form", list(LinkForm))
def test_thousands_of_symbols_are_those_of_segno(
    form: LinkForm, hidden: bool, level: Level, parity: str
) -> None:
    random = Random(f"{form} {hidden} {level} {parity}")
    link = link_of(form, random, random.randrange(1 + (parity == "even"), 31, 2))
    codes = letters(random, COUNTS[form], 20)
    hidden_codes = letters(random, COUNTS[form], 8) if hidden else None
    pressed = press(link, level, hidden).symbols(codes, hidden_codes)
    assert unlike(pressed, texts(link, codes, hidden_codes), level) == []


@pytest.mark.parametrize("length", range(1, 31))
def test_symbols_of_hosts_of_every_length_are_those_of_segno(length: int) -> None:
    random = Random(length)
    link = Link(origin(random, length))
    codes = letters(random, 5, 20)
    assert unlike(press(link).symbols(codes), texts(link, codes, None), Level.M) == []


@pytest.mark.parametrize("lot", ["A", "NM-2025.07", "A" * 20, "%" * 20])
def test_symbols_of_the_longest_links_are_those_of_segno(lot: str) -> None:
    random = Random(lot)
    link = Link(f"https://{host(random, 30)}", LinkForm.GS1_LOT, GTIN, lot)
    codes, hidden = letters(random, 5, 20), letters(random, 5, 8)
    pressed = press(link, Level.H, hidden=True)
    assert unlike(pressed.symbols(codes, hidden), texts(link, codes, hidden), Level.H) == []
    assert pressed.version <= 13


@pytest.mark.parametrize("mask", range(8))
@pytest.mark.parametrize("form", [LinkForm.SHORT, LinkForm.GS1])
def test_with_a_mask_given_it_is_kept(form: LinkForm, mask: int) -> None:
    random = Random(f"{form} {mask}")
    link = link_of(form, Random(form), 17)
    codes = letters(random, 30, 20)
    drawn = press(link).symbols(codes, mask=mask)
    assert unlike(drawn, texts(link, codes, None), Level.M, mask) == []


def test_every_mask_is_the_best_for_some_link() -> None:
    codes = letters(Random(8), 600, 20)
    pressed = press(Link("https://tem.example.vn", LinkForm.GS1, GTIN), Level.H)
    chosen = pressed.symbols(codes)
    alike = [
        (chosen == pressed.symbols(codes, mask=mask)).all(axis=(1, 2)).sum() for mask in range(8)
    ]
    assert sum(alike) == 600
    assert min(alike) > 0


def test_how_many_are_drawn_at_once_changes_nothing() -> None:
    codes = letters(Random(9), 1300, 20)
    pressed = press(Link("https://tem.example.vn"))
    parts = np.split(codes, [0, 1, 2, 3, 100, 647, 1299, 1300])
    assert np.array_equal(
        pressed.symbols(codes), np.concatenate([pressed.symbols(part) for part in parts])
    )


def test_a_run_is_drawn_as_its_stamps_one_by_one(stamp_key: Key) -> None:
    link = Link("https://tem.example.vn", LinkForm.GS1, GTIN)
    drawn = press(link).symbols(codes_of(stamp_key, 4090, 4101))
    for serial, ours in zip(range(4090, 4102), drawn, strict=True):
        rows = [list(row) for row in symbol(link.of(sign(stamp_key, serial))).rows]
        assert np.array_equal(ours, np.packbits(np.array(rows, np.uint8), axis=1))


def test_another_reader_reads_a_hidden_link(stamp_key: Key, hidden_key: Key) -> None:
    link = Link("https://tem.example.vn")
    codes, hidden = codes_of(stamp_key, 7, 7), hidden_codes_of(hidden_key, 7, 7)
    pressed = press(link, Level.Q, hidden=True)
    [drawn] = np.unpackbits(pressed.symbols(codes, hidden), axis=2)[:, :, : pressed.modules]
    grey = np.pad(255 - 255 * drawn, 4, constant_values=255).repeat(3, axis=0).repeat(3, axis=1)
    [found] = zxingcpp.read_barcodes(grey.astype(np.uint8))
    assert [found.text] == texts(link, codes, hidden)
    assert found.ec_level == "Q"


def test_a_wrong_row_of_a_table_would_be_found() -> None:
    link = Link("https://tem.example.vn")
    codes = letters(Random(10), 20, 20)
    good = press(link)
    bad_table = good.printed.tables[4].copy()
    bad_table[:, 3] ^= np.uint64(1 << 20)
    tables = (*good.printed.tables[:4], bad_table, *good.printed.tables[5:])
    bad = replace(good, printed=replace(good.printed, tables=tables))
    links = texts(link, codes, None)
    assert unlike(bad.symbols(codes), links, Level.M) == links


def test_a_mask_chosen_by_other_rules_would_be_found() -> None:
    link = Link("https://tem.example.vn")
    codes = letters(Random(11), 60, 20)
    good = press(link)
    bad_first = good.weighed.first.copy()
    bad_first[0, 10] ^= np.uint32(1 << 12)
    bad = replace(good, weighed=replace(good.weighed, first=bad_first))
    found = unlike(bad.symbols(codes), texts(link, codes, None), Level.M)
    assert 0 < len(found) < 60


def test_a_press_is_learnt_once() -> None:
    link = Link("https://tem.example.vn")
    assert press(link) is press(Link("https://tem.example.vn"))
    other = press(Link("https://tem.exempla.vn"))
    assert all(
        ours is theirs
        for ours, theirs in zip(press(link).printed.tables, other.printed.tables, strict=True)
    )


def empty_press() -> SymbolPress:
    return press(Link("https://tem.example.vn"))


def test_no_codes_give_no_symbols() -> None:
    assert empty_press().symbols(np.empty((0, 20), np.uint8)).shape == (0, 29, 4)


@pytest.mark.parametrize("letter", ["I", "a", " ", "\0", "ÿ"])
def test_a_letter_of_no_canonical_code_is_refused(letter: str) -> None:
    codes = letters(Random(12), 4, 20).copy()
    codes[2, 19] = ord(letter)
    with pytest.raises(Malformed):
        empty_press().symbols(codes)


@pytest.mark.parametrize("length", [19, 21, 28])
def test_codes_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="20 letters"):
        empty_press().symbols(letters(Random(13), 4, length))


def test_hidden_codes_are_neither_forgotten_nor_drawn_unasked() -> None:
    codes, hidden = letters(Random(14), 4, 20), letters(Random(15), 4, 8)
    with pytest.raises(ValueError, match="28 letters"):
        press(Link("https://tem.example.vn"), hidden=True).symbols(codes)
    with pytest.raises(ValueError, match="20 letters"):
        empty_press().symbols(codes, hidden)


@pytest.mark.parametrize("mask", [-1, 8])
def test_a_mask_that_is_none_is_refused(mask: int) -> None:
    with pytest.raises(ValueError, match="within"):
        empty_press().symbols(letters(Random(16), 4, 20), mask=mask)


@pytest.mark.parametrize("text", ["A" * 5000, "0123456789"])
def test_what_cannot_be_pressed_is_refused(text: str) -> None:
    with pytest.raises(BadLink):
        frame_of(text, Level.M)
