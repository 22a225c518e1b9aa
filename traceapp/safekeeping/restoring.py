"""Putting a backup back, into a data directory that has no database.

Everything is taken out beside its place and checked there. Then pictures, mark and keys get their
names, and the database gets its own last: a restore that was interrupted leaves no database, and
can be run again. `serials.highwater` is never touched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from traceapp.edge import Edge, make_room
from traceapp.safekeeping.archive import DATABASE, Archive, Facts, Manifest, Member, read_archive
from traceapp.safekeeping.facts import (
    check_whole,
    picture_names,
    read_facts,
    reading_copy,
    revisions,
)
from traceapp.safekeeping.files import (
    BackupTrouble,
    make_private,
    new_file,
    put_in_place,
    sync,
    sync_folder,
)
from traceapp.safekeeping.key_copies import (
    Rings,
    copied_stores,
    missing_keys,
    read_rings,
    ring_file,
)
from traceapp.safekeeping.presence import alone
from traceapp.safekeeping.taking import Bar


@dataclass(frozen=True)
class RestoreWish:
    """What to put back. `without_keys`: even where runs need keys that are not here."""

    file: Path
    keys_file: Path | None = None
    without_keys: bool = False


@dataclass(frozen=True)
class Restored:
    """What was put back, and which steps come next."""

    manifest: Manifest
    missing_keys: tuple[str, ...]
    upgrade: bool
    advance: bool


def restore_backup(edge: Edge, wish: RestoreWish, bar: Bar) -> Restored:
    """Put a backup back.

    Raises BackupTrouble, having changed nothing that counts, for a backup that is not whole or not
    for this program; where a database is here; where a server is; where keys are missing. Raises
    KeyTrouble and MarkTrouble for files here that cannot be read.
    """
    try:
        with wish.file.open("rb") as file:
            archive = read_archive(file)
            _check_fits(edge, archive.manifest.database)
            new_rings = _new_rings(edge, wish)
            missing = _missing(edge, archive.manifest.database, new_rings)
            if missing and not wish.without_keys:
                raise BackupTrouble(
                    f"Keys that printed stamps need are not here: {', '.join(missing)}. Name "
                    "their copy by --keys, or set them; or restore --without-keys: their stamps "
                    "cannot be verified then"
                )
            _check_no_database(edge)
            make_room(edge)
            with alone(edge.settings.data_dir):
                _put_back(edge, archive, new_rings, bar)
    except OSError as error:
        what = f"{error.strerror or error} ({error.filename or edge.settings.data_dir})"
        raise BackupTrouble(f"No database was restored: {what}") from None
    return Restored(
        archive.manifest,
        missing,
        upgrade=archive.manifest.database.revision != revisions()[0] or edge.session_keys.absent,
        advance=not edge.database.embedded or edge.mark.read() is None,
    )


def _check_fits(edge: Edge, facts: Facts) -> None:
    """Raises BackupTrouble for a backup of another kind, from a newer version, or past our mark."""
    here = "sqlite" if edge.database.embedded else "postgresql"
    if facts.kind != here:
        raise BackupTrouble(
            f"This backup is of an installation on {facts.kind}, and TRACEAPP_DATABASE_URL "
            f"is of {here}"
        )
    if facts.revision not in revisions():
        raise BackupTrouble(
            "This backup was taken by a newer version of traceapp: install that version"
        )
    standing = edge.mark.read()
    if edge.database.embedded and standing is not None and standing < facts.next_serial:
        # A mark is raised before a serial is given out, so this one never saw the backup's.
        raise BackupTrouble(
            f"{edge.mark.file} stands at {standing} and the backup at {facts.next_serial}, so it "
            "is of another installation: move it away, restore, then run `traceapp counter advance`"
        )


def _new_rings(edge: Edge, wish: RestoreWish) -> Rings:
    """The rings that are to be written. One that is here stays, and must hold the copy's keys."""
    if wish.keys_file is None:
        return {}
    new = {}
    stores = copied_stores(edge)
    for purpose, ring in read_rings(wish.keys_file).items():
        store = stores[purpose]
        if store.absent:
            new[purpose] = ring
        elif any(store.ring().get(key.id) is None for key in ring):
            raise BackupTrouble(
                f"The {purpose} keys of this installation lack some of {wish.keys_file}: "
                f"move {store.file} away, or set TRACEAPP_{purpose.upper()}_KEYS to all of them"
            )
    return new


