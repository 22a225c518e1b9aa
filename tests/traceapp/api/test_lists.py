"""Lists in pages: nothing left out, nothing twice, and cursors that hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from stamps import Key, sign
from traceapp.services.scans.scanning import Look, scan


def pages(world: Any, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
    """Every page of a list; the cursor is put into the address as it is, without encoding."""
    address = f"/api/v1{path}?" + "&".join(f"{name}={value}" for name, value in query.items())
    cursor = ""
    while True:
        answer = world.client().get(address + cursor, headers=world.officer.headers)
        assert answer.status_code == 200, answer.text
        yield answer.json["items"]
        if answer.json["next_cursor"] is None:
            return
        cursor = f"&cursor={answer.json['next_cursor']}"


@pytest.fixture
def filled(world: Any) -> Any:
    """A world with seven of everything, or more."""
    for n in range(7):
        issued = world.issue(10, roll=n % 2 == 1)
        issued.recall() if issued.batch else None
        with world.writing() as session:
            code = issued.code()
            scan(session, Look(code, f"p{n}", "s"), world.edge.scanning, world.now)
        world.alert(issued)
        if n < 5:
            world.product()
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    for _ in range(6):
        world.compromise(world.edge.stamp_keys.ring().newest.id)
    return world


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("/products", "products"),
        ("/batches", "batches"),
        ("/stamp-requests", "stamp_requests"),
        ("/stamp-runs", "stamp_runs"),
        ("/recalls", "recalls"),
        ("/compromised-keys", "compromised_keys"),
        ("/scans", "scans"),
        ("/alerts", "alerts"),
    ],
)
def test_pages_hold_everything_once_and_in_order(
    filled: Any, path: str, table: str, limit: int
) -> None:
    found = [each["id"] for page in pages(filled, path, limit=limit) for each in page]
    with filled.edge.database.engine.connect() as connection:
        every = list(connection.exec_driver_sql(f"SELECT id FROM {table} ORDER BY id").scalars())
    assert len(every) >= 4
    assert found == (every[::-1] if path in ("/scans", "/alerts") else every)


def test_a_page_is_never_longer_than_its_limit(filled: Any) -> None:
    for page in pages(filled, "/stamp-runs", limit=3):
        assert 0 < len(page) <= 3


def test_an_empty_list_is_one_empty_page(world: Any) -> None:
    assert list(pages(world, "/recalls")) == [[]]
    assert list(pages(world, "/scans")) == [[]]


def test_what_happened_to_a_run_is_listed_for_that_run_alone(world: Any) -> None:
    first, second = world.issue(30, activate=False), world.issue(30, activate=False)
    for n in range(0, 10, 2):
        first.activate(n, n)
        first.void(n + 1)
    second.activate(0, 0)
    for what, length in (("activations", 5), ("voids", 5)):
        path = f"/stamp-runs/{first.run.id}/{what}"
        found = [each for page in pages(world, path, limit=2) for each in page]
        assert len(found) == length and {each["run_id"] for each in found} == {first.run.id}
    assert list(pages(world, f"/stamp-runs/{second.run.id}/voids")) == [[]]


@pytest.fixture
def log(world: Any) -> tuple[Any, dict[str, Any]]:
    """Scans an hour apart: registered, void, forged, and one of a roll that waits."""
    issued, roll = world.issue(3), world.issue(3, roll=True)
    issued.void(1)
    codes = [issued.code(0), issued.code(1), sign(Key(bytes(32)), 9), roll.code(0), issued.code(2)]
    start = world.now
    for n, code in enumerate(codes):
        world.now = start + timedelta(hours=n)
        with world.writing() as session:
            scan(session, Look(code, "p", "s"), world.edge.scanning, world.now)
    return world, {"issued": issued, "roll": roll, "start": start}


def found(world: Any, **query: Any) -> list[int]:
    """The scans that a filter finds, by their place in the log, newest first."""
    items = [each for page in pages(world, "/scans", limit=2, **query) for each in page]
    return [each["id"] - 1 for each in items]


def test_each_filter_finds_what_it_says(log: tuple[Any, dict[str, Any]]) -> None:
    world, made = log
    issued, roll = made["issued"], made["roll"]
    assert found(world) == [4, 3, 2, 1, 0]
    assert found(world, verdict="registered") == [4, 0]
    assert found(world, verdict="void") == [1]
    assert found(world, verdict="expired") == []
    assert found(world, run_id=issued.run.id) == [4, 1, 0]
    assert found(world, run_id=roll.run.id) == [3]
    assert found(world, batch_id=issued.batch.id) == [4, 1, 0]
    assert found(world, product_id=world.producer.product.id) == [4, 3, 1, 0]
    assert found(world, product_id=world.neighbour.product.id) == []
    assert found(world, serial=issued.serial(1)) == [1]
    assert found(world, serial=9) == [2]


def test_filters_hold_together(log: tuple[Any, dict[str, Any]]) -> None:
    world, made = log
    run = made["issued"].run.id
    at = [(made["start"] + timedelta(hours=n)).isoformat().replace("+", "%2B") for n in range(6)]
    assert found(world, run_id=run, verdict="registered") == [4, 0]
    assert found(world, run_id=run, verdict="registered", since=at[1]) == [4]
    assert found(world, run_id=run, until=at[4], since=at[1]) == [1]
    assert found(world, run_id=run, verdict="forged") == []


def test_since_belongs_to_the_span_and_until_does_not(log: tuple[Any, dict[str, Any]]) -> None:
    world, made = log
    at = [made["start"] + timedelta(hours=n) for n in range(6)]

    def text(n: int, seconds: int = 0) -> str:
        return (at[n] + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")

    assert found(world, since=text(2)) == [4, 3, 2]
    assert found(world, since=text(2, 1)) == [4, 3]
    assert found(world, until=text(2)) == [1, 0]
    assert found(world, until=text(2, 1)) == [2, 1, 0]
    assert found(world, since=text(1), until=text(3)) == [2, 1]
    assert found(world, since=text(3), until=text(1)) == []
    assert found(world, since=text(2), until=text(2)) == []


def test_a_time_may_come_in_any_zone_and_with_a_bare_plus(log: tuple[Any, dict[str, Any]]) -> None:
    world, made = log
    assert made["start"].isoformat() == "2026-06-15T05:00:00+00:00"
    for written in (
        "2026-06-15T14:00:00+07:00",
        "2026-06-15T14:00:00%2B07:00",
        "2026-06-15T14:00:00+0700",
        "2026-06-15T07:00:00Z",
        "2026-06-15T02:00:00-05:00",
        "2026-06-15T07:00:00.000000Z",
    ):
        assert found(world, since=written) == [4, 3, 2], written


def test_a_cursor_stays_where_it_was_while_new_scans_arrive(
    log: tuple[Any, dict[str, Any]],
) -> None:
    world, made = log
    seen: list[int] = []
    for page in pages(world, "/scans", limit=2):
        seen += [each["id"] - 1 for each in page]
        with world.writing() as session:  # at the same moment as the newest, and later
            code = made["issued"].code(0)
            scan(session, Look(code, "p", "s"), world.edge.scanning, world.now)
        world.now += timedelta(minutes=1)
    assert seen == [4, 3, 2, 1, 0]


def test_scans_of_one_moment_are_paged_without_gaps(world: Any) -> None:
    issued = world.issue(1)
    for n in range(7):
        with world.writing() as session:
            scan(session, Look(issued.code(), f"p{n}", "s"), world.edge.scanning, world.now)
    assert found(world) == [6, 5, 4, 3, 2, 1, 0]


def test_a_scan_tells_of_a_stamp_and_not_of_a_person(log: tuple[Any, dict[str, Any]]) -> None:
    world, _ = log
    (newest, *_) = next(pages(world, "/scans"))
    assert set(newest) == {
        "id",
        "at",
        "kind",
        "agent",
        "typed",
        "serial",
        "verdict",
        "authentication",
        "reasons",
        "run_id",
        "product_id",
        "batch_id",
        "link_gtin",
        "link_lot",
    }
    path = f"/api/v1/scans/{newest['id']}"
    assert world.client().get(path, headers=world.officer.headers).json == newest
