"""Labels as bytes: one file, the parts that a large run comes in, or all of them in one ZIP.

`file_chunks` is the one place where anything is drawn. The same job gives the same bytes, today
and in ten years, as long as the same program draws.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from io import RawIOBase
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import stamps
from stamps import Key, LabelFormat, Link
from stamps.drawing import LabelPlan, Task, drawn, drawn_pieces
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.values import SerialRange, Told

LABELS_A_PART = 10_000
MANIFEST = "manifest.json"
MEDIA_TYPES = {
    LabelFormat.CSV: "text/csv; charset=utf-8",
    LabelFormat.PDF: "application/pdf",
    LabelFormat.SVG: "image/svg+xml",
    LabelFormat.PNG: "image/png",
    LabelFormat.ZPL: "application/zpl",
}
ZIP_TYPE = "application/zip"

_PICTURES = (LabelFormat.SVG, LabelFormat.PNG)
_LIBRARIES = ("fonttools", "numpy", "pillow", "segno")


@dataclass(frozen=True)
class LabelJob:
    """All that one file of labels is made of. `plan` is None for a CSV.

    `hidden_key` is None where no hidden code is in them.
    """

    run_id: int
    first_serial: int
    last_serial: int
    format: LabelFormat
    key: Key
    hidden_key: Key | None
    link: Link
    plan: LabelPlan | None

    @property
    def serials(self) -> SerialRange:
        return SerialRange(first_serial=self.first_serial, last_serial=self.last_serial)

    @property
    def quantity(self) -> int:
        return self.last_serial - self.first_serial + 1

    @property
    def sheet(self) -> str | None:
        """The name of its design."""
        return None if self.plan is None else self.plan.design.name

    @property
    def packed(self) -> bool:
        """Whether it is a ZIP of pages: a picture holds one page."""
        if self.plan is None or self.format not in _PICTURES:
            return False
        return self.plan.pages(self.first_serial, self.last_serial) > 1

    @property
    def filename(self) -> str:
        ending = "zip" if self.packed else self.format.value
        return f"stamps-{self.first_serial}-{self.last_serial}.{ending}"

    @property
    def media_type(self) -> str:
        return ZIP_TYPE if self.packed else MEDIA_TYPES[self.format]

    @property
    def etag(self) -> str:
        """A fingerprint of everything that the bytes depend on, this program included."""
        told = asdict(replace(self, key=None, hidden_key=None))  # type: ignore[arg-type]
        told |= {
            "key": self.key.id,
            "hidden_key": None if self.hidden_key is None else self.hidden_key.id,
            "program": _program(),
        }
        text = json.dumps(told, sort_keys=True, default=_in_order)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def over(self, first: int, last: int) -> LabelJob:
        """The same labels of a part of the range."""
        return replace(self, first_serial=first, last_serial=last)

    def as_csv(self) -> LabelJob:
        return replace(self, format=LabelFormat.CSV, plan=None)


def _in_order(told: object) -> object:
    """Sets have another order in each process."""
    return sorted(map(str, told)) if isinstance(told, frozenset) else str(told)


@cache
def _program() -> str:
    """What draws: the sources and fonts of `stamps`, and the libraries that it draws with."""
    digest = hashlib.sha256("/".join(map(version, _LIBRARIES)).encode())
    root = Path(stamps.__file__).parent
    for file in sorted(root.rglob("*")):
        if file.suffix in (".py", ".ttf", ".otf"):
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def file_chunks(job: LabelJob) -> Iterator[bytes]:
    """One file of labels, piece by piece."""
    return _as_file(job, drawn_pieces(_task(job)))


def _task(job: LabelJob) -> Task:
    of = job.link if job.plan is None else job.plan
    return job.format, of, job.key, job.hidden_key, job.first_serial, job.last_serial


def _as_file(job: LabelJob, pieces: Iterable[bytes]) -> Iterator[bytes]:
    return _packed_pages(job, pieces) if job.packed else iter(pieces)


def files_drawn_together(
    jobs: list[LabelJob], processes: int
) -> Generator[tuple[LabelJob, Iterator[bytes]], None, None]:
    """Each job with its file's pieces, in their order, drawn by so many processes."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        ahead: deque[tuple[LabelJob, Future[list[bytes]]]] = deque()
        try:
            for job in jobs:
                with _alone():  # The first of these starts the processes.
                    ahead.append((job, pool.submit(drawn, _task(job))))
                # What nobody has taken yet is kept in memory.
                if len(ahead) > processes:
                    yield _taken(*ahead.popleft())
            while ahead:
                yield _taken(*ahead.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _taken(job: LabelJob, pieces: Future[list[bytes]]) -> tuple[LabelJob, Iterator[bytes]]:
    return job, _as_file(job, pieces.result())


@contextmanager
def _alone() -> Iterator[None]:
    """Processes that start within load what draws, and not the program that started them."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _packed_pages(job: LabelJob, pages: Iterable[bytes]) -> Iterator[bytes]:
    """Pages as files of one ZIP, in the order in which they are printed."""
    pipe = _Pipe()
    with ZipFile(pipe, "w") as archive:
        for number, page in enumerate(pages, 1):
            yield from _entry(archive, pipe, f"page-{number:06}.{job.format.value}", [page])
    yield pipe.taken()


def parts_of(first: int, last: int) -> list[tuple[int, int]]:
    """The parts that a range comes in: the first and last serial of each."""
    return [
        (start, min(start + LABELS_A_PART - 1, last))
        for start in range(first, last + 1, LABELS_A_PART)
    ]


def part_of(job: LabelJob, number: int) -> LabelJob:
    """One part of the labels, counted from 1. Raises Unacceptable for one that there is not."""
    parts = parts_of(job.first_serial, job.last_serial)
    if number > len(parts):
        raise Unacceptable(
            "part",
            message("There is no part %(part)s: these labels come in %(parts)s."),
            field="part",
            part=number,
            parts=len(parts),
        )
    return job.over(*parts[number - 1])


def all_files(job: LabelJob) -> list[LabelJob]:
    """The files of a large run: its parts and, unless they are CSV, one CSV of all of it."""
    parts = [job.over(*ends) for ends in parts_of(job.first_serial, job.last_serial)]
    return parts if job.format is LabelFormat.CSV else [*parts, job.as_csv()]


class FileTold(Told):
    """A file of labels: `etag` is that of its own link, `sha256` of its bytes."""

    name: str
    first_serial: int
    last_serial: int
    quantity: int
    etag: str
    bytes: int
    sha256: str


class Manifest(Told):
    """What a printing house checks a delivery against. No time stands in it: drawn again, it is the
    same."""

    run_id: int
    first_serial: int
    last_serial: int
    quantity: int
    format: LabelFormat
    sheet: str | None
    hidden_codes: bool
    etag: str
    files: list[FileTold]


def manifest_of(job: LabelJob, files: list[FileTold]) -> Manifest:
    return Manifest(
        run_id=job.run_id,
        first_serial=job.first_serial,
        last_serial=job.last_serial,
        quantity=job.quantity,
        format=job.format,
        sheet=job.sheet,
        hidden_codes=job.hidden_key is not None,
        etag=job.etag,
        files=files,
    )


def manifest_bytes(manifest: Manifest) -> bytes:
    return (json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n").encode()


class Weighed:
    """The bytes of one file on their way, measured as they pass."""

    def __init__(self, job: LabelJob, chunks: Iterable[bytes]) -> None:
        self._job, self._chunks = job, chunks
        self._size, self._digest = 0, hashlib.sha256()

    def __iter__(self) -> Generator[bytes, None, None]:
        for chunk in self._chunks:
            self._size += len(chunk)
            self._digest.update(chunk)
            yield chunk

    def told(self) -> FileTold:
        return FileTold(
            name=self._job.filename,
            first_serial=self._job.first_serial,
            last_serial=self._job.last_serial,
            quantity=self._job.quantity,
            etag=self._job.etag,
            bytes=self._size,
            sha256=self._digest.hexdigest(),
        )


def zip_chunks(job: LabelJob) -> Iterator[bytes]:
    """All files of a job and, last, their manifest, as a ZIP that is made while it is sent."""
    pipe = _Pipe()
    with ZipFile(pipe, "w") as archive:
        told = []
        for each in all_files(job):
            weighed = Weighed(each, file_chunks(each))
            yield from _entry(archive, pipe, each.filename, weighed)
            told.append(weighed.told())
        yield from _entry(archive, pipe, MANIFEST, [manifest_bytes(manifest_of(job, told))])
    yield pipe.taken()


def _entry(
    archive: ZipFile, pipe: _Pipe, name: str, chunks: Iterable[bytes]
) -> Generator[bytes, None, None]:
    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the format's first moment
    entry.compress_type = ZIP_STORED if name.endswith((".pdf", ".png", ".zip")) else ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    # How large it gets is known at its end, and may be more than 4 GB.
    with archive.open(entry, "w", force_zip64=True) as writing:
        for chunk in chunks:
            writing.write(chunk)
            yield pipe.taken()


class _Pipe(RawIOBase):
    """What a ZIP is written to, and taken from at once: a file that cannot be wound back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