def _missing(edge: Edge, facts: Facts, new_rings: Rings) -> tuple[str, ...]:
    """Ids of the keys that runs need and that will not be here."""
    here = {
        purpose: store.ring() for purpose, store in copied_stores(edge).items() if not store.absent
    }
    return missing_keys(facts, here | dict(new_rings))


def _database_file(edge: Edge) -> Path:
    return Path(edge.database.engine.url.database or "")


def _check_no_database(edge: Edge) -> None:
    """Raises BackupTrouble where a database is, or a log that SQLite would play into ours."""
    if not edge.database.embedded:
        return
    file = _database_file(edge)
    for end in ("", "-wal", "-shm", "-journal"):
        there = file.with_name(file.name + end)
        if os.path.lexists(there):
            raise BackupTrouble(
                f"A database is here already: {there}. Stop the server and move the old one away, "
                "with what lies beside it under the same name (-wal, -shm)"
            )


def _put_back(edge: Edge, archive: Archive, new_rings: Rings, bar: Bar) -> None:
    """Take everything out, check it, then give it its name. Called by whoever is alone here."""
    _check_no_database(edge)
    manifest = archive.manifest
    bar.reset(sum(member.bytes for member in manifest.members))
    with ExitStack() as stack:
        staged = stack.enter_context(_staging(edge.settings.data_dir / "restoring"))
        database = stack.enter_context(_staged_database(edge))
        for member in manifest.members:
            place = database if member.name == DATABASE else staged / member.name
            _take_out(archive, member, place, bar)
        if edge.database.embedded:
            _check_database(database, manifest)
        _place_pictures(edge, staged, manifest.pictures)
        _set_mark(edge.settings.demonstration_mark, manifest.demonstration)
        _place_keys(edge, new_rings)
        sync_folder(edge.settings.data_dir)
        if edge.database.embedded:
            put_in_place(database, _database_file(edge))
            sync_folder(database.parent)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """An empty folder, gone at the end. What an interrupted restore left in it goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _staged_database(edge: Edge) -> Iterator[Path]:
    """A name on the file system of the database's place, which may be another."""
    file = _database_file(edge)
    staged = file.with_name(f"{file.name}.restoring")
    staged.unlink(missing_ok=True)
    try:
        yield staged
    finally:
        staged.unlink(missing_ok=True)


def _take_out(archive: Archive, member: Member, place: Path, bar: Bar) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with make_private(place) if member.name == DATABASE else place.open("xb") as out:
        archive.take_out(member, out, bar.update)
        sync(out)


def _check_database(file: Path, manifest: Manifest) -> None:
    """Raises BackupTrouble unless the database is whole and says what the manifest says of it."""
    try:
        with reading_copy(file) as session:
            wrong = check_whole(session)
            if not wrong and read_facts(session) != manifest.database:
                wrong = "it is not the one that the manifest tells of"
            if not wrong and picture_names(session) != [each.name for each in manifest.pictures]:
                wrong = "it names other pictures than those in the backup"
    except SQLAlchemyError as error:
        wrong = str(getattr(error, "orig", error)).partition("\n")[0]
    if wrong:
        raise BackupTrouble(f"The backup's database cannot be used: {wrong}. Nothing was restored")


def _place_pictures(edge: Edge, staged: Path, pictures: tuple[Member, ...]) -> None:
    """Files are named by their content: one that is here already is the same, or is damaged."""
    folders = set()
    for member in pictures:
        place = edge.pictures.folder.parent / member.name
        place.parent.mkdir(parents=True, exist_ok=True)
        (staged / member.name).replace(place)
        folders |= {place.parent, place.parent.parent}
    for folder in folders:
        sync_folder(folder)


def _set_mark(mark: Path, demonstration: bool) -> None:
    """The mark goes with the data: real data must not be taken for a demonstration's."""
    if demonstration:
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def _place_keys(edge: Edge, new_rings: Rings) -> None:
    stores = copied_stores(edge)
    for purpose, ring in new_rings.items():
        stores[purpose].file.parent.mkdir(parents=True, exist_ok=True)
        with new_file(stores[purpose].file) as out:
            out.write(ring_file(ring))
