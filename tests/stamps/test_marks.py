"""Marks on letters: Vietnamese stacks two on a capital, and none is ever clipped."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from stamps import Key, LabelDesign, LabelFace, Link
from stamps.drawing import LabelPlan, LabelWish, pdf_pieces, plan_labels
from stamps.face import Part, Text, ink_of
from stamps.raster import face_pixels
from stamps.typefaces import UNITS, reach
from stamps.typesetting import MM, width_mm

DPI = 600
STACKED = "ẪỄỘ ẶỴ ặỵ"

Dark = NDArray[np.bool_]


def of_pdf(plan: LabelPlan, key: Key) -> tuple[Dark, float]:
    """The first label as somebody else draws it, and the dots of a millimetre."""
    document = pypdfium2.PdfDocument(b"".join(pdf_pieces(plan, key, None, 0, 0)))
    pixels = document[0].render(scale=DPI / 72, grayscale=True).to_numpy() < 128
    document.close()
    dots = DPI / 25.4
    left, top = plan.design.corner(0)
    return pixels[round(top * dots) :, round(left * dots) :], dots


def of_pixels(plan: LabelPlan, _: Key) -> tuple[Dark, float]:
    return face_pixels(plan, plan.face(Part.FACE)), 1 / plan.dot


@pytest.mark.parametrize("drawn", [of_pdf, of_pixels])
@pytest.mark.parametrize("mark", ["", "MẪU"])
def test_stacked_marks_have_all_their_ink(
    drawn: object,
    mark: str,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
) -> None:
    stacked = replace(face, product=STACKED, producer=STACKED, sample_mark=mark)
    shown = 0
    for design in designs.values():
        plan = plan_labels(design, short, stacked, LabelWish(dots_per_inch=DPI))
        dark, dots = drawn(plan, stamp_key)  # type: ignore[operator]
        for text in plan.face(Part.FACE).marks:
            if not isinstance(text, Text) or text.turned or text.text[:3] != STACKED[:3]:
                continue
            shown += 1
            above, below = (each * text.size / UNITS / MM for each in reach(text.font, text.text))
            width = width_mm(text.text, text.font, text.size)
            columns = slice(round(text.left * dots), round((text.left + width) * dots))
            for end in (text.baseline - above + 0.06, text.baseline + below - 0.06):
                rows = slice(round((end - 0.06) * dots), round((end + 0.06) * dots))
                assert dark[rows, columns].any(), (design.name, text)
    assert shown >= 6


def test_ink_stays_within_the_inset_even_in_capitals(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    stacked = replace(face, product="NƯỚC MẮM ẪỄỘ", producer="ẪỄỘ ỴẶ", hotline="ẪỄ ỵ 0237")
    for design in designs.values():
        drawn = plan_labels(design, short, stacked, LabelWish()).face(Part.FACE)
        top, bottom = ink_of(drawn.marks, drawn.lines, drawn.serial)
        if not drawn.marks and not drawn.lines:
            continue
        if not design.band_mm:
            assert top >= design.inset_mm - 0.05, design.name
        assert bottom <= design.label_height_mm - design.inset_mm + 0.05, design.name


def test_a_demonstration_mark_stays_in_its_band(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    for design in designs.values():
        wish = LabelWish(dots_per_inch=DPI)
        plan = plan_labels(design, short, replace(face, sample_mark="MẪU"), wish)
        marks = plan.face(Part.FACE).marks
        [at] = [n for n, each in enumerate(marks) if isinstance(each, Text) and each.text == "MẪU"]
        band, text = marks[at - 1], marks[at]
        assert isinstance(text, Text) and not isinstance(band, Text)
        above, below = (each * text.size / UNITS / MM for each in reach(text.font, text.text))
        across = [x for x, _ in band.points] if text.turned else [y for _, y in band.points]
        middle = text.left if text.turned else text.baseline
        assert middle - above >= min(across), design.name
        assert middle + below <= max(across), design.name
