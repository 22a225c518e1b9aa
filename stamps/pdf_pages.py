"""The content of PDF pages (ISO 32000-1, section 8): the face as a form, labels as filled forms.

The symbol is an image of one bit a module, without interpolation, on whole dots of the printer.
It is written in hexadecimal: an inline image ends at the letters EI, which then cannot occur
among its bytes. Compression takes the cost away again, down to a tenth (16 bytes a label).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stamps.columns import MOST_DIGITS, Bytes, hexadecimal
from stamps.cutting import CUT_LINE_MM, cut_lines
from stamps.designs import LabelDesign
from stamps.face import Face, Part, Shape
from stamps.pages import Batch
from stamps.pdf_fonts import Shown
from stamps.plan import LabelPlan
from stamps.typefaces import BOLD, MONO, REGULAR
from stamps.typesetting import MM

_SYMBOL, _LETTER, _DIGIT = b"\x01", b"\x02", b"\x03"
"""What stands for a hole while a form is written: no operator holds these bytes."""

NAMES = {REGULAR: "R", BOLD: "B", MONO: "M"}
"""What the fonts are called in a page's resources."""

FOIL_COLOUR = "Foil"
"""The ink of the foil's frame: a colour of its own, so that a printing house can tell it apart."""


@dataclass(frozen=True)
class LabelForms:
    """Labels of one part with holes: a form for each count of digits and each place on the page.

    forms: shape (12, per_page, bytes), the first index being the digits; symbol, letters: the
    columns of these holes; cuts: which letters of the text fill them; digits: the column where
    the serial begins, or None without one.
    """

    forms: Bytes
    symbol: NDArray[np.intp]
    letters: NDArray[np.intp]
    cuts: NDArray[np.intp]
    digits: int | None

    def filled(self, batch: Batch) -> Bytes:
        """The labels of a batch that starts a page, a row of bytes each."""
        places = np.arange(len(batch)) % self.forms.shape[1]
        labels: Bytes = self.forms[batch.digits, places]
        labels[:, self.symbol] = hexadecimal(batch.symbols.reshape(len(batch), -1))
        labels[:, self.letters] = batch.texts[:, self.cuts]
        if self.digits is not None:
            for count in np.unique(batch.digits):
                rows = np.flatnonzero(batch.digits == count)
                span = slice(self.digits, self.digits + count)
                labels[rows, span] = batch.serials[rows, MOST_DIGITS - count :]
        return labels


