"""The database's versions, by Alembic. `upgrade` brings a database to the newest one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
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


def downgrade(database: Database, revision: str = "base") -> None:
    """Take the database back to a version, in one transaction."""
    engine = database.engine.execution_options(writing=True)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)


def check(database: Database) -> None:
    """Raises alembic.util.CommandError where the tables are not what the records declare."""
    with database.engine.begin() as connection:
        command.check(alembic_config(connection))
