"""The database's versions, by Alembic. `upgrade` brings a database to the newest one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from traceapp.database import Database


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
    if database.embedded and not Path(database.engine.url.database or "").is_file():
        return Standing.BEHIND
    with database.engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    if found == set(scripts.get_heads()):
        return Standing.CURRENT
    known = {each.revision for each in scripts.walk_revisions()}
    return Standing.BEHIND if found <= known else Standing.AHEAD


def downgrade(database: Database, revision: str = "base") -> None:
    """Take the database back to a version, in one transaction."""
    engine = database.engine.execution_options(writing=True)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)


def check(database: Database) -> None:
    """Raises alembic.util.CommandError where the tables are not what the records declare."""
    with database.engine.begin() as connection:
        command.check(alembic_config(connection))
