"""The fonts on labels: how wide their letters are, their outlines, subsets to embed.

fontTools reads the files, which lie beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

REGULAR = "BeVietnamPro-Regular"
BOLD = "BeVietnamPro-SemiBold"
MONO = "JetBrainsMono-SemiBold"

UNITS = 1000
"""Units of all three fonts in their type size."""

_MISSING = ".notdef"

# fontTools reads glyphs when they are first asked for, and is not made for several threads.
_reading = Lock()


@dataclass(frozen=True)
class Subset:
    """A font with no other glyphs than some letters need.

    data: a TrueType file; glyphs: letter -> glyph of the subset; advances: of each glyph, in
    UNITS; ascent, descent, box: as a PDF's font descriptor tells them.
    """

    data: bytes
    glyphs: Mapping[str, int]
    advances: tuple[int, ...]
    ascent: int
    descent: int
    box: tuple[int, int, int, int]

    def glyph(self, letter: str) -> int:
        """The glyph of a letter; the font's empty box for one that it does not have."""
        return self.glyphs.get(letter, 0)


def path_of(name: str) -> Path:
    """The font's file."""
    return Path(__file__).parent / "fonts" / f"{name}.ttf"


@cache
def _opened(name: str) -> TTFont:
    return TTFont(path_of(name), lazy=False, recalcTimestamp=False)


@cache
def advances(name: str) -> Mapping[str, int]:
    """How far each letter of a font moves on, in UNITS; "" stands for all that it lacks."""
    with TTFont(path_of(name), lazy=True) as font:
        metrics = font["hmtx"].metrics
        widths = {chr(point): metrics[glyph][0] for point, glyph in font.getBestCmap().items()}
    return widths | {"": metrics[_MISSING][0]}


@lru_cache(maxsize=2048)
def outline(name: str, text: str, size: float, left: float, baseline: float) -> str:
    """The outlines of a line of text as SVG path data, in the units of its arguments.

    y grows downwards, as it does in SVG.
    """
    scale = size / UNITS
    with _reading:
        font = _opened(name)
        glyphs, names, widths = font.getGlyphSet(), font.getBestCmap(), advances(name)
        pen = SVGPathPen(glyphs, lambda number: f"{number:.3f}".rstrip("0").rstrip("."))
        for letter in text:
            shape = glyphs[names.get(ord(letter), _MISSING)]
            shape.draw(TransformPen(pen, (scale, 0, 0, -scale, left, baseline)))
            left += widths.get(letter, widths[""]) * scale
    return str(pen.getCommands())


@lru_cache(maxsize=64)
def subset(name: str, letters: frozenset[str]) -> Subset:
    """The font with the glyphs of these letters alone. The same letters give the same bytes."""
    options = Options(hinting=False, layout_features=[], name_IDs=[], notdef_outline=True)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "STAT", "gasp"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(letters)))
    file = BytesIO()
    with TTFont(path_of(name), lazy=True, recalcTimestamp=False) as font:
        subsetter.subset(font)
        glyphs = {chr(point): font.getGlyphID(each) for point, each in font.getBestCmap().items()}
        metrics = font["hmtx"].metrics
        widths = tuple(metrics[glyph][0] for glyph in font.getGlyphOrder())
        head, lines = font["head"], font["hhea"]
        box = (head.xMin, head.yMin, head.xMax, head.yMax)
        font.save(file)
    return Subset(file.getvalue(), glyphs, widths, lines.ascent, lines.descent, box)
