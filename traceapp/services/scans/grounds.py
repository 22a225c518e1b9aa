"""What an answer rests on that does not change from look to look, for a range of serials.

A process keeps the grounds it read, for as long as nothing of them was changed by anybody: every
look reads the version of it all (`records.changes`) before it trusts one. Nothing is kept here that
another process could need.
"""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import recalls
from traceapp.records.accounts import Account, Role
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import issued_by
from traceapp.records.holds import standing_hold
from traceapp.records.ranges import RunRange, in_force, nearest
from traceapp.records.stamp_runs import IssuedRun, issued
from traceapp.records.voids import Void, VoidReason
from traceapp.services.registry.product_kinds import ProductKinds
from traceapp.services.registry.recalling import standing
from traceapp.services.scans.telling import Origin, tell_origin, without_stars

MOST = 2_000  # grounds that a process keeps; one takes a few kilobytes


@dataclass(frozen=True)
class Stretch:
    """Serials that are alike; both ends belong to it."""

    first: int
    last: int

    def around(self, serial: int, ranges: Iterable[Stretch]) -> Stretch:
        """What is left of this stretch around a serial when ranges that matter cut it."""
        first, last = self.first, self.last
        for each in ranges:
            if each.last < serial:
                first = max(first, each.last + 1)
            elif each.first > serial:
                last = min(last, each.first - 1)
            else:
                first, last = max(first, each.first), min(last, each.last)
        return Stretch(first, last)


@dataclass(frozen=True)
class Held:
    at: datetime
    by_producer: bool


@dataclass(frozen=True)
class Ground:
    """What is the same for every serial of a stretch, until somebody changes it."""

    stretch: Stretch
    run: IssuedRun
    key_leaked: bool
    hidden_key_leaked: bool
    activated: bool
    void_reason: VoidReason | None
    batch_id: int | None
    lot: str | None
    expires_at: datetime | None
    recalled: bool
    held: Held | None
    origin: Origin
    origin_without_stars: Origin

    def told(self, now: datetime) -> Origin:
        """The origin as it is told now: stars are told until the day their certificate lapses."""
        return self.origin if self.origin.product.certified(now) else self.origin_without_stars


def read_ground(session: Session, serial: int, kinds: ProductKinds) -> Ground | None:
    """The ground of a serial as the records have it; None for one that was never issued.

    Whatever is read here stands in a table of `changes.WATCHED`.
    """
    found = issued_by(session, serial)
    if found is None:
        return None
    run = found.run
    activation = nearest(session, Activation, serial, serial)
    void = nearest(session, Void, serial, serial)
    batch_id = run.batch_id if activation is None else activation.batch_id
    batch = None if batch_id is None else session.get_one(Batch, batch_id)
    over = [] if batch_id is None else recalls.over(session, batch_id, serial, serial)
    recall = standing(over)
    hold = None if batch_id is None else standing_hold(session, batch_id)
    # A recall that was withdrawn no longer warns, and is still told: it was public.
    told = recall or (over[0] if over else None)
    origin = tell_origin(session, run, activation, batch, told, kinds)
    return Ground(
        stretch=_stretch(session, Stretch(run.first_serial, run.last_serial), serial, batch_id),
        run=issued(run),
        key_leaked=found.key_leaked,
        hidden_key_leaked=found.hidden_key_leaked,
        activated=activation is not None,
        void_reason=None if void is None else void.reason,
        batch_id=batch_id,
        lot=None if batch is None else batch.lot,
        expires_at=None if batch is None else batch.expires_at,
        recalled=recall is not None,
        held=None
        if hold is None
        else Held(hold.created_at, session.get_one(Account, hold.created_by).role is Role.PRODUCER),
        origin=origin,
        origin_without_stars=without_stars(origin),
    )


def _stretch(session: Session, run: Stretch, serial: int, batch_id: int | None) -> Stretch:
    """The serials around one that no activation, void or recall's range tells from it."""
    found = run
    for table in (Activation, Void):
        found = found.around(serial, _neighbours(session, table, serial))
    if batch_id is not None:
        reached = recalls.ranges_over(session, batch_id)
        found = found.around(serial, (Stretch(*each) for each in reached))
    return found


def _neighbours(session: Session, table: type[RunRange], serial: int) -> list[Stretch]:
    """The ranges in force next to a serial: that which holds it or ends before it, and the next."""
    ranges = sa.select(table.first_serial, table.last_serial).where(in_force(table))
    before = ranges.where(table.first_serial <= serial).order_by(table.first_serial.desc())
    after = ranges.where(table.first_serial > serial).order_by(table.first_serial)
    rows = [session.execute(each.limit(1)).one_or_none() for each in (before, after)]
    return [Stretch(row[0], row[1]) for row in rows if row is not None]


@dataclass
class Grounds:
    """The grounds of one version that a process keeps: those that were asked for last.

    Whoever asks has changed nothing of them in his own transaction, which might be undone.

    A ground that was read again and found as it was stays the same object, so that what a face
    made of its origin stays good.
    """

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _version: int = -1
    _kept: OrderedDict[int, Ground] = field(default_factory=OrderedDict)
    _firsts: list[int] = field(default_factory=list)
    _former: dict[int, Ground] = field(default_factory=dict)

    def ground(
        self, session: Session, version: int, serial: int, kinds: ProductKinds
    ) -> Ground | None:
        """The ground of a serial. `version` was read in this session, before anything else was.

        What is read now is at least as new as the version, so that it may be kept under it: once
        anything was changed since, nobody reads this version any more.
        """
        kept = self._find(version, serial)
        if kept is not None:
            return kept
        read = read_ground(session, serial, kinds)
        return None if read is None else self._keep(version, read)

    def _find(self, version: int, serial: int) -> Ground | None:
        with self._lock:
            at = bisect_right(self._firsts, serial)
            if version != self._version or not at:
                return None
            found = self._kept[self._firsts[at - 1]]
            if serial > found.stretch.last:
                return None
            self._kept.move_to_end(found.stretch.first)
            return found

    def _keep(self, version: int, read: Ground) -> Ground:
        first = read.stretch.first
        with self._lock:
            if version != self._version:
                self._former = dict(self._kept) or self._former
                self._kept.clear()
                self._firsts.clear()
                self._version = version
            if self._kept.get(first) == read:
                return self._kept[first]
            if self._former.get(first) == read:
                read = self._former[first]
            if first not in self._kept:
                insort(self._firsts, first)
            self._kept[first] = read
            if len(self._kept) > MOST:
                oldest, _ = self._kept.popitem(last=False)
                self._firsts.remove(oldest)
            return read
