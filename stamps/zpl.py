"""Labels for thermal printers, in ZPL II.

The face is sent once as a graphic that the printer keeps in its memory (~DG) and recalls on each
label (^XG). Symbol, code and serial follow as graphics of their own (^GF), so that a label is what
the preview shows, whatever fonts a printer has. The printer could draw the symbol itself (^BQ); but
it then chooses version and mask, and which ones is told nowhere.
"""

from collections.abc import Iterator

import numpy as np

from stamps.columns import Bytes, hexadecimal, side_by_side
from stamps.errors import BadLabel, LabelFault
from stamps.face import Face, Part
from stamps.keys import Key
from stamps.pages import Batch, Stretch, batch_of, stretches_with
from stamps.plan import LabelPlan
from stamps.raster import Grid, Ink, Pixels, own_inks, word_pixels

_NAMES = {Part.FACE: "R:FACE", Part.HIDDEN: "R:HIDDEN"}


def zpl_pieces(
    plan: LabelPlan, key: Key, hidden_key: Key | None, first: int, last: int
) -> Iterator[bytes]:
    """A print job of these serials' labels, piece by piece, all hidden ones first.

    Raises BadLabel at once for a sheet, which no such printer takes, and BadSerial for a range
    that is none.
    """
    if not plan.design.is_roll:
        raise BadLabel(LabelFault.SHEET, "a thermal printer takes rolls; choose a roll's design")
    return _pieces(plan, key, hidden_key, stretches_with(plan, hidden_key, first, last))


def _pieces(
    plan: LabelPlan, key: Key, hidden_key: Key | None, cut: Iterator[Stretch]
) -> Iterator[bytes]:
    kept: set[str] = set()
    for stretch in cut:
        face = plan.face(stretch.part)
        for batch in batch_of(plan, key, hidden_key, stretch).alike():
            digits = int(batch.digits[0])
            name = f"{_NAMES[stretch.part]}{digits:X}.GRF"
            if name not in kept:
                kept.add(name)
                yield _graphic(name, word_pixels(plan, face, digits))
            yield _labels(plan, face, batch, name)
    yield b"^XA" + b"".join(b"^ID%b^FS" % name.encode() for name in sorted(kept)) + b"^XZ\n"


def _graphic(name: str, pixels: Pixels) -> bytes:
    """The command that makes the printer keep a graphic."""
    rows = np.packbits(pixels, axis=1)
    head = f"~DG{name},{rows.size},{rows.shape[1]},".encode("ascii")
    return head + hexadecimal(rows).tobytes() + b"\n"


def _labels(plan: LabelPlan, face: Face, batch: Batch, name: str) -> bytes:
    """A batch of labels, whose bytes all stand in the same columns."""
    grid, design = Grid(plan.dot), plan.design
    width, height = grid.dots(design.label_width_mm), grid.dots(design.label_height_mm)
    columns: list[bytes | Bytes] = [
        f"^XA^PW{width}^LL{height}^LH0,0^FO0,0^XG{name},1,1^FS".encode("ascii")
    ]
    symbol, *lines = own_inks(plan, face, batch)
    columns += _field(symbol, grid.dots(face.symbol.module))
    for line in lines:
        columns += _field(line, 1)
    columns.append(b"^XZ\n")
    return side_by_side(columns, len(batch))


def _field(ink: Ink, same: int) -> list[bytes | Bytes]:
    """A graphic field; each `same` rows are alike, and all but the first are sent as colons."""
    rows = np.packbits(ink.pixels[:, ::same], axis=2)
    count, height, width = rows.shape
    total = height * same * width
    head = f"^FO{ink.left},{ink.top}^GFA,{total},{total},{width},".encode("ascii")
    digits = hexadecimal(rows)
    if same > 1:
        colons = np.full((count, height, same - 1), ord(":"), np.uint8)
        digits = np.concatenate([digits, colons], axis=2)
    return [head, digits.reshape(count, -1), b"^FS"]
