"""Approvals and requests at the same moment: no serial twice, and no batch beyond its units."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from racing import AtOnce, codes

from traceapp.edge import Edge
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.requesting import NewStampRequest, request_stamps
from traceapp.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
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
