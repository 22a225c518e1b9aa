"""From what a form holds to what a service takes: times of two fields, a position of one, and of a
correction only what was changed.

A day and its time of day stand in two fields, `x` and `x_clock`: browsers send nothing at all of a
field for both while one part of it is empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from traceapp.services.refusals import message
from traceapp.services.slips import Slip
from traceapp.services.values import in_vietnam
from traceapp.web.forms import Form, Slipped, day
from traceapp.web.routing import Call

CLOCK = "_clock"
END_OF_DAY = "23:59"
STOOD = "stood"

_LONGEST_POSITION = 60  # characters
_POSITION = re.compile(
    r"(-?[0-9]{1,3}(?:[.,][0-9]{1,15})?)(?:\s*[,;]\s*|\s+)(-?[0-9]{1,3}(?:[.,][0-9]{1,15})?)"
)
_NO_POSITION = message("Write two numbers, as the map app shows them: 19.8021, 105.9312.")


def filled(call: Call, **values: object) -> Call:
    """The same form with values that it does not hold itself."""
    sent = MultiDict(call.sent)
    for name, value in values.items():
        sent[name] = str(value)
    return replace(call, sent=sent)


def with_clocks(call: Call, late: str = "expires_at") -> Call:
    """Every day together with the time that stands beside it.

    A day without a time is its begin, and where the field's name ends in `late` its end: what
    expires on a day may be eaten on that day.
    """
    sent = MultiDict(call.sent)
    for name in list(sent):
        date = day(sent[name]) if f"{name}{CLOCK}" in sent else None
        if date is None:
            continue
        year, month, number = date.split("-")
        clock = sent[f"{name}{CLOCK}"].strip() or (END_OF_DAY if name.endswith(late) else "")
        sent[name] = f"{number}/{month}/{year} {clock}".strip()
    return replace(call, sent=sent)


def day_and_clock(name: str, moment: datetime) -> dict[str, str]:
    """An instant as the two fields hold it."""
    local = in_vietnam(moment)
    return {name: f"{local:%Y-%m-%d}", f"{name}{CLOCK}": f"{local:%H:%M}"}


def with_position(call: Call) -> Call:
    """Latitude and longitude out of one field, as map apps copy them. Raises Slipped."""
    if "position" not in call.sent:
        return call
    text = call.sent["position"].strip()
    if not text:
        return filled(call, latitude="", longitude="")
    found = _POSITION.fullmatch(text) if len(text) <= _LONGEST_POSITION else None
    if found is None:
        raise Slipped([Slip("position", _NO_POSITION)])
    # A comma cannot be taken for the mark of thousands, as a point before three digits would be.
    latitude, longitude = (part.replace(".", ",") for part in found.groups())
    return filled(call, latitude=latitude, longitude=longitude)


def position(latitude: float | None, longitude: float | None) -> str:
    return "" if latitude is None or longitude is None else f"{latitude:.12g}, {longitude:.12g}"


def standing(form: Form) -> Form:
    """A form of correction that carries along what it was shown with.

    Whoever sends it changes what she changed in it, and not what somebody else changed meanwhile.
    """
    held = {name: form.value(name) for name in form.values if name != STOOD}
    return replace(form, values={**form.values, STOOD: [json.dumps(held, ensure_ascii=False)]})


def changed(call: Call, form: Form) -> Call:
    """Only the fields of a correction that hold something else than the page showed in them.

    `form` holds what stands, for one that does not tell what it was shown with. What a form cannot
    hold whole, as the seconds of a time, so stays as it is.
    """
    held = _stood(call.sent.get(STOOD, ""))
    if held is None:
        held = {name: form.value(name) for name in form.values}
    sent = MultiDict(
        (name, text)
        for name, text in call.sent.items(multi=True)
        if name != STOOD and _one_line_end(text) != _one_line_end(held.get(name, ""))
    )
    for name in list(sent):  # A time goes with its day, and a day with its time.
        other = name.removesuffix(CLOCK) if name.endswith(CLOCK) else f"{name}{CLOCK}"
        if other in call.sent:
            sent[other] = call.sent[other]
    return replace(call, sent=sent)


def _stood(text: str) -> dict[str, str] | None:
    """What a form was shown with, if it tells."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(held, dict):
        return None
    return {name: value for name, value in held.items() if isinstance(value, str)}


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the fields of a form hold them: lists of texts with an entry a line."""
    return {
        name: "\n".join(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
