"""Labels drawn to PDF: vector symbols, embedded fonts, the same bytes every time."""

from collections.abc import Iterable
from typing import IO, Any

from reportlab.pdfgen.canvas import Canvas

from stamps.codes import grouped
from stamps.errors import BadLabel
from stamps.face import Box, FaceDrawing, caps, draw_face, set_face
from stamps.hidden import grouped_hidden
from stamps.labels import Label, LabelFace
from stamps.layout import CODE_SIZE, Layout
from stamps.sheets import Sheet
from stamps.symbols import Symbol, symbol
from stamps.typesetting import MM, MONO, REGULAR, printable, register_fonts, width_mm

TITLE = "Tem truy xuất nguồn gốc"
PRODUCER = "traceapp stamps"

_HIDDEN_SIZE = 7.0
_SERIAL_SIZES = (5.25, 4.0)
_SERIAL_GAP_MM = 1.0


def draw_pdf(file: IO[bytes], labels: Iterable[Label], sheet: Sheet, face: LabelFace) -> int:
    """Draw labels onto sheets, row by row from the upper left; returns the pages.

    The bytes depend on the arguments alone. Labels are taken one by one, and a
    page is closed when it is full; reportlab keeps the compressed pages (about
    17 KB for 40 labels) until the end, so that a long run is better drawn in parts.

    Raises BadLabel for no labels at all, and for symbols that have no room on
    the sheet's labels; nothing is written to the file then.
    """
    register_fonts()
    drawer = _Drawer(file, sheet, face)
    count = 0
    for count, label in enumerate(labels, start=1):
        if count > 1 and count % sheet.per_page == 1 % sheet.per_page:
            drawer.canvas.showPage()
        drawer.draw(label, (count - 1) % sheet.per_page)
    if not count:
        raise BadLabel("there are no labels to draw")
    drawer.canvas.save()
    return -(-count // sheet.per_page)


class _Drawer:
    """A canvas, and the faces that were drawn into it so far."""

    def __init__(self, file: IO[bytes], sheet: Sheet, face: LabelFace) -> None:
        self.sheet = sheet
        self.face = face
        self.serial_word = printable(face.words.serial)
        self.faces: dict[tuple[int, bool], tuple[str, FaceDrawing]] = {}
        size = sheet.page_width_mm * MM, sheet.page_height_mm * MM
        # The initial font is named, since reportlab's own choice is one that is
        # never embedded. Invariant means: no clock and no random document id.
        options: dict[str, Any] = {"pageCompression": 1, "invariant": 1}
        options |= {"initialFontName": REGULAR, "lang": "vi"}
        self.canvas = Canvas(file, size, **options)
        self.canvas.setTitle(TITLE)
        self.canvas.setAuthor(PRODUCER)
        self.canvas.setProducer(PRODUCER)
        self.canvas.setCreator(PRODUCER)

    def draw(self, label: Label, place: int) -> None:
        """Draw one label at a place of the current page."""
        qr = symbol(label.link)
        form, drawing = self._face(qr.modules, label.hidden_code is not None)
        left, top = self.sheet.corner(place)
        bottom = self.sheet.page_height_mm - top - self.sheet.label_height_mm
        self.canvas.saveState()
        self.canvas.translate(left * MM, bottom * MM)
        self.canvas.doForm(form)
        self._draw_code(label, drawing.layout)
        if label.hidden_code is not None and drawing.scratch is not None:
            self._draw_hidden(label.hidden_code, drawing.scratch)
        # The symbol comes last and scales the canvas to modules: it is a few
        # hundred rectangles, and whole numbers keep them short.
        self._draw_symbol(qr, drawing.layout)
        self.canvas.restoreState()

    def _face(self, modules: int, has_hidden: bool) -> tuple[str, FaceDrawing]:
        """The form with the face for symbols of this size, drawn at its first use."""
        key = modules, has_hidden
        if key not in self.faces:
            drawing = set_face(self.face, self.sheet, modules, has_hidden)
            name = f"face{len(self.faces)}"
            self.canvas.beginForm(name)
            draw_face(self.canvas, drawing)
            self.canvas.endForm()
            self.faces[key] = name, drawing
        return self.faces[key]

    def _draw_code(self, label: Label, layout: Layout) -> None:
        """The foot: code on the left, serial on the right of one baseline."""
        canvas, baseline = self.canvas, layout.code_baseline * MM
        code, digits = grouped(label.code), str(label.serial)
        canvas.setFillGray(0)
        canvas.setFont(MONO, CODE_SIZE)
        canvas.drawString(layout.foot_left * MM, baseline, code)
        room = layout.foot_width - width_mm(code, MONO, CODE_SIZE) - _SERIAL_GAP_MM
        size, least = _SERIAL_SIZES
        word = f"{self.serial_word} "
        natural = width_mm(word, REGULAR, size) + width_mm(digits, MONO, size)
        size = max(least, min(size, size * room / natural))
        left = layout.foot_left + layout.foot_width - width_mm(digits, MONO, size)
        canvas.setFont(MONO, size)
        canvas.drawString(left * MM, baseline, digits)
        canvas.setFont(REGULAR, size)
        canvas.drawRightString(left * MM, baseline, word)

    def _draw_hidden(self, code: str, box: Box) -> None:
        """The hidden code in the middle of its box, where the foil will cover it."""
        self.canvas.setFont(MONO, _HIDDEN_SIZE)
        self.canvas.drawCentredString(
            (box.left + box.width / 2) * MM,
            (box.bottom + (box.height - caps(_HIDDEN_SIZE)) / 2) * MM,
            grouped_hidden(code),
        )

    def _draw_symbol(self, qr: Symbol, layout: Layout) -> None:
        """The symbol's dark modules as one path: no seams between rectangles."""
        scale = layout.module * MM
        left, top = layout.symbol_left * MM, layout.symbol_top * MM
        self.canvas.transform(scale, 0, 0, -scale, left, top)
        path = self.canvas.beginPath()
        for rectangle in qr.rectangles():
            path.rect(*rectangle)
        self.canvas.drawPath(path, stroke=0, fill=1, fillMode=1)