@dataclass(frozen=True)
class PageWriter:
    """Writes the content of one part's pages, with the fonts that were added to the document."""

    plan: LabelPlan
    part: Part
    fonts: Mapping[str, Shown]

    @property
    def _face(self) -> Face:
        return self.plan.face(self.part)

    def label_forms(self) -> LabelForms:
        """The forms of the labels."""
        written = [
            [self._form(place, digits or 1) for place in range(self.plan.design.per_page)]
            for digits in range(MOST_DIGITS + 1)
        ]
        forms = np.array([[np.frombuffer(form, np.uint8) for form in row] for row in written])
        like = forms[MOST_DIGITS, 0]
        cuts = [n for line in self._face.lines for n in range(line.start, line.stop)]
        return LabelForms(
            forms,
            np.flatnonzero(like == _SYMBOL[0]),
            np.flatnonzero(like == _LETTER[0]),
            np.array(cuts, np.intp),
            None if self._face.serial is None else int(np.argmax(like == _DIGIT[0])),
        )

    def _form(self, place: int, digits: int) -> bytes:
        """A label with holes. Numbers have a fixed width, so that all forms are equally long."""
        face = self._face
        left, bottom = self._corner(place)
        out = [f"q 1 0 0 1 {left * MM:9.3f} {bottom * MM:9.3f} cm".encode()]
        out.append(f"/{self.part.name} Do Q\n".encode() + self._symbol(place))
        if face.lines or face.serial:
            out.append(b"BT")
        for line in face.lines:
            letters = _LETTER * (line.stop - line.start)
            out.append(self._text(place, MONO, line.size, (line.left, line.baseline)))
            out.append(b"(" + letters + b")Tj\n")
        if face.serial is not None:
            word_left, left, size = face.serial.placed(digits)
            baseline = face.serial.baseline
            if face.serial.word:
                out.append(self._text(place, REGULAR, size, (word_left, baseline)))
                out.append(self.fonts[REGULAR].text(face.serial.word) + b"Tj")
            out.append(self._text(place, MONO, size, (left, baseline)))
            out.append(b"(" + _DIGIT * digits + b")" + b" " * (MOST_DIGITS - digits) + b"Tj\n")
        if face.lines or face.serial:
            out.append(b"ET\n")
        return b"".join(out)

    def _corner(self, place: int) -> tuple[float, float]:
        """A label's lower left corner from the page's, in mm."""
        design = self.plan.design
        left, top = design.corner(place)
        return left, design.page_height_mm - top - design.label_height_mm

    def _text(self, place: int, font: str, size: float, at: tuple[float, float]) -> bytes:
        left, bottom = self._corner(place)
        x = (left + at[0]) * MM
        y = (bottom + self.plan.design.label_height_mm - at[1]) * MM
        return f"/{NAMES[font]} {size:6.3f} Tf 1 0 0 1 {x:9.3f} {y:9.3f} Tm".encode()

    def _symbol(self, place: int) -> bytes:
        design, symbol, dot = self.plan.design, self._face.symbol, self.plan.dot
        left, top = design.corner(place)
        # On the page, too, the symbol begins on a whole dot: half of one is its largest move.
        x = round((left + symbol.left) / dot) * dot
        y = design.page_height_mm - round((top + symbol.top) / dot) * dot - symbol.side
        side, modules = symbol.side * MM, symbol.modules
        digits = _SYMBOL * (2 * modules * ((modules + 7) // 8))
        return (
            (
                f"q {side:.4f} 0 0 {side:.4f} {x * MM:9.4f} {y * MM:9.4f} cm "
                f"BI/W {modules}/H {modules}/IM true/D[1 0]/F/AHx ID "
            ).encode()
            + digits
            + b">\nEI Q\n"
        )


def face_content(face: Face, height: float, fonts: Mapping[str, Shown]) -> bytes:
    """The marks that all labels of a part share, from the label's lower left corner."""
    out = []
    for mark in face.marks:
        if isinstance(mark, Shape):
            out.append(_outline(mark, height))
            continue
        x, y = mark.left * MM, (height - mark.baseline) * MM
        turn = "0 1 -1 0" if mark.turned else "1 0 0 1"
        out.append(
            f"{mark.grey:g} g BT/{NAMES[mark.font]} {mark.size:g} Tf {turn} {x:.3f} {y:.3f} Tm"
        )
        out.append(fonts[mark.font].text(mark.text).decode("ascii") + "Tj ET")
    return "\n".join(out).encode("ascii")


def _outline(shape: Shape, height: float) -> str:
    points = [f"{x * MM:.3f} {(height - y) * MM:.3f}" for x, y in shape.points]
    path = f"{points[0]} m " + " ".join(f"{point} l" for point in points[1:])
    if shape.line:
        return f"q /{FOIL_COLOUR} CS 1 SCN {shape.line * MM:.3f} w {path} s Q"
    return f"{shape.grey:g} g {path} h f"


def cut_marks(design: LabelDesign) -> bytes:
    """The cut marks of a page, as a form's content."""
    height = design.page_height_mm
    lines = [
        f"{x * MM:.3f} {(height - y) * MM:.3f} m {to_x * MM:.3f} {(height - to_y) * MM:.3f} l"
        for x, y, to_x, to_y in cut_lines(design)
    ]
    return f"{CUT_LINE_MM * MM:.3f} w 0 G {' '.join(lines)} S".encode("ascii")
