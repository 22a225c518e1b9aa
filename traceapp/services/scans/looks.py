"""The values of a look: what a phone sent, what is known of its stamp, what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from stamps import KeyRing, SignedSerial, Why
from traceapp.records.scans import Agent, ScanKind
from traceapp.records.stamp_runs import IssuedRun
from traceapp.records.standings import StampStanding
from traceapp.records.voids import VoidReason
from traceapp.services.authority import Actor
from traceapp.services.registry.product_kinds import ProductKinds
from traceapp.services.scans.grounds import Grounds
from traceapp.services.scans.judging import Authentication, Facts, Reason, Verdict
from traceapp.services.scans.telling import Origin


@dataclass(frozen=True)
class Look:
    """What a phone sent. `gtin` and `lot` are claims of the link, which nobody signed.

    `phone` is its random first-party id; `fresh` where it was given just now. `typed` is true for
    a code that a person typed. `actor` is whoever is signed in on the phone, if anybody.
    """

    text: str
    phone: str
    source: str
    fresh: bool = True
    gtin: str | None = None
    lot: str | None = None
    typed: bool = False
    agent: Agent = Agent.PERSON
    actor: Actor | None = None


@dataclass(frozen=True)
class Traced:
    """What of a phone and its address a trace keeps: hashes, and no more."""

    source: bytes
    phone: bytes
    day: bytes


@dataclass(frozen=True)
class Asked:
    """A look at a moment, with or without a hidden code.

    Of one that is late, `traced` is all that is left of its phone; `scan_id` is its own where it
    was given one already.
    """

    look: Look
    at: datetime
    kind: ScanKind = ScanKind.LOOK
    traced: Traced | None = None
    scan_id: int | None = None


@dataclass(frozen=True)
class Scanning:
    """What a look is judged with besides the database."""

    stamp_keys: KeyRing
    kinds: ProductKinds
    session_minutes: int
    forged_kept_per_hour: int
    demonstration: bool
    grounds: Grounds = field(default_factory=Grounds, compare=False, repr=False)


@dataclass(frozen=True)
class Found:
    """An issued stamp as the records know it at this moment. Stays inside the services."""

    serial: int
    run: IssuedRun
    facts: Facts
    batch_id: int | None


@dataclass(frozen=True)
class Answer:
    """What is answered to a look. `origin` is there only for a stamp that was really issued.

    `why` tells what was wrong with a text that is no code; `tries_left` is there for a wrong
    hidden code; `same_phone` where the earlier confirmation came from this very phone; `held_at` is
    since when the stamp's batch is on hold; `scan_id` is the look's own, where it was kept. After
    too many tries, `again_at` is when the next one is compared; `elsewhere` where one from another
    network would be at once.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    typed: bool
    authentication: Authentication | None = None
    code: str | None = None
    serial: int | None = None
    hidden_code: bool = False
    origin: Origin | None = None
    why: Why | None = None
    held_at: datetime | None = None
    held_by_producer: bool = False
    void_reason: VoidReason | None = None
    redeemed_at: datetime | None = None
    same_phone: bool = False
    tries_left: int | None = None
    again_at: datetime | None = None
    elsewhere: bool = False
    sessions: int = 0
    first_at: datetime | None = None
    scan_id: int | None = None

    @property
    def provable(self) -> bool:
        """Whether the code under the foil can prove anything; after its key leaked it cannot."""
        return self.hidden_code and Reason.HIDDEN_KEY_COMPROMISED not in self.reasons


@dataclass(frozen=True)
class Examined:
    """A text read, verified and looked up: an answer without a judgement on hidden codes.

    `signed` and `standing` are there for a well-formed code, `found` for a stamp that was really
    issued.
    """

    answer: Answer
    signed: SignedSerial | None = None
    standing: StampStanding | None = None
    found: Found | None = None
