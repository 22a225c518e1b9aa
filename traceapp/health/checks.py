"""Whether this installation can do its work just now: each thing it needs, by name.

What is wrong is told in one short sentence, without a place, a name or a value: strangers may ask.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import SQLAlchemyError

from traceapp.edge import Edge, KeyTrouble
from traceapp.migrations import Standing, standing

OK = "ok"
DISK_FLOOR = 200_000_000  # bytes


class Checks:
    """The checks of one installation. The version that a database was found to be at is kept."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._current: tuple[str, ...] = ()

    def all(self) -> dict[str, str]:
        """Each check's name, and `ok` or what is wrong."""
        return {
            "database": self._database(),
            **{name: check(self._edge) for name, check in _CHECKS.items()},
        }

    def _database(self) -> str:
        database = self._edge.database
        try:
            with database.engine.connect() as connection:
                version = MigrationContext.configure(connection).get_current_heads()
            if version and version == self._current:
                return OK
            found = standing(database)
        except SQLAlchemyError:
            return "The database does not answer."
        if found is Standing.CURRENT:
            self._current = version
        return _SAID[found]


_SAID = {
    Standing.CURRENT: OK,
    Standing.BEHIND: "The database is at an older version: run traceapp db upgrade.",
    Standing.AHEAD: "The database is at a newer version than this program.",
}


def _keys(edge: Edge) -> str:
    try:
        for store in (edge.stamp_keys, edge.hidden_keys, edge.session_keys):
            store.ring()
    except KeyTrouble:
        return "A key file cannot be used: traceapp keys list says which."
    return OK


def _mark(edge: Edge) -> str:
    try:
        edge.mark.read()
    except ValueError:
        return "The serials' high-water mark cannot be read: no stamps can be issued."
    return OK


def _pictures(edge: Edge) -> str:
    folder = edge.pictures.folder
    if not os.access(folder if folder.exists() else edge.settings.data_dir, os.W_OK | os.X_OK):
        return "The folder of the pictures cannot be written."
    return OK


def _disk(edge: Edge) -> str:
    free = free_bytes(edge.settings.data_dir)
    if free is None:
        return "The data directory cannot be read."
    if free < DISK_FLOOR:
        return f"Less than {DISK_FLOOR // 1_000_000} MB are free on the data directory's disk."
    return OK


def free_bytes(folder: Path) -> int | None:
    """What is free on a folder's disk; None where that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


_CHECKS: dict[str, Callable[[Edge], str]] = {
    "keys": _keys,
    "serials": _mark,
    "pictures": _pictures,
    "disk": _disk,
}
