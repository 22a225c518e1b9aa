"""The script of the demonstration, read from config/demonstration/, and its moments.

The script's tables hold who acts and when, beside the fields of the body that the service reads;
those fields are not named again here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from traceapp.records.accounts import Role
from traceapp.services.registry.recalling import Outcome
from traceapp.services.values import VIETNAM, in_vietnam
from traceapp.settings import CONFIG

FILES = ("people", "batches", "stamps", "changes")
_MOMENT = re.compile(r"(?P<days>[+-][0-9]{1,4})( (?P<time>[0-9]{2}:[0-9]{2}))?")

# Days from the day the data is made, and a time in Vietnam.
Moment = Annotated[str, Field(pattern=r"^[+-][0-9]{1,4} [0-9]{2}:[0-9]{2}$")]


class Told(BaseModel):
    """A table of the script. What is not named here is a field of the service's body."""

    model_config = ConfigDict(frozen=True, extra="allow")

    key: str
    at: Moment

    def fields(self, now: datetime) -> dict[str, Any]:
        """The body's fields, with every moment worked out."""
        return {name: resolve(value, now) for name, value in (self.model_extra or {}).items()}


class Player(Told):
    """An account of the demonstration. Its password is no secret: `traceapp demo` shows it."""

    role: Role
    sign_in_name: str
    name: str
    password: str
    party: str | None = None


class Thing(Told):
    """A party, facility, product or batch. What a producer registers waits until `approved`."""

    by: str
    approved: Moment | None = None


class Act(BaseModel):
    """An activation or a void of a run. Stamps are counted within the run, from 1."""

    model_config = ConfigDict(frozen=True, extra="allow")

    at: Moment
    first: int
    last: int


class Activation(Act):
    batch: str | None = None
    destination: str
    buyers: int
    within_days: int


class Request(Told):
    by: str
    approved: Moment | None = None
    rejected: Moment | None = None
    reason: str | None = None
    activations: tuple[Activation, ...] = ()
    voids: tuple[Act, ...] = ()


class RecallTold(Told):
    batches: tuple[str, ...]
    closed: Moment | None = None
    outcome: Outcome | None = None
    closure_reason: str | None = None


class PictureTold(Told):
    """A picture of a product; `file` lies beside the script."""

    by: str
    product: str
    file: str
    caption: str


class CorrectionTold(Told):
    """A correction of a batch or a product; it waits until `approved`."""

    by: str
    reason: str
    batch: str | None = None
    product: str | None = None
    approved: Moment | None = None


class HoldTold(Told):
    by: str
    batch: str
    reason: str


class Script(BaseModel):
    """All of it. Tables are named by `key`, and name each other so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accounts: tuple[Player, ...]
    parties: tuple[Thing, ...]
    facilities: tuple[Thing, ...]
    products: tuple[Thing, ...]
    batches: tuple[Thing, ...]
    requests: tuple[Request, ...]
    recalls: tuple[RecallTold, ...]
    pictures: tuple[PictureTold, ...] = ()
    corrections: tuple[CorrectionTold, ...] = ()
    holds: tuple[HoldTold, ...] = ()

    @property
    def officer(self) -> Player:
        return next(each for each in self.accounts if each.role is Role.OFFICER)


def read_script(folder: Path = CONFIG / "demonstration") -> Script:
    """The script. Raises pydantic's ValidationError for a table of the wrong shape."""
    tables: dict[str, Any] = {}
    for name in FILES:
        tables |= tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
    return Script.model_validate(tables)


def moment(text: str, now: datetime) -> date | datetime:
    """The date, or the time in Vietnam, that a moment means. Raises ValueError."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no moment")
    day = in_vietnam(now).date() + timedelta(days=int(found["days"]))
    if found["time"] is None:
        return day
    return datetime.combine(day, time.fromisoformat(found["time"]), VIETNAM)


def instant(text: Moment, now: datetime) -> datetime:
    found = moment(text, now)
    assert isinstance(found, datetime)
    return found


def resolve(value: Any, now: datetime) -> Any:
    """A value of the script with its moments written as ISO 8601, at any depth."""
    if isinstance(value, str):
        return moment(value, now).isoformat() if _MOMENT.fullmatch(value) else value
    if isinstance(value, list | tuple):
        return [resolve(each, now) for each in value]
    if isinstance(value, Mapping):
        return {name: resolve(each, now) for name, each in value.items()}
    return value
