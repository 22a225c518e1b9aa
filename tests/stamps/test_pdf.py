"""The closing loop: labels are drawn, rasterised and read by somebody else's reader."""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from numpy.typing import NDArray

from stamps import (
    BadLabel,
    HiddenLayer,
    Key,
    LabelDesign,
    LabelFace,
    LabelFault,
    Link,
    LinkForm,
    grouped,
    grouped_hidden,
    hidden_code,
    hidden_link,
    sign,
)
from stamps.drawing import LabelPlan, LabelWish, Part, pdf_pieces, plan_labels, svg_pages

DPI = 600
MM = DPI / 25.4
FIRST = 99_990  # so that serials get a digit more on the way
GTIN = "08938500000010"
GS1_LOT = Link("https://truyxuat.xa-quang.vn", LinkForm.GS1_LOT, GTIN, "NM-2025.07")

Pixels = NDArray[np.uint8]

CASES = [
    ("a4-24", "none", ""),
    ("a4-24", "foil", ""),
    ("a4-40", "none", "MẪU"),
    ("a4-40", "foil", "MẪU"),
    ("a4-40", "inside", ""),
    ("a4-65", "none", ""),
    ("a4-65", "inside", ""),
    ("roll-15x15", "none", ""),
    ("roll-20x20", "none", ""),
    ("roll-25x25", "inside", ""),
    ("roll-20x30", "inside", "MẪU"),
    ("roll-30x50", "foil", ""),
    ("roll-30x50", "inside", ""),
]


@dataclass(frozen=True)
class Drawn:
    """A drawn range: its pages as grey pixels, and what can be copied from them."""

    plan: LabelPlan
    link: Link
    last: int
    data: bytes = field(repr=False)
    pages: list[Pixels] = field(repr=False)
    texts: list[str] = field(repr=False)

    def labels(self, part: Part) -> Iterator[tuple[int, Pixels]]:
        """Each serial with its rectangle of its page."""
        design = self.plan.design
        pages_a_part = self.plan.pages_a_part(FIRST, self.last)
        for count, serial in enumerate(range(FIRST, self.last + 1)):
            page, place = divmod(count, design.per_page)
            page += self.plan.parts.index(part) * pages_a_part
            left, top = design.corner(place)
            rows = slice(round(top * MM), round((top + design.label_height_mm) * MM))
            columns = slice(round(left * MM), round((left + design.label_width_mm) * MM))
            yield serial, self.pages[page][rows, columns]

    def pages_of(self, part: Part) -> list[int]:
        count = self.plan.pages_a_part(FIRST, self.last)
        start = self.plan.parts.index(part) * count
        return list(range(start, start + count))


def draw(plan: LabelPlan, keys: tuple[Key, Key | None], last: int) -> Drawn:
    data = b"".join(pdf_pieces(plan, *keys, FIRST, last))
    document = pypdfium2.PdfDocument(data)
    pages = [page.render(scale=DPI / 72, grayscale=True).to_numpy() for page in document]
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return Drawn(plan, plan.link, last, data, pages, texts)


@pytest.fixture(scope="module", params=CASES, ids=["-".join(case) for case in CASES])
def drawn(
    request: pytest.FixtureRequest,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
) -> Drawn:
    name, hidden, mark = request.param
    wish = LabelWish(True, HiddenLayer(hidden))
    plan = plan_labels(designs[name], short, replace(face, sample_mark=mark), wish)
    quantity = plan.design.per_page + 7 if plan.design.per_page > 1 else 12
    return draw(plan, (stamp_key, hidden_key), FIRST + quantity - 1)


def links_read(pixels: Pixels) -> list[str]:
    """What another reader finds in an image, at the resolution of an office scanner."""
    return [found.text for found in zxingcpp.read_barcodes(np.ascontiguousarray(pixels[::2, ::2]))]


