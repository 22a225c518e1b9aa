"""What the database itself refuses, whoever asks and however."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from stamps import BLOCK
from traceapp.services.scans.scanning import Look, scan

AT = "2026-06-15 05:00:00+00:00"


def execute(world: Any, statement: str, **values: Any) -> None:
    with world.edge.database.engine.begin() as connection:
        connection.execute(sa.text(statement), values)


def insert(world: Any, table: str, **values: Any) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    execute(world, f"INSERT INTO {table} ({names}) VALUES ({places})", **values)


def a_run(world: Any, first: int, last: int) -> dict[str, Any]:
    """Columns of a run over first..last, for a request that has none."""
    request_id = world.ask(1, None)
    return {
        "request_id": request_id,
        "party_id": world.producer.party.id,
        "product_id": world.producer.product.id,
        "first_serial": first,
        "last_serial": last,
        "quantity": last - first + 1,
        "key_id": "00000000",
        "origin": "http://tem.example.vn",
        "link_form": "short",
        "demonstration": True,
        "created_by": world.officer.actor.account_id,
        "created_at": AT,
    }


def a_range(issued: Any, first: int, last: int, **more: Any) -> dict[str, Any]:
    """Columns of an activation or void of a run; `first` and `last` count from the run's first."""
    return {
        "run_id": issued.run.id,
        "run_first": issued.run.first_serial,
        "run_last": issued.run.last_serial,
        "first_serial": issued.run.first_serial + first,
        "last_serial": issued.run.first_serial + last,
        "created_by": issued.world.officer.actor.account_id,
        "created_at": AT,
    } | more


MEETINGS = [(10, 19), (10, 10), (19, 19), (5, 10), (19, 25), (5, 25), (12, 17), (0, 29)]
APART = [(0, 9), (20, 29), (9, 9), (20, 20)]


def ranged(issued: Any, table: str, first: int, last: int) -> dict[str, Any]:
    extra = {"batch_id": issued.batch.id} if table == "activations" else {"reason": "lost"}
    return a_range(issued, first, last, **extra)


@pytest.mark.parametrize("table", ["activations", "voids"])
def test_ranges_that_meet_are_refused_and_neighbours_are_not(world: Any, table: str) -> None:
    issued = world.issue(30, activate=False)
    insert(world, table, **ranged(issued, table, 10, 19))
    for first, last in MEETINGS:
        with pytest.raises(IntegrityError):
            insert(world, table, **ranged(issued, table, first, last))
    for first, last in APART[:2]:
        insert(world, table, **ranged(issued, table, first, last))


@pytest.mark.parametrize("table", ["activations", "voids"])
def test_a_range_cannot_be_moved_onto_another(world: Any, table: str) -> None:
    issued = world.issue(30, activate=False)
    insert(world, table, **ranged(issued, table, 0, 4))
    insert(world, table, **ranged(issued, table, 10, 14))
    for change in ("first_serial = first_serial - 6", "last_serial = last_serial + 6"):
        place = "ASC" if change.startswith("last") else "DESC"
        one = f"SELECT id FROM {table} ORDER BY first_serial {place} LIMIT 1"
        with pytest.raises(IntegrityError):
            execute(world, f"UPDATE {table} SET {change} WHERE id = ({one})")


UNDONE = {"undone_at": AT, "undone_by": 1, "undo_reason": "slip"}


@pytest.mark.parametrize("table", ["activations", "voids"])
def test_an_undone_range_is_in_nobodys_way_and_comes_back_over_nobody(
    world: Any, table: str
) -> None:
    issued = world.issue(30, activate=False)
    for _ in range(2):
        insert(world, table, **ranged(issued, table, 10, 19) | UNDONE)
    for first, last in ((5, 12), (13, 29)):
        insert(world, table, **ranged(issued, table, first, last))
    with pytest.raises(IntegrityError):
        insert(world, table, **ranged(issued, table, 10, 19))
    with pytest.raises(IntegrityError):
        execute(world, f"UPDATE {table} SET undone_at = NULL")


def test_a_batch_is_on_hold_once_at_a_time(world: Any) -> None:
    hold = {"batch_id": world.batch().id, "reason": "A", "created_by": 1, "created_at": AT}
    for _ in range(2):
        insert(world, "holds", **hold, released_at=AT)
    insert(world, "holds", **hold)
    with pytest.raises(IntegrityError):
        insert(world, "holds", **hold)


def test_a_run_has_one_unseen_notice_of_a_kind(world: Any) -> None:
    issued = world.issue(5, activate=False)
    notice = {
        "party_id": world.producer.party.id,
        "kind": "not_activated",
        "run_id": issued.run.id,
        "serial": issued.serial(),
        "looks": 1,
        "first_at": AT,
        "last_at": AT,
    }
    for _ in range(2):
        insert(world, "notices", **notice, seen_at=AT)
    insert(world, "notices", **notice)
    with pytest.raises(IntegrityError):
        insert(world, "notices", **notice)


