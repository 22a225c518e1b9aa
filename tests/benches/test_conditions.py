"""The file of conditions: each strength is told whole, and none is gentler than the one before."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest
from conditions import FILE, Conditions, read_trial

LESS_IS_WORSE = {"contrast", "drop_leaves", "bottle_mm", "electrons", "darkest_white"}
PARTS = ("printing", "paper", "view", "camera", "light")


def numbers(conditions: Conditions) -> dict[str, float]:
    return {
        name.name: value
        for part in PARTS
        for name in fields(getattr(conditions, part))
        if not isinstance(value := getattr(getattr(conditions, part), name.name), list)
    }


def test_each_strength_is_at_least_as_hard_as_the_one_before() -> None:
    strengths = [numbers(each) for each in read_trial().strengths.values()]
    assert len(strengths) == 3
    for easier, harder in pairwise(strengths):
        for name in easier:
            worse = -1 if name in LESS_IS_WORSE else 1
            assert worse * harder[name] >= worse * easier[name], name


def test_a_cell_has_as_many_labels_as_were_asked_for() -> None:
    assert read_trial().labels >= 300


def test_a_name_that_is_written_wrong_is_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "reading.toml"
    file.write_text(FILE.read_text("utf-8").replace("stray_dots", "stray_dot"), "utf-8")
    with pytest.raises(TypeError, match="stray_dot"):
        read_trial(file)
