"""All that draws labels, in one import: plan them, then take the pieces of a file.

Pages can be drawn by several processes: cut the range into `stretches`, hand each to
`draw_pages` anywhere, and give what comes back, in order, to `joined`. A whole file is drawn
elsewhere by `drawn`: this module and what it needs is all that such a process loads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from stamps.designs import LabelDesign
from stamps.face import Part
from stamps.keys import Key
from stamps.labels import LabelFace, LabelFormat
from stamps.links import Link, LinkForm
from stamps.listing import csv_pieces
from stamps.pages import Stretch, stretches
from stamps.pdf import DrawnPages, draw_pages, joined, pdf_pieces, warm
from stamps.plan import LabelPlan, LabelWish, designs_that_fit, plan_labels
from stamps.png import png_pages
from stamps.svg import svg_pages, svg_sample
from stamps.symbol_press import press
from stamps.zpl import zpl_pieces

__all__ = [
    "DrawnPages",
    "LabelPlan",
    "LabelWish",
    "Part",
    "Stretch",
    "Task",
    "csv_pieces",
    "designs_that_fit",
    "draw_pages",
    "drawn",
    "drawn_pieces",
    "joined",
    "pdf_pieces",
    "plan_labels",
    "png_pages",
    "prepare",
    "stretches",
    "svg_pages",
    "svg_sample",
    "warm",
    "zpl_pieces",
]


Task = tuple[LabelFormat, LabelPlan | Link, Key, Key | None, int, int]
"""A file to be drawn: its format; its plan, or the link of a CSV; keys; first and last serial."""

_ANY_GTIN = "00000000000000"  # all of them make links of one length

_DRAWN: dict[LabelFormat, Callable[..., Iterator[bytes]]] = {
    LabelFormat.CSV: csv_pieces,
    LabelFormat.PDF: pdf_pieces,
    LabelFormat.SVG: svg_pages,
    LabelFormat.PNG: png_pages,
    LabelFormat.ZPL: zpl_pieces,
}


def drawn_pieces(task: Task) -> Iterator[bytes]:
    """The pieces of one file, or its pages. Raises what drawing in its format raises."""
    format_, *of = task
    return _DRAWN[format_](*of)


def drawn(task: Task) -> list[bytes]:
    """All of `drawn_pieces`, for a process that sends them back."""
    return list(drawn_pieces(task))


def prepare(designs: Iterable[LabelDesign], origin: str) -> None:
    """Learn the symbols of an origin's links, and read the fonts: half a second, once a process.

    A download's first bytes would wait for it. Raises BadLink for an origin that cannot be printed.
    """
    links = Link(origin), Link(origin, LinkForm.GS1, _ANY_GTIN)
    chosen = list(designs)
    for level in {design.level for design in chosen}:
        for link in links:
            press(link, level)
    face = LabelFace("Tem", "Tem", origin.partition("://")[2])
    for design in chosen[:1]:
        warm(plan_labels(design, links[0], face, LabelWish()))
