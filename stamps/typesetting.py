"""Setting text into a width: fonts, measures, and names that are too long.

Lengths are millimetres, type sizes are points (1/72 inch), as printers say them.
"""

from dataclasses import dataclass
from unicodedata import normalize

from stamps.typefaces import UNITS, advances

MM = 72 / 25.4
"""Points in a millimetre."""

CAP_HEIGHT = 0.74
"""Height of a capital over its type size, in all three fonts (0.73 in MONO)."""

LEADING = 1.24
"""Baseline to baseline over type size: room for a stacked mark below a descender."""

MARKS = 0.41
"""How far stacked marks reach above a capital, over the type size, as on an A with two."""

_STEP = 0.25
ELLIPSIS = "…"

# No label shows more of a name than this. Strangers' text is cut before it is
# measured, since fitting is not linear in it.
_MAX_TEXT = 200


@dataclass(frozen=True)
class Lines:
    """Text that fits: its lines from the top, their size, whether nothing was cut."""

    texts: tuple[str, ...]
    size: float
    whole: bool = True


def printable(text: str) -> str:
    """The text in NFC on one line, without characters that print nothing.

    NFC because the fonts draw a Vietnamese letter from one glyph, and nothing here places
    combining marks.
    """
    words = normalize("NFC", text[:_MAX_TEXT]).split()
    return "".join(letter for letter in " ".join(words) if letter.isprintable())


def width_mm(text: str, font: str, size: float) -> float:
    """How long a line is, in millimetres."""
    widths = advances(font)
    missing = widths[""]
    return sum(widths.get(letter, missing) for letter in text) * size / UNITS / MM


def fitted(
    text: str, font: str, sizes: tuple[float, float], width: float, max_lines: int = 1
) -> Lines:
    """The text in the largest size, from sizes[0] down to sizes[1], that fits.

    It is wrapped into as few of `max_lines` lines as each size allows, and balanced;
    what does not fit even in the smallest size ends with an ellipsis.
    """
    largest, smallest = sizes
    words = text.split(" ")
    for step in range(int((largest - smallest) / _STEP) + 1):
        size = largest - step * _STEP
        lines = _wrapped(words, font, size, width, max_lines)
        if lines is not None:
            return Lines(lines, size)
    return Lines(_cut(words, font, smallest, width, max_lines), smallest, whole=False)


def _wrapped(
    words: list[str], font: str, size: float, width: float, max_lines: int
) -> tuple[str, ...] | None:
    """The words in the fewest lines, no line longer than it has to be; None if too long."""
    lines = _greedy(words, font, size, width)
    if len(lines) > max_lines or any(width_mm(line, font, size) > width for line in lines):
        return None
    # Narrowing the measure until a line more would be needed balances the lines:
    # "Nước mắm / Năm Quyên" rather than "Nước mắm Năm / Quyên".
    for tenth in range(9, 0, -1):
        narrower = _greedy(words, font, size, width * tenth / 10)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return tuple(lines)


def _greedy(words: list[str], font: str, size: float, width: float) -> list[str]:
    """The words in lines filled one after the other; a long word has its own line."""
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if width_mm(longer, font, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(words: list[str], font: str, size: float, width: float, max_lines: int) -> tuple[str, ...]:
    """As many lines as allowed; words too long for a line are broken; ends in an ellipsis."""
    lines: list[str] = []
    rest = " ".join(words)
    while rest and len(lines) < max_lines:
        taken = _longest(rest, font, size, width)
        if len(lines) == max_lines - 1 and taken < len(rest):
            while taken and width_mm(rest[:taken].rstrip() + ELLIPSIS, font, size) > width:
                taken -= 1
            lines.append(rest[:taken].rstrip() + ELLIPSIS)
            break
        space = rest.rfind(" ", 1, taken + 1)
        if taken < len(rest) and space > 0:
            taken = space
        lines.append(rest[:taken].rstrip())
        rest = rest[taken:].lstrip()
    return tuple(lines)


def _longest(text: str, font: str, size: float, width: float) -> int:
    """How many characters of the text go into the width, at least one."""
    taken = len(text)
    while taken > 1 and width_mm(text[:taken], font, size) > width:
        taken -= 1
    return taken


def caps(size: float) -> float:
    """Height of a capital of this type size, in mm."""
    return size * CAP_HEIGHT / MM


def height_of(lines: Lines) -> float:
    """From the first line's capitals down to the last baseline, in mm."""
    return caps(lines.size) + (len(lines.texts) - 1) * lines.size * LEADING / MM
