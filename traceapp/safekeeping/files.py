"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

Count = Callable[[int], object]  # told of bytes as they are copied

_CHUNK = 1 << 20  # bytes that are held in memory at once


class BackupTrouble(Exception):
    """What keeps a backup from being taken or restored; the text says what to do."""


class CutShort(Exception):
    """A file held less than it should."""


def check_new(file: Path) -> None:
    """Raises BackupTrouble where a file could not be made: nothing is ever replaced."""
    if os.path.lexists(file):
        raise BackupTrouble(f"{file} is there already: choose another name, or move it away")
    if not file.parent.is_dir():
        raise BackupTrouble(f"There is no folder {file.parent}")


def make_private(file: Path) -> IO[bytes]:
    """A new file that its owner alone can read. The mode comes first: there is no open moment."""
    return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


@contextmanager
def scratch(file: Path) -> Iterator[Path]:
    """A name beside `file` for what is not done yet; whatever has it at the end is deleted.

    So is the journal that SQLite leaves beside a copy for which there was no room.
    """
    aside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        yield aside
    finally:
        for end in ("", "-journal"):
            aside.with_name(aside.name + end).unlink(missing_ok=True)


@contextmanager
def new_file(file: Path) -> Iterator[IO[bytes]]:
    """A private file that has its name, and is on the disk, once the block ended well."""
    with scratch(file) as aside:
        with make_private(aside) as out:
            yield out
            sync(out)
        put_in_place(aside, file)
        sync_folder(file.parent)


def put_in_place(aside: Path, file: Path) -> None:
    """Give a file that is whole its name. Raises BackupTrouble where the name was taken since."""
    try:
        file.hardlink_to(aside)
    except FileExistsError:
        raise BackupTrouble(f"{file} is there already: somebody else made it") from None
    except OSError:
        # A file system without hard links, as many a memory stick has, can only rename.
        check_new(file)
        aside.replace(file)
    else:
        aside.unlink()


def sync(out: IO[bytes]) -> None:
    """Make what was written outlive a loss of power."""
    out.flush()
    os.fsync(out.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy_exactly(source: IO[bytes], size: int, out: IO[bytes], count: Count) -> str:
    """Copy `size` bytes from where `source` stands; returns their SHA-256, in hex.

    Raises CutShort where there are not so many.
    """
    summed = sha256()
    while size:
        data = source.read(min(size, _CHUNK))
        if not data:
            raise CutShort
        summed.update(data)
        out.write(data)
        count(len(data))
        size -= len(data)
    return summed.hexdigest()
