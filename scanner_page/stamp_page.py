"""The page of a stamp: drawn once for all looks that are told the same, and filled for each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup, escape

from scanner_page import presenting
from scanner_page.drawing import Drawings, Drawn, hole
from scanner_page.language import translate
from stamps import grouped
from traceapp.services.refusals import message
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.scanning import Answer
from traceapp.settings import Settings

NONCE_BYTES = 16

# Where typing a hidden code can still tell something. After it was used there is nothing to learn,
# and on a stamp that is not to be trusted at all nothing to gain.
_ASKS_FOR_HIDDEN_CODE = frozenset(
    {
        Verdict.REGISTERED,
        Verdict.SUSPICIOUS,
        Verdict.WRONG_HIDDEN_CODE,
        Verdict.TOO_MANY_TRIES,
    }
)

_ONCE = message("This is the first time that this stamp was scanned.")
_OFTEN = message("This stamp was scanned %(count)s times, first on %(when)s.")

_DRAWINGS = Drawings()


@dataclass(frozen=True)
class Way:
    """How a page was asked for: its language, what its links are relative to, and whose it is."""

    language: str
    root: str
    onward: str
    settings: Settings = field(compare=False)


@dataclass(frozen=True)
class Particulars:
    """What a page tells of one stamp and one look alone."""

    code: str | None
    grouped: str | None
    serial: str | None
    nonce: str | None
    ticket: str | None
    scans: str | None

    def filled(self) -> dict[str, Markup]:
        """By the names of their holes, as markup."""
        return {name: escape(word) for name, word in vars(self).items() if word is not None}

    def holes(self) -> Particulars:
        """Holes in the place of what is there."""
        return _holes(*(word is not None for word in vars(self).values()))


_HOLES = {name: hole(name) for name in Particulars.__annotations__}


def _holes(*there: bool) -> Particulars:
    words = zip(_HOLES.values(), there, strict=True)
    return Particulars(*(word if is_there else None for word, is_there in words))


def particulars(answer: Answer, ticket: str | None, language: str) -> Particulars:
    asks = answer.provable and answer.verdict in _ASKS_FOR_HIDDEN_CODE
    told = answer.origin is not None and answer.sessions
    return Particulars(
        code=answer.code,
        grouped=None if answer.code is None else grouped(answer.code),
        serial=None if answer.serial is None else str(answer.serial),
        nonce=secrets.token_urlsafe(NONCE_BYTES) if asks else None,
        ticket=ticket,
        scans=_scans(answer.sessions, answer.first_at, language) if told else None,
    )


def _scans(sessions: int, first_at: datetime | None, language: str) -> str:
    """How often a stamp was scanned, in words."""
    if sessions == 1 or first_at is None:
        return translate(language, _ONCE)
    count, when = presenting.number_in(language, sessions), presenting.day_and_clock(first_at)
    return translate(language, _OFTEN) % {"count": count, "when": when}


def kept_page(
    answer: Answer,
    way: Way,
    left: presenting.Left | None,
    holes: Particulars,
    draw: Callable[[], Drawn],
) -> Drawn:
    """The page for all looks like this one; `draw` makes it where it is not kept."""
    depends: tuple[Hashable, ...] = (way, left, *vars(holes).values(), *_worded(answer))
    return _DRAWINGS.of(answer.origin or way.settings, depends, draw)


def _worded(answer: Answer) -> tuple[Hashable, ...]:
    """What the words of an answer depend on, besides its origin and what fills the holes."""
    return (
        answer.verdict,
        answer.reasons,
        answer.typed,
        answer.authentication,
        answer.hidden_code,
        answer.why,
        answer.held_at,
        answer.held_by_producer,
        answer.void_reason,
        answer.redeemed_at,
        answer.same_phone,
        answer.tries_left,
        answer.again_at,
        answer.elsewhere,
    )


def left_of(answer: Answer, now: datetime) -> presenting.Left | None:
    """How long the batch still keeps; None without a batch, and once that is over."""
    batch = None if answer.origin is None else answer.origin.batch
    return None if batch is None else presenting.left(batch.expires_at, now)
