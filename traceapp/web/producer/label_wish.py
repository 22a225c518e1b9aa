"""Labels as a producer designs them: what she wishes, how the first one looks, what stands against
it, and the parts that they come in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from traceapp.services.lists import LabelFormat, RunKind
from traceapp.services.refusals import Conflict, Refusal, Unacceptable, Unknown, message
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.drawing import LabelPreview, check_leave, preview_labels
from traceapp.services.runs.label_files import parts_of
from traceapp.services.runs.label_wishes import LabelWish
from traceapp.services.runs.looking_ahead import next_waiting
from traceapp.services.runs.reading_drawings import DrawnRange, drawn_ranges
from traceapp.services.runs.reading_runs import RunTold
from traceapp.web import label_words
from traceapp.web.forms import Form, Slipped, read, say, sent_again, shown
from traceapp.web.routing import Call

FORM = "labels"
WISHED = ("sheet", "format", "dpi", "language", "hidden", "first", "last")
LONGEST = 40  # characters of one field in an address


@dataclass(frozen=True)
class Picture:
    """One layer of a label as an image. `module` is the side of a square of its QR, in mm."""

    address: str
    said: str
    module: float


@dataclass(frozen=True)
class Designed:
    """What a wish comes to: labels as they would be, or what stands against them (`said`).

    `needs_leave` where stamps are in use and no officer's leave covers them; `uses_leave` where
    one does.
    """

    form: Form
    preview: LabelPreview | None = None
    said: str = ""
    needs_leave: bool = False
    uses_leave: bool = False


def wished(values: Mapping[str, str]) -> dict[str, Any]:
    """What an address holds of a wish for labels."""
    return {name: values[name][:LONGEST] for name in WISHED if values.get(name)}


def designed(call: Call, run: RunTold) -> Designed:
    """Look at the wish of an address; what it leaves out is what most people take."""
    waiting = next_waiting(call.session, call.actor, run.id) if run.active else None
    usual: dict[str, Any] = {
        "sheet": "a4-40",
        "format": LabelFormat.PDF,
        "language": "vi",
        "first": run.first_serial if waiting is None else waiting.first_serial,
        "last": run.last_serial if waiting is None else waiting.last_serial,
    }
    form = shown(FORM, usual | wished(call.query))
    sent: MultiDict[str, str] = MultiDict({name: form.value(name) for name in form.values})
    try:
        return _looked_at(call, run, form, read(LabelWish, sent))
    except Slipped as slip:
        again = sent_again(FORM, sent, slip.slips)
        return Designed(again, said=" ".join(again.slips.values()))
    except Unknown:
        raise
    except Refusal as refusal:
        return refused(call, form, refusal)


def _looked_at(call: Call, run: RunTold, form: Form, wish: LabelWish) -> Designed:
    asks = (call.session, call.actor, run.id)
    preview = preview_labels(*asks, wish, call.edge.drawing, call.now)
    check_resolution(wish)
    try:
        return Designed(form, preview, uses_leave=check_leave(*asks, preview, call.now))
    except Conflict as refusal:
        return replace(refused(call, form, refusal), preview=preview)


def check_resolution(wish: LabelWish) -> None:
    """Raises Unacceptable for a label printer of which nobody said how fine it prints.

    A program takes 300 dots an inch then; on a roll of 203, every label would be half as large
    again.
    """
    if wish.format is LabelFormat.ZPL and wish.dpi is None:
        raise Unacceptable(
            "no_resolution", message("Choose the resolution of your label printer."), field="dpi"
        )


def refused(call: Call, form: Form, refusal: Refusal) -> Designed:
    """The form with a refusal beside its field; designs are called as the page calls them."""
    data = dict(refusal.data)
    if refusal.field in ("sheet", "hidden") and "known" in data:
        sheets = call.edge.sheets
        known = [sheets[name] for name in str(data["known"]).split(", ") if name in sheets]
        data["known"] = "; ".join(map(label_words.title_of, known)) or "-"
    said = say(refusal.title, data)
    if refusal.field in WISHED:
        form = replace(form, slips={refusal.field: said}, tried=True)
    return Designed(form, said=said, needs_leave=refusal.code == "in_use")


def told(call: Call, run: RunTold, found: Designed) -> dict[str, Any]:
    """What the picture's place shows: on the page, and alone for its script."""
    preview = found.preview
    chosen = wished({name: found.form.value(name) for name in WISHED})
    pages = None
    if preview is not None and preview.plan is not None:
        pages = preview.plan.pages(preview.wished.first_serial, preview.wished.last_serial)
    return {
        "run": run,
        "is_test": run.kind is RunKind.TEST,
        "product": show_product(call.session, call.actor, run.product_id),
        "form": found.form,
        "designed": found,
        "chosen": chosen,
        "file": _file(call, chosen),
        "pictures": _pictures(preview),
        "pages": pages,
        "size": _size(preview),
        "parts": [] if preview is None or found.said else _parts(preview, chosen),
        "has_hidden": run.hidden_code and not run.hidden_key_compromised,
        "proved": call.actor.may_take_hidden_codes(call.now),
        "again": [] if preview is None else _again(call, run, preview),
    }


def _file(call: Call, chosen: Mapping[str, str]) -> str:
    """What the file is, in a few words."""
    name, sheet = chosen.get("format", "").upper(), call.edge.sheets.get(chosen.get("sheet", ""))
    if sheet is None or name == "CSV":
        return name
    return f"{label_words.title_of(sheet)}, {name}"


def _size(preview: LabelPreview | None) -> str | None:
    if preview is None or preview.plan is None:
        return None
    design = preview.plan.design
    return label_words.millimetres(design.label_width_mm, design.label_height_mm)


def _pictures(preview: LabelPreview | None) -> list[Picture]:
    if preview is None or preview.plan is None:
        return []
    said = {
        "face": str(gettext("The label")),
        "hidden": str(gettext("The hidden code, on a page of its own")),
    }
    plan, pictures = preview.plan, []
    for part in reversed(plan.parts):
        drawn = b64encode(preview.picture(part)).decode("ascii")
        address = f"data:image/svg+xml;base64,{drawn}"
        pictures.append(Picture(address, said[part.value], plan.face(part).symbol.module))
    return pictures


def _parts(preview: LabelPreview, chosen: dict[str, str]) -> list[dict[str, Any]]:
    """The parts of a large run, each with what stands in its link; none for a small one."""
    first, last = preview.wished.first_serial, preview.wished.last_serial
    ends = parts_of(first, last)
    if len(ends) < 2:
        return []
    whole = chosen | {"first": str(first), "last": str(last)}
    return [
        {"first": start, "last": stop, "query": whole | {"part": str(number)}}
        for number, (start, stop) in enumerate(ends, 1)
    ]


def _again(call: Call, run: RunTold, preview: LabelPreview) -> list[DrawnRange]:
    """What of the range was taken out before."""
    first, last = preview.wished.first_serial, preview.wished.last_serial
    drawn = drawn_ranges(call.session, call.actor, run.id).items
    return [each for each in drawn if each.first_serial <= last and each.last_serial >= first]
