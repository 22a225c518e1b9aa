"""The words for labels: designs, files, places of hidden codes, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext, ngettext

from stamps import Arrangement, LabelDesign
from traceapp.services.lists import HiddenLayer, LabelFormat, Language, Outcome, RedrawReason
from traceapp.services.refusals import message
from traceapp.services.runs.reporting_prints import Spoilage
from traceapp.web import showing
from traceapp.web.wording import VOID_REASONS

_A4 = (210.0, 297.0)

# Whom each kind of file is for.
FORMATS: dict[LabelFormat, str] = {
    LabelFormat.PDF: message(
        "For an office printer, and for most printing houses. Print it at 100 %."
    ),
    LabelFormat.ZPL: message("For a label printer that takes rolls. Choose its resolution below."),
    LabelFormat.CSV: message(
        "A table of codes and links, for a printing house that draws labels itself."
    ),
    LabelFormat.SVG: message("A drawing a page, for a designer's program."),
    LabelFormat.PNG: message("A picture a page, for programs that take nothing else."),
}

# Where hidden codes go, and what that means for whoever prints.
PLACES: dict[HiddenLayer, tuple[str, str]] = {
    HiddenLayer.FOIL: (
        message("Under foil on the label"),
        message(
            "The hidden codes come first, on pages of their own. The printing house prints them,"
            " puts the foil over them, and prints the rest on top."
        ),
    ),
    HiddenLayer.INSIDE: (
        message("On a slip inside the pack"),
        message("The slips come on pages of their own. Cut them, and put each into its own pack."),
    ),
    HiddenLayer.NONE: (
        message("Not printed"),
        message("The labels have no hidden code, so that a buyer cannot make sure."),
    ),
}

LANGUAGES: dict[Language, str] = {
    Language.VI: message("Vietnamese"),
    Language.BOTH: message("Vietnamese and English"),
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.BEGUN: message("going on, or never seen to end"),
    Outcome.FINISHED: message("finished"),
    Outcome.BROKEN_OFF: message("broken off"),
}

# Why labels on goods are printed again: the reason, and an example.
REDRAW_REASONS: dict[RedrawReason, tuple[str, str]] = {
    RedrawReason.DAMAGED: (message("Damaged"), message("Torn, wet, or scratched on the product.")),
    RedrawReason.UNREADABLE: (
        message("It cannot be scanned"),
        message("The print is pale, or too small for phones."),
    ),
    RedrawReason.REPACKED: (
        message("Packed anew"),
        message("The product got another bottle or wrapping."),
    ),
    RedrawReason.OTHER: (message("Something else"), message("Write below what it is.")),
}


@dataclass(frozen=True)
class DesignShown:
    """A design as a choice: `title` says what it is, `size` how large a label is, in mm.

    The rest is for its small picture, which is as large as the label is.
    """

    name: str
    title: str
    size: str
    width: float
    height: float
    symbol: float
    beside: bool


def millimetres(width: float, height: float) -> str:
    """A size that stays on one line."""
    return f"{showing.number(width)}\u00a0×\u00a0{showing.number(height)}\u00a0mm"


def title_of(design: LabelDesign) -> str:
    """What a design is called on pages."""
    if design.is_roll:
        size = millimetres(design.label_width_mm, design.label_height_mm)
        return str(gettext("Roll of %(size)s", size=size))
    if (design.page_width_mm, design.page_height_mm) == _A4:
        told = ngettext("A4 sheet, %(num)s label", "A4 sheet, %(num)s labels", design.per_page)
        return str(told)
    return design.name


def shown(design: LabelDesign) -> DesignShown:
    return DesignShown(
        name=design.name,
        title=title_of(design),
        size=millimetres(design.label_width_mm, design.label_height_mm),
        width=design.label_width_mm,
        height=design.label_height_mm,
        symbol=min(
            design.symbol_most_mm,
            design.label_width_mm - 2 * design.inset_mm,
            design.label_height_mm - 2 * design.inset_mm,
        ),
        beside=design.arrangement is Arrangement.BESIDE,
    )


def spoilage_word(each: Spoilage) -> str:
    """What happened to labels before they were used; the word is the void's."""
    return next(
        str(gettext(name)) for reason, (name, _) in VOID_REASONS.items() if reason == each.value
    )
