"""Faces: names and contacts that are long, and where they go."""

from dataclasses import replace

import pytest

from stamps import BadLabel, LabelFace, Sheet
from stamps.face import set_face
from stamps.layout import lay_out

FACE = LabelFace("Nước mắm Năm Quyên", "Hộ kinh doanh Năm Quyên", "tem.example.vn", "0237 388 6868")
LONG = replace(
    FACE,
    product="Nước mắm cốt Năm Quyên 35 độ đạm 500 ml",
    producer="Hợp tác xã dịch vụ thủy sản Năm Quyên",
)


@pytest.mark.parametrize("modules", [29, 33, 37, 41])
@pytest.mark.parametrize("contacts_below", [False, True])
def test_modules_are_whole_printer_dots_of_at_least_04_mm(
    a4_40: Sheet, modules: int, contacts_below: bool
) -> None:
    layout = lay_out(a4_40, modules, contacts_below)
    dots = layout.module / 25.4 * 300
    assert dots == pytest.approx(round(dots))
    assert layout.module >= 0.4
    assert layout.symbol_side == pytest.approx(modules * layout.module)


def test_the_largest_module_is_chosen(a4_40: Sheet) -> None:
    assert lay_out(a4_40, 29, contacts_below=False).module == pytest.approx(7 * 25.4 / 300)
    assert lay_out(a4_40, 33, contacts_below=False).module == pytest.approx(6 * 25.4 / 300)


def test_a_small_label_takes_smaller_modules_and_margins() -> None:
    sheet = Sheet("small", 45, 17.5, 1, 1, label_width_mm=45, label_height_mm=17.5)
    layout = lay_out(sheet, 29, contacts_below=False)
    assert layout.module == pytest.approx(4 * 25.4 / 300)
    assert layout.inset == 2.0
    with pytest.raises(BadLabel, match=r"45 x 17\.5 mm"):
        lay_out(sheet, 33, contacts_below=False)


def test_contacts_stand_in_the_column_unless_the_address_is_long(a4_40: Sheet) -> None:
    assert set_face(FACE, a4_40, 29, False).layout.contacts_baseline is None
    long = replace(FACE, host="truyxuat.xa-quang-nham.gov.vn")
    drawing = set_face(long, a4_40, 29, False)
    assert drawing.layout.contacts_baseline is not None
    assert all(text.lines.whole for text in drawing.texts)


def test_a_name_is_not_cut_while_there_is_room_below_the_symbol(a4_40: Sheet) -> None:
    drawing = set_face(LONG, a4_40, 33, True)
    assert all(text.lines.whole for text in drawing.texts)
    assert drawing.scratch is not None
    assert drawing.scratch.bottom < drawing.layout.symbol_bottom


def test_a_short_name_leaves_the_box_level_with_the_symbol(a4_40: Sheet) -> None:
    drawing = set_face(FACE, a4_40, 29, True)
    assert drawing.scratch is not None
    assert drawing.scratch.bottom == drawing.layout.symbol_bottom


@pytest.mark.parametrize("modules", [29, 33, 37, 41])
@pytest.mark.parametrize("has_hidden", [False, True])
def test_box_and_band_stay_off_the_quiet_zone(a4_40: Sheet, modules: int, has_hidden: bool) -> None:
    drawing = set_face(replace(LONG, sample_mark="MẪU"), a4_40, modules, has_hidden)
    layout = drawing.layout
    quiet_ends = layout.symbol_left + layout.symbol_side + 4 * layout.module
    assert drawing.strip is not None
    assert (drawing.scratch is not None) == has_hidden
    for box in filter(None, (drawing.strip, drawing.scratch)):
        assert box.left > quiet_ends
        assert box.left + box.width <= a4_40.label_width_mm - 2
    assert all(text.left > quiet_ends or text.top < layout.symbol_bottom for text in drawing.texts)
    assert (set_face(LONG, a4_40, modules, has_hidden).strip) is None
