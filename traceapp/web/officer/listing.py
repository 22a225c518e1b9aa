"""Reading what a list's address asks for. What it cannot mean is left out, never refused."""

from __future__ import annotations

from traceapp.services.lists import RecallState, State
from traceapp.services.overseeing import RecallFilter, StateFilter
from traceapp.services.values import Id
from traceapp.web.routing import Call

_HIGHEST_ID = 2**53 - 1


def number(call: Call, name: str) -> Id | None:
    """A number of the address."""
    text = call.query.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        return None
    return int(text) if 1 <= int(text) <= _HIGHEST_ID else None


def cursor(call: Call) -> str | None:
    return call.query.get("cursor", "")[:80] or None


def state_filter(call: Call) -> StateFilter:
    wanted = call.query.get("state", "")
    return StateFilter(
        cursor=cursor(call),
        state=State(wanted) if wanted in list(State) else None,
        party_id=number(call, "party_id"),
        batch_id=number(call, "batch_id"),
    )


def recall_filter(call: Call) -> RecallFilter:
    wanted = call.query.get("state", "")
    return RecallFilter(
        cursor=cursor(call),
        state=RecallState(wanted) if wanted in list(RecallState) else None,
    )
