"""Pages of labels as PNG: one bit a pixel, a pixel a dot of the printer."""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image

from stamps.cutting import cut_lines
from stamps.face import Part
from stamps.keys import Key
from stamps.pages import Batch, single_pages
from stamps.plan import LabelPlan
from stamps.raster import Grid, Pixels, own_inks, word_pixels


def png_pages(
    plan: LabelPlan, key: Key, hidden_key: Key | None, first: int, last: int
) -> Iterator[bytes]:
    """A PNG file for each page, all hidden ones first; it tells its resolution (pHYs).

    Raises BadSerial at once for a range that is none.
    """
    pages = single_pages(plan, key, hidden_key, first, last)
    return (_png(plan, part, page) for part, page in pages)


def _png(plan: LabelPlan, part: Part, batch: Batch) -> bytes:
    grid, design, face = Grid(plan.dot), plan.design, plan.face(part)
    height, width = grid.dots(design.page_height_mm), grid.dots(design.page_width_mm)
    page = np.zeros((height, width), np.bool_)
    for line in cut_lines(design):
        x, y, to_x, to_y = map(grid.dots, line)
        page[min(y, to_y) : max(y, to_y) + 1, min(x, to_x) : max(x, to_x) + 1] = True
    place = 0
    for alike in batch.alike():
        shared = _shared(plan, part, int(alike.digits[0]))
        inks = own_inks(plan, face, alike)
        for number in range(len(alike)):
            left, top = map(grid.dots, design.corner(place))
            _press(page, shared, left, top)
            for ink in inks:
                _press(page, ink.pixels[number], left + ink.left, top + ink.top)
            place += 1
    file = BytesIO()
    dots = (grid.per_inch, grid.per_inch)
    Image.fromarray(~page).save(file, "PNG", dpi=dots, compress_level=6)
    return file.getvalue()


def _press(page: Pixels, pixels: Pixels, left: int, top: int) -> None:
    """Darken the page where the pixels are dark; what would leave the page is cut."""
    under = page[top : top + pixels.shape[0], left : left + pixels.shape[1]]
    under |= pixels[: under.shape[0], : under.shape[1]]


@lru_cache(maxsize=16)
def _shared(plan: LabelPlan, part: Part, digits: int) -> Pixels:
    return word_pixels(plan, plan.face(part), digits)
