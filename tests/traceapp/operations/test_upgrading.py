"""The database goes to the version before and back while people look at stamps."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.migrations import check, downgrade, upgrade
from traceapp.records.scans import Scan

pytestmark = pytest.mark.own_database


class Looker(threading.Thread):
    """Somebody who looks at one stamp after the other. `answers` are verdicts, by serial."""

    def __init__(self, running: Any, issued: Any) -> None:
        super().__init__(daemon=True)
        self.running = running
        self.paths = [(issued.serial(n), issued.link_path(n)) for n in range(20)]
        self.answers: list[tuple[int, int, str]] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            for serial, path in self.paths:
                try:
                    answer = self.running.look(path)
                except (OSError, http.client.HTTPException):
                    continue
                self.answers.append((serial, answer.status, answer.json["verdict"]))

    def end(self) -> None:
        self.over.set()
        self.join(60)
        assert not self.is_alive()


def test_an_upgrade_while_scans_come_in_loses_none_of_them(
    world: Any, operator: Any, whole: Any
) -> None:
    issued = world.issue()
    running = operator.serve()
    lookers = [Looker(running, issued) for _ in range(2)]
    for looker in lookers:
        looker.start()

    def some_more() -> None:
        before = [len(each.answers) for each in lookers]
        running.until(
            lambda: all(len(each.answers) >= n + 3 for each, n in zip(lookers, before, strict=True))
        )

    some_more()
    downgrade(world.edge.database, "-1")
    some_more()
    upgrade(world.edge.database)
    some_more()
    running.stop()
    new = operator.serve(port=running.port)
    some_more()
    for looker in lookers:
        looker.end()
    new.stop()

    answered = [answer for looker in lookers for answer in looker.answers]
    assert {(status, verdict) for _, status, verdict in answered} <= {
        (200, "registered"),
        (503, "unchecked"),
    }
    with world.reading() as session:
        kept = Counter(session.scalars(sa.select(Scan.serial).where(Scan.verdict == "registered")))
    assert not Counter(serial for serial, status, _ in answered if status == 200) - kept
    assert answered[-1][1] == 200
    check(world.edge.database)
    assert whole()
