"""How large a machine has to be: what a look and a run take on the disk, and looks a second.

    python benches/sizing.py [--looks N]

Looks go through the services, on SQLite, into the demonstration. The table that is printed reckons
with what was just measured on this machine, and with these assumptions: a third of all stamps is
scanned, twice each; half of a day's looks fall into three hours, and the busiest day of the year
(the days before Tết) has ten times the looks of any other.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from filling import Filling, Size
from scan import codes_of

from traceapp import build_app
from traceapp.demonstration import read_script, set_up
from traceapp.edge import Edge, open_edge, prepare, wall_clock
from traceapp.services.scans.forgetting import forget
from traceapp.services.scans.looks import Look
from traceapp.services.scans.scanning import scan
from traceapp.settings import Settings

SCANNED = 1 / 3  # of all stamps
TWICE = 2  # looks at a stamp that is scanned at all
BUSIEST = 10  # times an ordinary day
RUSH = 0.5 / 3  # of a day's looks, in each hour of the rush
STAMPS_A_YEAR = {
    "one household": 40_000,
    "a commune": 500_000,
    "a province": 20_000_000,
    "the nation's OCOP": 400_000_000,
}
AT_ONCE = 500  # looks in one transaction
FORGOTTEN = timedelta(days=91)


@dataclass(frozen=True)
class Measured:
    """Bytes on the disk, and looks that one process answers in a second."""

    look: float
    trace: float
    run: float
    rate: float

    def disk(self, stamps: int, years: int) -> float:
        """Bytes after so many years: all looks, a quarter's traces, a run for 1,000 stamps."""
        looks = stamps * SCANNED * TWICE
        return years * (looks * self.look + stamps / 1000 * self.run) + looks / 4 * self.trace

    def processes(self, stamps: int) -> float:
        """Processes that the busiest hour keeps wholly at work."""
        return rush(stamps) / self.rate


def rush(stamps: int) -> float:
    """Looks a second in the busiest hour of the year."""
    return stamps * SCANNED * TWICE / 365 * BUSIEST * RUSH / 3600


def size_of(edge: Edge) -> int:
    """Bytes of the database, without the pages that are free."""
    with edge.database.engine.connect() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("page_count", "freelist_count", "page_size")
        ]
    return int((values[0] - values[1]) * values[2])


def growth(edge: Edge, act: Callable[[], None]) -> int:
    before = size_of(edge)
    act()
    return size_of(edge) - before


def look(edge: Edge, codes: list[str], count: int, now: datetime) -> None:
    """Looks by a thousand phones behind a hundred addresses, in a quarter of a year."""
    chance = random.Random(5)  # noqa: S311  (the same looks in each measurement)
    step = timedelta(days=80) / count
    scanning = edge.scanning
    for start in range(0, count, AT_ONCE):
        with edge.database.writing() as session:
            for n in range(start, min(start + AT_ONCE, count)):
                phone, source = f"phone {chance.randrange(1000)}", f"192.0.2.{n % 100}"
                scan(session, Look(chance.choice(codes), phone, source), scanning, now + n * step)


def rate(edge: Edge, codes: list[str], seconds: float = 5.0) -> float:
    """Looks a second of one process and one thread, rows and pages included."""
    client = build_app(edge).test_client()
    client.get(f"/S/{codes[0]}")
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        client.get(f"/S/{codes[count % len(codes)]}")
        count += 1
    return count / (time.perf_counter() - began)


def measure(folder: Path, looks: int) -> Measured:
    settings = Settings(data_dir=folder, demo=True, rate_limit_enabled=False)
    edge = open_edge(settings)
    prepare(edge)
    set_up(edge, read_script(), wall_clock())
    now, runs = wall_clock(), 5_000
    filled = growth(edge, lambda: Filling(edge, now, Size(scans=1, runs=runs, waiting=0)).fill())
    codes = codes_of(edge, looks)
    grown = growth(edge, lambda: look(edge, codes, looks, now))
    later = now + timedelta(days=80) + FORGOTTEN

    def clear() -> None:
        with edge.database.writing() as session:
            forget(session, later)

    freed = -growth(edge, clear)
    found = Measured((grown - freed) / looks, freed / looks, filled / runs, rate(edge, codes))
    edge.database.close()
    return found


def written(size: float) -> str:
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


@click.command()
@click.option("--looks", default=20_000, show_default=True, help="Looks that are measured.")
def main(looks: int) -> None:
    """Print what to reckon with."""
    with TemporaryDirectory() as folder:
        found = measure(Path(folder), looks)
    click.echo(f"a look for ever:            {written(found.look)}")
    click.echo(f"its trace, for 90 days:     {written(found.trace)}")
    click.echo(f"a run, put to use:          {written(found.run)}")
    click.echo(f"looks one process answers:  {found.rate:.0f} a second\n")
    heads = (
        "",
        "stamps a year",
        "looks a year",
        "disk, 1 year",
        "5 years",
        "rush a second",
        "busy",
    )
    click.echo("{:<20}{:>15}{:>15}{:>14}{:>10}{:>15}{:>7}".format(*heads))
    for name, stamps in STAMPS_A_YEAR.items():
        click.echo(
            f"{name:<20}{stamps:>15,}{stamps * SCANNED * TWICE:>15,.0f}"
            f"{written(found.disk(stamps, 1)):>14}{written(found.disk(stamps, 5)):>10}"
            f"{rush(stamps):>15.1f}{found.processes(stamps):>7.1%}"
        )
    click.echo(
        "\nrush: looks a second in the busiest hour. busy: the part of one process that takes."
    )
    click.echo("Backups take as much disk again, each.")


if __name__ == "__main__":
    main()
