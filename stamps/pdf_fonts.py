"""Fonts in a PDF: subsets of what a run's labels say (ISO 32000-1, sections 9.6 and 9.7)."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import compress

from stamps.typefaces import MONO, Subset, subset

Add = Callable[[bytes], int]
"""Takes an object's body and gives its number."""

CODE_LETTERS = frozenset("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SYMBOLIC, _NONSYMBOLIC = 4, 32


@dataclass(frozen=True)
class Shown:
    """A font that was added: its object's number, and how text is written in it."""

    number: int
    letters: Subset
    simple: bool

    def text(self, text: str) -> bytes:
        """A string for `Tj`."""
        if self.simple:
            return b"(" + text.encode("ascii") + b")"
        glyphs = "".join(f"{self.letters.glyph(letter):04X}" for letter in text)
        return b"<" + glyphs.encode("ascii") + b">"


def add_font(add: Add, name: str, letters: frozenset[str]) -> Shown:
    """Add a font with these letters.

    The font of codes is a simple one, so that codes stand in the file as they are; the fonts of
    words are composite ones, for letters beyond 255.
    """
    part = subset(name, letters)
    tagged = f"{_tag(name, letters)}+{name}"
    if name == MONO:
        return Shown(_add_simple(add, tagged, part), part, simple=True)
    return Shown(_add_composite(add, tagged, part), part, simple=False)


def stream(dictionary: str, data: bytes) -> bytes:
    """A stream object's body, compressed."""
    packed = compress(data, 6)
    head = f"<<{dictionary}/Filter/FlateDecode/Length {len(packed)}>>stream\n"
    return head.encode("ascii") + packed + b"\nendstream"


def _add_simple(add: Add, tagged: str, part: Subset) -> int:
    widths = " ".join(str(part.advances[part.glyph(chr(code))]) for code in range(32, 127))
    descriptor = _add_descriptor(add, tagged, part, _NONSYMBOLIC)
    return add(
        f"<</Type/Font/Subtype/TrueType/BaseFont/{tagged}/FirstChar 32/LastChar 126"
        f"/Widths[{widths}]/Encoding/WinAnsiEncoding/FontDescriptor {descriptor} 0 R>>".encode()
    )


def _add_composite(add: Add, tagged: str, part: Subset) -> int:
    widths = " ".join(map(str, part.advances))
    descriptor = _add_descriptor(add, tagged, part, _SYMBOLIC)
    inner = add(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{tagged}/CIDToGIDMap/Identity/DW 0"
        f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/W[0[{widths}]]/FontDescriptor {descriptor} 0 R>>".encode()
    )
    unicode = add(stream("", _to_unicode(part)))
    return add(
        f"<</Type/Font/Subtype/Type0/BaseFont/{tagged}/Encoding/Identity-H"
        f"/DescendantFonts[{inner} 0 R]/ToUnicode {unicode} 0 R>>".encode()
    )


def _add_descriptor(add: Add, tagged: str, part: Subset, flags: int) -> int:
    file = add(stream(f"/Length1 {len(part.data)}", part.data))
    box = " ".join(map(str, part.box))
    return add(
        f"<</Type/FontDescriptor/FontName/{tagged}/Flags {flags}/FontBBox[{box}]/ItalicAngle 0"
        f"/Ascent {part.ascent}/Descent {part.descent}/CapHeight 740/StemV 90"
        f"/FontFile2 {file} 0 R>>".encode()
    )


def _to_unicode(part: Subset) -> bytes:
    """What each glyph reads as, so that the words can be searched and copied."""
    pairs = sorted((glyph, letter) for letter, glyph in part.glyphs.items())
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CMapName /Words def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(pairs), 100):
        some = pairs[start : start + 100]
        lines.append(f"{len(some)} beginbfchar")
        lines += [f"<{glyph:04X}> <{letter.encode('utf-16-be').hex()}>" for glyph, letter in some]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")


def _tag(name: str, letters: frozenset[str]) -> str:
    """Six capitals that tell one subset from another (ISO 32000-1, section 9.6.4)."""
    number = 0
    for letter in name + "".join(sorted(letters)):
        number = (number * 131 + ord(letter)) % 26**6
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))
