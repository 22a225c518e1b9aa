"""Masks are weighed by segno's rules, also where real symbols seldom go."""

from random import Random

import numpy as np
import pytest
import segno.encoder
from numpy.typing import NDArray

from stamps.symbol_masks import MaskChoice, sides

Modules = NDArray[np.uint8]

# What the rules look for, and what stands before and after it.
PIECES = ("1011101", "0000", "1011", "1010111", "00001011101", "11111", "01", "0", "1")


def pictures(side: int, count: int, random: Random) -> Modules:
    """Squares full of what costs points: in rows, in columns, or noise."""

    def line() -> list[int]:
        text = ""
        while len(text) < side:
            text += random.choice(PIECES)
        return [int(module) for module in text[:side]]

    squares = []
    for turned in range(count):
        square = np.array([line() for _ in range(side)], np.uint8)
        noise = np.array([random.random() < 0.02 for _ in range(side * side)], np.uint8)
        square ^= noise.reshape(side, side)
        squares.append(square.T if turned % 2 else square)
    return np.stack(squares)


def by_segno(picture: Modules) -> int:
    rows = tuple(bytearray(row.tobytes()) for row in picture)
    return int(segno.encoder.evaluate_mask(rows, len(rows), len(rows)))


def weighed(seen: Modules) -> list[int]:
    """The points of eight pictures, each given as the mask of a symbol without a dark module."""
    patterns = np.stack([sides(picture) for picture in seen])
    light = sides(np.zeros_like(seen[0]), beyond=1)
    return [int(points) for points in MaskChoice(patterns, 1).points(light[np.newaxis])[:, 0]]


@pytest.mark.parametrize("side", [21, 29, 33, 61, 65, 69])
def test_points_differ_as_those_of_segno(side: int) -> None:
    random = Random(side)
    for _ in range(1 + 1000 // side):
        seen = pictures(side, 8, random)
        seen[7] = 0
        seen[6] = 1
        theirs = [by_segno(picture) for picture in seen]
        assert len(set(theirs)) > 4
        left_out = {ours - segnos for ours, segnos in zip(weighed(seen), theirs, strict=True)}
        assert len(left_out) == 1


@pytest.mark.parametrize(
    "line",
    [
        "1011101",
        "00001011101110100001",
        "10111011101",
        "000010111011101",
        "10111011101" + "0000",
        "0000" + "10111011101" + "0000",
        "0000" + "1011101011101" + "0000",
        "0000" + "101110111011101" + "0000",
        "0000" + "1011101110101110111011101" + "00",
        "1" * 11 + "1011101",
    ],
)
@pytest.mark.parametrize("offset", range(5))
def test_a_pattern_that_begins_within_another_counts_as_with_segno(line: str, offset: int) -> None:
    seen = np.ones((8, 29, 29), np.uint8)
    placed = ("0" * offset + line).ljust(29, "1")[:29]
    seen[1, 14] = seen[2, :, 14] = [int(module) for module in placed]
    seen[3, 14] = seen[4, :, 14] = [int(module) for module in placed[::-1]]
    theirs = [by_segno(picture) for picture in seen]
    ours = weighed(seen)
    assert [each - ours[0] for each in ours] == [each - theirs[0] for each in theirs]


def test_of_equal_masks_the_first_is_taken() -> None:
    seen = pictures(29, 8, Random(1))
    first = min(range(4), key=lambda mask: by_segno(seen[mask]))
    seen[4:] = seen[first]
    patterns = np.stack([sides(picture) for picture in seen])
    light = sides(np.zeros((29, 29), np.uint8), beyond=1)
    assert MaskChoice(patterns, 1).best(light[np.newaxis]) == [first]
