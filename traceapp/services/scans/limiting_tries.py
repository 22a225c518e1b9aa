"""How many hidden codes may be tried: at one stamp, from one network, and in all.

Nobody is ever locked out. A first try is always compared: the first at a stamp within an hour, so
that an honest buyer is answered even from a network full of guessers while the brake stands, and
the first from a network without a wrong code within the hour, so that she is answered even at a
stamp that somebody else guesses at. Both cost guessers no more than one try for each stamp and
network that they have.

Beyond the first try, wrong codes are what is limited: right ones tell a guesser nothing, and
thousands of honest phones may share an address. The brake leaves a fifth of each limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

BRAKED = 5


@dataclass(frozen=True)
class TryLimits:
    """`per_minute` tries at one stamp; `of_source` wrong codes from one network within an hour;
    `of_all` wrong codes within an hour put the brake on."""

    per_minute: int
    of_source: int
    of_all: int

    def braked(self) -> TryLimits:
        """What is left of these limits while the brake stands."""
        return TryLimits(max(1, self.per_minute // BRAKED), self.of_source // BRAKED, self.of_all)


@dataclass(frozen=True)
class Tried:
    """What was tried: at this stamp in this minute, this try too; wrong codes within this hour.

    `first_here` where nobody has tried this stamp for an hour.
    """

    in_minute: int
    first_here: bool
    wrong_of_source: int
    wrong_of_all: int


@dataclass(frozen=True)
class Room:
    """Whether a try may be compared: at once where `again_at` is None, else from then on.

    `left` is how many wrong ones may follow this one; `elsewhere` where another network's tries are
    compared meanwhile.
    """

    left: int
    again_at: datetime | None = None
    elsewhere: bool = False


def room_for(tried: Tried, limits: TryLimits, now: datetime) -> Room:
    if tried.wrong_of_all >= limits.of_all:
        limits = limits.braked()
    here = limits.per_minute - tried.in_minute
    from_there = limits.of_source - tried.wrong_of_source - 1
    left = max(0, min(here, from_there))
    if tried.first_here or tried.wrong_of_source == 0:
        return Room(left)
    if from_there < 0:
        full_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return Room(0, full_hour, elsewhere=True)
    if here < 0:
        return Room(0, now.replace(second=0, microsecond=0) + timedelta(minutes=1))
    return Room(left)
