"""Acts at the same moment, in threads with connections of their own and in processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from traceapp.edge import Edge, open_edge
from traceapp.records.accounts import Role
from traceapp.records.key_files import KeyStore
from traceapp.services.authority import Actor
from traceapp.services.refusals import Conflict, Refusal
from traceapp.services.registry.opening_batches import NewBatch, open_batch
from traceapp.services.registry.recalling import Closure, Outcome, close_recall
from traceapp.services.registry.registering import NewParty, register_party
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.requesting import NewStampRequest, request_stamps
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Look, scan
from traceapp.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
AtOnce = Callable[[list[Callable[[], Any]]], list[Any]]

APPROVER = """
import json, sys
from datetime import datetime
from traceapp.edge import open_edge
from traceapp.records.accounts import Role
from traceapp.services.authority import Actor
from traceapp.services.runs.issuing import approve_request
from traceapp.services.refusals import Refusal
from traceapp.settings import read_settings

edge = open_edge(read_settings())
order = json.loads(sys.argv[1])
officer = Actor(order["account_id"], Role.OFFICER, None)
now = datetime.fromisoformat(order["now"])
print("ready", flush=True)
for line in sys.stdin:
    try:
        with edge.database.writing() as session:
            told = approve_request(session, officer, int(line), edge.issuing, now)
        print(told.run.first_serial, flush=True)
    except Refusal as refusal:
        print(refusal.code, flush=True)
edge.database.close()
"""


@pytest.fixture
def edges(world: Any, settings: Settings) -> Iterator[Callable[[], Edge]]:
    """Opens the same installation again: another process, as far as the database can tell."""
    opened: list[Edge] = []

    def another() -> Edge:
        opened.append(open_edge(settings, lambda: world.now))
        return opened[-1]

    yield another
    for edge in opened:
        edge.database.close()


def codes(results: list[Any]) -> Counter[str]:
    """How often each refusal was met, and how often none ("ok"). Anything else is a bug."""
    counted: Counter[str] = Counter()
    for result in results:
        if isinstance(result, Exception):
            assert isinstance(result, Refusal | IntegrityError), repr(result)
            counted[result.code if isinstance(result, Refusal) else "integrity"] += 1
        else:
            counted["ok"] += 1
    return counted


def approving(world: Any, edge: Edge, request_id: int) -> Callable[[], Any]:
    def act() -> Any:
        with edge.database.writing() as session:
            officer = world.officer.actor
            return approve_request(session, officer, request_id, edge.issuing, world.now)

    return act


def test_one_request_approved_twice_at_once_gets_one_run(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    request_id = world.ask(20, world.batch())
    results = at_once([approving(world, edges(), request_id) for _ in range(4)])
    assert codes(results) == {"ok": 1, "decided": 3}
    with world.reading() as session:
        runs = [each for each in results if not isinstance(each, Exception)]
        assert show_run(session, world.officer.actor, runs[0].run.id).quantity == 20


def test_requests_approved_at_once_never_share_a_serial(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    asked = [world.ask(5000, None) for _ in range(6)]
    results = at_once([approving(world, edges(), each) for each in asked])
    assert codes(results) == {"ok": 6}
    serials = sorted((each.run.first_serial, each.run.last_serial) for each in results)
    assert all(last < first for (_, last), (first, _) in pairwise(serials))


def test_two_processes_that_approve_never_share_a_serial(world: Any, settings: Settings) -> None:
    environment = os.environ | {
        "TRACEAPP_DATA_DIR": str(settings.data_dir),
        "TRACEAPP_DATABASE_URL": settings.url,
        "TRACEAPP_BASE_URL": settings.base_url,
        "TRACEAPP_DEMO": "true",
    }
    order = json.dumps({"account_id": world.officer.actor.account_id, "now": world.now.isoformat()})
    asked = [world.ask(5000, None) for _ in range(8)]
    contested, rest = asked[0], asked[1:]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", APPROVER, order],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    said = []
    for process, own in zip(processes, (rest[::2], rest[1::2]), strict=True):
        assert process.stdin is not None
        process.stdin.write("".join(f"{each}\n" for each in [contested, *own]))
        process.stdin.flush()
    for process in processes:
        said += process.communicate(timeout=60)[0].split()
    firsts = [int(each) for each in said if each.isdigit()]
    assert len(said) == 9 and said.count("decided") == 1
    assert sorted(firsts) == [8192 * n for n in range(8)]  # every one its own two blocks
    assert world.edge.mark.read() == 8192 * 8


def test_approvals_that_together_overfill_a_batch_are_not_both_given(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    batch = world.batch(quantity=100)
    asked = [world.ask(50, batch) for _ in range(2)]
    # The batch shrinks behind our back, as a correction by hand would do it: one still fits.
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE batches SET quantity = 95 WHERE id = {batch.id}")
    results = at_once([approving(world, edges(), each) for each in asked])
    assert codes(results) == {"over_quantity": 2}  # what was asked for counts until it is rejected


def test_requests_that_together_overfill_a_batch_are_not_both_taken(
    world: Any, edges: Any, at_once: AtOnce
) -> None:
    batch = world.batch(quantity=100)

    def asking(edge: Edge) -> Callable[[], Any]:
        def act() -> Any:
            with edge.database.writing() as session:
                new = NewStampRequest(product_id=batch.product_id, batch_id=batch.id, quantity=40)
                actor = world.producer.actor
                return request_stamps(session, actor, new, edge.allowance, world.now)

        return act

    results = at_once([asking(edges()) for _ in range(5)])
    assert codes(results) == {"ok": 2, "over_quantity": 3}


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
