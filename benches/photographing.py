"""A phone's pictures of a printed label: where it is held, what the lens and the hand make of it,
what light falls on it, and what the sensor counts.

The label lies on a plane, or around a bottle whose axis goes down the label, and touches the plane
z = 0 at the middle of its symbol. A pinhole camera looks at that point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, cos, pi, radians, sin, tan

import numpy as np
from conditions import Camera, Conditions, View
from drawn_labels import QUIET, Drawn
from numpy.typing import NDArray
from printing import Picture

_GAMMA = 1 / 2.2
_EDGE = 4  # pixels


@dataclass(frozen=True)
class Stance:
    """How one person holds the phone at one bottle, under one lamp: the same in all frames.

    tilt, towards, roll: radians, the second being the direction of the tilt; bend: of the label,
    1/mm; around: what its surroundings throw back; lamp: where its light comes from, radians;
    falls: how much of it is missing at the darkest edge; glare: its peak, and mm from the symbol's
    middle; white: where white paper lies on the picture's scale.
    """

    tilt: float
    towards: float
    roll: float
    bend: float
    around: float
    lamp: float
    falls: float
    glare: tuple[float, float]
    white: float


@dataclass(frozen=True)
class Stand:
    """Where the phone was in one frame. distance: mm from the lens; pixel: mm on the label."""

    stance: Stance
    distance: float
    pixel: float


def frames(
    drawn: Drawn, label: Picture, conditions: Conditions, rng: np.random.Generator
) -> Iterator[NDArray[np.uint8]]:
    """The phone's preview around the symbol, in grey, frame after frame without end.

    From frame to frame the hand moves, the lens hunts, and the sensor counts anew.
    """
    view, camera = conditions.view, conditions.camera
    stance = _stance(drawn, conditions, rng)
    while True:
        distance = rng.uniform(view.nearest_mm, view.farthest_mm)
        width = 2 * distance * tan(radians(camera.field_of_view_degrees / 2))
        stand = Stand(stance, distance, width / camera.frame_px)
        seen, across = _projected(drawn, label, stand, view)
        spectrum = np.fft.rfft2(seen)
        spectrum *= _sharpness(spectrum.shape, stand, camera, rng)
        lit = _lit(np.fft.irfft2(spectrum, seen.shape), across, stance, conditions)
        # What is blurred over one edge comes in again at the other.
        yield _counted(lit[_EDGE:-_EDGE, _EDGE:-_EDGE], camera, rng)


def _stance(drawn: Drawn, conditions: Conditions, rng: np.random.Generator) -> Stance:
    view, light = conditions.view, conditions.light
    return Stance(
        radians(rng.uniform(0, view.tilt_degrees)),
        rng.uniform(0, 2 * pi),
        radians(rng.uniform(-view.roll_degrees, view.roll_degrees)),
        rng.uniform(0, 2 / view.bottle_mm),
        rng.uniform(*view.surroundings),
        rng.uniform(0, 2 * pi),
        rng.uniform(0, light.uneven),
        (rng.uniform(0, light.glare), rng.uniform(-0.5, 0.5) * drawn.side / drawn.dots_mm),
        rng.uniform(light.darkest_white, light.brightest_white),
    )


def _projected(drawn: Drawn, label: Picture, stand: Stand, view: View) -> tuple[Picture, Picture]:
    """What the lens is shown, one sample a pixel, and how far across the label each lies, in mm.

    Samples are taken between dots, which softens about as much as a pixel's width does: two to
    four times as many each way moved no figure of six cells beyond its interval.
    """
    stance = stand.stance
    zone = (drawn.modules + 2 * QUIET) * drawn.module_mm
    side_mm = zone * (cos(stance.roll) + abs(sin(stance.roll))) + 2 * view.around_mm
    pixels = ceil((side_mm / stand.pixel + 2 * _EDGE) / 8) * 8
    axis = (np.arange(pixels, dtype=np.float32) - (pixels - 1) / 2) * np.float32(stand.pixel)
    across, down = _on_the_label(axis[None, :], axis[:, None], stand)
    x = across * drawn.dots_mm + (drawn.left + drawn.side / 2 + 1)
    y = down * drawn.dots_mm + (drawn.top + drawn.side / 2 + 1)
    around = np.pad(label, 1, constant_values=stance.around)
    return _sampled(around, x, y), across


def _on_the_label(
    right: NDArray[np.float32], low: NDArray[np.float32], stand: Stand
) -> tuple[Picture, Picture]:
    """Where the rays through the picture meet the label, in mm from its symbol's middle.

    A bent label is the cylinder bend * (x^2 + z^2) = 2 z, a flat one the plane z = 0; one formula
    does for both, since it divides by no bend.
    """
    stance = stand.stance
    turn = np.array(
        [
            [cos(stance.roll), -sin(stance.roll), 0],
            [sin(stance.roll), cos(stance.roll), 0],
            [0, 0, 1],
        ]
    )
    x, y = cos(stance.towards), sin(stance.towards)
    cross = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0]])
    tilt = np.eye(3) + sin(stance.tilt) * cross + (1 - cos(stance.tilt)) * cross @ cross
    turn = (tilt @ turn).astype(np.float32)
    camera = -np.float32(stand.distance) * turn[:, 2]
    ray = [
        turn[i, 0] / np.float32(stand.distance) * right
        + turn[i, 1] / np.float32(stand.distance) * low
        + turn[i, 2]
        for i in range(3)
    ]
    bend = np.float32(stance.bend)
    a = bend * (ray[0] ** 2 + ray[2] ** 2)
    b = bend * (camera[0] * ray[0] + camera[2] * ray[2]) - ray[2]
    c = bend * (camera[0] ** 2 + camera[2] ** 2) - 2 * camera[2]
    # Rays that pass the bottle by meet its edge here, which lies outside of every label.
    far = c / (np.sqrt(np.maximum(b**2 - a * c, 0)) - b)
    aside = camera[0] + far * ray[0]
    if stance.bend > 1e-6:
        aside = np.arcsin(np.clip(aside * bend, -1, 1)) / bend
    return aside, camera[1] + far * ray[1]


def _sampled(picture: Picture, x: Picture, y: Picture) -> Picture:
    """The picture's values at these places, between its dots."""
    height, width = picture.shape
    x = np.clip(x - 0.5, 0, width - 1.001)
    y = np.clip(y - 0.5, 0, height - 1.001)
    left, top = x.astype(np.int32), y.astype(np.int32)
    x -= left
    y -= top
    place = top * width + left
    flat = picture.ravel()
    upper = flat[place]
    upper += x * (flat[place + 1] - upper)
    place += width
    lower = flat[place]
    lower += x * (flat[place + 1] - lower)
    upper += y * (lower - upper)
    return upper


