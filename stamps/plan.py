"""One value that says all that drawing labels needs, and the function that makes it or refuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from stamps.below import lay_below
from stamps.beside import lay_beside
from stamps.codes import CODE_LENGTH
from stamps.designs import Arrangement, Element, HiddenLayer, LabelDesign
from stamps.errors import BadLabel, LabelFault
from stamps.face import Face, Own, Part
from stamps.hidden import HIDDEN_LENGTH
from stamps.labels import LabelFace
from stamps.layout import Content, Ground, under_foil
from stamps.links import Link, hidden_link
from stamps.symbols import Level, modules_of
from stamps.typesetting import printable
from stamps.words import WORDS, LabelWords, Language

DOTS_MM = {203: 1 / 8, 300: 25.4 / 300, 600: 25.4 / 600}
"""A dot's side for each resolution of printers. What is sold as 203 has 8 dots a millimetre."""

USUAL_DOTS = 300
"""Office printers have 600 or 1200 dots an inch, of which these are a whole fraction."""

_CODE_LETTERS = 23
_HIDDEN_LETTERS = 9
_STEP_MM = 0.5
_MOST_MM = 120.0


@dataclass(frozen=True)
class LabelWish:
    """What whoever draws labels may choose.

    has_hidden: whether the run has hidden codes; hidden: what becomes of them, None where
    nobody chose; without: what the design would print and is not wanted; parts: both, or one.
    """

    has_hidden: bool = False
    hidden: HiddenLayer | None = None
    language: Language = Language.VI
    dots_per_inch: int | None = None
    without: frozenset[Element] = frozenset()
    parts: frozenset[Part] = frozenset(Part)


