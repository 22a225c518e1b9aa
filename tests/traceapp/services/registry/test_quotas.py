"""A batch never has more stamps than its units and the allowance, whatever the order of acts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traceapp.services.refusals import Conflict, Refusal
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.opening_batches import NewBatch, open_batch
from traceapp.services.registry.quotas import ceiling, committed
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.requesting import NewStampRequest, reject_request, request_stamps
from traceapp.services.runs.undoing import Undo, UndoLimits, undo_activation, undo_void
from traceapp.services.runs.voiding import NewVoid, void_stamps


@pytest.mark.parametrize(
    ("quantity", "percent", "most"),
    [
        (100, 5, 105),
        (19, 5, 19),
        (20, 5, 21),
        (39, 5, 40),
        (1, 0, 1),
        (1, 50, 1),
        (2, 50, 3),
        (10**9, 5, 1_050_000_000),
    ],
)
def test_the_allowance_is_rounded_down(quantity: int, percent: int, most: int) -> None:
    assert ceiling(quantity, percent) == most


def committed_to(world: Any, batch: Any) -> int:
    with world.reading() as session:
        return committed(session, batch.id)


def reject(world: Any, request_id: int) -> None:
    with world.writing() as session:
        actor = world.officer.actor
        reject_request(session, actor, request_id, Rejection(reason="Sai"), world.now)


def test_requests_runs_and_rolls_count_and_what_is_rejected_or_void_does_not(
    world: Any, refused: Any
) -> None:
    batch = world.batch(quantity=100)
    waiting = world.ask(40, batch)
    assert committed_to(world, batch) == 40
    run = world.approve(world.ask(30, batch))
    assert committed_to(world, batch) == 70
    with refused(Conflict, "over_quantity", "quantity") as caught:
        world.ask(36, batch)
    assert caught.value.data == {"lot": batch.lot, "most": 105, "left": 35}
    reject(world, waiting)
    assert committed_to(world, batch) == 30
    issued = world.issue(50, roll=True)
    issued.activate(0, 39, batch.id)
    assert committed_to(world, batch) == 70
    issued.void(30, last=49)  # ten of them active, ten of them not
    assert committed_to(world, batch) == 60
    with world.writing() as session:
        new = NewVoid(first_serial=run.first_serial, last_serial=run.last_serial, reason="unused")
        void_stamps(session, world.officer.actor, run.id, new, world.now)
    assert committed_to(world, batch) == 30
    world.ask(75, batch)
    with refused(Conflict, "over_quantity", "quantity"):
        world.ask(1, batch)


def test_a_batch_that_shrank_since_gets_no_approval_and_no_activation(
    world: Any, refused: Any
) -> None:
    batch = world.batch(quantity=100)
    request_id = world.ask(100, batch)
    run = world.issue(100, activate=False)
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE batches SET quantity = 50")
    with refused(Conflict, "over_quantity", None):
        world.approve(request_id)
    with refused(Conflict, "over_quantity", "last_serial"):
        run.activate(0, 9)


def test_stamps_lent_to_another_batch_make_room_in_their_own(world: Any, refused: Any) -> None:
    issued = world.issue(100, activate=False)
    other = world.batch(quantity=30)
    with refused(Conflict, "over_quantity", "last_serial"):
        issued.activate(0, 39, other.id)
    issued.activate(0, 29, other.id)
    assert (committed_to(world, issued.batch), committed_to(world, other)) == (70, 30)
    issued.void(0, last=9)
    assert (committed_to(world, issued.batch), committed_to(world, other)) == (70, 20)


@dataclass
class Stamp:
    """One stamp of the naive model: `batch` is where it is active."""

    run: Any
    batch: int | None = None
    void: bool = False


@dataclass
class Model:
    """What should be true, serial by serial."""

    percent: int
    units: dict[int, int]
    pending: dict[int, tuple[int | None, int]] = field(default_factory=dict)
    stamps: dict[int, Stamp] = field(default_factory=dict)

    def committed(self, batch: int) -> int:
        asked = sum(quantity for of, quantity in self.pending.values() if of == batch)
        return asked + sum(
            1
            for stamp in self.stamps.values()
            if not stamp.void
            and (stamp.run.batch_id if stamp.batch is None else stamp.batch) == batch
        )

    def fits(self, batch: int | None) -> bool:
        if batch is None:
            return True
        return self.committed(batch) * 100 <= self.units[batch] * (100 + self.percent)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "approve", "approve", "reject", "activate", "void", "undo"]),
        st.integers(0, 5),
        st.integers(0, 9),
        st.integers(1, 10),
        st.integers(0, 2),
    ),
    min_size=4,
    max_size=20,
)


class Play:
    """Plays acts on the services and on the model, and compares them after each."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.actor, self.now = world.officer.actor, world.now
        self.batches = [self._batch(20), self._batch(9), None]
        units = {batch.id: batch.quantity for batch in self.batches if batch is not None}
        self.model = Model(world.edge.settings.spoilage_percent, units)
        self.runs: list[Any] = []
        self.standing: list[tuple[Any, Any]] = []  # what can be undone, and by which service

    def _batch(self, quantity: int) -> Any:
        self.world.batches += 1
        new = NewBatch(
            product_id=self.world.producer.product.id,
            facility_id=self.world.producer.facility.id,
            lot=f"LO-{self.world.batches}",
            produced_at=self.now - timedelta(days=1),
            expires_at=self.now + timedelta(days=100),
            quantity=quantity,
        )
        with self.world.writing() as session:
            return open_batch(session, self.actor, new, self.world.edge.kinds, self.now)

    def act(self, kind: str, which: int, start: int, size: int, place: int) -> None:
        batch = self.batches[place]
        getattr(self, kind)(which, start, size, None if batch is None else batch.id)
        with self.world.reading() as session:
            self._compare(session)

    def _compare(self, session: Any) -> None:
        for batch_id in self.model.units:
            assert committed(session, batch_id) == self.model.committed(batch_id)
            assert self.model.fits(batch_id)
        for run in self.runs:
            told = show_run(session, self.actor, run.id)
            stamps = [each for each in self.model.stamps.values() if each.run is run]
            void = sum(each.void for each in stamps)
            active = sum(each.batch is not None and not each.void for each in stamps)
            assert (told.active, told.void) == (active, void)
            assert told.quantity == told.active + told.waiting + told.void

    def refused(self, call: Any) -> Any:
        """What a call gave; None where it was refused, and undone."""
        try:
            with self.world.writing() as session:
                return call(session)
        except Refusal as refusal:
            assert refusal.code
            return None

    def ask(self, _which: int, _start: int, size: int, batch: int | None) -> None:
        product = self.world.producer.product.id
        new = NewStampRequest(product_id=product, batch_id=batch, quantity=size)
        allowance = self.world.edge.allowance
        told = self.refused(
            lambda session: request_stamps(session, self.actor, new, allowance, self.now)
        )
        self.model.pending[-1] = (batch, size)
        fits = self.model.fits(batch)
        del self.model.pending[-1]
        assert (told is not None) == fits
        if told is not None:
            self.model.pending[told.id] = (batch, size)

    def _pending(self, which: int) -> int | None:
        waiting = sorted(self.model.pending)
        return waiting[which % len(waiting)] if waiting else None

    def approve(self, which: int, *_: Any) -> None:
        if (request_id := self._pending(which)) is None:
            return
        issuing = self.world.edge.issuing
        with self.world.writing() as session:
            told = approve_request(session, self.actor, request_id, issuing, self.now)
        del self.model.pending[request_id]
        self.runs.append(told.run)
        for serial in range(told.run.first_serial, told.run.last_serial + 1):
            self.model.stamps[serial] = Stamp(told.run)

    def reject(self, which: int, *_: Any) -> None:
        if (request_id := self._pending(which)) is not None:
            rejection = Rejection(reason="Sai")
            with self.world.writing() as session:
                reject_request(session, self.actor, request_id, rejection, self.now)
            del self.model.pending[request_id]

    def _range(self, which: int, start: int, size: int) -> tuple[Any, range] | None:
        if not self.runs:
            return None
        run = self.runs[which % len(self.runs)]
        first = run.first_serial + start % run.quantity
        return run, range(first, min(first + size, run.last_serial + 1))

    def activate(self, which: int, start: int, size: int, batch: int | None) -> None:
        if (found := self._range(which, start, size)) is None:
            return
        run, serials = found
        wished = run.batch_id if batch is None else batch
        touched = [self.model.stamps[serial] for serial in serials]
        free = all(each.batch is None and not each.void for each in touched)
        new = NewActivation(first_serial=serials[0], last_serial=serials[-1], batch_id=batch)
        percent = self.model.percent
        told = self.refused(
            lambda session: activate(session, self.actor, run.id, new, percent, self.now)
        )
        expected = wished is not None and free
        if expected:
            for each in touched:
                each.batch = wished
            expected = self.model.fits(wished)
        assert (told is not None) == expected
        if told is not None:
            self.standing.append((undo_activation, told))
        elif free:
            for each in touched:
                each.batch = None

    def void(self, which: int, start: int, size: int, _batch: int | None) -> None:
        if (found := self._range(which, start, size)) is None:
            return
        run, serials = found
        touched = [self.model.stamps[serial] for serial in serials]
        new = NewVoid(first_serial=serials[0], last_serial=serials[-1], reason="lost")
        told = self.refused(lambda session: void_stamps(session, self.actor, run.id, new, self.now))
        assert (told is not None) == (not any(each.void for each in touched))
        if told is not None:
            self.standing.append((undo_void, told))
            for each in touched:
                each.void = True

    def undo(self, which: int, start: int, *_: Any) -> None:
        if not self.standing:
            return
        undone = self.standing[(10 * which + start) % len(self.standing)]
        service, told = undone
        limits = UndoLimits(days=10, spoilage_percent=self.model.percent)
        answer = self.refused(
            lambda session: service(
                session, self.actor, told.id, Undo(reason="Nhầm"), limits, self.now
            )
        )
        serials = range(told.first_serial, told.last_serial + 1)
        touched = [self.model.stamps[serial] for serial in serials]
        before = [(each.batch, each.void) for each in touched]
        for each in touched:
            if service is undo_void:
                each.void = False
            else:
                each.batch = None
        expected = all(self.model.fits(batch_id) for batch_id in self.model.units)
        assert (answer is not None) == expected
        if expected:
            self.standing.remove(undone)
        else:
            for each, (batch, void) in zip(touched, before, strict=True):
                each.batch, each.void = batch, void


@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS)
def test_what_is_committed_is_what_a_count_serial_by_serial_says(
    world: Any, acts: list[tuple[str, int, int, int, int]]
) -> None:
    play = Play(world)
    for act in acts:
        play.act(*act)
