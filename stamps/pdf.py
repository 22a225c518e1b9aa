"""Labels drawn to PDF as they are downloaded (ISO 32000-1); only where objects begin is kept.

The numbers of all objects are known before the first page is drawn: what all pages share, then a
node of the tree of pages and two objects for each page under it, and so on. So stretches of pages
can be drawn anywhere, by several processes, and need only be sent in order.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from zlib import compress

from stamps.face import Face, Part, Text
from stamps.keys import Key
from stamps.pages import Stretch, batch_of, press_of, stretches_with
from stamps.pdf_fonts import CODE_LETTERS, Shown, add_font, stream
from stamps.pdf_pages import FOIL_COLOUR, NAMES, LabelForms, PageWriter, cut_marks, face_content
from stamps.plan import LabelPlan
from stamps.typefaces import BOLD, MONO, REGULAR
from stamps.typesetting import MM

TITLE = "Tem truy xuất nguồn gốc"
PRODUCER = "traceapp stamps"

_CATALOG, _ROOT = 1, 2
_KIDS = 100
"""Pages under one node of their tree."""

_PAGE = b"%d 0 obj<</Type/Page/Parent %d 0 R/Contents %d 0 R%b>>endobj\n"
_LEVEL = 1
"""Compression: half of what is written. Level 6 takes twice as long, and saves a tenth more."""


@dataclass(frozen=True)
class DrawnPages:
    """The bytes of a stretch's pages, and where its objects begin in them: two a page."""

    data: bytes = field(repr=False)
    offsets: array[int] = field(repr=False)


@dataclass(frozen=True)
class Shared:
    """The head of a document: what all its pages share, and where each object begins."""

    data: bytes = field(repr=False)
    offsets: array[int]
    resources: int
    info: int
    fonts: dict[str, Shown] = field(repr=False)

    @property
    def first_page(self) -> int:
        """The number of the first page's object."""
        return len(self.offsets) + 1


def pdf_pieces(
    plan: LabelPlan, key: Key, hidden_key: Key | None, first: int, last: int
) -> Iterator[bytes]:
    """A PDF of these serials' labels, piece by piece; the bytes depend on the arguments alone.

    Raises BadSerial at once for a range that is none, and BadKey where the hidden key is missing.
    """
    cut = stretches_with(plan, hidden_key, first, last)
    drawn = (draw_pages(plan, key, hidden_key, each) for each in cut)
    return joined(plan, first, last, drawn)


