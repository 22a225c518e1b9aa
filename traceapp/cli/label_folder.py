"""A folder of labels: parts, a CSV and a manifest, drawn on all cores and gone on with.

While it is filled, `manifest.part.json` tells what of it is whole; `manifest.json` comes last.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from traceapp.services.runs.label_files import (
    LABELS_A_PART,
    MANIFEST,
    FileTold,
    LabelJob,
    Manifest,
    Weighed,
    all_files,
    file_chunks,
    files_drawn_together,
    manifest_bytes,
    manifest_of,
)

UNFINISHED = "manifest.part.json"
_READ_AT_ONCE = 1 << 20


class LabelFolder:
    """The files of one job in a folder, which is made when the first of them is."""

    def __init__(self, place: Path, job: LabelJob) -> None:
        self.place, self.job = place, job
        self.files = all_files(job)
        self._whole = {each.name: each for each in self._known() if self._is_whole(each)}

    @cached_property
    def missing(self) -> list[LabelJob]:
        """What has to be drawn."""
        return [each for each in self.files if each.filename not in self._whole]

    def missing_stretches(self) -> list[tuple[int, int]]:
        """The serials that are taken out by drawing what is missing: first and last of each."""
        stretches: list[tuple[int, int]] = []
        for first, last in sorted((each.first_serial, each.last_serial) for each in self.missing):
            if stretches and first <= stretches[-1][1] + 1:
                stretches[-1] = stretches[-1][0], max(last, stretches[-1][1])
            else:
                stretches.append((first, last))
        return stretches

    def draw(self) -> Iterator[FileTold]:
        """Draw what is missing; tells each file once it is whole, and ends with the manifest."""
        self.place.mkdir(exist_ok=True)
        for told in _drawn(self.place, self.missing):
            self._whole[told.name] = told
            self._write(UNFINISHED)
            yield told
        self._write(MANIFEST)
        (self.place / UNFINISHED).unlink(missing_ok=True)

    def _write(self, name: str) -> None:
        told = [self._whole[each.filename] for each in self.files if each.filename in self._whole]
        with aside(self.place / name, private=False) as file:
            file.write(manifest_bytes(manifest_of(self.job, told)))

    def _known(self) -> list[FileTold]:
        """The files that a manifest here tells of, if they are of these very labels."""
        for name in (UNFINISHED, MANIFEST):
            try:
                manifest = Manifest.model_validate_json((self.place / name).read_bytes())
            except (OSError, ValidationError):
                continue
            if manifest.etag == self.job.etag:
                return manifest.files
        return []

    def _is_whole(self, told: FileTold) -> bool:
        file = self.place / told.name
        if told.name not in {each.filename for each in self.files} or not file.is_file():
            return False
        digest = hashlib.sha256()
        with file.open("rb") as reading:
            while chunk := reading.read(_READ_AT_ONCE):
                digest.update(chunk)
        return digest.hexdigest() == told.sha256


def _drawn(place: Path, jobs: list[LabelJob]) -> Iterator[FileTold]:
    """The files of these jobs as they get ready: parts on all cores, what is longer here."""
    parts = [each for each in jobs if each.quantity <= LABELS_A_PART]
    processes = min(len(parts), os.cpu_count() or 1)
    if processes > 1:
        with closing(files_drawn_together(parts, processes)) as drawn:
            for job, chunks in drawn:
                yield _kept(place, job, chunks)
    for job in jobs:
        if processes < 2 or job.quantity > LABELS_A_PART:
            yield _kept(place, job, file_chunks(job))


def _kept(place: Path, job: LabelJob, chunks: Iterable[bytes]) -> FileTold:
    weighed = Weighed(job, chunks)
    with aside(place / job.filename, private=job.hidden_key is not None) as file:
        file.writelines(weighed)
    return weighed.told()


@contextmanager
def aside(output: Path, *, private: bool) -> Iterator[IO[bytes]]:
    """A file beside `output`, which takes its place when the block ends well, and else is gone."""
    beside = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        # Hidden codes must not be readable by others for a moment, so the mode comes first.
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)
