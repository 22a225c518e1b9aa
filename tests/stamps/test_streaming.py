"""Drawing as it is downloaded: memory does not grow with the run; first bytes come at once."""

import tracemalloc
from collections.abc import Callable, Iterator, Mapping

import pytest

from stamps import MAX_SERIAL, Key, LabelDesign, LabelFace, Link
from stamps.drawing import (
    LabelPlan,
    LabelWish,
    pdf_pieces,
    plan_labels,
    png_pages,
    svg_pages,
    zpl_pieces,
)

Drawing = Callable[[LabelPlan, Key, Key | None, int, int], Iterator[bytes]]


def peak(drawing: Iterator[bytes]) -> int:
    """The most memory that is held while the pieces are taken and thrown away."""
    tracemalloc.start()
    try:
        for _ in drawing:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("draw", "name", "few", "many"),
    [
        (pdf_pieces, "a4-65", 6_000, 40_000),
        (pdf_pieces, "roll-15x15", 6_000, 20_000),
        (zpl_pieces, "roll-15x15", 6_000, 30_000),
        (png_pages, "roll-15x15", 4_100, 8_000),
    ],
)
def test_memory_does_not_grow_with_the_run(
    draw: Drawing,
    name: str,
    few: int,
    many: int,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
) -> None:
    plan = plan_labels(designs[name], short, face, LabelWish(dots_per_inch=203))
    for _ in draw(plan, stamp_key, None, 0, 0):
        pass  # tables are learnt and kept, whatever the run
    small = peak(draw(plan, stamp_key, None, 0, few))
    large = peak(draw(plan, stamp_key, None, 0, many))
    # What a PDF keeps is where its objects begin: 8 bytes each, two a page.
    kept = 24 * many if draw is pdf_pieces else 0
    assert large < 1.3 * small + kept + 1_000_000


@pytest.mark.parametrize("draw", [zpl_pieces, png_pages, svg_pages])
def test_a_page_is_drawn_when_it_is_asked_for(
    draw: Drawing,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
) -> None:
    plan = plan_labels(designs["roll-20x20"], short, face, LabelWish())
    assert next(draw(plan, stamp_key, None, 0, MAX_SERIAL))


def test_a_pdf_of_a_million_begins_at_once(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["roll-20x20"], short, face, LabelWish())
    pieces = pdf_pieces(plan, stamp_key, None, 0, 999_999)
    assert next(pieces).startswith(b"%PDF-1.5")
    assert b"/Type/Page/" in next(pieces)
