"""Labels as pixels of one bit, a pixel a dot of the printer: what PNG and ZPL are made of.

Letters are drawn by Pillow, each at its own place, so that a line is as wide as it was set.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from stamps.face import MOST_DIGITS, Face, Shape, Text
from stamps.pages import Batch
from stamps.plan import LabelPlan
from stamps.typefaces import MONO, REGULAR, path_of
from stamps.typesetting import MM, width_mm

Pixels = NDArray[np.bool_]
"""Rows from the top; True is dark."""

_CODE_LETTERS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ "


@dataclass(frozen=True)
class Grid:
    """A printer's dots; dot: the side of one, in mm."""

    dot: float

    def dots(self, length: float) -> int:
        """The length in whole dots."""
        return round(length / self.dot)

    @property
    def per_inch(self) -> float:
        return 25.4 / self.dot


def face_pixels(plan: LabelPlan, face: Face) -> Pixels:
    """What all labels of a part share, on a label's own dots."""
    grid, design = Grid(plan.dot), plan.design
    size = grid.dots(design.label_width_mm), grid.dots(design.label_height_mm)
    image = Image.new("1", size, 1)
    draw = ImageDraw.Draw(image)
    for mark in face.marks:
        if isinstance(mark, Shape):
            _draw_shape(draw, grid, mark)
        else:
            _draw_text(image, grid, mark)
    return ~np.asarray(image, np.bool_)


def _draw_shape(draw: ImageDraw.ImageDraw, grid: Grid, shape: Shape) -> None:
    points = [(x / grid.dot - 0.5, y / grid.dot - 0.5) for x, y in shape.points]
    if shape.line:
        draw.line([*points, points[0]], fill=0, width=max(1, grid.dots(shape.line)))
    else:
        draw.polygon(points, fill=int(shape.grey >= 0.5))


def _draw_text(image: Image.Image, grid: Grid, text: Text) -> None:
    fill = int(text.grey >= 0.5)
    if not text.turned:
        _draw_line(ImageDraw.Draw(image), grid, text, fill)
        return
    # What reads upwards is drawn on a strip of its own, and turned.
    length = grid.dots(width_mm(text.text, text.font, text.size)) + 2
    reach = grid.dots(text.size / MM * 1.5)
    strip = Image.new("1", (length, 2 * reach), 0)
    flat = Text(text.text, text.font, text.size, grid.dot, reach * grid.dot)
    _draw_line(ImageDraw.Draw(strip), grid, flat, 1)
    turned = strip.transpose(Image.Transpose.ROTATE_90)
    corner = grid.dots(text.left) - reach, grid.dots(text.baseline) - length + 1
    image.paste(fill, corner, turned)


def _draw_line(draw: ImageDraw.ImageDraw, grid: Grid, text: Text, fill: int) -> None:
    font = _font(text.font, text.size / MM / grid.dot)
    x = text.left
    for letter in text.text:
        at = grid.dots(x), grid.dots(text.baseline)
        draw.text(at, letter, fill=fill, font=font, anchor="ls")
        x += width_mm(letter, text.font, text.size)


@lru_cache(maxsize=64)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path_of(name), size, layout_engine=ImageFont.Layout.BASIC)


@dataclass(frozen=True)
class Ink:
    """The same place on several labels. left, top: in dots; pixels: (labels, rows, columns)."""

    left: int
    top: int
    pixels: Pixels


def own_inks(plan: LabelPlan, face: Face, batch: Batch) -> list[Ink]:
    """What labels print of their own. All serials of the batch have one count of digits."""
    inks = [_symbol_ink(plan, face, batch)]
    for line in face.lines:
        letters = batch.texts[:, line.start : line.stop]
        inks.append(_letter_ink(plan, letters, line.size, (line.left, line.baseline)))
    if face.serial is not None:
        digits = int(batch.digits[0])
        _, left, size = face.serial.placed(digits)
        shown = batch.serials[:, MOST_DIGITS - digits :]
        inks.append(_letter_ink(plan, shown, size, (left, face.serial.baseline)))
    return inks


def word_pixels(plan: LabelPlan, face: Face, digits: int) -> Pixels:
    """The face with the word before serials of so many digits."""
    pixels = face_pixels(plan, face)
    if face.serial is None:
        return pixels
    left, _, size = face.serial.placed(digits)
    image = Image.fromarray(pixels)
    text = Text(face.serial.word, REGULAR, size, left, face.serial.baseline)
    _draw_line(ImageDraw.Draw(image), Grid(plan.dot), text, 1)
    return np.asarray(image, np.bool_)


def _symbol_ink(plan: LabelPlan, face: Face, batch: Batch) -> Ink:
    grid, symbol = Grid(plan.dot), face.symbol
    dots = grid.dots(symbol.module)
    modules = np.unpackbits(batch.symbols, axis=2, count=symbol.modules).astype(np.bool_)
    pixels = modules.repeat(dots, axis=1).repeat(dots, axis=2)
    return Ink(grid.dots(symbol.left), grid.dots(symbol.top), pixels)


def _letter_ink(
    plan: LabelPlan, letters: NDArray[np.uint8], size: float, at: tuple[float, float]
) -> Ink:
    """Lines of the monospaced font; each letter at the dot that is nearest to its place."""
    grid = Grid(plan.dot)
    cells = _cells(size, plan.dot)
    height, width = cells.shape[1:]
    step = width_mm("0", MONO, size) / plan.dot
    starts = [round(number * step) for number in range(letters.shape[1])]
    pixels = np.zeros((len(letters), height, starts[-1] + width), np.bool_)
    for number, start in enumerate(starts):
        pixels[:, :, start : start + width] |= cells[letters[:, number]]
    return Ink(grid.dots(at[0]), grid.dots(at[1]) - height, pixels)


@lru_cache(maxsize=64)
def _cells(size: float, dot: float) -> Pixels:
    """Letters of codes as pixels: (256, height, width), by ASCII code, on the baseline."""
    pixels = size / MM / dot
    font = _font(MONO, pixels)
    width = ceil(font.getlength("0"))
    height = ceil(pixels * 0.76)
    cells = np.zeros((256, height, width), np.bool_)
    for letter in _CODE_LETTERS:
        image = Image.new("1", (width, height), 0)
        ImageDraw.Draw(image).text((0, height), letter, fill=1, font=font, anchor="ls")
        cells[ord(letter)] = np.asarray(image, np.bool_)
    return cells