def draw_pages(plan: LabelPlan, key: Key, hidden_key: Key | None, stretch: Stretch) -> DrawnPages:
    """The pages of one stretch, which need no other; all arguments can be sent to a process.

    Raises BadKey for a hidden part without its key.
    """
    labels = _forms(plan, stretch.part).filled(batch_of(plan, key, hidden_key, stretch))
    first_page, per_page = _shared(plan).first_page, plan.design.per_page
    opening = b"/MARKS Do\n" if plan.design.cut_marks else b""
    bleed = _bleed_box(plan)
    out: list[bytes] = []
    offsets, at = array("Q"), 0
    for start in range(0, len(labels), per_page):
        node, page = _numbers(first_page, stretch.page + start // per_page)
        content = opening + labels[start : start + per_page].tobytes()
        packed = compress(content, _LEVEL)
        piece = (
            _PAGE % (page, node, page + 1, bleed),
            b"%d 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % (page + 1, len(packed)),
            packed,
            b"\nendstream endobj\n",
        )
        offsets.append(at)
        offsets.append(at + len(piece[0]))
        at += sum(map(len, piece))
        out += piece
    return DrawnPages(b"".join(out), offsets)


def joined(plan: LabelPlan, first: int, last: int, drawn: Iterable[DrawnPages]) -> Iterator[bytes]:
    """The document, from its stretches as `stretches` cuts them, drawn in that order."""
    shared = _shared(plan)
    yield shared.data
    count = plan.pages(first, last)
    tree = _Tree(shared.first_page, count)
    begins = array("Q", bytes(8 * (tree.last + 1)))
    begins[1 : shared.first_page] = shared.offsets
    at, done = len(shared.data), 0
    for pages in drawn:
        for place in range(0, len(pages.offsets), 2):
            number = _numbers(shared.first_page, done)[1]
            begins[number] = at + pages.offsets[place]
            begins[number + 1] = at + pages.offsets[place + 1]
            done += 1
        at += len(pages.data)
        yield pages.data
    for number, body in tree.nodes(shared, plan):
        begins[number] = at
        piece = b"%d 0 obj%b endobj\n" % (number, body)
        at += len(piece)
        yield piece
    yield from _ending(begins, at, shared, (first, last))


def warm(plan: LabelPlan) -> None:
    """Make what all documents of this plan share, so that the first bytes come at once."""
    for part in plan.parts:
        _forms(plan, part)
        press_of(plan, part)


def _numbers(first_page: int, page: int) -> tuple[int, int]:
    """The objects of a page, counted from 0: its node of the tree, and itself."""
    node = first_page + page // _KIDS * (2 * _KIDS + 1)
    return node, node + 1 + 2 * (page % _KIDS)


class _Tree:
    """The tree of pages (ISO 32000-1, section 7.7.3): at most `_KIDS` kids under each node."""

    def __init__(self, first_page: int, pages: int) -> None:
        self.first_page, self.pages = first_page, pages
        leaves = [_numbers(first_page, page)[0] for page in range(0, pages, _KIDS)]
        self.levels = [leaves]
        self.last = first_page + len(leaves) + 2 * pages - 1
        while len(self.levels[-1]) > _KIDS:
            count = -(-len(self.levels[-1]) // _KIDS)
            self.levels.append(list(range(self.last + 1, self.last + 1 + count)))
            self.last += count

    def nodes(self, shared: Shared, plan: LabelPlan) -> Iterator[tuple[int, bytes]]:
        """Number and body of each node, the root last."""
        kids = [_numbers(self.first_page, page)[1] for page in range(self.pages)]
        under = 1
        for level in self.levels:
            parents = self.levels[self.levels.index(level) + 1 :]
            for place, number in enumerate(level):
                parent = parents[0][place // _KIDS] if parents else _ROOT
                some = kids[place * _KIDS : (place + 1) * _KIDS]
                pages = min(self.pages - place * _KIDS * under, _KIDS * under)
                yield number, _node(some, pages, b"/Parent %d 0 R" % parent)
            kids, under = level, under * _KIDS
        yield _ROOT, _node(kids, self.pages, _boxes(plan) + b"/Resources %d 0 R" % shared.resources)


def _node(kids: list[int], pages: int, more: bytes) -> bytes:
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    return b"<</Type/Pages/Kids[%b]/Count %d%b>>" % (listed, pages, more)


def _bleed_box(plan: LabelPlan) -> bytes:
    """What a page with a bleed says of it (ISO 32000-1, section 14.11.2); no node can say it."""
    if not plan.design.bleed_mm:
        return b""
    return b"/BleedBox" + _media(plan) + b"/TrimBox" + _cut(plan)


def _boxes(plan: LabelPlan) -> bytes:
    """The paper, and where it is cut. Viewers and office printers see what is within the cut."""
    return b"/MediaBox" + _media(plan) + b"/CropBox" + _cut(plan)


def _cut(plan: LabelPlan) -> bytes:
    design = plan.design
    return f"[0 0 {design.page_width_mm * MM:.4f} {design.page_height_mm * MM:.4f}]".encode()


def _media(plan: LabelPlan) -> bytes:
    design = plan.design
    bleed = design.bleed_mm * MM
    right, top = design.page_width_mm * MM + bleed, design.page_height_mm * MM + bleed
    return f"[{-bleed:.4f} {-bleed:.4f} {right:.4f} {top:.4f}]".encode("ascii")


def _ending(
    begins: array[int], at: int, shared: Shared, serials: tuple[int, int]
) -> Iterator[bytes]:
    """The table of where objects begin, and the trailer."""
    yield b"xref\n0 %d\n0000000000 65535 f \n" % len(begins)
    for start in range(1, len(begins), 4096):
        yield b"".join(b"%010d 00000 n \n" % begin for begin in begins[start : start + 4096])
    name = sha256(shared.data + b"%d %d" % serials).hexdigest()[:32].upper().encode("ascii")
    yield (
        b"trailer<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(begins), _CATALOG, shared.info, name, name, at)
    )


@lru_cache(maxsize=16)
def _forms(plan: LabelPlan, part: Part) -> LabelForms:
    return PageWriter(plan, part, _shared(plan).fonts).label_forms()


@lru_cache(maxsize=16)
def _shared(plan: LabelPlan) -> Shared:
    """The document's head. Root and catalog have numbers 1 and 2; the root is written last."""
    bodies: dict[int, bytes] = {}

    def add(body: bytes) -> int:
        bodies[len(bodies) + 3] = body
        return len(bodies) + 2

    fonts = {
        name: add_font(add, name, letters) for name, letters in _letters(plan).items() if letters
    }
    foil = add(b"[/Separation/Foil/DeviceGray<</FunctionType 2/Domain[0 1]/C0[1]/C1[0.55]/N 1>>]")
    named = "".join(f"/{NAMES[name]} {shown.number} 0 R" for name, shown in fonts.items())
    shown = f"/Font<<{named}>>/ColorSpace<</{FOIL_COLOUR} {foil} 0 R>>"
    forms = {part.name: add(_form(plan, face, fonts, shown)) for part, face in plan.faces}
    if plan.design.cut_marks:
        page = f"0 0 {plan.design.page_width_mm * MM:.3f} {plan.design.page_height_mm * MM:.3f}"
        marks = stream(f"/Type/XObject/Subtype/Form/BBox[{page}]", cut_marks(plan.design))
        forms["MARKS"] = add(marks)
    drawn = "".join(f"/{name} {number} 0 R" for name, number in forms.items())
    resources = add(f"<</Font<<{named}>>/XObject<<{drawn}>>>>".encode())
    title = (b"\xfe\xff" + TITLE.encode("utf-16-be")).hex().upper()
    info = add(f"<</Title<{title}>/Producer({PRODUCER})/Creator({PRODUCER})>>".encode())
    bodies[_CATALOG] = f"<</Type/Catalog/Pages {_ROOT} 0 R/Lang(vi)>>".encode()
    data, offsets = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n", array("Q", bytes(8 * (len(bodies) + 1)))
    for number, body in bodies.items():
        offsets[number - 1] = len(data)
        data += b"%d 0 obj%b endobj\n" % (number, body)
    return Shared(data, offsets, resources, info, fonts)


def _form(plan: LabelPlan, face: Face, fonts: dict[str, Shown], resources: str) -> bytes:
    """A part's face as a form, which is drawn once and shown on every label."""
    design = plan.design
    bleed = design.bleed_mm * MM
    width, height = design.label_width_mm * MM, design.label_height_mm * MM
    box = f"{-bleed:.3f} {-bleed:.3f} {width + bleed:.3f} {height + bleed:.3f}"
    return stream(
        f"/Type/XObject/Subtype/Form/BBox[{box}]/Resources<<{resources}>>",
        face_content(face, design.label_height_mm, fonts),
    )


def _letters(plan: LabelPlan) -> dict[str, frozenset[str]]:
    """What each font has to show: the words, and all letters that codes may hold."""
    letters: dict[str, set[str]] = {REGULAR: set(), BOLD: set(), MONO: set(CODE_LETTERS)}
    for _, face in plan.faces:
        for mark in face.marks:
            if isinstance(mark, Text):
                letters[mark.font] |= set(mark.text)
        if face.serial is not None:
            letters[REGULAR] |= set(face.serial.word)
    return {name: frozenset(each) for name, each in letters.items()}
