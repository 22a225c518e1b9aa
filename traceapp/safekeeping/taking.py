"""Taking a backup while the service serves.

The database is copied first, then the pictures that the copy's rows name. Pictures are never
changed and never deleted, so that whatever a row names is there, however long the copying takes;
one that came later has no row in the copy, and is left out.

SQLite's database is copied by `VACUUM INTO`, over its backup API: it is one reading transaction,
which writers neither wait for nor start again, and it copies what rows hold now. A copy page by
page would keep what `traceapp forget` deleted, in pages that are free.

On PostgreSQL the database is taken by `pg_dump`, before this: then each picture that the dump names
is here.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import quote

from sqlalchemy.orm import Session

from traceapp.database import LOCK_SECONDS, Database
from traceapp.edge import Edge
from traceapp.safekeeping.archive import DATABASE, ArchiveWriter, Manifest
from traceapp.safekeeping.facts import check_whole, picture_names, read_facts, reading_copy
from traceapp.safekeeping.files import (
    BackupTrouble,
    CutShort,
    check_new,
    make_private,
    new_file,
    scratch,
)
from traceapp.safekeeping.key_copies import copied_stores, missing_keys, write_rings

_STEPS = 10_000  # of SQLite's machine, between two looks at whether Ctrl-C was pressed


class Bar(Protocol):
    """Who is shown how far the work is, in bytes."""

    def reset(self, total: int) -> object: ...

    def update(self, n: int) -> object: ...


@dataclass(frozen=True)
class Taken:
    """A backup that was taken. `missing_keys`: ids that runs need and that the keys' copy lacks."""

    manifest: Manifest
    missing_keys: tuple[str, ...]


def take_backup(edge: Edge, file: Path, keys_file: Path | None, bar: Bar) -> Taken:
    """Take a backup into `file`, and a copy of the keys into `keys_file`.

    Raises BackupTrouble, and KeyTrouble where keys are wanted and cannot be read; no file is left
    then.
    """
    for wanted in (file, keys_file):
        if wanted is not None:
            check_new(wanted)
    if keys_file == file:
        raise BackupTrouble("Keys are kept apart: name another file for them")
    missing: tuple[str, ...] = ()
    try:
        with ExitStack() as stack:
            keys = None if keys_file is None else stack.enter_context(new_file(keys_file))
            manifest = _write(edge, file, stack.enter_context(new_file(file)), bar)
            if keys is not None:
                # Read last: a key that signed a run in the copy is here by now.
                rings = {purpose: store.ring() for purpose, store in copied_stores(edge).items()}
                keys.write(write_rings(rings))
                missing = missing_keys(manifest.database, rings)
    except OSError as error:
        what = f"{error.strerror or error} ({error.filename or file})"
        raise BackupTrouble(f"No backup was taken: {what}") from None
    return Taken(manifest, missing)


def _write(edge: Edge, file: Path, out: IO[bytes], bar: Bar) -> Manifest:
    """Write the archive that is to be `file`, beside which the database is copied first."""
    taken_at = edge.clock()
    writer = ArchiveWriter(out, taken_at)
    sources: dict[str, Path] = {}
    with ExitStack() as stack:
        if edge.database.embedded:
            sources[DATABASE] = stack.enter_context(scratch(file))
            _copy_database(edge.database, sources[DATABASE])
        with _reading(edge, sources.get(DATABASE)) as session:
            facts = read_facts(session)
            names = picture_names(session)
        sources |= {name: edge.pictures.folder.parent / name for name in names}
        bar.reset(sum(_size(source) for source in sources.values()))
        for name, source in sources.items():
            _add(writer, name, source, bar)
    manifest = Manifest(
        service=version("traceapp"),
        taken_at=taken_at,
        demonstration=edge.settings.demonstration_mark.exists(),
        database=facts,
        members=tuple(writer.members),
    )
    writer.finish(manifest)
    return manifest


def _copy_database(database: Database, copy: Path) -> None:
    """Copy the embedded database as it is at this moment, while others write on.

    Raises BackupTrouble for a database that is damaged, and where there is no room.
    """
    make_private(copy).close()  # SQLite fills an empty file, and would make a readable one.
    address = f"file:{quote(database.place)}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS, isolation_level=None)
    try:
        connection.set_progress_handler(lambda: 0, _STEPS)
        connection.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.Error as error:
        raise BackupTrouble(
            f"No backup was taken: {database.place} cannot be copied to {copy.parent}: {error}"
        ) from None
    finally:
        connection.close()
    with reading_copy(copy) as session:
        if wrong := check_whole(session):
            raise BackupTrouble(f"No backup was taken: {database.place} is damaged: {wrong}")


@contextmanager
def _reading(edge: Edge, copy: Path | None) -> Iterator[Session]:
    """The copy of the embedded database; PostgreSQL as it is now."""
    with edge.database.reading() if copy is None else reading_copy(copy) as session:
        yield session


def _size(source: Path) -> int:
    return source.stat().st_size if source.exists() else 0


def _add(writer: ArchiveWriter, name: str, source: Path, bar: Bar) -> None:
    """Raises BackupTrouble for a picture that a row names and that is not there whole."""
    try:
        with source.open("rb") as handle:
            writer.add(name, handle, os.fstat(handle.fileno()).st_size, bar.update)
    except (FileNotFoundError, IsADirectoryError):
        raise BackupTrouble(
            f"No backup was taken: {source} is missing, and the database names it: "
            "put it back, from an older backup or another machine"
        ) from None
    except CutShort:
        raise BackupTrouble(f"No backup was taken: {source} was cut while it was read") from None
