"""Pages of labels as SVG 1.1, a document a page. Lengths are millimetres.

It is nothing but paths, so that it looks alike anywhere: no font, and no style that a page's
policy or a printing house's program could refuse.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from html import escape

import numpy as np

from stamps.columns import Bytes
from stamps.cutting import CUT_LINE_MM, cut_lines
from stamps.face import Face, Part, Shape, SymbolPlace, Text
from stamps.keys import Key
from stamps.pages import Batch, sample_of, single_pages
from stamps.plan import LabelPlan
from stamps.symbols import Symbol
from stamps.typefaces import MONO, REGULAR, outline
from stamps.typesetting import MM, width_mm

_CODE_LETTERS = "-0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def svg_pages(
    plan: LabelPlan, key: Key, hidden_key: Key | None, first: int, last: int
) -> Iterator[bytes]:
    """An SVG document for each page, all hidden ones first.

    Raises BadSerial at once for a range that is none.
    """
    pages = single_pages(plan, key, hidden_key, first, last)
    return (_document(plan, part, page) for part, page in pages)


def svg_sample(plan: LabelPlan, part: Part, serial: int) -> bytes:
    """One label alone, as large as it is, with a code of zeros: a picture of no stamp."""
    design = plan.design
    width, height = design.label_width_mm, design.label_height_mm
    alone = replace(
        design,
        columns=1,
        rows=1,
        page_width_mm=width,
        page_height_mm=height,
        left_mm=0.0,
        top_mm=0.0,
    )
    return _document(replace(plan, design=alone), part, sample_of(plan, part, serial))


def _document(plan: LabelPlan, part: Part, batch: Batch) -> bytes:
    design, face = plan.design, plan.face(part)
    width, height = design.page_width_mm, design.page_height_mm
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' version="1.1" width="{width:g}mm" height="{height:g}mm"'
        f' viewBox="0 0 {width:g} {height:g}">',
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        _definitions(plan, part),
    ]
    out += [
        f'<path d="M{_short(x)} {_short(y)}L{_short(to_x)} {_short(to_y)}" stroke="#000"'
        f' stroke-width="{CUT_LINE_MM:g}"/>'
        for x, y, to_x, to_y in cut_lines(design)
    ]
    for place in range(len(batch)):
        left, top = design.corner(place)
        out.append(f'<g transform="translate({left:g} {top:g})"><use xlink:href="#face"/>')
        out.append(_symbol(face.symbol, batch.symbols[place]))
        out += _own(face, batch, place)
        out.append("</g>")
    out.append("</svg>\n")
    return "".join(out).encode("ascii")


@lru_cache(maxsize=16)
def _definitions(plan: LabelPlan, part: Part) -> str:
    """The face, and the letters of codes in units of their size, for all labels of the page."""
    marks = "".join(_mark(mark) for mark in plan.face(part).marks)
    letters = "".join(
        f'<path id="c{ord(letter)}" d="{outline(MONO, letter, 1000, 0, 0)}"/>'
        for letter in _CODE_LETTERS
    )
    return f'<defs><g id="face">{marks}</g>{letters}</defs>'


def _mark(mark: Text | Shape) -> str:
    if isinstance(mark, Shape):
        points = " ".join(f"{_short(x)},{_short(y)}" for x, y in mark.points)
        if mark.line:
            return (
                f'<polygon points="{points}" fill="none" stroke="#999"'
                f' stroke-width="{mark.line:g}"/>'
            )
        return f'<polygon points="{points}"{_fill(mark.grey)}/>'
    size = mark.size / MM
    if not mark.turned:
        path = outline(mark.font, mark.text, size, mark.left, mark.baseline)
        return f'<path d="{path}"{_fill(mark.grey)}/>'
    path = outline(mark.font, mark.text, size, 0.0, 0.0)
    turn = f"translate({_short(mark.left)} {_short(mark.baseline)}) rotate(-90)"
    return f'<path d="{path}" transform="{turn}"{_fill(mark.grey)}/>'


def _fill(grey: float) -> str:
    level = round(grey * 255)
    return f' fill="#{level:02x}{level:02x}{level:02x}"' if grey else ""


def _symbol(place: SymbolPlace, rows: Bytes) -> str:
    """The symbol as one path in modules: no seams between its rectangles."""
    modules = np.unpackbits(rows, axis=1, count=place.modules)
    symbol = Symbol((place.modules - 17) // 4, tuple(row.tobytes() for row in modules))
    path = "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in symbol.rectangles())
    return (
        f'<path shape-rendering="crispEdges" d="{path}" transform="translate({place.left:.4f}'
        f' {place.top:.4f}) scale({place.module:.6f})"/>'
    )


def _own(face: Face, batch: Batch, place: int) -> Iterator[str]:
    """Code and serial of one label."""
    text = batch.texts[place].tobytes().decode("ascii")
    for line in face.lines:
        yield _letters(text[line.start : line.stop], line.size, line.left, line.baseline)
    if face.serial is not None:
        digits = batch.serials[place].tobytes().decode("ascii").strip()
        word_left, left, size = face.serial.placed(len(digits))
        baseline = face.serial.baseline
        word = outline(REGULAR, face.serial.word, size / MM, word_left, baseline)
        yield f'<path d="{word}"/>' + _letters(digits, size, left, baseline)


def _letters(text: str, size: float, left: float, baseline: float) -> str:
    """Letters of the monospaced font, and what they read as for those who do not see them."""
    scale = size / MM / 1000
    step = width_mm("0", MONO, 1000) * MM
    shown = "".join(
        f'<use xlink:href="#c{ord(letter)}" x="{number * step:g}"/>'
        for number, letter in enumerate(text)
    )
    place = f"translate({_short(left)} {_short(baseline)}) scale({scale:.6f})"
    return f'<g transform="{place}"><title>{escape(text)}</title>{shown}</g>'


def _short(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