@pytest.mark.parametrize("table", ["activations", "voids"])
@pytest.mark.parametrize(("first", "last"), [(-1, 5), (25, 30), (-5, -1), (30, 35), (7, 6)])
def test_a_range_cannot_leave_its_run(world: Any, table: str, first: int, last: int) -> None:
    issued = world.issue(30, activate=False)
    with pytest.raises(IntegrityError):
        insert(world, table, **ranged(issued, table, first, last))


def test_a_range_cannot_claim_wider_ends_for_its_run(world: Any) -> None:
    issued = world.issue(30, activate=False)
    wider = {"run_last": issued.run.last_serial + BLOCK}
    with pytest.raises(IntegrityError):
        insert(world, "voids", **ranged(issued, "voids", 30, 35) | wider)


def test_runs_never_meet(world: Any) -> None:
    issued = world.issue(BLOCK + 1, roll=True)
    start = issued.run.first_serial
    taken = [(start, start), (start + BLOCK, start + BLOCK), (start, start + 3 * BLOCK)]
    for first, last in taken:
        with pytest.raises(IntegrityError):
            insert(world, "stamp_runs", **a_run(world, first, last))
    insert(world, "stamp_runs", **a_run(world, start + 2 * BLOCK, start + 3 * BLOCK))
    with pytest.raises(IntegrityError):  # it begins between the two and reaches the second
        insert(world, "stamp_runs", **a_run(world, start + BLOCK, start + 2 * BLOCK))


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_serial": 5 * BLOCK + 1, "last_serial": 5 * BLOCK + 1, "quantity": 1},
        {"first_serial": -BLOCK, "last_serial": -BLOCK, "quantity": 1},
        {"quantity": 2},
        {"last_serial": 5 * BLOCK - 1, "quantity": 0},
    ],
)
def test_a_run_of_the_wrong_shape_is_refused(world: Any, wrong: dict[str, int]) -> None:
    with pytest.raises(IntegrityError):
        insert(world, "stamp_runs", **a_run(world, 5 * BLOCK, 5 * BLOCK) | wrong)


def test_a_request_has_one_run(world: Any) -> None:
    issued = world.issue()
    second = a_run(world, 9 * BLOCK, 9 * BLOCK) | {"request_id": issued.run.request_id}
    with pytest.raises(IntegrityError):
        insert(world, "stamp_runs", **second)


def test_a_serial_is_redeemed_once(world: Any) -> None:
    insert(world, "redemptions", serial=7, at=AT, scan_id=1)
    with pytest.raises(IntegrityError):
        insert(world, "redemptions", serial=7, at=AT, scan_id=2)


def a_scan(world: Any, issued: Any) -> None:
    with world.writing() as session:
        scan(session, Look(issued.code(), "phone", "192.0.2.1"), world.edge.scanning, world.now)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("scans", "verdict = 'registered'"),
        ("acts", "name = 'other'"),
        ("stamp_runs", "lot = 'other'"),
        ("redemptions", "scan_id = 2"),
        ("compromised_keys", "key_id = 'other'"),
    ],
)
def test_what_is_append_only_is_neither_changed_nor_deleted(
    world: Any, table: str, change: str
) -> None:
    issued = world.issue()
    a_scan(world, issued)
    insert(world, "redemptions", serial=issued.serial(), at=AT, scan_id=1)
    world.compromise(issued.run.key_id)
    statements = [f"UPDATE {table} SET {change}", f"DELETE FROM {table}"]
    if not world.edge.database.embedded:
        statements.append(f"TRUNCATE {table} CASCADE")
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"):
            execute(world, statement)


def test_there_is_one_counter(world: Any) -> None:
    with pytest.raises(IntegrityError):
        insert(world, "counter", id=2, next_serial=0, cluster="")


def test_a_batch_has_units_and_expires_after_it_was_made(world: Any) -> None:
    batch = world.batch()
    for change in ("quantity = 0", "expires_at = produced_at"):
        with pytest.raises(IntegrityError):
            execute(world, f"UPDATE batches SET {change} WHERE id = {batch.id}")


def test_rows_point_at_rows_that_are_there(world: Any) -> None:
    batch = world.batch()
    for column in ("product_id", "facility_id", "party_id", "created_by"):
        with pytest.raises(IntegrityError):
            execute(world, f"UPDATE batches SET {column} = 999999 WHERE id = {batch.id}")
    with pytest.raises(IntegrityError):
        execute(world, f"DELETE FROM products WHERE id = {batch.product_id}")
