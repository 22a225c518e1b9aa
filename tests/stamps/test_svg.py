"""Labels as SVG: read as a browser draws them, and nothing but paths in them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page

from stamps import BadSerial, HiddenLayer, Key, LabelDesign, LabelFace, Link, grouped, sign
from stamps.drawing import LabelWish, Part, plan_labels, svg_pages, svg_sample

SVG = "{http://www.w3.org/2000/svg}"
FIRST = 99_999


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    shown = browser.new_page(viewport={"width": 900, "height": 1300}, device_scale_factor=3)
    yield shown
    shown.close()


def links_seen(page: Page, document: bytes, folder: Path) -> list[str]:
    """What another reader finds on a document as a browser draws it."""
    file, picture = folder / "page.svg", folder / "page.png"
    file.write_bytes(document)
    page.goto(file.as_uri())
    page.screenshot(path=picture)
    pixels = np.asarray(Image.open(picture).convert("L"))
    return [found.text for found in zxingcpp.read_barcodes(pixels)]


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("a4-24", "foil"),
        ("a4-40", "none"),
        ("a4-65", "inside"),
        ("roll-15x15", "none"),
        ("roll-20x20", "none"),
        ("roll-25x25", "none"),
        ("roll-20x30", "inside"),
        ("roll-30x50", "foil"),
    ],
)
def test_a_browser_shows_what_another_reader_reads(
    name: str,
    hidden: str,
    page: Page,
    designs: Mapping[str, LabelDesign],
    short: Link,
    face: LabelFace,
    stamp_key: Key,
    hidden_key: Key,
    tmp_path: Path,
) -> None:
    plan = plan_labels(designs[name], short, face, LabelWish(True, HiddenLayer(hidden)))
    last = FIRST + plan.design.per_page - 1
    documents = list(svg_pages(plan, stamp_key, hidden_key, FIRST, last))
    assert len(documents) == len(plan.parts)
    public = {short.of(sign(stamp_key, serial)) for serial in range(FIRST, last + 1)}
    for part, document in zip(plan.parts, documents, strict=True):
        seen = links_seen(page, document, tmp_path)
        assert len(seen) == len(public)
        assert {link.partition("#")[0] for link in seen} == public
        assert all(("#H-" in link) == (part is Part.HIDDEN) for link in seen)


def test_a_document_is_as_large_as_the_page_and_holds_paths_alone(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    for design in designs.values():
        plan = plan_labels(design, short, face, LabelWish())
        [document] = svg_pages(plan, stamp_key, None, FIRST, FIRST)
        root = ElementTree.fromstring(document)
        assert root.get("width") == f"{design.page_width_mm:g}mm"
        assert root.get("viewBox") == f"0 0 {design.page_width_mm:g} {design.page_height_mm:g}"
        kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert kinds <= {"svg", "rect", "defs", "g", "path", "polygon", "use", "title"}
        assert b"style" not in document
        assert b"font" not in document


def test_code_and_serial_are_told_to_those_who_do_not_see_them(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["a4-40"], short, face, LabelWish())
    [document] = svg_pages(plan, stamp_key, None, FIRST, FIRST + 1)
    titles = [title.text for title in ElementTree.fromstring(document).iter(f"{SVG}title")]
    codes = [grouped(sign(stamp_key, serial)) for serial in (FIRST, FIRST + 1)]
    assert titles == [codes[0], str(FIRST), codes[1], str(FIRST + 1)]


def test_a_sample_is_one_label_of_no_stamp(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, page: Page, tmp_path: Path
) -> None:
    plan = plan_labels(designs["a4-24"], short, face, LabelWish(True, HiddenLayer.FOIL))
    for part, code in ((Part.FACE, "00000-00000-00000-00000"), (Part.HIDDEN, "0000-0000")):
        document = svg_sample(plan, part, FIRST)
        root = ElementTree.fromstring(document)
        assert (root.get("width"), root.get("height")) == ("63.5mm", "33.9mm")
        titles = [title.text for title in root.iter(f"{SVG}title")]
        assert titles == ([code, str(FIRST)] if part is Part.FACE else [code])
        [link] = links_seen(page, document, tmp_path)
        assert link.partition("#")[0] == short.of("0" * 20)


def test_svg_refuses_a_range_that_is_none_at_once(
    designs: Mapping[str, LabelDesign], short: Link, face: LabelFace, stamp_key: Key
) -> None:
    plan = plan_labels(designs["a4-40"], short, face, LabelWish())
    with pytest.raises(BadSerial):
        svg_pages(plan, stamp_key, None, 2, 1)
