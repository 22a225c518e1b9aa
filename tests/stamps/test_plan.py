"""Plans: what is refused, and what every label keeps to whatever it says."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import pytest

from stamps import (
    BadLabel,
    Element,
    HiddenLayer,
    LabelDesign,
    LabelFace,
    LabelFault,
    Language,
    Link,
    LinkForm,
)
from stamps.drawing import LabelPlan, LabelWish, Part, designs_that_fit, plan_labels
from stamps.face import Box, Face, Shape, Text
from stamps.layout import LEAST_MODULE_MM, address
from stamps.links import MAX_HOST
from stamps.typesetting import caps, width_mm

GTIN = "08938500000010"
LONG_HOST = "https://truyxuat.xa-quang-nham.gov.vn"
GS1 = Link("https://truyxuat.xa-quang-nham.vn", LinkForm.GS1, GTIN)
LONG_FACE = LabelFace(
    "Nem nắm Huân Hồng gói lá chuối đặc biệt hai trăm gam " * 3,
    "Hợp tác xã sản xuất và kinh doanh nem nắm truyền thống Huân Hồng",
    "truyxuat.xa-quang-nham.gov.vn",
    "0237 388 6868",
    stars=5,
)
CHOICES = (HiddenLayer.NONE, HiddenLayer.INSIDE, HiddenLayer.FOIL)


def plans(
    designs: Mapping[str, LabelDesign], links: list[Link], faces: list[LabelFace]
) -> Iterator[LabelPlan]:
    """Every plan that can be made, over designs, resolutions, hidden layers and languages."""
    axes = product(designs.values(), links, faces, (203, 300), CHOICES, Language)
    for design, link, face, dots, hidden, language in axes:
        wish = LabelWish(True, hidden, language, dots)
        try:
            yield plan_labels(design, link, face, wish)
        except BadLabel:
            continue


@pytest.fixture(scope="module")
def all_plans(designs: Mapping[str, LabelDesign], short: Link, face: LabelFace) -> list[LabelPlan]:
    marked = replace(LONG_FACE, sample_mark="MẪU")
    return list(plans(designs, [short, GS1], [face, LONG_FACE, marked]))


def faces_of(plan: LabelPlan) -> list[Face]:
    return [face for _, face in plan.faces]


def test_every_design_can_be_planned_in_most_ways(all_plans: list[LabelPlan]) -> None:
    assert len(all_plans) > 250
    assert {plan.design.name for plan in all_plans} == {
        *("a4-24", "a4-40", "a4-65", "roll-15x15"),
        *("roll-20x20", "roll-25x25", "roll-20x30", "roll-30x50"),
    }


def test_modules_are_whole_dots_of_at_least_a_third_of_a_millimetre(
    all_plans: list[LabelPlan],
) -> None:
    for plan in all_plans:
        for face in faces_of(plan):
            dots = face.symbol.module / plan.dot
            assert dots == pytest.approx(round(dots), abs=1e-6)
            assert face.symbol.module >= 0.33
            for edge in (face.symbol.left, face.symbol.top):
                assert edge / plan.dot == pytest.approx(round(edge / plan.dot), abs=1e-6)


def test_the_quiet_zone_lies_on_the_label_and_nothing_lies_in_it(
    all_plans: list[LabelPlan],
) -> None:
    for plan in all_plans:
        width, height = plan.design.label_width_mm, plan.design.label_height_mm
        for face in faces_of(plan):
            symbol = face.symbol
            left, top = symbol.left - symbol.quiet, symbol.top - symbol.quiet
            side = symbol.side + 2 * symbol.quiet
            assert min(left, top) >= -1e-6
            assert left + side <= width + 1e-6
            assert top + side <= height + 1e-6
            frame = face.foil if plan.parts[0] is Part.HIDDEN else None
            for box in inked(face):
                if frame is not None and box.width > side - 0.2:
                    continue  # the foil's frame goes around the quiet zone
                apart = (
                    box.left >= left + side - 1e-3
                    or box.left + box.width <= left + 1e-3
                    or box.top >= top + side - 1e-3
                    or box.top + box.height <= top + 1e-3
                )
                assert apart, (plan.design.name, plan.hidden, box)


def test_nothing_leaves_the_label_but_a_band_that_bleeds(all_plans: list[LabelPlan]) -> None:
    for plan in all_plans:
        design = plan.design
        for face in faces_of(plan):
            for box in inked(face):
                bleed = design.bleed_mm if box.width > design.label_width_mm else 0.0
                assert box.left >= -bleed - 1e-6
                assert box.top >= -bleed - 1e-6
                assert box.left + box.width <= design.label_width_mm + bleed + 1e-6
                assert box.top + box.height <= design.label_height_mm + bleed + 0.5


def inked(face: Face) -> Iterator[Box]:
    """Where marks and lines have ink, but for the marks above and below letters."""
    for mark in face.marks:
        if isinstance(mark, Shape):
            xs, ys = zip(*mark.points, strict=True)
            yield Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        else:
            yield text_box(mark)
    for line in face.lines:
        width = width_mm("0" * (line.stop - line.start), "JetBrainsMono-SemiBold", line.size)
        yield Box(line.left, line.baseline - caps(line.size), width, caps(line.size))
    if face.serial is not None:
        for digits in (1, 9, 11):
            left, after, size = face.serial.placed(digits)
            after += width_mm("0" * digits, "JetBrainsMono-SemiBold", size)
            yield Box(left, face.serial.baseline - caps(size), after - left, caps(size))


def text_box(text: Text) -> Box:
    width = width_mm(text.text, text.font, text.size)
    if text.turned:
        return Box(text.left - caps(text.size), text.baseline - width, caps(text.size), width)
    return Box(text.left, text.baseline - caps(text.size), width, caps(text.size))


@pytest.mark.parametrize("name", ["a4-24", "a4-40", "a4-65", "roll-30x50"])
def test_a_web_address_is_never_cut(
    name: str, designs: Mapping[str, LabelDesign], face: LabelFace
) -> None:
    host = "a-very-long-host.xa-quangnh.vn"
    assert len(host) == 30
    long = replace(face, host=host)
    for mark in ("", "MẪU"):
        plan = plan_labels(
            designs[name], Link(f"https://{host}"), replace(long, sample_mark=mark), LabelWish()
        )
        texts = [mark.text for mark in plan.face(Part.FACE).marks if isinstance(mark, Text)]
        assert host in "".join(texts), "it may take several lines"


def test_a_15_mm_label_carries_a_short_link_and_nothing_else(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    for dots, module in ((203, 0.375), (300, 4 * 25.4 / 300)):
        plan = plan_labels(designs["roll-15x15"], short, face, LabelWish(dots_per_inch=dots))
        drawn = plan.face(Part.FACE)
        assert drawn.symbol.modules == 29
        assert drawn.symbol.module == pytest.approx(module)
        assert (drawn.marks, drawn.lines, drawn.serial) == ((), (), None)


def test_a_symbol_too_large_is_refused_with_the_size_that_would_do(
    designs: Mapping[str, LabelDesign], face: LabelFace
) -> None:
    wish = LabelWish(dots_per_inch=203)
    with pytest.raises(BadLabel, match=r"15 x 15 mm .* 15\.5 x 15\.5 mm would do") as refused:
        plan_labels(designs["roll-15x15"], GS1, face, wish)
    assert refused.value.fault is LabelFault.ROOM
    assert refused.value.least_mm == (15.5, 15.5)
    larger = replace(
        designs["roll-15x15"],
        **dict.fromkeys(("label_width_mm", "label_height_mm"), 15.5),
        **dict.fromkeys(("page_width_mm", "page_height_mm"), 15.5),
    )
    assert plan_labels(larger, GS1, face, wish).design == larger
    fitting = designs_that_fit(designs.values(), GS1, face, wish)
    assert {design.name for design in fitting} == set(designs) - {"roll-15x15"}


@pytest.mark.parametrize("dots", [0, 72, 204, 1200, -300])
def test_an_unknown_resolution_is_refused(
    dots: int, designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    with pytest.raises(BadLabel, match="203, 300, 600") as refused:
        plan_labels(designs["a4-40"], short, face, LabelWish(dots_per_inch=dots))
    assert refused.value.fault is LabelFault.RESOLUTION


@pytest.mark.parametrize("stars", [-1, 1, 2, 6])
def test_stars_that_no_certificate_has_are_refused(
    stars: int, designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    with pytest.raises(BadLabel) as refused:
        plan_labels(designs["a4-40"], short, replace(face, stars=stars), LabelWish())
    assert refused.value.fault is LabelFault.STARS


def test_hidden_codes_that_nobody_chose_anything_for_are_refused(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    for design in designs.values():
        with pytest.raises(BadLabel) as refused:
            plan_labels(design, short, face, LabelWish(has_hidden=True))
        assert refused.value.fault is LabelFault.HIDDEN_UNCHOSEN


@pytest.mark.parametrize("hidden", [HiddenLayer.FOIL, HiddenLayer.INSIDE])
def test_a_run_without_hidden_codes_has_none_to_draw(
    hidden: HiddenLayer, designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    with pytest.raises(BadLabel) as refused:
        plan_labels(designs["a4-24"], short, face, LabelWish(hidden=hidden))
    assert refused.value.fault is LabelFault.HIDDEN_MISSING


def test_hidden_codes_that_are_left_out_cannot_be_drawn_alone(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    wish = LabelWish(True, HiddenLayer.NONE, parts=frozenset({Part.HIDDEN}))
    with pytest.raises(BadLabel) as refused:
        plan_labels(designs["a4-24"], short, face, wish)
    assert refused.value.fault is LabelFault.HIDDEN_MISSING


def test_a_design_without_a_place_for_foil_is_refused(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    for design in designs.values():
        wish = LabelWish(True, HiddenLayer.FOIL)
        if HiddenLayer.FOIL in design.hidden:
            assert plan_labels(design, short, face, wish).parts == (Part.HIDDEN, Part.FACE)
            continue
        with pytest.raises(BadLabel) as refused:
            plan_labels(design, short, face, wish)
        assert refused.value.fault is LabelFault.HIDDEN_ROOM


def test_hidden_codes_left_out_leave_the_face_alone(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    with_hidden = plan_labels(designs["a4-40"], short, face, LabelWish(True, HiddenLayer.NONE))
    assert with_hidden == plan_labels(designs["a4-40"], short, face, LabelWish())


def test_one_part_can_be_drawn_without_the_other(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    both = plan_labels(designs["a4-24"], short, face, LabelWish(True, HiddenLayer.FOIL))
    for part in Part:
        wish = LabelWish(True, HiddenLayer.FOIL, parts=frozenset({part}))
        alone = plan_labels(designs["a4-24"], short, face, wish)
        assert alone.parts == (part,)
        assert alone.face(part) == both.face(part)


def test_the_face_leaves_the_foils_area_white(all_plans: list[LabelPlan]) -> None:
    foiled = [plan for plan in all_plans if plan.hidden is HiddenLayer.FOIL]
    assert foiled
    for plan in foiled:
        front = plan.face(Part.FACE)
        foil = front.foil
        assert foil is not None and foil == plan.face(Part.HIDDEN).foil
        symbol = front.symbol
        boxes = [*inked(front), Box(symbol.left, symbol.top, symbol.side, symbol.side)]
        for box in boxes:
            assert (
                box.left >= foil.left + foil.width - 1e-6
                or box.left + box.width <= foil.left + 1e-6
                or box.top >= foil.top + foil.height - 1e-6
                or box.top + box.height <= foil.top + 1e-6
            ), (plan.design.name, box)


def test_what_is_not_wanted_is_not_printed(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    wish = LabelWish(without=frozenset({Element.HOTLINE, Element.SCAN, Element.STARS}))
    drawn = plan_labels(designs["a4-24"], short, face, wish).face(Part.FACE)
    shown = " ".join(mark.text for mark in drawn.marks if isinstance(mark, Text))
    assert "ĐT" not in shown and "Quét" not in shown and "OCOP" not in shown
    assert face.product.split()[0] in shown


def test_words_are_in_one_language_or_two(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace
) -> None:
    for language in Language:
        wish = LabelWish(language=language)
        drawn = plan_labels(designs["roll-30x50"], short, face, wish).face(Part.FACE)
        shown = " ".join(mark.text for mark in drawn.marks if isinstance(mark, Text))
        assert "Quét để xem nguồn gốc" in shown
        assert ("Scan to see its origin" in shown) == (language is Language.BOTH)


def test_a_web_address_on_several_lines_is_cut_before_its_dots() -> None:
    host = "truy-xuat.dong-tien.example.vn"
    lines = address(host, (6.0, 4.0), 16.0, 3)
    assert lines.whole and len(lines.texts) > 1
    assert "".join(lines.texts) == host
    assert all(each.startswith(".") for each in lines.texts[1:])


@pytest.mark.parametrize("dots", [203, 300])
@pytest.mark.parametrize("form", [LinkForm.SHORT, LinkForm.GS1])
def test_every_design_with_foil_has_room_for_the_longest_host(
    dots: int, form: LinkForm, designs: Mapping[str, LabelDesign], face: LabelFace
) -> None:
    host = "truy-xuat.dong-tien.example.vn"
    assert len(host) == MAX_HOST
    link = Link.printed(f"https://{host}", form, GTIN, None)
    wish = LabelWish(True, HiddenLayer.FOIL, dots_per_inch=dots)
    said = replace(face, host=host)
    foiled = [each for each in designs.values() if HiddenLayer.FOIL in each.hidden]
    refused = []
    for design in foiled:
        try:
            plan = plan_labels(design, link, said, wish)
        except BadLabel as bad:
            refused.append((design.name, dots, form))
            assert bad.least_mm is not None
        else:
            hidden = plan.face(Part.HIDDEN).symbol
            assert hidden.module >= LEAST_MODULE_MM
    # A roll of 30 mm and 8 dots a millimetre: its refusal names the size that would do.
    assert set(refused) <= {("roll-30x50", 203, LinkForm.GS1)}


def test_the_smallest_sheet_keeps_five_dots_a_module_with_the_longest_host(
    designs: Mapping[str, LabelDesign], face: LabelFace
) -> None:
    host = "truy-xuat.dong-tien.example.vn"
    wish = LabelWish(dots_per_inch=300)
    plan = plan_labels(designs["a4-65"], Link(f"https://{host}"), replace(face, host=host), wish)
    assert plan.face(Part.FACE).symbol.module / plan.dot == pytest.approx(5)
