"""What labels go through before they are read: config/reading.toml, one value for each strength."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

FILE = Path(__file__).parents[1] / "config/reading.toml"
T = TypeVar("T")


@dataclass(frozen=True)
class Printing:
    """How dots come out. Each number is the most that a label gets."""

    dot_growth: float
    stray_dots: float
    dead_lines: float


@dataclass(frozen=True)
class Paper:
    """What the label is, and what has come over it since."""

    white: float
    contrast: float
    dirt_on_corners: bool
    best_contrast: float
    specks: int
    speck_mm: float
    drops: int
    drop_mm: float
    drop_leaves: float
    scratches: int
    scratch_mm: float
    scratch_length_mm: float
    foil_left: float
    foil_reflects: float
    foil_crumb_mm: list[float]


@dataclass(frozen=True)
class View:
    """Where the phone is, and what the label is stuck to."""

    nearest_mm: float
    farthest_mm: float
    tilt_degrees: float
    roll_degrees: float
    bottle_mm: float
    surroundings: list[float]
    around_mm: float


@dataclass(frozen=True)
class Camera:
    """The phone's camera and the hand that holds it."""

    frame_px: int
    field_of_view_degrees: float
    aperture_mm: float
    lens_px: float
    binned: float
    read_noise_electrons: float
    misfocus_mm: float
    hand_mm_s: float
    exposure_s: float
    electrons: float


@dataclass(frozen=True)
class Light:
    """What falls on the label."""

    uneven: float
    glare: float
    glare_mm: float
    darkest_white: float
    brightest_white: float


@dataclass(frozen=True)
class Conditions:
    """One strength: all that happens to a label between the drawing and the reader."""

    name: str
    number: int
    printing: Printing
    paper: Paper
    view: View
    camera: Camera
    light: Light


@dataclass(frozen=True)
class Damage:
    """The blots of the second table, and what they are put on."""

    design: str
    strength: str
    resolution: int
    shares: list[float]


@dataclass(frozen=True)
class Trial:
    """The whole file."""

    seed: int
    labels: int
    wanted: float
    frames: int
    resolutions: list[int]
    links: dict[str, str]
    strengths: dict[str, Conditions]
    damage: Damage


@cache
def read_trial(file: Path = FILE) -> Trial:
    """The conditions as they are written; a name that is missing or too many raises."""
    told = tomllib.loads(file.read_text("utf-8"))
    names = told.pop("strengths")
    tables = {name: told.pop(name) for name in ("print", "paper", "view", "light")}
    tables["camera"] = told.pop("phone") | told.pop("camera")
    strengths = {
        name: Conditions(
            name,
            number,
            _at(Printing, tables["print"], number),
            _at(Paper, tables["paper"], number),
            _at(View, tables["view"], number),
            _at(Camera, tables["camera"], number),
            _at(Light, tables["light"], number),
        )
        for number, name in enumerate(names)
    }
    return Trial(strengths=strengths, damage=Damage(**told.pop("damage")), **told)


def _at(kind: type[T], table: dict[str, Any], number: int) -> T:
    """A table's values for one strength; what the class declares as a list is taken whole."""
    whole = {each.name for each in fields(kind) if str(each.type).startswith("list")}
    return kind(
        **{
            name: value[number] if isinstance(value, list) and name not in whole else value
            for name, value in table.items()
        }
    )