def _sharpness(
    shape: tuple[int, ...], stand: Stand, camera: Camera, rng: np.random.Generator
) -> Picture:
    """What lens, focus, hand and pixel leave of each frequency of a spectrum of this shape."""
    blur_mm = camera.aperture_mm * rng.uniform(0, camera.misfocus_mm) / stand.distance
    bell = camera.lens_px**2 + (blur_mm / 4 / stand.pixel) ** 2
    smear = rng.uniform(0, camera.hand_mm_s) * camera.exposure_s / stand.pixel
    direction = rng.uniform(0, pi)
    # Cycles in a pixel, down and across the spectrum.
    low = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None]
    right = np.fft.rfftfreq(shape[0]).astype(np.float32)
    spread = np.exp(-2 * pi**2 * bell * right**2) * np.exp(-2 * pi**2 * bell * low**2)
    moved = np.sinc(np.float32(smear) * (cos(direction) * right + sin(direction) * low))
    return spread * moved * np.sinc(right) * np.sinc(low)


def _lit(image: Picture, across: Picture, stance: Stance, conditions: Conditions) -> Picture:
    """The light that reaches the sensor: 1 is as much as it can hold."""
    white, (peak, middle) = conditions.paper.white, stance.glare
    axis = np.linspace(-1, 1, len(image), dtype=np.float32)
    slope = cos(stance.lamp) * axis[None, :] + sin(stance.lamp) * axis[:, None]
    lit = image * (1 - stance.falls * np.clip((1 + slope) / 2, 0, 1))
    away = (across - np.float32(middle)) / conditions.light.glare_mm
    lit += white * peak * np.exp(-(away**2) / 2)
    return lit * np.float32(stance.white / white)


def _counted(lit: Picture, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What the sensor counts, as the grey values of a picture."""
    electrons = camera.electrons * camera.binned
    dark = camera.read_noise_electrons**2 * camera.binned
    noise = np.sqrt(np.maximum(lit, 0) * electrons + dark) / electrons
    seen = lit + noise * rng.standard_normal(lit.shape, dtype=np.float32)
    return np.rint(255 * np.clip(seen, 0, 1) ** _GAMMA).astype(np.uint8)
