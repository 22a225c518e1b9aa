"""Serial ranges of stamps, as a producer's phone and her fingers give them.

The range in hand: she scans the first stamp of a delivery, then its last. The first is remembered
in the browser's signed session, for an hour and for one run. Serials that are typed may be numbers,
codes, or pasted links.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from flask import session
from pydantic import Field, ValidationError

from traceapp.edge import Edge
from traceapp.services.refusals import Refusal, Unacceptable, message
from traceapp.services.runs.own_stamps import LONGEST_TEXT, read_serial
from traceapp.services.values import Sent, SerialRange
from traceapp.web.forms import Form, say

KEPT_FOR = timedelta(hours=1)
_KEY = "range"

Typed = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class TypedRange(Sent):
    """The first and the last stamp, as somebody typed them."""

    first_serial: Typed
    last_serial: Typed


def read_range(typed: TypedRange, edge: Edge) -> SerialRange:
    """The serials that were typed. Raises Unacceptable for what is none."""
    ring = edge.stamp_keys.ring()
    first = read_serial(typed.first_serial, ring, "first_serial")
    last = read_serial(typed.last_serial, ring, "last_serial")
    try:
        return SerialRange(first_serial=first, last_serial=last)
    except ValidationError as error:
        raise Unacceptable(
            "no_such_serial",
            message("No stamp has so high a serial number. Compare it with the stamp."),
            field=str(error.errors()[0]["loc"][0]),
        ) from None


def slipped(form: Form, refusal: Refusal) -> Form:
    """The form with a refusal beside its field, or above it."""
    said = say(refusal.title, refusal.data)
    if refusal.field is not None and refusal.field in form.values:
        return replace(form, slips={refusal.field: said})
    return replace(form, trouble=said)


def take_in_hand(run_id: int, serial: int, now: datetime) -> None:
    session[_KEY] = {"run": run_id, "first": serial, "at": now.timestamp()}


def let_go() -> None:
    session.pop(_KEY, None)


def in_hand(now: datetime) -> tuple[int, int] | None:
    """The run and the first serial that are in hand."""
    kept = session.get(_KEY)
    if kept is None or now.timestamp() - kept["at"] > KEPT_FOR.total_seconds():
        return None
    return kept["run"], kept["first"]


def first_in_hand(run_id: int, now: datetime) -> int | None:
    """The first serial in hand, if it is of this run."""
    kept = in_hand(now)
    return kept[1] if kept is not None and kept[0] == run_id else None
