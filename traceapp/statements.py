"""Statements that every look needs: compiled once, and run by the database's own driver.

Of what is asked thousands of times a second, SQLAlchemy's own handling costs several times what the
database does. It still says what the statement is, in both dialects, and how values pass in and
out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from traceapp.database import Base, UtcDateTime, insert_into

Pass = Callable[[Any], Any]  # turns a value into what a driver takes, or back


class Prepared:
    """A family of statements: `build` makes one for a dialect's name and a shape, such as a number
    of rows. It takes named parameters alone, and what it returns are plain tuples."""

    def __init__(self, build: Callable[..., sa.Executable]) -> None:
        self._build = build
        self._compiled: dict[tuple[Hashable, ...], _Ready] = {}

    def rows(
        self, session: Session, values: Mapping[str, Any], *shape: Hashable
    ) -> list[tuple[Any, ...]]:
        """Run it in the session's transaction. Raises what the driver raises, wrapped as ever."""
        connection = _connection(session)
        key = (connection.dialect.name, *shape)
        ready = self._compiled.get(key)
        if ready is None:
            statement = self._build(*key)
            ready = self._compiled[key] = _Ready(statement, connection.dialect)
        return ready.run(connection, values)


class PreparedInsert:
    """INSERTs of whole rows into one table."""

    def __init__(self, table: type[Base]) -> None:
        self._table = table
        self._names = [column.name for column in table.__table__.columns]
        self._values_of = itemgetter(*self._names)
        self._compiled: dict[tuple[str, int], _ReadyRows] = {}

    def keep(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert them, in one statement. Raises what the driver raises, wrapped as ever."""
        connection = _connection(session)
        dialect, count = connection.dialect, len(rows)
        ready = self._compiled.get((dialect.name, count))
        if ready is None:
            statement = insert_into(dialect.name, self._table).values(self._parameters(count))
            ready = _ReadyRows(statement, dialect, self._names, count)
            self._compiled[dialect.name, count] = ready
        ready.insert(connection, map(self._values_of, rows))

    def _parameters(self, count: int) -> list[dict[str, sa.BindParameter[Any]]]:
        columns = self._table.__table__.columns
        return [
            {each.name: sa.bindparam(f"{each.name}_{n}", type_=each.type) for each in columns}
            for n in range(count)
        ]


def _connection(session: Session) -> sa.Connection:
    bind = session.get_bind()
    return bind if isinstance(bind, sa.Connection) else session.connection()


def numbered(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Many rows as the parameters of one statement: `at_0` is the `at` of the first."""
    return {f"{name}_{n}": value for n, row in enumerate(rows) for name, value in row.items()}


class _Ready:
    def __init__(self, statement: sa.Executable, dialect: sa.Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._dialect = dialect
        self._text = str(compiled)
        self._order: list[str] | None = compiled.positiontup
        self._known = compiled.construct_params(_check=False)
        self._passes_in = _bound(compiled, dialect)
        self._passes_out = _returned(compiled, dialect)

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        given = {**self._known, **values}
        for name, pass_in in self._passes_in:
            given[name] = pass_in(given[name])
        order = self._order
        rows = self._ask(connection, given if order is None else [given[name] for name in order])
        return [self._passed(row) for row in rows] if self._passes_out else rows

    def _ask(self, connection: sa.Connection, values: Any) -> list[tuple[Any, ...]]:
        cursor = connection.connection.cursor()
        driver = self._dialect.loaded_dbapi.Error
        try:
            cursor.execute(self._text, values)
            return list(cursor.fetchall()) if cursor.description else []
        except driver as error:
            raise DBAPIError.instance(
                self._text, None, error, driver, hide_parameters=True, dialect=self._dialect
            ) from error
        finally:
            cursor.close()

    def _passed(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        told = list(row)
        for at, pass_out in self._passes_out:
            told[at] = pass_out(told[at])
        return tuple(told)


class _ReadyRows(_Ready):
    """An INSERT of so many rows, whose values come in the order of their columns' names."""

    def __init__(
        self, statement: sa.Executable, dialect: sa.Dialect, names: Sequence[str], count: int
    ) -> None:
        super().__init__(statement, dialect)
        passes = dict(self._passes_in)
        first = enumerate(f"{name}_0" for name in names)
        self._row_passes = [(at, passes[name]) for at, name in first if name in passes]
        self._named = [f"{name}_{n}" for n in range(count) for name in names]
        assert self._order in (None, self._named)  # Else values would go into wrong columns.

    def insert(self, connection: sa.Connection, rows: Iterable[Sequence[Any]]) -> None:
        values: list[Any] = []
        for row in rows:
            passed = list(row)
            for at, pass_in in self._row_passes:
                passed[at] = pass_in(passed[at])
            values += passed
        by_name = self._order is None
        self._ask(connection, dict(zip(self._named, values, strict=True)) if by_name else values)


def _bound(compiled: Any, dialect: sa.Dialect) -> list[tuple[str, Pass]]:
    """What each parameter's type does with a value, where it does anything."""
    types = {name: bind.type for bind, name in compiled.bind_names.items()}
    passes = [(name, _pass_in(kind, dialect)) for name, kind in types.items()]
    return [(name, pass_in) for name, pass_in in passes if pass_in is not None]


def _pass_in(kind: Any, dialect: sa.Dialect) -> Pass | None:
    return _moments(dialect) if isinstance(kind, UtcDateTime) else _plainly(kind, dialect)


@cache
def _moments(dialect: sa.Dialect) -> Pass | None:
    """A look's moment goes into several columns."""
    pass_in = _plainly(UtcDateTime(), dialect)
    return None if pass_in is None else lru_cache(maxsize=256)(pass_in)


def _plainly(kind: Any, dialect: sa.Dialect) -> Pass | None:
    pass_in: Pass | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return pass_in


def _returned(compiled: Compiled, dialect: sa.Dialect) -> list[tuple[int, Pass]]:
    """What the type of each column that comes back does with a value, where it does anything."""
    statement: Any = compiled.statement
    passes = [
        (at, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for at, column in enumerate(statement.exported_columns)
    ]
    return [(at, pass_out) for at, pass_out in passes if pass_out is not None]
