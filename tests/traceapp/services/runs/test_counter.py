"""No serial is given out twice, whatever becomes of the database and of the mark beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from serials import (
    advance,
    advanced,
    approve_or_advance,
    assert_nothing_twice,
    on_postgresql,
    second_machine,
    seen,
)

from stamps import BLOCK, MAX_SERIAL
from traceapp.edge import prepare
from traceapp.records.counter import CLUSTER, Unissued, lock_counter, move_counter
from traceapp.services.refusals import Conflict, NotNow
from traceapp.services.runs.issuing import REACH
from traceapp.services.runs.reading_runs import RunTold

pytestmark = pytest.mark.own_database


def execute(world: Any, statement: str) -> Any:
    """Run a statement by itself, outside every transaction."""
    engine = world.edge.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = connection.exec_driver_sql(statement)
        return found.scalar() if found.returns_rows else None


def next_serial(world: Any) -> int:
    return int(execute(world, "SELECT next_serial FROM counter"))


def cluster(world: Any) -> str:
    return str(execute(world, "SELECT cluster FROM counter"))


def test_runs_begin_on_blocks_and_follow_each_other(world: Any) -> None:
    quantities = (1, BLOCK, BLOCK + 1, 20)
    runs = [world.approve(world.ask(each, None)) for each in quantities]
    assert [run.first_serial for run in runs] == [0, BLOCK, 2 * BLOCK, 4 * BLOCK]
    assert world.edge.mark.read() == next_serial(world) == 5 * BLOCK


def test_one_look_with_a_leaked_key_does_not_use_up_the_counter(world: Any) -> None:
    run = world.approve(world.ask(30, None))
    known = next_serial(world)
    within, beyond = known + REACH, known + REACH + 1
    for serial in (MAX_SERIAL, beyond, beyond, run.last_serial + 5, within):
        seen(world, serial)
    told = advanced(world, room=0)
    assert within < told.next_serial <= within + BLOCK
    left = Unissued(1, MAX_SERIAL, MAX_SERIAL)
    assert told.left_out == (left if told.next_serial > beyond else Unissued(2, beyond, MAX_SERIAL))
    assert world.approve(world.ask(30, None)).first_serial == told.next_serial


def test_what_was_seen_too_far_off_is_told_and_passed_by_room_alone(world: Any) -> None:
    world.approve(world.ask(30, None))
    far = next_serial(world) + REACH + 3 * BLOCK
    seen(world, far)
    told = advanced(world, room=BLOCK)
    assert told.next_serial < 10 * BLOCK and told.left_out == Unissued(1, far, far)
    told = advanced(world, room=REACH + 10 * BLOCK)
    assert told.next_serial > far and told.left_out is None


def test_advancing_leaves_the_room_that_was_asked_for_and_repeats_safely(world: Any) -> None:
    run = world.approve(world.ask(30, None))
    first = advance(world, 5 * BLOCK)
    second = advance(world, 5 * BLOCK)
    assert run.last_serial + 5 * BLOCK < first < second
    assert first % BLOCK == second % BLOCK == 0
    assert world.edge.mark.read() == next_serial(world) == second
    assert world.approve(world.ask(1, None)).first_serial == second


def test_a_mark_that_vanished_is_missed_beside_an_embedded_database(world: Any) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    before = world.approve(asked[0])
    world.edge.mark.file.unlink()
    # Many machines may share a PostgreSQL: there a mark is only one machine's memory.
    run = approve_or_advance(world, asked[1], refused=world.edge.database.embedded)
    assert_nothing_twice(world, before, run)
    assert world.edge.mark.read() == next_serial(world)


def test_two_machines_share_a_postgresql_without_ado(world: Any, tmp_path: Path) -> None:
    on_postgresql(world)
    other = second_machine(world, tmp_path / "machine")
    prepare(other.edge)
    runs = [each.approve(each.ask(30, None)) for each in (world, other, world, world, other)]
    assert_nothing_twice(world, *runs)
    other.edge.database.close()


def test_a_counter_that_somebody_else_wrote_is_not_trusted(world: Any, tmp_path: Path) -> None:
    on_postgresql(world)
    world.approve(world.ask(30, None))
    other = second_machine(world, tmp_path / "machine")
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE kept AS SELECT * FROM counter")
        connection.exec_driver_sql("DELETE FROM counter")
        connection.exec_driver_sql("INSERT INTO counter SELECT * FROM kept")
    for each in (world, other):
        with pytest.raises(Conflict, match="traceapp counter advance"):
            each.approve(each.ask(30, None))
    other.edge.database.close()


def test_looking_at_the_counter_and_tidying_it_up_leave_it_trusted(world: Any) -> None:
    on_postgresql(world)
    first = world.approve(world.ask(30, None))
    with world.writing() as session:
        lock_counter(session)
    for statement in (
        "VACUUM FREEZE counter",
        "VACUUM FULL counter",
    ):
        execute(world, statement)
    assert world.approve(world.ask(30, None)).first_serial == first.first_serial + BLOCK


@pytest.mark.parametrize("content", [b"", b"4096", b"\xff\xfe", b"4o96\n"])
def test_a_damaged_mark_refuses_in_words_and_over_http(
    world: Any, unchanged: Any, content: bytes
) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    before = world.approve(asked[0])
    file = world.edge.mark.file
    file.write_bytes(content)
    with unchanged():
        with pytest.raises(NotNow, match=r"serials\.highwater.*traceapp counter advance"):
            world.approve(asked[1])
        with pytest.raises(NotNow):
            advance(world)
        path = f"/api/v1/stamp-requests/{asked[1]}/approval"
        answer = world.client().post(path, headers=world.officer.headers)
        assert (answer.status_code, answer.json["code"]) == (503, "mark")
        assert str(file.parent) not in answer.text
    file.rename(file.with_suffix(".damaged"))
    advance(world)
    assert_nothing_twice(world, before, world.approve(asked[1]))


def test_an_approval_that_is_undone_leaves_a_gap_and_nothing_twice(world: Any) -> None:
    asked = [world.ask(30, None) for _ in range(2)]
    before = world.approve(asked[0])
    given: list[RunTold] = []

    def break_off() -> None:
        from traceapp.services.runs.issuing import approve_request

        with world.writing() as session:
            officer, issuing = world.officer.actor, world.edge.issuing
            given.append(approve_request(session, officer, asked[1], issuing, world.now).run)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        break_off()
    # A database that does not know of serials below the mark looks like an older copy.
    run = approve_or_advance(world, asked[1], refused=not world.edge.database.embedded)
    assert_nothing_twice(world, before, given[0], run)


def test_what_is_refused_takes_no_serials(world: Any, refused: Any) -> None:
    world.approve(world.ask(30, None))
    batch = world.batch(quantity=10)
    request_id = world.ask(10, batch)
    with world.edge.database.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE batches SET quantity = 5 WHERE id = :id"), {"id": batch.id}
        )
    standing = world.edge.mark.read()
    with refused(Conflict, "over_quantity"):
        world.approve(request_id)
    assert world.edge.mark.read() == standing


def test_the_last_serials_are_given_and_none_after_them(world: Any, refused: Any) -> None:
    last_block = MAX_SERIAL + 1 - BLOCK
    with world.writing() as session:
        move_counter(session, lock_counter(session), last_block)
    too_many, all_of_them, one_more = (world.ask(each, None) for each in (BLOCK + 1, BLOCK, 1))
    with refused(Conflict, "serials_used_up"):
        world.approve(too_many)
    assert world.approve(all_of_them).last_serial == MAX_SERIAL
    with refused(Conflict, "serials_used_up"):
        world.approve(one_more)
    with refused(Conflict, "serials_used_up"):
        advance(world)


def test_a_counter_that_was_set_back_by_hand_does_not_reach_issued_serials(world: Any) -> None:
    before = world.approve(world.ask(30, None))
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE counter SET next_serial = 0")
    run = approve_or_advance(world, world.ask(30, None), not world.edge.database.embedded)
    assert_nothing_twice(world, before, run)


def test_the_counter_knows_where_it_was_trusted_last(world: Any) -> None:
    world.approve(world.ask(1, None))
    parts = cluster(world).split("/")
    assert len(parts) == (1 if world.edge.database.embedded else 3)


def test_the_timeline_is_the_one_that_is_written_to(world: Any) -> None:
    """What `pg_control_checkpoint` tells lags behind a promotion until the next checkpoint."""
    on_postgresql(world)
    file = execute(world, "SELECT pg_walfile_name(pg_current_wal_lsn())")
    assert execute(world, f"SELECT {CLUSTER}").split("/")[1] == file[:8]
