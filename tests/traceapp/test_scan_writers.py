"""Two scan writers, as two processes have them, on looks in any order: none waits for the other
for ever, and nothing is lost."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from traceapp.edge import open_edge
from traceapp.gathering import Round
from traceapp.records.notices import Notice
from traceapp.records.scans import LookCount, Scan, StampTotal
from traceapp.services.scans.looks import Look

FORGED = "0000000B8FXF2GQRGF18"
ROUNDS = 12


def test_what_both_touch_in_any_order_is_answered_and_counted(world: Any, settings: Any) -> None:
    used = world.issue(5)
    waiting = [world.issue(5, activate=False) for _ in range(3)]
    looks = [used.code(n) for n in range(5)] + [each.code(n) for each in waiting for n in (0, 1)]
    looks += ["XYZ"] + [FORGED] * 4
    edges = [open_edge(settings, lambda: world.now) for _ in range(2)]

    def ask(edge: Any, seed: int) -> Counter[str]:
        chance, seen = random.Random(seed), Counter[str]()

        def one(place: int, code: str) -> None:
            phone, address = f"{seed}-{place}", f"192.0.2.{chance.randrange(6)}"
            seen[edge.scan_writer.scan(Look(code, phone, address), world.now).verdict.value] += 1

        for _ in range(ROUNDS):
            order = list(enumerate(chance.sample(looks, len(looks))))
            Round().work_on([lambda each=each: one(*each) for each in order])  # type: ignore[misc]
        return seen

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(ask, edges, (1, 2)))
    wanted = {"registered": 5, "not_activated": 6, "malformed": 1, "forged": 4}
    assert told == [Counter({verdict: n * ROUNDS for verdict, n in wanted.items()})] * 2
    with world.reading() as session:
        kept = session.scalar(sa.select(sa.func.count()).select_from(Scan))
        counted = session.scalar(sa.select(sa.func.sum(LookCount.looks)))
        totals = session.scalar(sa.select(sa.func.sum(StampTotal.looks)))
        noticed = session.scalars(sa.select(Notice.looks)).all()
    assert kept + counted == 2 * ROUNDS * len(looks)
    assert totals == 2 * ROUNDS * 11
    assert list(noticed) == [2 * ROUNDS * 2] * 3
    for edge in edges:
        edge.database.close()