def test_every_public_symbol_is_read_in_its_place(drawn: Drawn, stamp_key: Key) -> None:
    for serial, pixels in drawn.labels(Part.FACE):
        assert links_read(pixels) == [drawn.link.of(sign(stamp_key, serial))]


def test_every_hidden_symbol_is_read_in_its_place(
    drawn: Drawn, stamp_key: Key, hidden_key: Key
) -> None:
    if Part.HIDDEN not in drawn.plan.parts:
        assert drawn.plan.hidden is HiddenLayer.NONE
        return
    for serial, pixels in drawn.labels(Part.HIDDEN):
        link = drawn.link.of(sign(stamp_key, serial))
        assert links_read(pixels) == [hidden_link(link, hidden_code(hidden_key, serial))]


def test_no_page_holds_a_hidden_code_and_a_public_one(drawn: Drawn, hidden_key: Key) -> None:
    serials = range(FIRST, drawn.last + 1)
    secrets = [grouped_hidden(hidden_code(hidden_key, serial)) for serial in serials]
    for page in drawn.pages_of(Part.FACE):
        assert not any(secret in drawn.texts[page] for secret in secrets)
        assert not any("#H-" in link for link in links_read(drawn.pages[page]))
        assert not re.search(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])", drawn.texts[page])
    if Part.HIDDEN in drawn.plan.parts:
        hidden_pages = drawn.pages_of(Part.HIDDEN)
        assert hidden_pages == list(range(len(hidden_pages))), "hidden pages are printed first"
        shown = " ".join(drawn.texts[page] for page in hidden_pages)
        assert all(secret in shown for secret in secrets)
        assert not re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", shown)


def test_code_and_serial_can_be_searched_and_copied(drawn: Drawn, stamp_key: Key) -> None:
    prints = {element.value for element in drawn.plan.design.prints}
    shown = " ".join(" ".join(drawn.texts[page] for page in drawn.pages_of(Part.FACE)).split())
    for serial in range(FIRST, drawn.last + 1):
        code = grouped(sign(stamp_key, serial))
        if drawn.plan.design.code_lines == 2:
            assert all(half in shown for half in (code[:11], code[12:])) == ("code" in prints)
        else:
            assert (code in shown) == ("code" in prints)
        if "serial" in prints:
            assert str(serial) in shown
    assert ("Nước mắm" in shown) == ("product" in prints)
    assert ("tem.example.vn" in shown) == ("host" in prints)


def test_the_quiet_zone_is_white_and_the_symbol_exact(drawn: Drawn) -> None:
    for part in drawn.plan.parts:
        symbol = drawn.plan.face(part).symbol
        for _, pixels in drawn.labels(part):
            # On a sheet the symbol may move by half a dot to begin on a whole one.
            slack = 3
            left, top, side = (
                round(length * MM) for length in (symbol.left, symbol.top, symbol.side)
            )
            quiet = int(symbol.quiet * MM) - slack - 1
            upper, lower = max(0, top - quiet), top + side + quiet
            before, after = max(0, left - quiet), left + side + quiet
            around = pixels[upper:lower, before:after]
            rows = np.flatnonzero((around < 128).any(axis=1)) + upper
            columns = np.flatnonzero((around < 128).any(axis=0)) + before
            assert abs(rows[0] - top) <= slack and abs(rows[-1] + 1 - top - side) <= slack
            assert abs(columns[0] - left) <= slack
            assert abs(columns[-1] + 1 - left - side) <= slack


def test_nothing_is_printed_near_a_labels_edge(drawn: Drawn) -> None:
    design = drawn.plan.design
    edge = int((design.inset_mm - 0.15) * MM)
    for part in drawn.plan.parts:
        for _, pixels in drawn.labels(part):
            inner = pixels.copy()
            inner[edge:-edge, edge:-edge] = 255
            if design.band_mm:
                inner[: round(design.band_mm * MM) + 1] = 255
            assert (inner > 200).all()


