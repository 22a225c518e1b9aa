"""A PDF as a document: its pages, who may draw them, where they are cut."""

import io
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from stamps import BadKey, BadSerial, HiddenLayer, Key, LabelDesign, LabelFace, Link, sign
from stamps.drawing import (
    LabelWish,
    Part,
    draw_pages,
    joined,
    pdf_pieces,
    plan_labels,
    png_pages,
    stretches,
    svg_pages,
)

DPI = 600
MM = DPI / 25.4


@pytest.mark.parametrize(("quantity", "pages"), [(1, 1), (40, 1), (41, 2), (4100, 103)])
def test_pages_are_counted(
    quantity: int,
    pages: int,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
) -> None:
    plan = plan_labels(designs["a4-40"], short, face, LabelWish())
    assert plan.pages(0, quantity - 1) == pages
    document = pypdfium2.PdfDocument(b"".join(pdf_pieces(plan, stamp_key, None, 0, quantity - 1)))
    assert len(document) == pages
    assert document[pages - 1].get_size() == pytest.approx((210 * 72 / 25.4, 297 * 72 / 25.4))
    document.close()


def test_a_document_of_many_pages_has_a_tree_of_several_levels(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["roll-15x15"], short, face, LabelWish())
    document = pypdfium2.PdfDocument(b"".join(pdf_pieces(plan, stamp_key, None, 0, 10_150)))
    assert len(document) == 10_151
    for number in (0, 99, 100, 9_999, 10_000, 10_150):
        pixels = document[number].render(scale=300 / 72, grayscale=True).to_numpy()
        [found] = zxingcpp.read_barcodes(pixels)
        assert found.text == short.of(sign(stamp_key, number))
    document.close()


def test_stretches_drawn_apart_make_the_same_document(
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
) -> None:
    plan = plan_labels(designs["a4-24"], short, face, LabelWish(True, HiddenLayer.FOIL))
    asked = list(stretches(plan, 5, 5_004))
    assert len(asked) == 6
    drawn = {each: draw_pages(plan, stamp_key, hidden_key, each) for each in reversed(asked)}
    apart = b"".join(joined(plan, 5, 5_004, (drawn[each] for each in asked)))
    assert apart == b"".join(pdf_pieces(plan, stamp_key, hidden_key, 5, 5_004))


def test_faces_are_drawn_without_the_hidden_key(
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
) -> None:
    wish = LabelWish(True, HiddenLayer.FOIL, parts=frozenset({Part.FACE}))
    faces = plan_labels(designs["a4-40"], short, face, wish)
    data = b"".join(pdf_pieces(faces, stamp_key, None, 0, 39))
    assert data == b"".join(pdf_pieces(faces, stamp_key, hidden_key, 0, 39))
    both = plan_labels(designs["a4-40"], short, face, replace(wish, parts=frozenset(Part)))
    for draw in (pdf_pieces, png_pages, svg_pages):
        with pytest.raises(BadKey):
            draw(both, stamp_key, None, 0, 39)


@pytest.mark.parametrize(("first", "last"), [(5, 4), (-1, 4), (0, 31 * 2**31)])
def test_a_range_that_is_none_is_refused_before_the_first_byte(
    first: int,
    last: int,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
) -> None:
    plan = plan_labels(designs["a4-40"], short, face, LabelWish())
    with pytest.raises(BadSerial):
        pdf_pieces(plan, stamp_key, None, first, last)


def test_a_roll_tells_where_it_is_cut_and_bleeds_past_it(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["roll-30x50"], short, face, LabelWish())
    document = pypdfium2.PdfDocument(b"".join(pdf_pieces(plan, stamp_key, None, 0, 0)))
    page = document[0]
    mm = 72 / 25.4
    assert page.get_size() == pytest.approx((30 * mm, 50 * mm), abs=0.01)
    assert page.get_bleedbox() == pytest.approx((-2 * mm, -2 * mm, 32 * mm, 52 * mm), abs=0.01)
    assert page.get_trimbox() == pytest.approx((0, 0, 30 * mm, 50 * mm), abs=0.01)
    page.set_cropbox(*page.get_bleedbox())
    pixels = page.render(scale=300 / 72, grayscale=True).to_numpy()
    band = pixels[: round(7 * 300 / 25.4), 0]
    assert (band < 40).all(), "the band reaches the edge of the paper"
    document.close()


def test_cut_marks_stand_in_margins_and_nowhere_else(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    for name, marked in (("a4-24", True), ("a4-65", True), ("a4-40", False)):
        design = designs[name]
        plan = plan_labels(design, short, face, LabelWish())
        data = b"".join(pdf_pieces(plan, stamp_key, None, 0, design.per_page - 1))
        document = pypdfium2.PdfDocument(io.BytesIO(data))
        pixels = document[0].render(scale=DPI / 72, grayscale=True).to_numpy()
        document.close()
        assert design.cut_marks is marked
        margin = pixels[: round(design.top_mm * MM), :]
        assert bool((margin < 200).any()) is marked
        if marked:
            columns = np.flatnonzero((margin < 200).any(axis=0)) / MM
            edges = {design.corner(column)[0] for column in range(design.columns)}
            edges |= {edge + design.label_width_mm for edge in edges}
            for column in columns:
                assert min(abs(column - edge) for edge in edges) < 4 or column < 8 or column > 200
