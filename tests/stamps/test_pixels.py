"""Labels as PNG and as ZPL: exact pixels, read by somebody else's reader and renderer."""

import base64
import io
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from stamps import (
    BadLabel,
    BadSerial,
    HiddenLayer,
    Key,
    LabelDesign,
    LabelFace,
    LabelFault,
    Link,
    hidden_code,
    hidden_link,
    sign,
    symbol,
)
from stamps.drawing import LabelPlan, LabelWish, Part, plan_labels, png_pages, zpl_pieces

RENDERER = Path(__file__).parents[2] / "config" / "zpl"
FIRST, LAST = 99_997, 100_002  # serials get a digit more on the way
ROLLS = ["roll-15x15", "roll-20x20", "roll-25x25", "roll-20x30", "roll-30x50"]

Pixels = NDArray[np.uint8]


def read_links(pixels: Pixels) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(np.ascontiguousarray(pixels))]


def pixels_of(png: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def links_of(plan: LabelPlan, part: Part, keys: tuple[Key, Key]) -> list[str]:
    """The links of the test's serials, public or hidden."""
    public = [plan.link.of(sign(keys[0], serial)) for serial in range(FIRST, LAST + 1)]
    if part is Part.FACE:
        return public
    serials = range(FIRST, LAST + 1)
    return [
        hidden_link(link, hidden_code(keys[1], serial))
        for link, serial in zip(public, serials, strict=True)
    ]


@pytest.mark.parametrize("dots", [203, 300, 600])
@pytest.mark.parametrize("name", ROLLS)
def test_a_png_has_the_symbol_in_whole_dots_in_its_place(
    name: str,
    dots: int,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
) -> None:
    plan = plan_labels(designs[name], short, face, LabelWish(dots_per_inch=dots))
    pages = list(png_pages(plan, stamp_key, None, FIRST, LAST))
    place = plan.face(Part.FACE).symbol
    side = round(place.module / plan.dot)
    for serial, page in zip(range(FIRST, LAST + 1), pages, strict=True):
        image = Image.open(io.BytesIO(page))
        assert image.mode == "1"
        size = plan.design.label_width_mm, plan.design.label_height_mm
        assert image.size == tuple(round(length / plan.dot) for length in size)
        told = {203: 203.2}.get(dots, dots)
        assert image.info["dpi"] == pytest.approx((told, told), abs=0.05)
        link = short.of(sign(stamp_key, serial))
        dark = np.array([list(row) for row in symbol(link, plan.design.level).rows])
        wanted = dark.repeat(side, axis=0).repeat(side, axis=1)
        top, left = round(place.top / plan.dot), round(place.left / plan.dot)
        pixels = np.asarray(image)
        quiet = 4 * side
        around = pixels[
            max(0, top - quiet) : top + len(wanted) + quiet,
            max(0, left - quiet) : left + len(wanted) + quiet,
        ]
        shown = pixels[top : top + len(wanted), left : left + len(wanted)]
        assert (shown == (wanted == 0)).all()
        assert (~around).sum() == wanted.sum(), "the quiet zone is white"
        assert read_links(pixels_of(page)) == [link]


@pytest.mark.parametrize("hidden", ["foil", "inside"])
def test_a_sheet_as_png_has_hidden_pages_first_and_apart(
    hidden: str,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
) -> None:
    plan = plan_labels(designs["a4-24"], short, face, LabelWish(True, HiddenLayer(hidden)))
    pages = list(png_pages(plan, stamp_key, hidden_key, FIRST, FIRST + 30))
    assert len(pages) == 4
    for page, part in zip(pages, [*[Part.HIDDEN] * 2, *[Part.FACE] * 2], strict=True):
        pixels = pixels_of(page)
        assert pixels.shape == (3508, 2480)
        links = read_links(pixels)
        assert len(links) in (24, 7)
        assert all(("#H-" in link) == (part is Part.HIDDEN) for link in links)


def test_png_refuses_a_range_that_is_none_at_once(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["roll-15x15"], short, face, LabelWish())
    with pytest.raises(BadSerial):
        png_pages(plan, stamp_key, None, 2, 1)


def rendered(plan: LabelPlan, job: bytes) -> list[Pixels]:
    """A print job's labels as zpl-renderer-js sees them."""
    assert shutil.which("node"), "these tests need node: apt-get install npm"
    assert (RENDERER / "node_modules").exists(), "these tests need: make zpl-renderer"
    per_mm = round(1 / plan.dot)
    arguments = [plan.design.label_width_mm, plan.design.label_height_mm, per_mm]
    done = subprocess.run(
        ["node", str(RENDERER / "render.cjs"), *map(str, arguments)],
        input=job,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [pixels_of(base64.b64decode(line)) for line in done.stdout.split()]


@pytest.mark.parametrize("dots", [203, 300])
@pytest.mark.parametrize(
    ("name", "hidden"),
    [*((name, "none") for name in ROLLS), ("roll-30x50", "foil"), ("roll-25x25", "inside")],
)
def test_a_print_job_is_read_as_another_renderer_draws_it(
    name: str,
    hidden: str,
    dots: int,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
) -> None:
    wish = LabelWish(True, HiddenLayer(hidden), dots_per_inch=dots)
    plan = plan_labels(designs[name], short, face, wish)
    job = b"".join(zpl_pieces(plan, stamp_key, hidden_key, FIRST, LAST))
    wanted = [link for part in plan.parts for link in links_of(plan, part, (stamp_key, hidden_key))]
    labels = rendered(plan, job)[: len(wanted)]
    assert [read_links(label) for label in labels] == [[link] for link in wanted]


@pytest.mark.parametrize("name", ROLLS)
def test_a_print_job_prints_the_pixels_of_the_png(
    name: str,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
) -> None:
    plan = plan_labels(designs[name], short, face, LabelWish(dots_per_inch=203))
    labels = rendered(plan, b"".join(zpl_pieces(plan, stamp_key, None, FIRST, LAST)))
    pages = [pixels_of(page) for page in png_pages(plan, stamp_key, None, FIRST, LAST)]
    for label, page in zip(labels, pages, strict=False):
        assert ((label < 128) == (page < 128)).all()


def test_a_print_job_sends_its_face_once_and_keeps_each_label_small(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["roll-30x50"], short, face, LabelWish(dots_per_inch=203))
    job = b"".join(zpl_pieces(plan, stamp_key, None, 10_000, 14_999))
    assert job.count(b"~DG") == 1
    assert job.count(b"^XA") == job.count(b"^XZ") == 5_001
    assert len(job) / 5_000 < 3_000
    assert job.endswith(b"^XA^IDR:FACE5.GRF^FS^XZ\n")
    assert job.isascii()


def test_symbols_in_a_print_job_repeat_their_rows(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["roll-15x15"], short, face, LabelWish(dots_per_inch=203))
    [field] = re.findall(
        rb"\^GFA,(\d+),(\d+),(\d+),([0-9A-F:]+)\^FS",
        b"".join(zpl_pieces(plan, stamp_key, None, 0, 0)),
    )
    total, again, width, data = int(field[0]), int(field[1]), int(field[2]), field[3]
    assert total == again == 29 * 3 * width
    assert re.fullmatch(rb"(?:[0-9A-F]{%d}::){29}" % (2 * width), data)


def test_a_sheet_is_no_print_job(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["a4-40"], short, face, LabelWish())
    with pytest.raises(BadLabel) as refused:
        zpl_pieces(plan, stamp_key, None, 0, 0)
    assert refused.value.fault is LabelFault.SHEET


def test_a_sheet_has_its_cut_marks_as_pixels(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    for name, marked in (("a4-24", True), ("a4-65", True), ("a4-40", False)):
        plan = plan_labels(designs[name], short, face, LabelWish())
        [page] = png_pages(plan, stamp_key, None, FIRST, FIRST)
        # Marks above and below the labels begin at the first label's edge, and are left out.
        margin = pixels_of(page)[:, : max(0, int(designs[name].left_mm / plan.dot) - 2)]
        assert bool((margin < 128).any()) is marked
        if marked:
            rows = np.flatnonzero((margin < 128).any(axis=1)) * plan.dot
            tops = {designs[name].corner(n)[1] for n in range(0, designs[name].per_page)}
            edges = tops | {top + designs[name].label_height_mm for top in tops}
            assert len(rows) >= designs[name].rows + 1
            assert all(min(abs(row - edge) for edge in edges) < 0.2 for row in rows)
