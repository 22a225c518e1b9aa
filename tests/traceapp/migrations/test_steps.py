"""Every version by itself: up and down a step at a time, with rows in each of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.schema import sort_tables

from traceapp.database import Database
from traceapp.migrations import (
    RowsWouldBeLost,
    alembic_config,
    check,
    downgrade,
    upgrade,
    version_of,
)

pytestmark = pytest.mark.own_database

AT = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)

# What a table's own rules want of its one row, beyond the kinds of its columns.
WANTED: dict[str, dict[str, Any]] = {
    "accounts": {"role": "officer", "demonstration": False},
    "activations": {"undone_at": None, "undone_by": None, "undo_reason": None},
    "voids": {"undone_at": None, "undone_by": None, "undo_reason": None, "reason": "damaged"},
    "stamp_runs": {"first_serial": 4096, "last_serial": 4105, "quantity": 10},
    "stamp_requests": {"quantity": 10},
    "recall_ranges": {"first_serial": 4096, "last_serial": 4105},
    "scans": {"kind": "look", "agent": "person"},
    "parties": {"name": "Hộ bà Năm Quyên"},
    "batches": {"expires_at": datetime(2028, 6, 15, tzinfo=UTC)},
}


@pytest.fixture
def database(settings: Any) -> Iterator[Database]:
    """A database without a table."""
    opened = Database(settings.url)
    downgrade(opened)
    yield opened
    opened.close()


def revisions(database: Database) -> list[str]:
    """Every version, the oldest first."""
    with database.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    return [each.revision for each in reversed(list(scripts.walk_revisions()))]


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """The tables of the version that the database is at, those that others refer to first."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    # Accounts and parties refer to each other: accounts go first, without a party.
    ordered = sort_tables(metadata.tables.values(), lambda key: key.parent.table.name == "accounts")
    return [each for each in ordered if each.name != "alembic_version"]


def fill(database: Database) -> None:
    """Put a row into every table that holds none."""
    engine = database.engine.execution_options(writing=True)
    with engine.begin() as connection:
        for table in tables_of(connection):
            if connection.execute(sa.select(table).limit(1)).first() is None:
                connection.execute(table.insert(), row_of(connection, table))


def row_of(connection: sa.Connection, table: sa.Table) -> dict[str, Any]:
    """One row that the table's rules allow."""
    row = {column.name: value_of(column) for column in table.columns}
    for reference in table.foreign_key_constraints:
        other = reference.referred_table
        found = connection.execute(sa.select(other).limit(1)).mappings().first() or {}
        for column, element in zip(reference.columns, reference.elements, strict=True):
            row[column.name] = found.get(element.column.name)
    if "run_first" in row:
        row |= {"first_serial": row["run_first"], "last_serial": row["run_last"]}
    return row | {name: value for name, value in WANTED.get(table.name, {}).items() if name in row}


def value_of(column: sa.Column[Any]) -> Any:
    kind = column.type
    if column.name == "id" or isinstance(kind, sa.Boolean):
        return 1 if column.name == "id" else True
    if isinstance(kind, sa.DateTime):
        return AT
    if isinstance(kind, sa.Date):
        return date(2026, 6, 15)
    if isinstance(kind, sa.JSON):
        return {"key": "value"}
    if isinstance(kind, sa.LargeBinary):
        return b"\x01" * 16
    if isinstance(kind, sa.String):
        return "submitted" if column.name == "state" else "x"
    return 1


def counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            table.name: connection.scalars(sa.select(sa.func.count()).select_from(table)).one()
            for table in tables_of(connection)
        }


def test_every_version_takes_over_the_rows_of_the_one_before(database: Database) -> None:
    before: dict[str, int] = {}
    for revision in revisions(database):
        upgrade(database, revision)
        found = counts(database)
        assert {name: found[name] for name in before} == before, revision
        fill(database)
        before = counts(database)
        assert all(before.values()), before
    check(database)


def test_every_version_goes_back_with_rows_in_every_table(database: Database) -> None:
    upgrade(database)
    fill(database)
    for revision in [*reversed(revisions(database)[:-1]), "base"]:
        kept = counts(database)
        downgrade(database, revision)
        assert version_of(database) == (None if revision == "base" else revision)
        left = counts(database)
        # What the older version knows at all, it knows whole: no row here was undone.
        assert left == {name: kept[name] for name in left}, revision
        fill(database)
    upgrade(database)
    check(database)


def test_each_step_back_and_forth_leaves_the_tables_as_they_were(database: Database) -> None:
    def shape() -> Any:
        inspector = sa.inspect(database.engine)
        return {
            name: (
                sorted(each["name"] for each in inspector.get_columns(name)),
                sorted(str(each["name"]) for each in inspector.get_indexes(name)),
                sorted(str(each["name"]) for each in inspector.get_foreign_keys(name)),
            )
            for name in inspector.get_table_names()
        }

    shapes = []
    for revision in revisions(database):
        upgrade(database, revision)
        shapes.append(shape())
    for revision, expected in reversed(list(zip(revisions(database), shapes, strict=True))):
        downgrade(database, revision) if revision != version_of(database) else None
        assert shape() == expected, revision


def test_rows_of_a_later_version_are_not_dropped_by_mistake(database: Database) -> None:
    guarded = []
    for previous, version in pairwise(revisions(database)):
        upgrade(database, version)
        fill(database)
        if brought := _new_tables(database, previous, version) - {"changes"}:
            before = counts(database)
            with pytest.raises(RowsWouldBeLost) as caught:
                downgrade(database, previous, drop_rows=False)
            assert caught.value.rows == dict.fromkeys(brought, 1)
            assert (version_of(database), counts(database)) == (version, before)
            guarded.append(version)
        downgrade(database, previous)
        assert version_of(database) == previous
        upgrade(database, version)
        downgrade(database, previous, drop_rows=False)  # What came back is empty, and may go.
        assert version_of(database) == previous
        upgrade(database, version)
    assert guarded


def test_a_table_that_only_counts_holds_nobody_back(database: Database) -> None:
    upgrade(database, "0004")
    fill(database)
    assert counts(database)["changes"] == 1
    downgrade(database, "0003", drop_rows=False)
    assert version_of(database) == "0003" and "changes" not in counts(database)


def test_going_back_counts_rows_that_stay_in_no_table(world: Any) -> None:
    """Undone ranges have no place in the first version, though their table has one."""
    issued = world.issue()
    issued.void()
    database = world.edge.database
    with world.writing() as session:
        session.execute(sa.text("UPDATE voids SET undone_at = created_at, undone_by = created_by"))
    with pytest.raises(RowsWouldBeLost) as caught:
        downgrade(database, "0001", drop_rows=False)
    assert caught.value.rows["voids"] == 1 and "activations" not in caught.value.rows


def _new_tables(database: Database, previous: str, newest: str) -> set[str]:
    names = set(counts(database))
    downgrade(database, previous)
    older = set(counts(database))
    upgrade(database, newest)
    fill(database)
    return names - older
