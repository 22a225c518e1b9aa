"""The sketch of where something was made: what is known is drawn, and nothing is guessed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import scanner_page
from scanner_page.mapping import sketch
from traceapp.records.facilities import Facility
from traceapp.services.registry.provinces import read_provinces
from traceapp.services.scans.telling import FacilityOrigin

ROOT = Path(__file__).resolve().parents[2]
PROVINCES = read_provinces(ROOT / "config/provinces.toml")
SHAPES = json.loads((Path(scanner_page.__file__).parent / "map.json").read_text("utf-8"))


def place(address: str, latitude: float | None = None, longitude: float | None = None) -> Any:
    return FacilityOrigin(name="Xưởng", address=address, latitude=latitude, longitude=longitude)


def test_every_province_has_its_shape_and_no_shape_is_without_one() -> None:
    assert set(SHAPES["provinces"]) == set(PROVINCES)
    for shape in SHAPES["provinces"].values():
        assert re.fullmatch(r"[Mlz0-9 ,-]+", shape)


def test_a_place_with_address_and_position_has_its_province_and_a_dot() -> None:
    found = sketch(place("Thôn 1, xã Hoằng Thanh, tỉnh Thanh Hóa", 19.8, 105.9), PROVINCES)
    assert found is not None
    assert found.here == SHAPES["provinces"]["thanh-hoa"]
    assert found.dot is not None and _inside(found.dot, found.here, slack=6)
    assert "Thanh Hóa" in found.told
    assert [each.name for each in found.islands] == ["Hoàng Sa", "Trường Sa"]
    assert not any(each.ours for each in found.islands)


def test_a_place_on_an_island_province_colours_its_islands() -> None:
    found = sketch(place("Đặc khu Trường Sa, tỉnh Khánh Hoà"), PROVINCES)
    assert found is not None
    assert [each.ours for each in found.islands] == [False, True]
    assert found.dot is None


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(105.9, 19.8), (0, 0), (-19.8, 105.9), (21.0, 140.0)]
)
def test_a_position_beyond_the_sheet_is_a_slip_and_gets_no_dot(
    latitude: float, longitude: float
) -> None:
    assert sketch(place("Thôn 1", latitude, longitude), PROVINCES) is None


def test_a_position_alone_is_a_dot_in_no_province() -> None:
    found = sketch(place("Thôn 1, xã Hoằng Thanh", 19.8, 105.9), PROVINCES)
    assert found is not None
    assert found.here is None and found.dot is not None


def test_a_place_that_says_nowhere_has_no_sketch() -> None:
    assert sketch(place("Thôn 1"), PROVINCES) is None


def test_the_page_draws_it(world: Any, visitor: Any, stranger: Any) -> None:
    path = world.issue().link_path()
    assert '<svg class="map"' not in visitor.page(path).text
    with world.writing() as session:
        row = session.get_one(Facility, world.producer.facility.id)
        row.address, row.latitude, row.longitude = "Thôn 1, Thanh Hóa", 19.8, 105.9
    for who, word in ((visitor, "tô màu Thanh Hóa"), (stranger, "showing Thanh Hóa")):
        page = who.page(path).text
        assert page.count('<svg class="map"') == 1
        assert word in page
        assert '<circle class="dot"' in page
        assert "Hoàng Sa</text>" in page and "Trường Sa</text>" in page


def _inside(dot: tuple[int, int], shape: str, slack: int) -> bool:
    """Whether a dot lies in the box around a shape of relative lines."""
    xs, ys = [], []
    for ring in re.findall(r"M(\d+),(\d+)l([^z]*)", shape):
        x, y = int(ring[0]), int(ring[1])
        steps = [int(each) for each in re.findall(r"-?\d+", ring[2])]
        for across, down in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + across, y + down
            xs.append(x)
            ys.append(y)
    across = min(xs) - slack <= dot[0] <= max(xs) + slack
    return across and min(ys) - slack <= dot[1] <= max(ys) + slack