def test_all_fonts_are_embedded_as_subsets(drawn: Drawn) -> None:
    fonts = set(re.findall(rb"/FontName/([\w-]+)\+([\w-]+)", drawn.data))
    assert {name for _, name in fonts} <= {
        b"BeVietnamPro-Regular",
        b"BeVietnamPro-SemiBold",
        b"JetBrainsMono-SemiBold",
    }
    assert all(re.fullmatch(rb"[A-Z]{6}", tag) for tag, _ in fonts)
    assert drawn.data.count(b"/FontFile2 ") == len(fonts)
    assert b"Helvetica" not in drawn.data


def test_the_same_arguments_give_the_same_bytes(
    drawn: Drawn, stamp_key: Key, hidden_key: Key
) -> None:
    again = b"".join(pdf_pieces(drawn.plan, stamp_key, hidden_key, FIRST, drawn.last))
    assert again == drawn.data


def test_the_table_of_objects_is_exact(drawn: Drawn) -> None:
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", drawn.data)[1])  # type: ignore[index]
    table = drawn.data[start:]
    count = int(table.split(maxsplit=3)[2])
    begins = [int(line[:10]) for line in table.splitlines()[2 : 2 + count]]
    assert len(begins) == count
    for number, begin in enumerate(begins[1:], start=1):
        assert drawn.data[begin:].startswith(b"%d 0 obj" % number)


def test_symbols_are_images_without_interpolation(drawn: Drawn) -> None:
    streams = re.findall(rb"Length \d+>>stream\n(.*?)\nendstream endobj", drawn.data, re.DOTALL)
    contents = [zlib.decompress(each) for each in streams]
    assert sum(each.count(b" BI/W") for each in contents) == (
        (drawn.last - FIRST + 1) * len(drawn.plan.parts)
    )
    assert not any(b"Interpolate" in each for each in contents)


def test_a_longest_link_is_read_on_a_sheet(
    designs: Mapping[str, LabelDesign], face: LabelFace, stamp_key: Key, hidden_key: Key
) -> None:
    plan = plan_labels(designs["a4-24"], GS1_LOT, face, LabelWish(True, HiddenLayer.INSIDE))
    drawn = draw(plan, (stamp_key, hidden_key), FIRST + 5)
    for part in Part:
        for serial, pixels in drawn.labels(part):
            link = GS1_LOT.of(sign(stamp_key, serial))
            if part is Part.HIDDEN:
                link = hidden_link(link, hidden_code(hidden_key, serial))
            assert links_read(pixels) == [link]


@pytest.mark.parametrize(
    "face",
    [
        LabelFace("", "", ""),
        LabelFace("x" * 5000, "y" * 5000, "z" * 30, "0" * 5000, sample_mark="M" * 500, stars=5),
        LabelFace("\ud800\0", "\u202e(((", "😀", "\n", "\t"),
        LabelFace("Ẫ" * 300, "ỵ " * 300, "w" * 30, "Ễ 0237", "Ẫ"),
    ],
    ids=["empty", "endless", "unprintable", "stacked"],
)
def test_no_face_can_leave_its_label(
    face: LabelFace,
    designs: Mapping[str, LabelDesign],
    short: Link,
    stamp_key: Key,
    hidden_key: Key,
) -> None:
    drawn_at_all = 0
    for design, hidden in product(designs.values(), HiddenLayer):
        try:
            plan = plan_labels(design, short, face, LabelWish(True, hidden))
        except BadLabel as refused:
            assert refused.fault in (LabelFault.ROOM, LabelFault.HIDDEN_ROOM)
            continue
        drawn_at_all += 1
        drawn = draw(plan, (stamp_key, hidden_key), FIRST)
        for part in plan.parts:
            for serial, pixels in drawn.labels(part):
                link = links_read(pixels)
                assert [each.partition("#")[0] for each in link] == [
                    short.of(sign(stamp_key, serial))
                ]
        for document in svg_pages(plan, stamp_key, hidden_key, FIRST, FIRST):
            ElementTree.fromstring(document)
    assert drawn_at_all >= 12
