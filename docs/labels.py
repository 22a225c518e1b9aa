"""Draws the gallery of label designs: a picture of each, and the page that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw

from stamps import BadLabel, HiddenLayer, Key, LabelDesign, LabelFace, Link, read_designs
from stamps.drawing import LabelPlan, LabelWish, Part, pdf_pieces, plan_labels
from stamps.face import Box

FOLDER = Path(__file__).parent / "labels"
PAGE = Path(__file__).parent / "labels.md"
DESIGNS = Path(__file__).parent.parent / "config" / "labels.toml"

# Keys of nobody: what is under the foil in these pictures opens nothing.
KEYS = Key(bytes(32)), Key(bytes([1]) * 32)
LINK = Link("https://tem.example.vn")
FACE = LabelFace(
    "Nước mắm Năm Quyên",
    "Hộ kinh doanh Năm Quyên",
    "tem.example.vn",
    "0237 000 0000",
    stars=3,
)
SERIAL = 25_074
DOTS_AN_INCH = 400
DOTS = DOTS_AN_INCH / 25.4
BORDER, GAP, PAPER = (203, 203, 203), 28, (255, 255, 255)

HEAD = """# Label designs

Drawn by `make pictures` from [`config/labels.toml`](../config/labels.toml), where a design is a
table: its size, what it prints, its error levels. All of these carry the short link of one host. A
module is a whole number of the printer's dots and never under 0.33 mm, and four modules around a
symbol stay white. A link with a hidden code is longer, and its symbol has a level of its own. The
columns of resolutions say how many millimetres a module has.

| design | label, mm | a page | symbol | 203 dpi | 300 dpi | hidden codes | symbol | 203 | 300 |
|---|---|---|---|---|---|---|---|---|---|
"""
TEST_HEAD = """
## Test labels

Labels of a test run say IN THỬ, and those of a demonstration say MẪU. The word stands beside the
symbol, which is as large as on the real labels: how a test label is read tells how they will be.
On a label of 15 mm from a printer of 203 dots an inch there is no room for a band, and the word
stands bare at the edge.

<img src="labels/test.png" width="880" alt="Test labels of six designs">
"""
HIDDEN_HEAD = """
## Labels with hidden codes

All hidden pages of a file come first, then all faces, page for page in registration. No page holds
both, and whoever draws faces alone needs no hidden key. Under `foil`, the hidden pages carry only
what the foil will cover, in a frame of an ink called Foil that shows the printer where; the
faces are printed over it and leave the foil's area white (in the pictures it is silver). Under
`inside`, they are slips of the label's own size, which go into the pack. With `none`, hidden codes
are not drawn.
"""


def draw_gallery() -> None:
    """Write the pictures of labels/ and the page labels.md."""
    FOLDER.mkdir(exist_ok=True)
    designs = read_designs(DESIGNS.read_text("utf-8")).values()
    rows = [_row(design) for design in designs]
    shown, hidden = [], []
    for design in designs:
        [face] = pictures_of(plan_labels(design, LINK, FACE, LabelWish()))
        _save([face], design.name)
        shown.append(f"\n### {design.name}\n\n{_image(design.name, design)}\n")
        for layer in (HiddenLayer.FOIL, HiddenLayer.INSIDE):
            if layer not in design.hidden:
                continue
            plan = plan_labels(design, LINK, FACE, LabelWish(True, layer))
            name = f"{design.name}-{layer}"
            _save(pictures_of(plan), name)
            hidden.append(f"\n### {design.name}, {layer}\n\n{_image(name, design, 2)}\n")
    _draw_tests(read_designs(DESIGNS.read_text("utf-8")))
    page = [HEAD, *rows, *shown, TEST_HEAD, HIDDEN_HEAD, *hidden]
    PAGE.write_text("".join(page), "utf-8")


def _draw_tests(designs: Mapping[str, LabelDesign]) -> None:
    """Test labels of some designs, and one of 15 mm as 203 dots an inch leave it."""
    face, wish = replace(FACE, sample_mark="IN THỬ"), LabelWish()
    coarse = LabelWish(dots_per_inch=203)
    tried = [("a4-24", wish), ("a4-65", wish), ("roll-15x15", coarse), ("roll-15x15", wish)]
    tried += [("roll-20x20", wish), ("roll-25x25", wish), ("roll-20x30", wish)]
    plans = [plan_labels(designs[name], LINK, face, each) for name, each in tried]
    _save([picture for plan in plans for picture in pictures_of(plan)], "test")


def silvered(picture: Image.Image, foil: Box) -> Image.Image:
    """The label with its foil on, as it leaves the printing house."""
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    left, top = foil.left * DOTS, foil.top * DOTS
    width, height = foil.width * DOTS, foil.height * DOTS
    draw.rounded_rectangle((left, top, left + width, top + height), 8, fill=(196, 198, 201))
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((left, top, left + width, top + height), 8, fill=255)
    sheen = Image.new("RGB", picture.size, (196, 198, 201))
    lines = ImageDraw.Draw(sheen)
    for step in range(0, int(width + height), 22):
        lines.line((left + step, top, left + step - height, top + height), (211, 213, 216), 9)
    picture.paste(sheen, (0, 0), mask)
    return picture


def pictures_of(
    plan: LabelPlan, keys: tuple[Key, Key | None] = KEYS, serial: int = SERIAL
) -> list[Image.Image]:
    """One stamp's label, each part of it, cut out of its page and with its foil on."""
    design = plan.design
    file = b"".join(pdf_pieces(plan, *keys, serial, serial))
    pictures = []
    with pypdfium2.PdfDocument(file) as document:
        for part, page in zip(plan.parts, document, strict=True):
            whole = page.render(scale=DOTS_AN_INCH / 72).to_pil().convert("RGB")
            left, top = design.corner(0)
            right, bottom = left + design.label_width_mm, top + design.label_height_mm
            picture = whole.crop(tuple(round(mm * DOTS) for mm in (left, top, right, bottom)))
            foil = plan.face(part).foil
            if part is Part.FACE and foil is not None:
                picture = silvered(picture, foil)
            pictures.append(picture)
    return pictures


