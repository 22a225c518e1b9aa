"""Which design labels are drawn with; a design on which they have no room is refused with those
that would do."""

from __future__ import annotations

from collections.abc import Mapping

from stamps import (
    BadLabel,
    LabelDesign,
    LabelFace,
    LabelFault,
    LabelFormat,
    Link,
    drawing,
    read_designs,
)
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.runs.label_wishes import LabelWish
from traceapp.settings import CONFIG

RESOLUTIONS = (203, 300)  # dots per inch of the thermal printers that labels are made for


def read_label_designs() -> Mapping[str, LabelDesign]:
    """The designs of `config/labels.toml`, by name. Raises BadDesign."""
    return read_designs((CONFIG / "labels.toml").read_text("utf-8"))


def prepare_drawing(origin: str) -> None:
    """Make what all labels share, so that the first download of a server begins at once."""
    drawing.prepare(read_label_designs().values(), origin)


def design_of(designs: Mapping[str, LabelDesign], wish: LabelWish) -> LabelDesign | None:
    """The design that is wished for; None for a CSV, which has none. Raises Unacceptable."""
    if wish.dpi is not None and wish.dpi not in RESOLUTIONS:
        raise Unacceptable(
            "dpi",
            message("Labels are made for printers of %(known)s dots per inch."),
            field="dpi",
            known=", ".join(map(str, RESOLUTIONS)),
        )
    if wish.format is LabelFormat.CSV:
        return None
    if wish.sheet not in designs:
        raise Unacceptable(
            "sheet",
            message("There is no sheet of this name. Known sheets: %(known)s."),
            field="sheet",
            known=", ".join(sorted(designs)),
        )
    design = designs[wish.sheet]
    if wish.format is LabelFormat.ZPL and not design.is_roll:
        raise Unacceptable(
            "needs_roll",
            message("A label printer takes rolls. Choose one of these: %(known)s."),
            field="sheet",
            known=", ".join(name for name, each in designs.items() if each.is_roll),
        )
    return design


def fitted_plan(
    designs: Mapping[str, LabelDesign],
    design: LabelDesign,
    link: Link,
    face: LabelFace,
    choice: drawing.LabelWish,
) -> drawing.LabelPlan:
    """How labels of a design are drawn. Raises Unacceptable where they cannot be."""
    try:
        return drawing.plan_labels(design, link, face, choice)
    except BadLabel as bad:
        fitting = drawing.designs_that_fit(designs.values(), link, face, choice)
        known = ", ".join(each.name for each in fitting) or "-"
        if bad.fault is LabelFault.HIDDEN_ROOM:
            raise Unacceptable(
                "no_room_for_hidden_code",
                message(
                    "This sheet has no place for hidden codes of this kind. Choose one of these: "
                    "%(known)s."
                ),
                field="hidden",
                known=known,
            ) from None
        if bad.fault is LabelFault.ROOM:
            width, height = bad.least_mm or (0, 0)
            raise Unacceptable(
                "no_room",
                message(
                    "The QR code of these stamps would be too small to read on this sheet. Labels "
                    "of %(width)s x %(height)s mm would do, such as: %(known)s."
                ),
                field="sheet",
                width=f"{width:g}",
                height=f"{height:g}",
                known=known,
            ) from None
        raise
