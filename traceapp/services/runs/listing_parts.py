"""The parts that the labels of a large run come in, so that a broken download goes on from the part
it had: each part has a link of its own, and the same bytes whenever it is drawn."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from traceapp.services.authority import Actor
from traceapp.services.runs.drawing import DrawingRoom, make_job
from traceapp.services.runs.label_files import part_of, parts_of
from traceapp.services.runs.label_wishes import LabelWish
from traceapp.services.values import Told


class LabelPart(Told):
    """`query` is what stands behind `/labels?` in its link; `etag` is what its answer carries."""

    part: int
    name: str
    first_serial: int
    last_serial: int
    quantity: int
    etag: str
    query: str


class LabelParts(Told):
    """All parts of a range. `zip_query` gives all of them, a CSV and a manifest in one file."""

    first_serial: int
    last_serial: int
    quantity: int
    hidden_codes: bool
    parts: list[LabelPart]
    zip_query: str


def label_parts(
    session: Session, actor: Actor, run_id: int, wish: LabelWish, room: DrawingRoom, now: datetime
) -> LabelParts:
    """The parts of what is wished for. Nothing is taken out. Raises as `make_job`."""
    job = make_job(session, actor, run_id, wish, room, now)
    chosen = wish.model_dump(mode="json", exclude_none=True) | {
        "first": job.first_serial,
        "last": job.last_serial,
    }
    parts = []
    for number, (first, last) in enumerate(parts_of(job.first_serial, job.last_serial), 1):
        part = part_of(job, number)
        parts.append(
            LabelPart(
                part=number,
                name=part.filename,
                first_serial=first,
                last_serial=last,
                quantity=part.quantity,
                etag=part.etag,
                query=urlencode(chosen | {"part": number}),
            )
        )
    return LabelParts(
        first_serial=job.first_serial,
        last_serial=job.last_serial,
        quantity=job.quantity,
        hidden_codes=job.hidden_key is not None,
        parts=parts,
        zip_query=urlencode(chosen | {"zip": "true"}),
    )
