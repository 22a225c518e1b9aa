"""The closing loop: labels are drawn, rasterised and read by somebody else's reader."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from stamps import (
    BadLabel,
    Key,
    Label,
    LabelFace,
    LabelWords,
    Link,
    LinkForm,
    Sheet,
    draw_pdf,
    grouped,
    grouped_hidden,
    labels,
    symbol,
)
from stamps.face import set_face

DPI = 300
MM = DPI / 25.4
GTIN = "08938500000010"
SHORT = Link("https://tem.example.vn")
GS1 = Link("https://truyxuat.xa-quang-nham.vn", LinkForm.GS1, GTIN)
GS1_LOT = replace(GS1, form=LinkForm.GS1_LOT, lot="NM-2025.07")
FACE = LabelFace("Nước mắm Năm Quyên", "Hộ kinh doanh Năm Quyên", "tem.example.vn", "0237 388 6868")
LONG_FACE = LabelFace(
    "Nem nắm Huân Hồng gói lá chuối đặc biệt hai trăm gam " * 3,
    "Hợp tác xã sản xuất và kinh doanh nem nắm truyền thống Huân Hồng",
    "truyxuat.xa-quang-nham.vn",
    "0237 388 6868",
    sample_mark="MẪU",
)
QUANTITY = 2 * 40 + 7

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Drawn:
    """A drawn run: its labels, and its pages as grey pixels at 300 dots per inch."""

    labels: list[Label] = field(repr=False)
    face: LabelFace
    data: bytes = field(repr=False)
    pages: list[Pixels] = field(repr=False)
    texts: list[str] = field(repr=False)


def draw(key: Key, hidden: Key | None, link: Link, sheet: Sheet, face: LabelFace) -> Drawn:
    made = list(labels(key, hidden, link, 123456789, 123456789 + QUANTITY - 1))
    file = io.BytesIO()
    assert draw_pdf(file, made, sheet, face) == 3
    document = pypdfium2.PdfDocument(file.getvalue())
    pages, texts = [], []
    for page in document:
        pages.append(page.render(scale=DPI / 72, grayscale=True).to_numpy())
        texts.append(page.get_textpage().get_text_range())
    document.close()
    return Drawn(made, face, file.getvalue(), pages, texts)


@pytest.fixture(
    scope="module",
    params=[
        (SHORT, False, FACE),
        (SHORT, True, replace(FACE, sample_mark="MẪU")),
        (GS1, False, LONG_FACE),
        (GS1, True, FACE),
        (GS1_LOT, True, LONG_FACE),
    ],
    ids=["short", "short-hidden-sample", "gs1-long", "gs1-hidden", "gs1-lot-hidden-long"],
)
def drawn(request: pytest.FixtureRequest, stamp_key: Key, hidden_key: Key, a4_40: Sheet) -> Drawn:
    link, has_hidden, face = request.param
    return draw(stamp_key, hidden_key if has_hidden else None, link, a4_40, face)


def label_pixels(drawn: Drawn, sheet: Sheet) -> Iterator[tuple[Label, Pixels]]:
    """Each label with its own rectangle of the page."""
    for count, label in enumerate(drawn.labels):
        page, place = divmod(count, sheet.per_page)
        left, top = sheet.corner(place)
        rows = slice(round(top * MM), round((top + sheet.label_height_mm) * MM))
        columns = slice(round(left * MM), round((left + sheet.label_width_mm) * MM))
        yield label, drawn.pages[page][rows, columns]


def is_white_near_the_edge(pixels: Pixels) -> bool:
    """Whether the outer 2 mm of a label are blank."""
    edge = round(2 * MM)
    inner = pixels.copy()
    inner[edge:-edge, edge:-edge] = 255
    return bool((inner > 250).all())


def links_read(pixels: Pixels) -> list[str]:
    """What another reader finds in an image."""
    return [found.text for found in zxingcpp.read_barcodes(np.ascontiguousarray(pixels))]


def test_every_symbol_is_read_in_its_place(drawn: Drawn, a4_40: Sheet) -> None:
    read = [links_read(pixels) for _, pixels in label_pixels(drawn, a4_40)]
    assert read == [[label.link] for label in drawn.labels]


def test_a_whole_page_is_read_at_once(drawn: Drawn, a4_40: Sheet) -> None:
    assert set(links_read(drawn.pages[0])) == {label.link for label in drawn.labels[:40]}


def test_symbols_lie_where_the_sheet_says_with_white_all_around(drawn: Drawn, a4_40: Sheet) -> None:
    modules = symbol(drawn.labels[0].link).modules
    has_hidden = drawn.labels[0].hidden_code is not None
    layout = set_face(drawn.face, a4_40, modules, has_hidden).layout
    assert layout.module >= 0.4
    top_mm = a4_40.label_height_mm - layout.symbol_top
    quiet = 4 * layout.module
    for count, label in enumerate(drawn.labels):
        page, place = divmod(count, a4_40.per_page)
        left, top = a4_40.corner(place)
        left, top = left + layout.symbol_left, top + top_mm
        rows = slice(round((top - quiet) * MM) + 1, round((top + layout.symbol_side + quiet) * MM))
        columns = slice(
            round((left - quiet) * MM) + 1, round((left + layout.symbol_side + quiet) * MM)
        )
        around = drawn.pages[page][rows, columns]
        dark_rows = np.flatnonzero((around < 128).any(axis=1)) + rows.start
        dark_columns = np.flatnonzero((around < 128).any(axis=0)) + columns.start
        # The symbol is all that is dark there, and it is exactly in its place: so
        # the quiet zone of four modules is white on all sides.
        assert dark_columns[0] / MM == pytest.approx(left, abs=0.2), label
        assert dark_rows[0] / MM == pytest.approx(top, abs=0.2)
        assert (dark_columns[-1] + 1) / MM == pytest.approx(left + layout.symbol_side, abs=0.2)
        assert (dark_rows[-1] + 1) / MM == pytest.approx(top + layout.symbol_side, abs=0.2)
        inner = around.copy()
        margin = round(quiet * MM) - 2
        inner[margin:-margin, margin:-margin] = 255
        assert (inner > 250).all(), label


def test_nothing_is_printed_within_2_mm_of_a_labels_edge(drawn: Drawn, a4_40: Sheet) -> None:
    for label, pixels in label_pixels(drawn, a4_40):
        assert is_white_near_the_edge(pixels), label


def test_the_words_can_be_searched_and_copied(drawn: Drawn) -> None:
    for page, text in enumerate(drawn.texts):
        for label in drawn.labels[40 * page : 40 * (page + 1)]:
            assert grouped(label.code) in text
            assert str(label.serial) in text
            if label.hidden_code is not None:
                assert grouped_hidden(label.hidden_code) in text
        shown = " ".join(text.split())
        assert drawn.face.host in shown
        assert drawn.face.hotline in shown
        assert " ".join(drawn.face.product.split()[:4]) in shown
        assert drawn.face.producer.split()[0] in shown
        assert bool(drawn.face.sample_mark) == ("MẪU" in shown)


def test_hidden_codes_are_drawn_on_no_other_label(drawn: Drawn) -> None:
    has_hidden = drawn.labels[0].hidden_code is not None
    for text in drawn.texts:
        assert bool(re.search(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])", text)) == has_hidden
        assert ("Cào" in text) == has_hidden


def test_all_fonts_are_embedded(drawn: Drawn) -> None:
    names = set(re.findall(rb"/FontName /([A-Z]{6}\+)?([\w-]+)", drawn.data))
    assert {name for _, name in names} == {
        b"BeVietnamPro-Regular",
        b"BeVietnamPro-SemiBold",
        b"JetBrainsMono-SemiBold",
    }
    assert all(subset for subset, _ in names)
    for part in (rb"/FontFile2 ", rb"/Type /FontDescriptor", rb"/Subtype /TrueType"):
        assert drawn.data.count(part) == len(names)
    assert b"Helvetica" not in drawn.data


def test_the_same_labels_give_the_same_bytes(drawn: Drawn, a4_40: Sheet) -> None:
    again = io.BytesIO()
    draw_pdf(again, iter(drawn.labels), a4_40, drawn.face)
    assert again.getvalue() == drawn.data


def test_the_documents_own_data_are_fixed(drawn: Drawn) -> None:
    document = pypdfium2.PdfDocument(drawn.data)
    told = document.get_metadata_dict()
    document.close()
    assert told["Title"] == "Tem truy xuất nguồn gốc"
    assert told["Producer"] == told["Creator"] == told["Author"] == "traceapp stamps"
    assert told["CreationDate"].startswith("D:2000")


def test_a_page_is_exactly_as_large_as_the_sheet(drawn: Drawn) -> None:
    document = pypdfium2.PdfDocument(drawn.data)
    size = document[0].get_size()
    document.close()
    assert size == pytest.approx((210 / 25.4 * 72, 297 / 25.4 * 72), abs=0.01)


@pytest.mark.parametrize(("quantity", "pages"), [(1, 1), (40, 1), (41, 2), (80, 2)])
def test_pages_are_counted(stamp_key: Key, a4_40: Sheet, quantity: int, pages: int) -> None:
    file = io.BytesIO()
    assert draw_pdf(file, labels(stamp_key, None, SHORT, 0, quantity - 1), a4_40, FACE) == pages
    document = pypdfium2.PdfDocument(file.getvalue())
    assert len(document) == pages
    document.close()


def test_a_roll_has_one_label_a_page(stamp_key: Key) -> None:
    roll = Sheet("roll", 60, 40, columns=1, rows=1, label_width_mm=60, label_height_mm=40)
    assert draw_pdf(io.BytesIO(), labels(stamp_key, None, SHORT, 0, 2), roll, FACE) == 3


@pytest.mark.parametrize(
    "face",
    [
        LabelFace("", "", ""),
        LabelFace("x" * 5000, "y" * 5000, "z" * 5000, "0" * 5000, sample_mark="M" * 500),
        LabelFace("\ud800\0", "\u202e(((", "😀", "\n", LabelWords("", "", ""), "\t"),
    ],
)
@pytest.mark.parametrize("has_hidden", [False, True])
def test_no_face_can_leave_its_label(
    face: LabelFace, has_hidden: bool, stamp_key: Key, hidden_key: Key, a4_40: Sheet
) -> None:
    drawn = draw(stamp_key, hidden_key if has_hidden else None, GS1_LOT, a4_40, face)
    for label, pixels in label_pixels(drawn, a4_40):
        assert is_white_near_the_edge(pixels)
        assert links_read(pixels) == [label.link]


def test_no_labels_at_all_are_refused(a4_40: Sheet) -> None:
    file = io.BytesIO()
    with pytest.raises(BadLabel, match="no labels"):
        draw_pdf(file, [], a4_40, FACE)
    assert file.getvalue() == b""


@pytest.mark.parametrize(("width", "height"), [(15, 15), (30, 50), (52.5, 12)])
def test_a_label_without_room_is_refused_with_its_size(
    stamp_key: Key, width: float, height: float
) -> None:
    sheet = Sheet("small", width, height, 1, 1, label_width_mm=width, label_height_mm=height)
    file = io.BytesIO()
    with pytest.raises(BadLabel, match=f"{width:g} x {height:g} mm"):
        draw_pdf(file, labels(stamp_key, None, SHORT, 0, 0), sheet, FACE)
    assert file.getvalue() == b""
