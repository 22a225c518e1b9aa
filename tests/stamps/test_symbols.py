"""QR symbols: sizes, and that somebody else's reader reads what was written."""

import numpy as np
import pytest
import zxingcpp

from stamps import BadLink, Key, Link, LinkForm, Symbol, sign, symbol

CODE = sign(Key(bytes(range(32))), 123456789)
GTIN = "08938500000010"


def pixels(
    drawn: Symbol, scale: int = 3, quiet: int = 4
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    dark = np.array([list(row) for row in drawn.rows])
    grey = np.pad(255 - 255 * dark, quiet, constant_values=255)
    return grey.repeat(scale, axis=0).repeat(scale, axis=1).astype(np.uint8)


def origin(length: int) -> str:
    return "https://" + ("tem" * 10)[: length - 3] + ".vn"


@pytest.mark.parametrize("length", range(8, 31))
def test_a_short_link_has_29_modules(length: int) -> None:
    drawn = symbol(Link(origin(length)).of(CODE))
    assert (drawn.version, drawn.modules) == (3, 29)


@pytest.mark.parametrize("length", range(12, 31))
def test_a_gs1_link_has_33_modules(length: int) -> None:
    drawn = symbol(Link(origin(length), LinkForm.GS1, GTIN).of(CODE))
    assert (drawn.version, drawn.modules) == (4, 33)


@pytest.mark.parametrize("length", range(8, 12))
def test_a_gs1_link_for_a_very_short_host_has_29_modules(length: int) -> None:
    drawn = symbol(Link(origin(length), LinkForm.GS1, GTIN).of(CODE))
    assert (drawn.version, drawn.modules) == (3, 29)


@pytest.mark.parametrize("lot", ["A", "NM-2025.07", "A" * 20, "%" * 20])
def test_a_link_with_any_lot_is_read_by_another_reader(lot: str) -> None:
    link = Link(origin(30), LinkForm.GS1_LOT, GTIN, lot).of(CODE)
    [found] = zxingcpp.read_barcodes(pixels(symbol(link)))
    assert found.text == link
    assert found.format == zxingcpp.BarcodeFormat.QRCode


def test_the_level_is_m_even_where_there_is_room() -> None:
    [found] = zxingcpp.read_barcodes(pixels(symbol(Link("http://a.vn").of(CODE))))
    assert found.ec_level == "M"


def test_rectangles_cover_the_dark_modules_once() -> None:
    drawn = symbol(Link("https://tem.example.vn").of(CODE))
    canvas = np.zeros((drawn.modules, drawn.modules), dtype=int)
    count = 0
    for column, row, width, height in drawn.rectangles():
        canvas[row : row + height, column : column + width] += 1
        count += 1
    assert (canvas == np.array([list(row) for row in drawn.rows])).all()
    assert count < int(canvas.sum()) / 2


def test_the_same_link_gives_the_same_symbol() -> None:
    link = Link("https://tem.example.vn").of(CODE)
    assert symbol(link) == symbol(link)


@pytest.mark.parametrize("text", ["https://tem.example.vn", "HTTPS://TEM.VN/_", "", "A" * 5000])
def test_a_text_outside_alphanumeric_mode_is_refused(text: str) -> None:
    with pytest.raises(BadLink):
        symbol(text)
