"""`labels`: a run's labels as a file, or as parts in a folder, each there whole or not at all.

A folder that was begun is gone on with: what its manifest knows, and is whole, is not drawn again.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from traceapp.cli.fields import Fields
from traceapp.cli.label_folder import LabelFolder, aside
from traceapp.cli.opening import Trouble, acting_as, actor_option, installation, tell
from traceapp.edge import Edge
from traceapp.handing_out import HandingOut
from traceapp.services.authority import Actor
from traceapp.services.lists import Outcome
from traceapp.services.runs.drawing import Drawing, draw_labels, end_drawing, make_job
from traceapp.services.runs.granting_leaves import leave_on_the_spot
from traceapp.services.runs.label_files import LABELS_A_PART, LabelJob
from traceapp.services.runs.label_wishes import DrawingWish, LabelWish

_WISH = Fields(LabelWish)


@click.command(params=_WISH.options())
@click.argument("run_id", type=click.IntRange(1, 10**15 - 1), metavar="RUN")
@click.option(
    "--output",
    metavar="FILE",
    required=True,
    help="Replaced if it is there. A folder, or a name that ends in /, gets parts of "
    f"{LABELS_A_PART:,} labels, a CSV and a manifest, drawn on all cores; what is there whole is "
    "kept. Readable by its owner alone where hidden codes are in it.",
)
@actor_option
def labels(run_id: int, output: str, actor_email: str | None, **wished: Any) -> None:
    """Draw the labels of a run, or of the serials from first to last, into a file or a folder."""
    wish = _WISH.read(wished)
    assert isinstance(wish, LabelWish)
    place = Path(output).resolve()  # A link stays a link, and what it points at is replaced.
    in_parts = output.endswith("/") or place.is_dir()
    _check_place(place, in_parts=in_parts)
    with installation() as edge:
        actor = acting_as(edge, actor_email)
        if in_parts:
            told = _into_folder(edge, actor, run_id, wish, place)
            tell({"folder": output, **told})
        else:
            tell({"file": output, **_into_file(edge, actor, run_id, wish, place)})


def _check_place(place: Path, *, in_parts: bool) -> None:
    """Raises Trouble before anything is written down about labels that could not be kept."""
    if in_parts and place.exists() and not place.is_dir():
        raise Trouble(f"{place} is a file: name a folder, or leave the / out")
    if not in_parts and place.exists() and not place.is_file():
        raise Trouble(f"{place} is no file that could be replaced")
    if not place.parent.is_dir():
        raise Trouble(f"There is no folder {place.parent}")


def _check_ending(job: LabelJob, place: Path) -> None:
    """Raises Trouble for several pages that would go into a file named for one picture."""
    if job.packed and place.suffix.lower() == f".{job.format.value}":
        raise Trouble(
            f"These labels are several pages, and a {job.format.value.upper()} file holds one: "
            "give --output a name that ends in .zip, a folder, or choose fewer labels"
        )


def _begin(edge: Edge, actor: Actor, run_id: int, wish: DrawingWish) -> Drawing:
    """Write down that labels are taken out. An officer here gives the leave that it needs."""
    now = edge.clock()
    with edge.database.writing() as session:
        job = make_job(session, actor, run_id, wish, edge.drawing, now)
        leave_on_the_spot(session, actor, run_id, job, now)
        return draw_labels(session, actor, run_id, wish, edge.drawing, now)


def _into_file(
    edge: Edge, actor: Actor, run_id: int, wish: LabelWish, place: Path
) -> dict[str, Any]:
    with edge.database.reading() as session:
        _check_ending(make_job(session, actor, run_id, wish, edge.drawing, edge.clock()), place)
    drawing = _begin(edge, actor, run_id, DrawingWish(**wish.model_dump()))
    job = drawing.job
    private = job.hidden_key is not None
    with (
        closing(HandingOut(edge, drawing)) as chunks,
        # `disable=None` shows the bar on a terminal and nowhere else.
        tqdm(unit="B", unit_scale=True, disable=None) as bar,
        aside(place, private=private) as file,
    ):
        for chunk in chunks:
            file.write(chunk)
            bar.update(len(chunk))
    return {
        "first_serial": job.first_serial,
        "last_serial": job.last_serial,
        "hidden_codes": private,
    }


def _into_folder(
    edge: Edge, actor: Actor, run_id: int, wish: LabelWish, place: Path
) -> dict[str, Any]:
    """Every part that is not there yet. Each stretch of them is written down as taken out."""
    with edge.database.reading() as session:
        # All that is wished for, or nothing: a range that ends outside leaves no part.
        job = make_job(session, actor, run_id, wish, edge.drawing, edge.clock())
    folder = LabelFolder(place, job)
    begun: dict[int, tuple[int, int]] = {}
    for first, last in folder.missing_stretches():
        ends = {"first": first, "last": last, "zip": True}
        drawing = _begin(edge, actor, run_id, DrawingWish(**wish.model_dump() | ends))
        begun[drawing.id] = first, last
    sizes: Counter[int] = Counter()
    outcome = Outcome.BROKEN_OFF
    total = sum(each.quantity for each in folder.missing)
    try:
        with tqdm(total=total, unit=" labels", disable=None) as bar:
            for told in folder.draw():
                bar.update(told.quantity)
                for number, (first, last) in begun.items():
                    if first <= told.first_serial <= last:
                        sizes[number] += told.bytes
        outcome = Outcome.FINISHED
    finally:
        with edge.database.writing() as session:
            for number in begun:
                end_drawing(session, number, outcome, sizes[number], edge.clock())
    return {
        "files": [each.filename for each in folder.files],
        "drawn": len(folder.missing),
        "first_serial": job.first_serial,
        "last_serial": job.last_serial,
        "hidden_codes": job.hidden_key is not None,
    }
