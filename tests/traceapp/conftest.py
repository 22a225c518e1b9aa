"""What tests of the service share: what is kept, counted, and acts that happen at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.database import Base, Database
from traceapp.services.refusals import Refusal

# Counting tries is what a limit is for: it changes when an act is refused, and may.
_TABLES = sorted(table for table in Base.metadata.tables if table != "hidden_tries")


def snapshot(database: Database) -> dict[str, Any]:
    """How many rows each table holds, and all that can change in place."""
    with database.engine.connect() as connection:
        kept: dict[str, Any] = {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in _TABLES
        }
        for query in (
            "SELECT id, state, decided_by, decision_reason FROM parties ORDER BY id",
            "SELECT id, state, decided_by, decision_reason FROM facilities ORDER BY id",
            "SELECT id, state, decided_by, decision_reason FROM products ORDER BY id",
            "SELECT id, state, decided_by, decision_reason FROM stamp_requests ORDER BY id",
            "SELECT id, state, closed_by, closure_reason FROM recalls ORDER BY id",
            "SELECT id, undone_at, undo_reason FROM activations ORDER BY id",
            "SELECT id, undone_at, undo_reason FROM voids ORDER BY id",
            "SELECT id, released_at, release_reason FROM holds ORDER BY id",
            "SELECT id, state, decided_by, decision_reason FROM corrections ORDER BY id",
            "SELECT id, state, removed_at, decided_by FROM pictures ORDER BY id",
            "SELECT id, looks, seen_at FROM notices ORDER BY id",
            "SELECT id, count, handled_at, note FROM alerts ORDER BY id",
            "SELECT id, party_id, role, name, closed_at FROM accounts ORDER BY id",
            "SELECT id, password_hash, totp_key_id, totp_step FROM accounts ORDER BY id",
            "SELECT id, used_by, withdrawn_at FROM invitations ORDER BY id",
            "SELECT next_serial, cluster FROM counter",
        ):
            kept[query] = [tuple(row) for row in connection.execute(sa.text(query))]
        return kept


@contextmanager
def _unchanged(database: Database) -> Iterator[None]:
    before = snapshot(database)
    yield
    assert snapshot(database) == before


@pytest.fixture
def unchanged(world: Any) -> Callable[[], Any]:
    """`with unchanged():` fails where anything that is kept was changed within."""
    return lambda: _unchanged(world.edge.database)


@pytest.fixture
def refused(world: Any) -> Callable[..., Any]:
    """`with refused(Conflict, "code", "field"):` also wants everything kept to stay as it was."""

    @contextmanager
    def expect(kind: type[Refusal], code: str, field: str | None = None) -> Iterator[Any]:
        before = snapshot(world.edge.database)
        with pytest.raises(kind) as caught:
            yield caught
        assert type(caught.value) is kind
        assert (caught.value.code, caught.value.field) == (code, field)
        assert str(caught.value)  # every named place of the title has its data
        assert snapshot(world.edge.database) == before

    return expect


def _at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each act returned or raised, all started at the same moment, each in its own thread."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = acts[place]()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def at_once() -> Callable[[list[Callable[[], Any]]], list[Any]]:
    return _at_once