@dataclass(frozen=True)
class LabelPlan:
    """All that drawing labels needs besides the keys and the serials; made by `plan_labels`.

    dot: side of a printer's dot, in mm. faces: of the parts that are drawn, in the order in
    which they are printed: the hidden one first, as it lies under the foil.

    Labels with hidden codes are drawn in two passes: all hidden pages of a range, then all
    faces, page for page in registration. So the foil is put on between the passes, a roll is
    printed through and rewound, and no page ever holds both. Who draws faces alone needs no
    hidden key, so what is under the foil cannot come out beside the public symbol.
    """

    design: LabelDesign
    link: Link
    hidden: HiddenLayer
    dot: float
    faces: tuple[tuple[Part, Face], ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are drawn, in printing order."""
        return tuple(part for part, _ in self.faces)

    def face(self, part: Part) -> Face:
        """What stands on one part's labels. Raises KeyError for a part that is not drawn."""
        return dict(self.faces)[part]

    def pages_a_part(self, first: int, last: int) -> int:
        """Pages that each part of these serials takes."""
        return -(-(last - first + 1) // self.design.per_page)

    def pages(self, first: int, last: int) -> int:
        """Pages that these serials take in all."""
        return self.pages_a_part(first, last) * len(self.faces)


def plan_labels(design: LabelDesign, link: Link, face: LabelFace, wish: LabelWish) -> LabelPlan:
    """The plan for labels of one design. Raises BadLabel where they cannot be drawn so."""
    dots = USUAL_DOTS if wish.dots_per_inch is None else wish.dots_per_inch
    if dots not in DOTS_MM:
        known = ", ".join(map(str, DOTS_MM))
        raise BadLabel(LabelFault.RESOLUTION, f"printers have {known} dots an inch, not {dots}")
    if face.stars not in (0, 3, 4, 5):
        raise BadLabel(LabelFault.STARS, "a product has 3, 4 or 5 stars, or none are printed")
    hidden = _hidden_layer(design, wish)
    laid = _laid_out(Ground(design, DOTS_MM[dots]), link, face, hidden, wish)
    if laid is None:
        least = _least_size(Ground(design, DOTS_MM[dots]), link, face, hidden, wish)
        raise BadLabel(
            LabelFault.ROOM,
            f"a label of {design.label_width_mm:g} x {design.label_height_mm:g} mm has no room for"
            f" its symbol in modules of 0.33 mm or more and its words; {_told(least)}",
            least,
        )
    faces = tuple((part, laid[part]) for part in Part if part in laid and part in wish.parts)
    if not faces:
        raise BadLabel(LabelFault.HIDDEN_MISSING, "there are no hidden codes to draw alone")
    return LabelPlan(design, link, hidden, DOTS_MM[dots], faces)


def designs_that_fit(
    designs: Iterable[LabelDesign], link: Link, face: LabelFace, wish: LabelWish
) -> list[LabelDesign]:
    """The designs on which these labels could be drawn."""
    fitting = []
    for design in designs:
        try:
            plan_labels(design, link, face, wish)
        except BadLabel:
            continue
        fitting.append(design)
    return fitting


def _hidden_layer(design: LabelDesign, wish: LabelWish) -> HiddenLayer:
    """What becomes of the hidden codes; refuses what was not chosen, and what cannot be."""
    if not wish.has_hidden:
        if wish.hidden not in (None, HiddenLayer.NONE):
            raise BadLabel(LabelFault.HIDDEN_MISSING, "this run has no hidden codes")
        return HiddenLayer.NONE
    if wish.hidden is None:
        raise BadLabel(
            LabelFault.HIDDEN_UNCHOSEN,
            "this run has hidden codes: say foil, inside, or none to leave them out",
        )
    if wish.hidden is not HiddenLayer.NONE and wish.hidden not in design.hidden:
        raise BadLabel(
            LabelFault.HIDDEN_ROOM, f"design {design.name} has no place for {wish.hidden} codes"
        )
    return wish.hidden


def _laid_out(
    ground: Ground, link: Link, face: LabelFace, hidden: HiddenLayer, wish: LabelWish
) -> Mapping[Part, Face] | None:
    """The parts in their places, or None where one has no room."""
    lay = lay_beside if ground.design.arrangement is Arrangement.BESIDE else lay_below
    words = WORDS[wish.language]
    level = ground.design.level
    content = _content(ground.design, face, words, wish.without)
    content = replace(content, modules=_modules(link, level))
    hidden_modules = 0
    if hidden is not HiddenLayer.NONE:
        hidden_modules = _modules(link, level, hidden=True)
    if hidden is HiddenLayer.FOIL:
        content = replace(content, foil_modules=hidden_modules, scratch=words.scratch)
    front = lay(ground, content)
    if front is None:
        return None
    if hidden is HiddenLayer.NONE:
        return {Part.FACE: front}
    if hidden is HiddenLayer.FOIL:
        if front.foil is None:
            return None
        return {Part.HIDDEN: under_foil(ground, front.foil, hidden_modules), Part.FACE: front}
    said = _slip(content, hidden_modules, words)
    slip = lay(ground, said) or lay(ground, replace(said, scan=()))
    return None if slip is None else {Part.HIDDEN: slip, Part.FACE: front}


@lru_cache(maxsize=256)
def _modules(link: Link, level: Level, hidden: bool = False) -> int:
    """The side of these links' symbols, without learning how to press them."""
    text = link.of("0" * CODE_LENGTH)
    if hidden:
        text = hidden_link(text, "0" * HIDDEN_LENGTH)
    return modules_of(text, level)


def _content(
    design: LabelDesign, face: LabelFace, words: LabelWords, without: frozenset[Element]
) -> Content:
    """What the design prints of a face, less what is not wanted."""
    prints = design.prints - without
    hotline = printable(face.hotline)

    def wanted(element: Element, text: str) -> str:
        return printable(text) if element in prints else ""

    return Content(
        modules=0,
        code_length=_CODE_LETTERS if Element.CODE in prints else 0,
        serial_word=words.serial if Element.SERIAL in prints else None,
        product=wanted(Element.PRODUCT, face.product),
        producer=wanted(Element.PRODUCER, face.producer),
        stars=face.stars if Element.STARS in prints else 0,
        scan=words.scan if Element.SCAN in prints else (),
        host=wanted(Element.HOST, face.host),
        hotline=wanted(Element.HOTLINE, f"{words.hotline} {hotline}" if hotline else ""),
        mark=printable(face.sample_mark),
    )


def _slip(content: Content, modules: int, words: LabelWords) -> Content:
    """What the slip says that goes into the pack: enough to find its label, and no public code."""
    return replace(
        content,
        modules=modules,
        own=Own.HIDDEN,
        code_length=_HIDDEN_LETTERS,
        serial_word=words.serial,
        producer="",
        stars=0,
        scan=words.inside,
        host="",
        hotline="",
    )


def _least_size(
    ground: Ground, link: Link, face: LabelFace, hidden: HiddenLayer, wish: LabelWish
) -> tuple[float, float] | None:
    """The smallest size, both sides grown evenly, on which the labels have room."""
    design, grown = ground.design, _STEP_MM
    while max(design.label_width_mm, design.label_height_mm) + grown <= _MOST_MM:
        width, height = design.label_width_mm + grown, design.label_height_mm + grown
        larger = replace(
            design,
            label_width_mm=width,
            label_height_mm=height,
            page_width_mm=width,
            page_height_mm=height,
            columns=1,
            rows=1,
            left_mm=0.0,
            top_mm=0.0,
        )
        if _laid_out(replace(ground, design=larger), link, face, hidden, wish) is not None:
            return width, height
        grown += _STEP_MM
    return None


def _told(least: tuple[float, float] | None) -> str:
    if least is None:
        return "no size would do"
    return f"{least[0]:g} x {least[1]:g} mm would do"
