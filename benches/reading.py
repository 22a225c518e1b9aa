"""How many labels a phone reads after printing, wear and a photograph, for each design and level.

    python benches/reading.py [--labels N] [--design NAME]... [--processes N] [--picture FILE]

What happens to a label stands, with its reasons, in config/reading.toml; docs/reading.md says how
to read the tables. Seeded: the same versions of numpy, Pillow and zxing-cpp print the same figures.

Ends with 1 where the level that config/labels.toml gives a design reads fewer short links than
`wanted` at the moderate strength and 300 dots an inch.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import click
from conditions import Trial, read_trial
from drawn_labels import DESIGNS, Symbol
from reading_picture import draw_sheet
from reading_tables import (
    FACES,
    HIDDEN,
    cells_of,
    choices,
    print_blots,
    print_cells,
    print_choices,
    print_dirty_corners,
    unread,
)
from reading_trials import Cell, Figure, measure_all


@click.command(help="The share of labels that are read after a simulated print and photograph.")
@click.option("--labels", type=int, help="Labels in each cell, instead of the file's number.")
@click.option("--design", "designs", multiple=True, type=click.Choice(list(DESIGNS)))
@click.option("--processes", default=os.cpu_count(), show_default=True)
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the sheet, and no table.")
def main(
    labels: int | None, designs: tuple[str, ...], processes: int, picture: Path | None
) -> None:
    trial = read_trial()
    if picture is not None:
        draw_sheet(trial, picture)
        return
    trial = replace(trial, labels=labels or trial.labels)
    began = time.monotonic()
    cells = list(cells_of(trial, designs or tuple(DESIGNS)))
    figures = _measured(cells, trial, processes)
    versions = ", ".join(f"{name} {version(name)}" for name in ("zxing-cpp", "numpy", "pillow"))
    click.echo(
        f"{trial.labels} labels a cell, {len(cells)} cells, seed {trial.seed}; {versions}\n"
        f"Percent read in the first frame; in {trial.frames} frames; the 95 % interval (Wilson) of"
        " the latter.\n"
    )
    for symbol in Symbol:
        print_cells(symbol, figures, trial)
    print_dirty_corners(figures)
    print_blots(figures, trial)
    faces, hidden = (choices(figures, trial, symbols) for symbols in (FACES, HIDDEN))
    print_choices(faces, hidden, trial)
    click.echo(f"{time.monotonic() - began:.0f} s on {processes} processes")
    failing = unread(figures, trial)
    if failing:
        sys.exit(f"Fewer than {trial.wanted:.0%} of short links are read: {', '.join(failing)}")


def _measured(cells: Iterable[Cell], trial: Trial, processes: int) -> dict[Cell, Figure]:
    """Every cell's figure, on all processes at once, a row of cells after the other."""
    rows = [list(row) for _, row in groupby(cells, key=lambda each: each.row)]
    with ProcessPoolExecutor(processes) as pool:
        figures = pool.map(partial(measure_all, trial=trial), rows)
        with click.progressbar(
            zip(rows, figures, strict=True), len(rows), file=sys.stderr
        ) as shown:
            return {
                cell: figure
                for row, of_row in shown
                for cell, figure in zip(row, of_row, strict=True)
            }


if __name__ == "__main__":
    main()
