"""`labels`: a run's labels as a file, or as parts in a folder, each there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from tqdm import tqdm

from stamps import Label
from traceapp.cli.fields import Fields
from traceapp.cli.opening import Trouble, acting_as, actor_option, installation, tell
from traceapp.edge import Edge
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.runs.drawing import Drawing, DrawingWish, draw_labels
from traceapp.services.runs.reading_runs import check_inside, find_run
from traceapp.services.values import SerialRange

LABELS_A_PART = 10_000  # the most that a PDF holds
_WISH = Fields(DrawingWish)


@click.command(params=_WISH.options())
@click.argument("run_id", type=click.IntRange(1, 10**15 - 1), metavar="RUN")
@click.option(
    "--output",
    metavar="FILE",
    required=True,
    help="Replaced if it is there. A folder, or a name that ends in /, gets parts of "
    f"{LABELS_A_PART:,} labels. Readable by its owner alone where hidden codes are in it.",
)
@actor_option
def labels(run_id: int, output: str, actor_email: str | None, **wished: Any) -> None:
    """Draw the labels of a run, or of the serials from first to last, into a file or a folder."""
    wish = _WISH.read(wished)
    assert isinstance(wish, DrawingWish)
    place = Path(output).resolve()  # A link stays a link, and what it points at is replaced.
    in_parts = output.endswith("/") or place.is_dir()
    _check_place(place, in_parts=in_parts)
    with installation() as edge:
        actor = acting_as(edge, actor_email)
        whole = _range(edge, actor, run_id, wish)
        parts = _parts(whole) if in_parts else [whole]
        # `disable=None` shows the bar on a terminal and nowhere else.
        with tqdm(total=_quantity(whole), unit=" labels", disable=None) as bar:
            taken = [
                _take_out(drawing, place / drawing.filename if in_parts else place, bar)
                for drawing in _drawings(edge, actor, run_id, wish, parts)
            ]
    written = {"folder": output, "files": [file.name for file, _ in taken]}
    tell(
        {
            **(written if in_parts else {"file": output}),
            "first_serial": whole.first_serial,
            "last_serial": whole.last_serial,
            "hidden_codes": any(hidden for _, hidden in taken),
        }
    )


def _check_place(place: Path, *, in_parts: bool) -> None:
    """Raises Trouble before anything is written down about labels that could not be kept."""
    if in_parts and place.exists() and not place.is_dir():
        raise Trouble(f"{place} is a file: name a folder, or leave the / out")
    if not in_parts and place.exists() and not place.is_file():
        raise Trouble(f"{place} is no file that could be replaced")
    if not place.parent.is_dir():
        raise Trouble(f"There is no folder {place.parent}")


def _range(edge: Edge, actor: Actor, run_id: int, wish: DrawingWish) -> SerialRange:
    """All that is wished for. Refused as a whole: a range that ends outside leaves no part."""
    permit(actor, Act.RUN_DRAW)
    with edge.database.reading() as session:
        run = find_run(session, actor, run_id)
        whole = SerialRange(
            first_serial=run.first_serial if wish.first is None else wish.first,
            last_serial=run.last_serial if wish.last is None else wish.last,
        )
        check_inside(run, whole, ("first", "last"))
    return whole


def _parts(whole: SerialRange) -> list[SerialRange]:
    return [
        SerialRange(
            first_serial=first, last_serial=min(first + LABELS_A_PART - 1, whole.last_serial)
        )
        for first in range(whole.first_serial, whole.last_serial + 1, LABELS_A_PART)
    ]


def _quantity(serials: SerialRange) -> int:
    return serials.last_serial - serials.first_serial + 1


def _drawings(
    edge: Edge, actor: Actor, run_id: int, wish: DrawingWish, parts: Iterable[SerialRange]
) -> Iterator[Drawing]:
    """A drawing for each part, whose taking out is written down when its turn has come."""
    for part in parts:
        ends = {"first": part.first_serial, "last": part.last_serial}
        wished = wish.model_copy(update=ends)
        with edge.database.writing() as session:
            drawing = draw_labels(session, actor, run_id, wished, edge.drawing, edge.clock())
        yield drawing


def _take_out(drawing: Drawing, file: Path, bar: Any) -> tuple[Path, bool]:
    """Write a drawing's file, in a folder that is made for it; tells whether it holds codes."""
    private = drawing.hidden_key is not None
    file.parent.mkdir(exist_ok=True)
    with _aside(file, private=private) as handle:
        drawing.write(handle, _counted(drawing, bar))
    return file, private


def _counted(drawing: Drawing, bar: Any) -> Iterator[Label]:
    for label in drawing.labels():
        yield label
        bar.update()


@contextmanager
def _aside(output: Path, *, private: bool) -> Iterator[IO[bytes]]:
    """A file beside `output`, which takes its place when the block ends well, and else is gone."""
    aside = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        # Hidden codes must not be readable by others for a moment, so the mode comes first.
        handle = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(output)
    finally:
        aside.unlink(missing_ok=True)
