"""Looks that were answered while the records were out of reach: in files, until they enter the log.

A process writes to a file of its own and holds its lock; the file of a process that is gone may be
taken by any. How many of a file's lines are in the log stands in the log's own database, and is
written with them: so each enters once, whatever ends in between. A file holds no address.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, locked
from traceapp.records.scans import Agent

LARGEST = 16_000_000  # bytes of one process's file, about 40,000 looks; more are not kept


class LateFile(Base):
    """A file whose lines have entered the log up to `lines`. It goes after its file."""

    __tablename__ = "late_files"

    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    lines: Mapped[int]
    at: Mapped[datetime]


@dataclass(frozen=True)
class LateLook:
    """A look with a right signature. `source`, `phone` and `day` are hashes, as traces keep them.

    `scan_id` where it may be in the log already: its commit was asked for and never confirmed.
    """

    at: datetime
    code: str
    agent: Agent
    typed: bool
    gtin: str | None
    lot: str | None
    source: bytes
    phone: bytes
    day: bytes
    fresh: bool
    scan_id: int | None = None

    def line(self) -> bytes:
        return json.dumps(asdict(self), default=_as_text, ensure_ascii=True).encode() + b"\n"


def _as_text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value.isoformat())


class BrokenFile(Exception):
    """A file that no version of this program wrote."""


def _read_all(text: bytes) -> list[LateLook]:
    try:
        return [_read(line) for line in text.splitlines()]
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFile from error


def _read(line: bytes) -> LateLook:
    told = json.loads(line)
    told |= {name: bytes.fromhex(told[name]) for name in ("source", "phone", "day")}
    told["at"] = datetime.fromisoformat(told["at"])
    told["agent"] = Agent(told["agent"])
    return LateLook(**told)


class LateLooks:
    """The folder of such files, and the file of this process."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self._folder = folder
        self._largest = largest
        self._lock = threading.Lock()
        self._own: tuple[Path, int] | None = None  # the file, and its descriptor
        self._size = 0

    def keep(self, looks: Sequence[LateLook]) -> int:
        """Write looks down, the disk being waited for; how many found room. Raises OSError.

        A line for which the disk has no room is taken back, so that the next one begins a line.
        """
        with self._lock:
            kept = 0
            for look in looks:
                line = look.line()
                if self._size + len(line) > self._largest:
                    break
                self._own = self._own or self._open()
                if not self._write(self._own[1], line):
                    break
                kept += 1
            if kept and self._own is not None:
                os.fdatasync(self._own[1])
            return kept

    def _write(self, descriptor: int, line: bytes) -> bool:
        try:
            whole = os.write(descriptor, line) == len(line)
        except OSError:
            whole = False
        if whole:
            self._size += len(line)
        else:
            os.ftruncate(descriptor, self._size)
        return whole

    def waiting(self) -> list[Path]:
        """The files that are there, the oldest first."""
        if not self._folder.is_dir():
            return []
        files = [file for file in self._folder.iterdir() if file.suffix == ".jsonl"]
        return sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))

    @contextmanager
    def taken(self, file: Path) -> Iterator[list[LateLook] | None]:
        """A file's looks, the file being ours meanwhile; None where another process has it.

        The last line of a file whose process was ended as it wrote may be half: it was not
        answered. Raises BrokenFile.
        """
        self._seal(file)
        try:
            opened = file.open("rb")
        except FileNotFoundError:
            yield None
            return
        with opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            whole, _, _ = opened.read().rpartition(b"\n")
            yield _read_all(whole)

    def _seal(self, file: Path) -> None:
        """Write to another file from now on, where this one is our own."""
        with self._lock:
            if self._own is not None and self._own[0] == file:
                os.close(self._own[1])
                self._own, self._size = None, 0

    def _open(self) -> tuple[Path, int]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"{secrets.token_hex(16)}.jsonl"
        # Held before it has the name by which others take it.
        aside = file.with_suffix(".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        aside.rename(file)
        return file, descriptor


def entered(session: Session, name: str, now: datetime) -> LateFile:
    """How much of a file is in the log; the row is held until the transaction ends."""
    row = session.scalars(locked(sa.select(LateFile).where(LateFile.name == name))).one_or_none()
    if row is None:
        row = LateFile(name=name, lines=0, at=now)
        session.add(row)
        session.flush()
    return row


def forget_file(session: Session, name: str) -> None:
    session.execute(sa.delete(LateFile).where(LateFile.name == name))
