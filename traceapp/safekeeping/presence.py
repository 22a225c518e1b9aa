"""Who is at work in a data directory: servers may be many, whoever restores must be alone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from traceapp.safekeeping.files import BackupTrouble

_LOCK = "serving.lock"


@contextmanager
def present(data_dir: Path) -> Iterator[None]:
    """A server is at work. Its workers, which it forks, hold the lock on until the last is gone.

    Raises BackupTrouble while a backup is restored.
    """
    with _locked(data_dir, fcntl.LOCK_SH, "A backup is being restored into {}: wait for its end"):
        yield


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Nobody else is at work. Raises BackupTrouble where a server or another restore is."""
    with _locked(
        data_dir, fcntl.LOCK_EX, "A server, or another restore, is at work in {}: stop it first"
    ):
        yield


@contextmanager
def _locked(data_dir: Path, kind: int, otherwise: str) -> Iterator[None]:
    with (data_dir / _LOCK).open("a") as handle:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupTrouble(otherwise.format(data_dir.absolute())) from None
        yield
