"""Who looks at the demonstration's stamps, and when. A plan; nothing is scanned here.

The plan follows from the script, the day and a fixed seed, so that two installations of a day tell
the same story.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from traceapp.demonstration.script import Activation, Script, instant
from traceapp.records.scans import Agent
from traceapp.services.values import in_vietnam

SEED = 20260712
DRAWS = 100  # moments that are drawn until one falls into a busy hour
LOOKED_AT = 0.6  # the part of a range, from its first stamp, that buyers look at

# How often people look, by hour in Vietnam from 6 to 22: at the market, and around supper.
_BUSY = dict(enumerate((2, 4, 7, 8, 9, 9, 6, 4, 4, 5, 7, 10, 12, 11, 8, 5, 2), start=6))

# Where the food is sold, by province, and how much of it.
_BOUGHT_IN = {"thanh-hoa": 60, "ha-noi": 20, "nghe-an": 9, "ninh-binh": 7, "ho-chi-minh": 4}

# Blocks that RFC 5737 keeps for documentation: nobody's addresses.
_NETS = ("192.0.2", "198.51.100", "203.0.113")


class Code(Enum):
    """What a visitor brings: a printed stamp's code, one made up, or no code at all."""

    PRINTED = "printed"
    FORGED = "forged"
    NONE = "none"


class Hidden(Enum):
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True)
class Phone:
    """A phone's random id and its address."""

    id: str
    source: str


@dataclass(frozen=True)
class Visit:
    """One look. `stamp` is counted within the run of `request`, from 1."""

    at: datetime
    request: str
    stamp: int
    phone: Phone
    fresh: bool = True
    code: Code = Code.PRINTED
    hidden: Hidden | None = None
    typed: bool = False
    agent: Agent = Agent.PERSON
    province: str | None = None


def plan_visits(script: Script, now: datetime) -> list[Visit]:
    """Every look up to `now`, in the order of time."""
    crowd = _Crowd(now)
    visits = [
        visit
        for request in script.requests
        for activation in request.activations
        for visit in crowd.buy(
            request.key, activation, hidden=bool((request.model_extra or {}).get("hidden_code"))
        )
    ]
    visits += crowd.strangers()
    return sorted((each for each in visits if each.at < now), key=lambda visit: visit.at)


@dataclass
class _Crowd:
    now: datetime
    # Not for secrets: a plan that can be made again is what is wanted.
    random: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311

    def _phone(self) -> Phone:
        source = f"{self.random.choice(_NETS)}.{self.random.randrange(1, 255)}"
        return Phone(f"{self.random.getrandbits(128):032x}", source)

    def _time(self, first: datetime, days: int) -> datetime:
        """Some moment within `days` after `first` and before now, when people look."""
        span = min(first + timedelta(days=days), self.now) - first
        found = first
        for _ in range(DRAWS):
            found = (first + span * self.random.random()).replace(microsecond=0)
            busy = _BUSY.get(in_vietnam(found).hour, 0)
            if self.random.random() * max(_BUSY.values()) < busy:
                break
        return found

    def buy(self, request: str, activation: Activation, *, hidden: bool) -> Iterator[Visit]:
        """The buyers of one delivery: some bring friends, some scratch the foil."""
        start = instant(activation.at, self.now)
        reach = int((activation.last - activation.first + 1) * LOOKED_AT)
        wanted = self.random.sample(
            range(activation.first, activation.first + reach), k=activation.buyers
        )
        for stamp in wanted:
            at = self._time(start, activation.within_days)
            phone = self._phone()
            typed = self.random.random() < 0.06
            yield Visit(at, request, stamp, phone, typed=typed, province=self._province())
            if self.random.random() < 0.12:
                yield from self._shared(request, stamp, at)
            if self.random.random() < 0.1:
                again = at + timedelta(minutes=self.random.randint(2, 20))
                yield Visit(again, request, stamp, phone, fresh=False)
            if hidden and self.random.random() < 0.4:
                yield from self._scratched(request, stamp, phone, at)

    def _province(self) -> str | None:
        """Every third buyer says where she bought it, most of them near."""
        if self.random.random() > 0.33:
            return None
        return self.random.choices(list(_BOUGHT_IN), weights=list(_BOUGHT_IN.values()))[0]

    def _shared(self, request: str, stamp: int, at: datetime) -> Iterator[Visit]:
        """A link that is sent to a friend: the messenger's robot looks first, then she does."""
        sent = at + timedelta(minutes=self.random.randint(3, 40))
        robot = Visit(sent, request, stamp, self._phone(), agent=Agent.PREVIEW)
        yield robot
        later = sent + timedelta(minutes=self.random.randint(1, 90))
        yield Visit(later, request, stamp, self._phone())

    def _scratched(self, request: str, stamp: int, phone: Phone, at: datetime) -> Iterator[Visit]:
        """A hidden code: sometimes mistyped first, seldom tried by somebody else later."""
        at += timedelta(seconds=self.random.randint(40, 170))
        if self.random.random() < 0.08:
            yield Visit(at, request, stamp, phone, fresh=False, hidden=Hidden.WRONG, typed=True)
            at += timedelta(seconds=self.random.randint(15, 60))
        yield Visit(at, request, stamp, phone, fresh=False, hidden=Hidden.RIGHT, typed=True)
        if self.random.random() < 0.06:
            later = at + timedelta(days=self.random.randint(1, 9), minutes=7)
            yield Visit(later, request, stamp, self._phone(), hidden=Hidden.RIGHT, typed=True)

    def strangers(self) -> Iterator[Visit]:
        """Looks that no sale explains: lost stamps, waiting ones, made-up codes, no codes."""
        for stamp in (4950, 4951, 4951):
            yield Visit(self._time(self._ago(25), 20), "nem_roll", stamp, self._phone())
        for stamp in (700, 700, 701):
            yield Visit(self._time(self._ago(38), 30), "nq500_b", stamp, self._phone())
        seller = self._phone()
        for turn in range(9):
            who = seller if turn < 4 else self._phone()
            at, stamp = self._time(self._ago(70), 65), 1 + turn // 3
            yield Visit(at, "nq500_a", stamp, who, code=Code.FORGED)
        for _ in range(8):
            at = self._time(self._ago(110), 105)
            yield Visit(at, "nq500_a", 1, self._phone(), code=Code.NONE, typed=True)

    def _ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)
