"""Labels as bytes: one file, the parts that a large run comes in, or all of them in one ZIP.

`file_chunks` is the one place where anything is drawn. The same plan gives the same bytes, today
and in ten years, as long as the same program draws.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from io import BytesIO, RawIOBase
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import stamps
from stamps import BadLabel, Key, LabelFace, Link, Sheet, csv_lines, draw_pdf, labels
from traceapp.records.drawings import HiddenPlace, LabelFormat, Language
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.values import Told

LABELS_A_PART = 10_000
LINES_A_CHUNK = 2_000
BYTES_A_CHUNK = 65_536
MANIFEST = "manifest.json"
MEDIA_TYPES = {
    LabelFormat.CSV: "text/csv; charset=utf-8",
    LabelFormat.PDF: "application/pdf",
    LabelFormat.SVG: "image/svg+xml",
    LabelFormat.PNG: "image/png",
    LabelFormat.ZPL: "application/zpl",
}
ZIP_TYPE = "application/zip"


@dataclass(frozen=True)
class LabelPlan:
    """All that labels are made of. `sheet` is None for a CSV.

    `hidden_key` is None where no hidden code is in them: the stamps have none, or `hidden` says so.
    """

    run_id: int
    first_serial: int
    last_serial: int
    format: LabelFormat
    sheet: Sheet | None
    key: Key
    hidden: HiddenPlace
    hidden_key: Key | None
    link: Link
    face: LabelFace
    stars: int | None
    dpi: int | None
    language: Language

    @property
    def quantity(self) -> int:
        return self.last_serial - self.first_serial + 1

    @property
    def filename(self) -> str:
        return f"stamps-{self.first_serial}-{self.last_serial}.{self.format.value}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]

    @property
    def etag(self) -> str:
        """A fingerprint of everything that the bytes depend on, this program included."""
        told = asdict(replace(self, key=None, hidden_key=None))  # type: ignore[arg-type]
        told |= {
            "key": self.key.id,
            "hidden_key": None if self.hidden_key is None else self.hidden_key.id,
            "program": _program(),
        }
        text = json.dumps(told, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def over(self, first: int, last: int) -> LabelPlan:
        """The same labels of a part of the range."""
        return replace(self, first_serial=first, last_serial=last)

    def as_csv(self) -> LabelPlan:
        return replace(self, format=LabelFormat.CSV, sheet=None)

    def check_room(self) -> None:
        """Raises Unacceptable where a label has no room on its sheet, by drawing the first one.

        All labels of a run are of one size, and a download that has begun cannot be refused.
        """
        for _ in file_chunks(self.over(self.first_serial, self.first_serial)):
            pass


@cache
def _program() -> str:
    """What draws: the sources and fonts of `stamps`, and the library that writes PDF."""
    digest = hashlib.sha256(version("reportlab").encode())
    root = Path(stamps.__file__).parent
    for file in sorted(root.rglob("*")):
        if file.suffix in (".py", ".ttf", ".otf"):
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def file_chunks(plan: LabelPlan) -> Iterator[bytes]:
    """One file of labels, piece by piece. Raises Unacceptable for what cannot be drawn."""
    drawn = labels(plan.key, plan.hidden_key, plan.link, plan.first_serial, plan.last_serial)
    if plan.format is LabelFormat.CSV:
        lines = csv_lines(drawn)
        while piece := "".join(islice(lines, LINES_A_CHUNK)):
            yield piece.encode("ascii")
        return
    if plan.format is not LabelFormat.PDF or plan.sheet is None:
        raise Unacceptable(
            "format",
            message("Labels are not drawn in this format yet; take PDF or CSV."),
            field="format",
        )
    with BytesIO() if plan.quantity == 1 else TemporaryFile() as file:
        try:
            draw_pdf(file, drawn, plan.sheet, plan.face)
        except BadLabel:
            raise Unacceptable(
                "no_room",
                message("The stamps of this run have no room on this sheet; take a larger one."),
                field="sheet",
            ) from None
        file.seek(0)
        while chunk := file.read(BYTES_A_CHUNK):
            yield chunk


def parts_of(first: int, last: int) -> list[tuple[int, int]]:
    """The parts that a range comes in: the first and last serial of each."""
    return [
        (start, min(start + LABELS_A_PART - 1, last))
        for start in range(first, last + 1, LABELS_A_PART)
    ]


def part_of(plan: LabelPlan, number: int) -> LabelPlan:
    """One part of the labels, counted from 1. Raises Unacceptable for one that there is not."""
    parts = parts_of(plan.first_serial, plan.last_serial)
    if number > len(parts):
        raise Unacceptable(
            "part",
            message("There is no part %(part)s: these labels come in %(parts)s."),
            field="part",
            part=number,
            parts=len(parts),
        )
    return plan.over(*parts[number - 1])


def all_files(plan: LabelPlan) -> list[LabelPlan]:
    """The files of a large run: its parts and, unless they are CSV, one CSV of all of it."""
    parts = [plan.over(*ends) for ends in parts_of(plan.first_serial, plan.last_serial)]
    return parts if plan.format is LabelFormat.CSV else [*parts, plan.as_csv()]


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


def manifest_of(plan: LabelPlan, files: list[FileTold]) -> Manifest:
    return Manifest(
        run_id=plan.run_id,
        first_serial=plan.first_serial,
        last_serial=plan.last_serial,
        quantity=plan.quantity,
        format=plan.format,
        sheet=None if plan.sheet is None else plan.sheet.name,
        hidden_codes=plan.hidden_key is not None,
        etag=plan.etag,
        files=files,
    )


def manifest_bytes(manifest: Manifest) -> bytes:
    return (json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n").encode()


class Weighed:
    """The bytes of one file on their way, measured as they pass."""

    def __init__(self, plan: LabelPlan) -> None:
        self._plan, self._size, self._digest = plan, 0, hashlib.sha256()

    def __iter__(self) -> Generator[bytes, None, None]:
        for chunk in file_chunks(self._plan):
            self._size += len(chunk)
            self._digest.update(chunk)
            yield chunk

    def told(self) -> FileTold:
        return FileTold(
            name=self._plan.filename,
            first_serial=self._plan.first_serial,
            last_serial=self._plan.last_serial,
            quantity=self._plan.quantity,
            etag=self._plan.etag,
            bytes=self._size,
            sha256=self._digest.hexdigest(),
        )


def zip_chunks(plan: LabelPlan) -> Iterator[bytes]:
    """All files of a plan and, last, their manifest, as a ZIP that is made while it is sent."""
    pipe = _Pipe()
    with ZipFile(pipe, "w") as archive:
        told = []
        for each in all_files(plan):
            weighed = Weighed(each)
            yield from _entry(archive, pipe, each.filename, weighed)
            told.append(weighed.told())
        yield from _entry(archive, pipe, MANIFEST, [manifest_bytes(manifest_of(plan, told))])
    yield pipe.taken()


def _entry(
    archive: ZipFile, pipe: _Pipe, name: str, chunks: Iterable[bytes]
) -> Generator[bytes, None, None]:
    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the format's first moment
    entry.compress_type = ZIP_STORED if name.endswith((".pdf", ".png")) else ZIP_DEFLATED
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
