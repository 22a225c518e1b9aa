"""How facts are shown: dates as dd/mm/yyyy, times as HH:MM in UTC+7, numbers as readers write.

Labels and units of a batch's attributes come from its product's kind, which is data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal

from scanner_page.language import VIETNAMESE, choose, gettext, ngettext
from traceapp.services.refusals import message
from traceapp.services.registry.product_kinds import Attribute, AttributeType, ProductKind
from traceapp.services.scans.telling import BatchOrigin, FieldChange, Step
from traceapp.services.values import in_vietnam

# A food that keeps for days is told with the hour; one that keeps for years is not.
SHORT_LIVED = timedelta(days=60)


@dataclass(frozen=True)
class Fact:
    """A labelled value, ready to be read. `typed` where it is somebody's own words."""

    label: str
    value: str
    typed: bool = False


@dataclass(frozen=True)
class Change:
    """What was stated of a batch, and what is stated instead."""

    before: Fact
    after: Fact


_WORDS = frozenset({AttributeType.TEXT, AttributeType.LIST})

# What else than attributes can be corrected of a batch in use.
_BATCH_FIELDS = {
    "produced_at": message("Made on"),
    "expires_at": message("Use by"),
    "sold_as": message("Sold as"),
    "expiries": message("Keeps, by how it is stored"),
}


def day(moment: date) -> str:
    """dd/mm/yyyy; an instant is shown as Vietnam's calendar has it."""
    if isinstance(moment, datetime):
        moment = in_vietnam(moment)
    # strftime leaves out leading zeros of a year on some systems.
    return f"{moment.day:02}/{moment.month:02}/{moment.year:04}"


def clock(moment: datetime) -> str:
    """HH:MM in UTC+7."""
    return in_vietnam(moment).strftime("%H:%M")


def day_and_clock(moment: datetime) -> str:
    return f"{day(moment)} {clock(moment)}"


def number(value: float) -> str:
    """A number with every digit it was stated with: 1.234,5 in Vietnamese, 1,234.5 in English."""
    return number_in(choose(), value)


@lru_cache(maxsize=1024)
def number_in(language: str, value: float) -> str:
    return format_decimal(value, locale=language, decimal_quantization=False)


def exactly(batch: BatchOrigin, moment: datetime) -> str:
    """One of a batch's times, as exactly as its buyers need it."""
    return day(moment) if _keeps_long(batch) else day_and_clock(moment)


def _keeps_long(batch: BatchOrigin) -> bool:
    return batch.expires_at - batch.produced_at > SHORT_LIVED


@dataclass(frozen=True)
class Left:
    """How long something still keeps: whole days, or hours on its last one."""

    days: int
    hours: int


def left(expires_at: datetime, now: datetime) -> Left | None:
    """How long something still keeps; None once it is over."""
    rest = expires_at - now
    if rest <= timedelta(0):
        return None
    return Left(rest.days, 0 if rest.days else rest // timedelta(hours=1))


def keeps_for(rest: Left) -> str:
    """How long something still keeps, in words."""
    if rest.days:
        count = number(rest.days)
        return ngettext("%(count)s day left", "%(count)s days left", rest.days, count=count)
    if rest.hours:
        return ngettext("%(num)s hour left", "%(num)s hours left", rest.hours)
    return gettext("less than an hour left")


def attributes(batch: BatchOrigin, kind: ProductKind) -> list[Fact]:
    """What a batch states, in its kind's order; steps and certificates stand by themselves."""
    return [
        _stated(each, batch.attributes[each.name])
        for each in kind.attributes
        if each.name in batch.attributes and not (each.step or each.certificate)
    ]


def certificates(batch: BatchOrigin, kind: ProductKind) -> list[Fact]:
    """The papers that a batch names."""
    return [
        _stated(each, batch.attributes[each.name])
        for each in kind.attributes
        if each.name in batch.attributes and each.certificate
    ]


def steps(told: Iterable[Step], batch: BatchOrigin | None, kind: ProductKind) -> list[Fact]:
    """The steps of the making, in the order they were told in: the label, and when it was."""
    labels = {each.name: _label(each) for each in kind.attributes}
    labels |= {"produced": gettext("Made"), "activated": gettext("Stamp put to use")}
    show = day if batch is not None and _keeps_long(batch) else day_and_clock
    return [Fact(labels.get(each.name, each.name), _moment(each.date, show)) for each in told]


def changes(fields: Iterable[FieldChange], kind: ProductKind) -> list[Change]:
    """What a correction changed, as far as buyers are shown it: its times first.

    All times are told with their hours, which may be all that changed.
    """
    changed = {each.field: each for each in fields}
    told = [
        Change(_of_batch(field, each.before), _of_batch(field, each.after))
        for field in _BATCH_FIELDS
        if (each := changed.get(field)) is not None
    ]
    return told + [
        Change(_stated(attribute, each.before), _stated(attribute, each.after))
        for attribute in kind.attributes
        if attribute.public and (each := changed.get(f"attributes.{attribute.name}")) is not None
    ]


def _stated(attribute: Attribute, value: Any) -> Fact:
    if value is None:
        return Fact(_label(attribute), gettext("nothing stated"))
    shown = _with_unit(_value(attribute, value), attribute.unit)
    return Fact(_label(attribute), shown, attribute.type in _WORDS)


def _of_batch(field: str, value: Any) -> Fact:
    """One of a batch's own fields as JSON holds it: a time, a text or its expiries."""
    label = gettext(_BATCH_FIELDS[field])
    if value is None or value == []:
        return Fact(label, gettext("nothing stated"))
    if isinstance(value, list):
        return Fact(label, "; ".join(_expiry(each) for each in value), typed=True)
    return Fact(label, _moment(str(value)), typed=field == "sold_as")


def _expiry(stated: Mapping[str, Any]) -> str:
    return f"{stated['condition']}: {_moment(str(stated['expires_at']))}"


def kind_name(kind: ProductKind) -> str:
    return kind.vi if choose() == VIETNAMESE else kind.en


def telephone(text: str) -> str | None:
    """What a tel: link dials; None for a text that holds no number to dial."""
    digits = re.sub(r"[^\d+]", "", text)
    return digits if re.fullmatch(r"\+?\d{3,15}", digits) else None


def _label(attribute: Attribute) -> str:
    return attribute.vi if choose() == VIETNAMESE else attribute.en


def _with_unit(value: str, unit: str | None) -> str:
    return value if unit is None else f"{value}\N{NO-BREAK SPACE}{unit}"


def _value(attribute: Attribute, value: Any) -> str:
    """A stated value as text. A kind may have changed since, so that any type may come."""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    if attribute.type in (AttributeType.DATE, AttributeType.TIME):
        return _moment(str(value))
    return str(value)


def _moment(text: str, show: Callable[[datetime], str] = day_and_clock) -> str:
    """A date or an instant as ISO 8601 writes it; any other text as it is."""
    try:
        if len(text) == len("2026-11-23"):
            return day(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return show(moment) if moment.tzinfo is not None else day(moment.date())
