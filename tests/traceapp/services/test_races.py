"""Acts at the same moment, in threads with connections of their own and in processes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from racing import AtOnce, codes

from traceapp.edge import Edge
from traceapp.records.accounts import Role
from traceapp.records.key_files import KeyStore
from traceapp.services.authority import Actor
from traceapp.services.refusals import Conflict, Refusal
from traceapp.services.registry.opening_batches import NewBatch, open_batch
from traceapp.services.registry.recalling import Closure, Outcome, close_recall
from traceapp.services.registry.registering import NewParty, register_party
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Look, scan
from traceapp.settings import Settings


def activating(
    world: Any, edge: Edge, issued: Any, first: int, last: int, batch: Any = None
) -> Callable[[], Any]:
    def act() -> Any:
        with edge.database.writing() as session:
            new = NewActivation(
                first_serial=issued.serial(first),
                last_serial=issued.serial(last),
                batch_id=None if batch is None else batch.id,
            )
            return activate(session, world.officer.actor, issued.run.id, new, 5, world.now)

    return act


def test_of_two_activations_that_meet_one_is_refused(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    issued = world.issue(30, activate=False)
    spans = [(0, 19), (10, 29), (5, 15), (19, 19)]
    results = at_once([activating(world, edges(), issued, *span) for span in spans])
    counted = codes(results)
    assert counted["ok"] >= 1 and counted["ok"] + counted["already_active"] == 4
    taken = sorted(
        (each.first_serial, each.last_serial) for each in results if not isinstance(each, Refusal)
    )
    assert all(last < first for (_, last), (first, _) in pairwise(taken))


def test_activations_of_two_rolls_cannot_overfill_a_batch(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    rolls = [world.issue(60, roll=True) for _ in range(3)]
    batch = world.batch(quantity=100)
    results = at_once([activating(world, edges(), each, 0, 59, batch) for each in rolls])
    assert codes(results) == {"ok": 1, "over_quantity": 2}


def test_a_serial_is_not_activated_and_voided_twice_over_at_once(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    issued = world.issue(30, activate=False)

    def voiding(edge: Edge) -> Callable[[], Any]:
        def act() -> Any:
            with edge.database.writing() as session:
                new = NewVoid(
                    first_serial=issued.serial(5), last_serial=issued.serial(24), reason="lost"
                )
                return void_stamps(session, world.officer.actor, issued.run.id, new, world.now)

        return act

    acts = [voiding(edges()), voiding(edges()), activating(world, edges(), issued, 0, 9)]
    results = at_once(acts)
    counted = codes(results)
    assert counted["ok"] in (1, 2) and counted["already_void"] >= 1
    with world.reading() as session:
        run = show_run(session, world.officer.actor, issued.run.id)
    assert run.quantity == run.active + run.waiting + run.void
    assert run.void == 20 and run.active in (0, 5)


def test_one_request_with_a_nonce_sent_many_times_at_once_gets_one_answer(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    issued = world.issue(2)

    def confirming(edge: Edge) -> Callable[[], Any]:
        def act() -> Any:
            look = Look(issued.code(), "phone", "192.0.2.1")
            attempt = HiddenAttempt(look, issued.hidden(), nonce="abc")
            with edge.database.writing() as session:
                return confirm(session, attempt, edge.confirming, world.now)

        return act

    results = at_once([confirming(edges()) for _ in range(8)])
    assert {each.authentication.value for each in results} == {"first"}
    with world.edge.database.engine.connect() as connection:
        counted = "SELECT count(*) FROM scans WHERE kind = 'hidden_code'"
        assert connection.exec_driver_sql(counted).scalar() == 1


def test_looks_at_one_stamp_at_once_are_all_kept_and_counted(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    issued = world.issue(2)

    def looking(edge: Edge, phone: str) -> Callable[[], Any]:
        def act() -> Any:
            with edge.database.writing() as session:
                return scan(session, Look(issued.code(), phone, "x"), edge.scanning, world.now)

        return act

    opened = [edges() for _ in range(4)]
    results = at_once([looking(opened[n % 4], f"phone-{n}") for n in range(12)])
    assert all(each.verdict.value == "registered" for each in results), results
    with world.edge.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM scans").scalar() == 12
        assert connection.exec_driver_sql("SELECT looks FROM stamp_totals").scalar() == 12


@pytest.mark.parametrize("lots", [("LÔ-7", "LÔ-7"), ("LÔ-7", "lô-7")])
def test_a_lot_opened_twice_at_once_is_opened_once(
    world: Any, edges: Any, at_once: AtOnce, lots: tuple[str, str]
) -> None:
    template = world.batch()

    def opening(edge: Edge, lot: str) -> Callable[[], Any]:
        def act() -> Any:
            values = {
                name: getattr(template, name)
                for name in ("product_id", "facility_id", "produced_at", "expires_at", "quantity")
            }
            with edge.database.writing() as session:
                new = NewBatch(lot=lot, **values)
                return open_batch(session, world.producer.actor, new, edge.kinds, world.now)

        return act

    counted = codes(at_once([opening(edges(), lot) for lot in lots]))
    assert counted["ok"] == 1 and counted["lot"] + counted["integrity"] == 1


def test_a_producer_who_registers_two_parties_at_once_gets_one(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET party_id = NULL WHERE role = 'producer'")
    actor = Actor(world.producer.actor.account_id, Role.PRODUCER, None)

    def registering(edge: Edge, name: str) -> Callable[[], Any]:
        def act() -> Any:
            with edge.database.writing() as session:
                new = NewParty(kind="household", name=name, address="Thôn 3")
                return register_party(session, actor, new, world.now)

        return act

    results = at_once([registering(edges(), name) for name in ("Hộ A", "Hộ B")])
    assert codes(results) == {"ok": 1, "has_party": 1}
    refused = next(each for each in results if isinstance(each, Exception))
    assert isinstance(refused, Conflict)


def test_a_recall_closed_twice_at_once_is_closed_once(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    recall = world.issue().recall()

    def closing(edge: Edge, outcome: Outcome) -> Callable[[], Any]:
        def act() -> Any:
            closure = Closure(outcome=outcome, reason="Xong")
            with edge.database.writing() as session:
                return close_recall(session, world.officer.actor, recall.id, closure, world.now)

        return act

    results = at_once([closing(edges(), outcome) for outcome in Outcome])
    assert codes(results) == {"ok": 1, "closed": 1}


def test_two_keys_added_at_once_are_both_kept(
    world: Any, settings: Settings, at_once: AtOnce
) -> None:
    file = world.edge.stamp_keys.file
    before = {key.id for key in KeyStore(file).ring()}
    added = at_once([KeyStore(file).rotate for _ in range(6)])
    assert {key.id for key in KeyStore(file).ring()} == before | {key.id for key in added}
    assert len(added) == 6
