"""The database: one engine, two kinds of transaction, and the column types every table shares.

SQLite (WAL, synchronous=FULL) and PostgreSQL are equals here. A writing transaction takes SQLite's
write lock at its start, so that what it read is still true when it writes; on PostgreSQL the rows
that a decision rests on are locked by name (`locked`).
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from traceapp.patience import Patience

LOCK_SECONDS = 10  # how long a transaction waits for another's lock before it is refused
LOOK_LOCK_SECONDS = 1  # a buyer is not kept waiting for that long
LOOK_SECONDS = 1.5  # for all that is asked of a server for looks that came together
TRIES_EVERY = 0.0001  # seconds between two tries at the lock that another process holds
CONNECTIONS = 64  # at most as many are open as a process may have threads; few ever are

# A server that is gone without a word is given up in seconds: one that is asked to open a
# connection (connect_timeout), and one that stops to answer on an open one (the others).
_GIVES_UP = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant. Kept in UTC, read back with its zone; a time without a zone is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Facts = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

E = TypeVar("E", bound=StrEnum)
Columns = TypeVarTuple("Columns")


def closed_list(kind: type[E]) -> sa.Enum:
    """A column for a closed list, kept as its text, so that the list can grow without a rebuild."""
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: Facts}


class Database:
    """One database, opened once a process."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._turn = threading.Lock()
        self._patience = Patience(LOOK_SECONDS)
        self.embedded = parsed.get_backend_name() == "sqlite"
        if self.embedded:
            self.engine = _open_sqlite(parsed)
            self._looks = _open_sqlite(parsed)
            event.listen(self._looks, "connect", _sync_less)
        else:
            waits: dict[str, Any] = {"options": f"-c lock_timeout={LOCK_SECONDS}s -c timezone=UTC"}
            # What the URL itself says of these wins.
            patience = {name: n for name, n in _GIVES_UP.items() if name not in parsed.query}
            self.engine = sa.create_engine(
                parsed,
                connect_args=waits | patience,
                hide_parameters=True,
                pool_pre_ping=True,
                pool_size=CONNECTIONS,
            )
            impatient = {
                **(waits | patience),
                "options": f"-c lock_timeout={LOOK_LOCK_SECONDS}s -c timezone=UTC "
                f"-c statement_timeout={int(1000 * LOOK_SECONDS)}",
                "connect_timeout": 2,  # less, libpq takes for 2
            }
            self._looks = sa.create_engine(
                parsed,
                connect_args=impatient,
                hide_parameters=True,
                pool_size=CONNECTIONS,
                pool_timeout=LOOK_LOCK_SECONDS,
            )

    @property
    def place(self) -> str:
        """Where the database is, for a message: a file, or a server, never with a password."""
        url = self.engine.url
        if self.embedded:
            return str(Path(url.database or "").absolute())
        # What stands before an @ may be the rest of a mistyped password.
        host, name = ((text or "").rpartition("@")[2] for text in (url.host, url.database))
        return f"{name} on {host or 'this machine'}{f':{url.port}' if url.port else ''}"

    def make_room(self) -> None:
        """Make the folder of the embedded database's file. Opening a database makes nothing."""
        if self.embedded and self.engine.url.database:
            Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that may write. Committed when the block ends well, else undone."""
        until = time.monotonic() + LOCK_SECONDS
        engine = self.engine.execution_options(writing=True, until=until)
        opened = Session(engine, expire_on_commit=False)
        with self._in_turn(until), opened as session, session.begin():
            yield session

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """A connection that looks are answered on, in no transaction until `keeping` begins one."""
        with self._looks.connect() as connection, self._hurried(connection):
            yield Session(connection, expire_on_commit=False)

    @contextmanager
    def _hurried(self, connection: sa.Connection) -> Iterator[None]:
        """Give up a server that says nothing; an embedded database waits for no one's words."""
        if self.embedded:
            yield
            return
        with self._patience.over(connection.connection.dbapi_connection):
            yield

    @contextmanager
    def keeping(self, looking: Session) -> Iterator[None]:
        """The transaction that writes down looks, and nothing that anybody decided.

        Once it is committed no end of this process undoes it. A power cut may take the last looks
        of an embedded database with it: waiting for its disk is most of what they cost.
        """
        if looking.in_transaction():  # What was read before is read to its end.
            looking.rollback()
        connection = looking.get_bind()
        assert isinstance(connection, sa.Connection)
        until = time.monotonic() + LOOK_LOCK_SECONDS
        connection.execution_options(writing=True, until=until)
        try:
            with self._in_turn(until), connection.begin():
                yield
                looking.flush()
        finally:
            looking.close()

    @contextmanager
    def _in_turn(self, until: float) -> Iterator[None]:
        """Let the threads of this process write to an embedded database one after the other.

        SQLite makes whoever waits for its lock sleep and try again, and the unlucky for long. Who
        has waited here in vain is left to SQLite, which says so.
        """
        taken = self.embedded and self._turn.acquire(timeout=max(0, until - time.monotonic()))
        try:
            yield
        finally:
            if taken:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that only reads, and sees one state throughout where the database can."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()
        self._looks.dispose()


def _open_sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"timeout": LOCK_SECONDS},
        hide_parameters=True,
        pool_size=CONNECTIONS,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, below, rules
    cursor = connection.cursor()
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What a statement may have to undo it would write into a file of its own, outside our folder.
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute("PRAGMA secure_delete=ON")  # What is forgotten leaves no bytes in free pages.
    cursor.close()


def _sync_less(connection: Any, _record: object) -> None:
    """With its log ahead of it, SQLite then waits for the disk at checkpoints alone."""
    connection.execute("PRAGMA wal_autocheckpoint=8000")
    connection.execute("PRAGMA synchronous=NORMAL")


def _use_write_ahead_log(cursor: Any) -> None:
    """Switch the file to WAL, which happens once in its life.

    SQLite does not wait for others here, as it does everywhere else: processes that start together
    on a new file would find it locked. Nothing else, as a disk that is read-only, gets better by
    waiting.
    """
    patience = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not _busy(error) or time.monotonic() > patience:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writing"):
        with closing(connection.connection.cursor()) as cursor:
            _take_write_lock(connection, cursor)
    else:
        connection.exec_driver_sql("BEGIN")


def _take_write_lock(connection: sa.Connection, cursor: Any) -> None:
    """Begin a writing transaction once no other process writes.

    SQLite itself sleeps longer and longer between two tries, while others take the lock in turn,
    and most of that time nobody holds it.
    """
    until = connection.get_execution_options().get("until", time.monotonic() + LOCK_SECONDS)
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if not _busy(error) or time.monotonic() > until:
                    raise DBAPIError.instance(
                        "BEGIN IMMEDIATE", None, error, sqlite3.Error, dialect=connection.dialect
                    ) from error
            time.sleep(TRIES_EVERY)
    finally:
        cursor.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")


def _busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def locked(statement: sa.Select[*Columns]) -> sa.Select[*Columns]:
    """Lock the rows that are read until the transaction ends.

    SQLite's writing transaction holds the whole database already and leaves the clause out.
    """
    return statement.with_for_update().execution_options(populate_existing=True)


def insert(session: Session, table: type[Base]) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of the session's database."""
    return insert_into(session.get_bind().dialect.name, table)


def insert_into(dialect: str, table: type[Base]) -> Any:
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
