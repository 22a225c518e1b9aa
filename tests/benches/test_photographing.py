"""A phone's pictures of a label: where things come to lie, and what blur and seed do."""

from __future__ import annotations

from dataclasses import replace
from math import radians, tan

import numpy as np
import pytest
import zxingcpp
from conditions import Conditions, read_trial
from drawn_labels import Drawn, Row, Symbol, drawings, links
from numpy.typing import NDArray
from photographing import frames

from stamps import Level


@pytest.fixture
def drawn() -> Drawn:
    return drawings(Row(Symbol.SHORT, "roll-25x25", Level.M, 300), 1)[0]


@pytest.fixture
def still() -> Conditions:
    """A phone held square, 100 mm before a flat label, in even light."""
    gentle = read_trial().strengths["gentle"]
    view = replace(
        gentle.view,
        nearest_mm=100,
        farthest_mm=100,
        tilt_degrees=0,
        roll_degrees=0,
        bottle_mm=1e9,
    )
    camera = replace(gentle.camera, misfocus_mm=0, hand_mm_s=0)
    return replace(gentle, view=view, camera=camera, light=replace(gentle.light, uneven=0))


def seen(drawn: Drawn, conditions: Conditions, seed: int = 1) -> NDArray[np.uint8]:
    label = (0.85 - 0.75 * drawn.dots).astype(np.float32)
    return next(frames(drawn, label, conditions, np.random.default_rng(seed)))


def sides(drawn: Drawn, conditions: Conditions, seed: int = 1) -> tuple[float, float, float, float]:
    """Top, bottom, left and right side of the symbol, in pixels."""
    (found,) = zxingcpp.read_barcodes(seen(drawn, conditions, seed))
    assert found.text == next(links(Symbol.SHORT, 1))
    at = found.position
    corners = [
        np.array((each.x, each.y))
        for each in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    ]
    length = [float(np.hypot(*(corners[i] - corners[i - 1]))) for i in range(4)]
    return length[1], length[3], length[0], length[2]


def test_a_symbol_is_as_large_as_its_distance_makes_it(drawn: Drawn, still: Conditions) -> None:
    frame_mm = 2 * 100 * tan(radians(70) / 2)
    expected = drawn.modules * drawn.module_mm * 1920 / frame_mm
    assert sides(drawn, still) == pytest.approx([expected] * 4, abs=2)


def test_around_a_bottle_it_is_narrower_and_as_high(drawn: Drawn, still: Conditions) -> None:
    bottle = replace(still, view=replace(still.view, bottle_mm=20))
    flat = sides(drawn, still)
    bent = min((sides(drawn, bottle, seed) for seed in range(8)), key=lambda each: each[0])
    assert bent[0] < flat[0] - 4
    assert sum(bent[2:]) == pytest.approx(sum(flat[2:]), rel=0.06)


def test_a_tilted_phone_sees_one_side_longer(drawn: Drawn, still: Conditions) -> None:
    tilted = replace(still, view=replace(still.view, tilt_degrees=35))
    seen = [sides(drawn, tilted, seed) for seed in range(8)]
    assert max(abs(top - bottom) for top, bottom, _, _ in seen) > 6


def test_a_picture_out_of_focus_or_shaken_beyond_sense_is_not_read(
    drawn: Drawn, still: Conditions
) -> None:
    assert zxingcpp.read_barcodes(seen(drawn, still))
    for blur in ({"misfocus_mm": 400.0}, {"hand_mm_s": 800.0}):
        blurred = replace(still, camera=replace(still.camera, **blur))
        assert not zxingcpp.read_barcodes(seen(drawn, blurred))


def test_the_same_seed_gives_the_same_pixels_and_another_does_not(
    drawn: Drawn, still: Conditions
) -> None:
    assert (seen(drawn, still, 1) == seen(drawn, still, 1)).all()
    assert (seen(drawn, still, 1) != seen(drawn, still, 2)).any()


def test_each_frame_is_another(drawn: Drawn, still: Conditions) -> None:
    label = (0.85 - 0.75 * drawn.dots).astype(np.float32)
    stream = frames(drawn, label, still, np.random.default_rng(1))
    assert (next(stream) != next(stream)).any()
