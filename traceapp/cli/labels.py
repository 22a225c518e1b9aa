"""`labels`: the labels of a run as a file, which is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from tqdm import tqdm

from traceapp.cli.fields import Fields
from traceapp.cli.opening import Trouble, acting_as, actor_option, installation, tell
from traceapp.services.drawing import Drawing, DrawingWish, draw_labels

_WISH = Fields(DrawingWish)


@click.command(params=_WISH.options())
@click.argument("run_id", type=click.IntRange(1, 10**15 - 1), metavar="RUN")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="Readable by its owner alone where hidden codes are in it.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@actor_option
def labels(run_id: int, output: Path, force: bool, actor_email: str, **wished: Any) -> None:
    """Draw the labels of a run, or of the serials from first to last, into a file."""
    wish = _WISH.read(wished)
    assert isinstance(wish, DrawingWish)
    _check_place(output, force=force)
    with installation() as edge:
        actor = acting_as(edge, actor_email)
        with edge.database.writing() as session:
            drawing = draw_labels(session, actor, run_id, wish, edge.drawing, edge.clock())
    with _aside(output, private=drawing.hidden_key is not None) as file:
        _draw(drawing, file)
    tell(
        {
            "file": str(output),
            "first_serial": drawing.first_serial,
            "last_serial": drawing.last_serial,
            "hidden_codes": drawing.hidden_key is not None,
        }
    )


def _check_place(output: Path, *, force: bool) -> None:
    """Raises Trouble before anything is written down about labels that could not be kept."""
    if output.exists() and not force:
        raise Trouble(f"{output} is there already: name another file, or say --force")
    if not output.parent.is_dir():
        raise Trouble(f"There is no folder {output.parent}")


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


def _draw(drawing: Drawing, file: IO[bytes]) -> None:
    # `disable=None` shows the bar on a terminal and nowhere else.
    bar = tqdm(drawing.labels(), total=drawing.quantity, unit=" labels", disable=None)
    with bar as shown:
        drawing.write(file, shown)
