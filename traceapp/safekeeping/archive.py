"""What a backup holds: one tar file, which `tar` can list and take out too.

Its members, in this order, each a plain file with one plain header:

    traceapp.db                             the database; not where it is on PostgreSQL
    pictures/DD/DIGEST-WIDTH.webp, .jpg     every size of every picture that a row names;
                                            DD are the first two digits of DIGEST
    manifest.json                           last, because it tells the others' sums

The manifest is one JSON object:

    format      1; a reader refuses any other
    service     the version of traceapp that took the backup
    taken_at    when it began, in UTC; all that was committed before is in it
    demonstration  whether the data directory bears the mark that `traceapp demo` leaves
    database    what the database says of itself:
        kind         "sqlite", or "postgresql", whose rows are in no member
        revision     its version, as Alembic names it
        next_serial  where its counter stands
        stamp_keys, hidden_keys  ids of the keys that its runs need; ids are no secrets
    members     of each member, in their order: name, bytes, sha256 (in hex)

Headers are GNU's, which write any size in one block. A reader that takes no second kind of header
cannot be led astray by one: links, devices, sparse files, and sizes that lie (as CVE-2025-8194).

The sums tell damage, not forgery: whoever can write a backup can write its sums. It is not
encrypted, and holds what the database holds: names, telephone numbers, hashes of passwords. So its
mode is 0600. No key is in it.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from traceapp.safekeeping.files import BackupTrouble, Count, CutShort, copy_exactly

DATABASE = "traceapp.db"
MANIFEST = "manifest.json"
MOST_MANIFEST = 100_000_000  # bytes; it names each picture, and is the only thing read at once

_NAME = r"(?:traceapp\.db|pictures/(?:[0-9a-f]{2})/[0-9a-f]{64}-[0-9]{1,4}\.(?:webp|jpg))"
_MEMBER = re.compile(_NAME)
_BLOCK = tarfile.BLOCKSIZE
_MOST_BYTES = 1 << 50

Sum = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,16}$")]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Facts(_Written):
    """What a database says of itself."""

    kind: Literal["sqlite", "postgresql"]
    revision: Annotated[str, Field(max_length=32)]
    next_serial: Annotated[int, Field(ge=0)]
    stamp_keys: tuple[KeyId, ...]
    hidden_keys: tuple[KeyId, ...]


class Member(_Written):
    """A file in the archive. Its name is one of ours, which leads nowhere else."""

    name: Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Sum


class Manifest(_Written):
    """What a backup says of itself."""

    format: Literal[1] = 1
    service: Annotated[str, Field(max_length=64)]
    taken_at: AwareDatetime
    demonstration: bool
    database: Facts
    members: tuple[Member, ...]

    @model_validator(mode="after")
    def _members_are_those_of_its_kind(self) -> Self:
        names = [member.name for member in self.members]
        if len(set(names)) != len(names):
            raise ValueError("a member is named twice")
        if (DATABASE in names) != (self.database.kind == "sqlite"):
            raise ValueError("the database is among the members where it is SQLite")
        return self

    @property
    def pictures(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.name != DATABASE)


class ArchiveWriter:
    """Writes an archive into a file, member by member, and sums each on its way."""

    def __init__(self, out: IO[bytes], taken_at: datetime) -> None:
        self._out = out
        self._time = int(taken_at.timestamp())
        self.members: list[Member] = []

    def add(self, name: str, source: IO[bytes], size: int, count: Count) -> None:
        """Add `size` bytes of a file. Raises CutShort where it holds less."""
        self._begin(name, size)
        summed = copy_exactly(source, size, self._out, count)
        self._fill_up(size)
        self.members.append(Member(name=name, bytes=size, sha256=summed))

    def finish(self, manifest: Manifest) -> None:
        text = manifest.model_dump_json(indent=1).encode()
        self._begin(MANIFEST, len(text))
        self._out.write(text)
        self._fill_up(len(text))
        self._out.write(bytes(2 * _BLOCK))

    def _begin(self, name: str, size: int) -> None:
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size, 0o600, self._time
        self._out.write(header.tobuf(tarfile.GNU_FORMAT, "ascii", "strict"))

    def _fill_up(self, size: int) -> None:
        self._out.write(bytes(-size % _BLOCK))


@dataclass(frozen=True)
class Archive:
    """An archive opened for reading, whose members are there, each in the size that is told."""

    manifest: Manifest
    _file: IO[bytes]
    _starts: dict[str, int]

    def take_out(self, member: Member, out: IO[bytes], count: Count) -> None:
        """Write a member's bytes. Raises BackupTrouble where they are not those that were kept."""
        self._file.seek(self._starts[member.name])
        try:
            summed = copy_exactly(self._file, member.bytes, out, count)
        except CutShort:
            raise _damaged(f"{member.name} is cut short") from None
        if summed != member.sha256:
            raise _damaged(f"the sum of {member.name} is wrong")


@dataclass(frozen=True)
class _Found:
    name: str
    size: int
    start: int


def read_archive(file: IO[bytes]) -> Archive:
    """Read what an archive holds, and look at nothing but headers and manifest.

    Raises BackupTrouble for whatever `ArchiveWriter` would not have written.
    """
    found = list(_walk(file))
    if not found or found[-1].name != MANIFEST:
        raise _damaged("its manifest, which comes last, is not there")
    listed = found.pop()
    if listed.size > MOST_MANIFEST:
        raise _damaged("its manifest is too large")
    file.seek(listed.start)
    manifest = _read_manifest(file.read(listed.size))
    told = [(member.name, member.bytes) for member in manifest.members]
    if told != [(each.name, each.size) for each in found]:
        raise _damaged("its members are not those that its manifest tells")
    return Archive(manifest, file, {each.name: each.start for each in found})


def _walk(file: IO[bytes]) -> Iterator[_Found]:
    """Every member up to the manifest, each checked before the next is looked for."""
    end = file.seek(0, 2)
    start = 0
    while True:
        file.seek(start)
        found = _read_header(file.read(_BLOCK), start + _BLOCK)
        if found.start + found.size > end:
            raise _damaged(f"{found.name} is cut short")
        yield found
        if found.name == MANIFEST:
            return
        start = found.start + found.size + -found.size % _BLOCK


def _read_header(block: bytes, start: int) -> _Found:
    """What a header says of the member after it, which starts at `start`."""
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise _damaged("it is no tar file, or was cut short") from None
    plain = header.type == tarfile.REGTYPE and 0 <= header.size < _MOST_BYTES
    if not plain or not (header.name == MANIFEST or _MEMBER.fullmatch(header.name)):
        raise _damaged(f"a member is none of ours: {header.name[:120]!r}")
    return _Found(header.name, header.size, start)


def _read_manifest(text: bytes) -> Manifest:
    """Raises BackupTrouble for one that is broken, or of another format."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if any(each["loc"] == ("format",) for each in error.errors(include_url=False)):
            raise BackupTrouble(
                "This backup has a format that this version does not know: "
                "restore it with the version of traceapp that took it, or a newer one"
            ) from None
        raise _damaged("its manifest cannot be read") from None


def _damaged(what: str) -> BackupTrouble:
    return BackupTrouble(f"This is no whole backup: {what}. Nothing was restored")
