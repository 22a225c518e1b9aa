"""The white around symbols, as dots: no ink of ours within four modules, hidden or public."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from stamps import BadLabel, HiddenLayer, Key, LabelDesign, LabelFace, Language, Link, LinkForm
from stamps.drawing import LabelPlan, LabelWish, Part, plan_labels
from stamps.face import Face, SymbolPlace
from stamps.pages import batch_of, stretches
from stamps.raster import Pixels, own_inks, word_pixels

LONGEST = "truy-xuat.dong-tien.example.vn"
LINKS = [
    Link("https://tem.example.vn"),
    Link(f"https://{LONGEST}"),
    Link(f"https://{LONGEST}", LinkForm.GS1, "08931234567897"),
]
LAYERS = (HiddenLayer.NONE, HiddenLayer.FOIL, HiddenLayer.INSIDE)
MARKS = ("", "IN THỬ", "MẪU")
SERIALS = (7, 999_999_999)


def plans(design: LabelDesign, face: LabelFace, dots: int) -> Iterator[LabelPlan]:
    for link, layer, mark, language in product(LINKS, LAYERS, MARKS, Language):
        said = replace(face, host=link.origin.removeprefix("https://"), sample_mark=mark)
        try:
            yield plan_labels(design, link, said, LabelWish(True, layer, language, dots))
        except BadLabel:
            continue


def printed(plan: LabelPlan, part: Part, keys: tuple[Key, Key], serial: int) -> Pixels:
    """All ink of one part of a label but its symbol's."""
    face = plan.face(part)
    [stretch] = [each for each in stretches(plan, serial, serial) if each.part is part]
    batch = batch_of(plan, *keys, stretch)
    pixels = word_pixels(plan, face, int(batch.digits[0])).copy()
    for ink in own_inks(plan, face, batch)[1:]:
        shown = ink.pixels[0]
        under = pixels[ink.top : ink.top + shown.shape[0], ink.left : ink.left + shown.shape[1]]
        under |= shown[: under.shape[0], : under.shape[1]]
    return pixels


def zone(symbol: SymbolPlace, dot: float) -> tuple[slice, slice]:
    """The symbol with four modules around it, in dots."""
    module = round(symbol.module / dot)
    top, left = round(symbol.top / dot), round(symbol.left / dot)
    near, far = -4 * module, (symbol.modules + 4) * module
    assert min(top, left) + near >= 0
    return slice(top + near, top + far), slice(left + near, left + far)


def symbols_over(plan: LabelPlan, part: Part) -> Iterator[SymbolPlace]:
    """The symbols whose white a part could spoil: its own, and what lies under its foil."""
    yield plan.face(part).symbol
    if plan.hidden is HiddenLayer.FOIL and part is Part.FACE:
        yield plan.face(Part.HIDDEN).symbol


@pytest.mark.parametrize("dots", [203, 300])
@pytest.mark.parametrize("name", ["a4-24", "a4-40", "a4-65"])
def test_nothing_is_printed_within_four_modules_of_a_symbol_on_a_sheet(
    name: str,
    dots: int,
    designs: Mapping[str, LabelDesign],
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
) -> None:
    check(designs[name], face, dots, (stamp_key, hidden_key))


@pytest.mark.parametrize("dots", [203, 300])
@pytest.mark.parametrize(
    "name", ["roll-15x15", "roll-20x20", "roll-25x25", "roll-20x30", "roll-30x50"]
)
def test_nothing_is_printed_within_four_modules_of_a_symbol_on_a_roll(
    name: str,
    dots: int,
    designs: Mapping[str, LabelDesign],
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
) -> None:
    check(designs[name], face, dots, (stamp_key, hidden_key))


def check(design: LabelDesign, face: LabelFace, dots: int, keys: tuple[Key, Key]) -> None:
    seen = set()
    for plan in plans(design, face, dots):
        for part, serial in product(plan.parts, SERIALS):
            pixels = printed(plan, part, keys, serial)
            seen.add((plan.hidden, part))
            for symbol in symbols_over(plan, part):
                assert not pixels[zone(symbol, plan.dot)].any(), (plan.hidden, part, plan.link)
            assert pixels.any() or not design.prints
    assert {layer for layer, _ in seen} == {HiddenLayer.NONE, *design.hidden}


def test_a_foils_frame_is_printed_and_its_ink_would_be_seen(
    designs: Mapping[str, LabelDesign], face: LabelFace, stamp_key: Key, hidden_key: Key
) -> None:
    wish = LabelWish(True, HiddenLayer.FOIL, dots_per_inch=203)
    plan = plan_labels(designs["a4-24"], LINKS[0], face, wish)
    pixels = printed(plan, Part.HIDDEN, (stamp_key, hidden_key), 7)
    rows, columns = zone(plan.face(Part.HIDDEN).symbol, plan.dot)
    around = slice(rows.start - 2, rows.stop), slice(columns.start - 2, columns.stop + 2)
    assert pixels[around].any(axis=0)[[0, 1, -2, -1]].any()
    assert np.count_nonzero(pixels[rows, columns]) == 0


def module_of(face: Face) -> float:
    return round(face.symbol.module, 6)


@pytest.mark.parametrize("mark", ["IN THỬ", "MẪU"])
def test_a_mark_makes_no_public_symbol_smaller(
    mark: str, designs: Mapping[str, LabelDesign], face: LabelFace
) -> None:
    for design, dots, link in product(designs.values(), (203, 300), LINKS):
        said = replace(face, host=link.origin.removeprefix("https://"))
        wish = LabelWish(dots_per_inch=dots)
        try:
            plain = plan_labels(design, link, said, wish)
        except BadLabel:
            continue
        marked = plan_labels(design, link, replace(said, sample_mark=mark), wish)
        assert module_of(marked.face(Part.FACE)) == module_of(plain.face(Part.FACE)), design.name
