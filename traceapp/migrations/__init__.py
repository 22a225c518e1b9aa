"""The database's versions, by Alembic. `upgrade` brings a database to the newest one."""

from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from traceapp.database import Database

# Alembic tells how it set itself up each time a version is read, and each step: whoever runs or
# reads versions here says what came of it.
logging.getLogger("alembic").setLevel(logging.WARNING)

# Alembic's own table, and one that only counts: it begins anew with the version that knows it.
_NOBODYS_ROWS = {"alembic_version", "changes"}


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, bound to an open connection; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database to a version, in one transaction."""
    engine = database.engine.execution_options(writing=True)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)


class Standing(StrEnum):
    """How a database stands to this program's newest version."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"


def standing(database: Database) -> Standing:
    """Whether a database is at this program's version. Changes nothing, and makes no file."""
    if _absent(database):
        return Standing.BEHIND
    with database.engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    if found == set(scripts.get_heads()):
        return Standing.CURRENT
    known = {each.revision for each in scripts.walk_revisions()}
    return Standing.BEHIND if found <= known else Standing.AHEAD


class RowsWouldBeLost(Exception):
    """Going back would drop rows. `rows` tells how many of which tables."""

    def __init__(self, rows: dict[str, int]) -> None:
        super().__init__(", ".join(f"{count} of {table}" for table, count in rows.items()))
        self.rows = rows


def downgrade(database: Database, revision: str = "base", *, drop_rows: bool = True) -> None:
    """Take the database back to a version, in one transaction.

    Raises RowsWouldBeLost, and changes nothing, where rows would go and `drop_rows` does not allow
    it; CommandError for a version that is not known, or not before this one. What is lost is what
    going back itself loses: it is done, looked at, and undone.
    """
    engine = database.engine.execution_options(writing=True)
    with engine.begin() as connection:
        before = {} if drop_rows else _rows(connection)
        command.downgrade(alembic_config(connection), revision)
        after = {} if drop_rows else _rows(connection)
        lost = {table: count - after.get(table, 0) for table, count in before.items()}
        if any(lost.values()):
            raise RowsWouldBeLost({table: count for table, count in lost.items() if count})


def _rows(connection: Connection) -> dict[str, int]:
    """How many rows each table holds in which somebody's doings are kept."""
    names = sorted(set(sa.inspect(connection).get_table_names()) - _NOBODYS_ROWS)
    tables = {name: sa.select(sa.func.count()).select_from(sa.table(name)) for name in names}
    return {name: connection.scalars(count).one() for name, count in tables.items()}


def version_of(database: Database) -> str | None:
    """The version that a database is at; None where there is none. Makes no file."""
    if _absent(database):
        return None
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _absent(database: Database) -> bool:
    return database.embedded and not Path(database.engine.url.database or "").is_file()


def check(database: Database) -> None:
    """Raises alembic.util.CommandError where the tables are not what the records declare."""
    with database.engine.begin() as connection:
        command.check(alembic_config(connection))