def _save(pictures: list[Image.Image], name: str) -> None:
    """Labels side by side on grey, in the order in which they are printed."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) + 1)
    height = max(picture.height for picture in pictures) + 2 * GAP
    canvas = Image.new("RGB", (width, height), (238, 238, 236))
    x = GAP
    for picture in pictures:
        box = (x - 1, GAP - 1, x + picture.width, GAP + picture.height)
        ImageDraw.Draw(canvas).rectangle(box, outline=BORDER)
        canvas.paste(picture, (x, GAP))
        x += picture.width + GAP
    canvas.quantize(64).save(FOLDER / f"{name}.png", optimize=True)


def _image(name: str, design: LabelDesign, labels: int = 1) -> str:
    """A picture of the gallery, twice as large as the paper."""
    width = round(labels * design.label_width_mm * 7.6 + 14 * labels)
    said = "its hidden part, then its face" if labels > 1 else "a label"
    return f'<img src="labels/{name}.png" width="{width}" alt="{design.name}: {said}">'


def _row(design: LabelDesign) -> str:
    modules = list(_modules(design, LabelWish()))
    layer = next((each for each in HiddenLayer if each in design.hidden), None)
    inner = list(_modules(design, LabelWish(True, layer))) if layer else []
    size = f"{design.label_width_mm:g} x {design.label_height_mm:g}"
    page = "roll" if design.is_roll else f"{design.columns} x {design.rows}"
    hidden = ", ".join(layer for layer in HiddenLayer if layer in design.hidden) or "not drawn"
    symbol = f"{modules[0][0]}-{design.level.upper()}"
    each = " | ".join(f"{module:.3f}" for _, module in modules)
    told = " | | "
    if inner:
        level = design.level_of(hidden=True).upper()
        told = f"{inner[0][0]}-{level} | " + " | ".join(f"{module:.3f}" for _, module in inner)
    return f"| `{design.name}` | {size} | {page} | {symbol} | {each} | {hidden} | {told} |\n"


def _modules(design: LabelDesign, wish: LabelWish) -> Iterator[tuple[int, float]]:
    """Version and module of the symbol that is printed first, for each resolution."""
    for dots in (203, 300):
        try:
            plan = plan_labels(design, LINK, FACE, replace(wish, dots_per_inch=dots))
        except BadLabel:
            continue
        symbol = plan.face(plan.parts[0]).symbol
        yield (symbol.modules - 17) // 4, symbol.module


if __name__ == "__main__":
    draw_gallery()
