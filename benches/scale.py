"""How fast looks are answered among millions of others, beside the same service with few.

    python benches/scale.py [--scans N] [--runs N] [--seconds N] [--rounds N]

Two installations on SQLite, each under two server processes as in `benches/scan.py`, are asked
in turn for as many codes of as many runs; one of them holds a thousand looks and runs, the other
SCANS and RUNS. Every answer must be a 200.

Ends with 1 where the ratio is under LEAST.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
from filling import Size
from scan import CODES, OURS, WARM, Served, codes_of, cookies_of, installation, serving

LEAST = 0.85
FEW = Size(scans=1_000, runs=1_200)


@click.command()
@click.option("--scans", default=5_000_000, show_default=True, help="Looks in the larger log.")
@click.option("--runs", default=100_000, show_default=True, help="Runs of the larger one.")
@click.option("--seconds", default=10, show_default=True, help="Seconds of each round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds, in turn.")
def main(scans: int, runs: int, seconds: int, rounds: int) -> None:
    """Measure looks among many others beside looks among few."""
    if shutil.which("wrk") is None:
        raise click.ClickException("wrk is missing: apt-get install wrk")
    many = Size(scans=scans, runs=runs, batches=runs // 10)
    with ExitStack() as opened:
        served = []
        for size in (FEW, many):
            folder = Path(opened.enter_context(TemporaryDirectory()))
            edge = opened.enter_context(installation(folder, "", size))
            paths = [f"/S/{code}" for code in codes_of(edge, CODES)]
            asked, cookies = folder / "paths", folder / "cookies"
            asked.write_text("\n".join(paths), "ascii")
            port = opened.enter_context(serving(OURS, edge.settings))
            cookies.write_text("\n".join(cookies_of(port, paths)), "ascii")
            served.append(Served(port, asked, cookies))
            size_told = sum(file.stat().st_size for file in folder.rglob("*.db"))
            click.echo(f"{size.scans} looks, {size.runs} runs: {size_told / 1e6:.0f} MB")
        few, lots = served
        few.load(WARM), lots.load(WARM)
        pairs = [(few.load(seconds), lots.load(seconds)) for _ in range(rounds)]
    if any(each.failed for pair in pairs for each in pair):
        raise click.ClickException("Some answers failed.")
    for name, found in (("few", [a for a, _ in pairs]), ("many", [b for _, b in pairs])):
        rates = ", ".join(f"{each.rate:.0f}" for each in found)
        tail = median(each.tail for each in found)
        click.echo(f"  among {name}: {rates} a second; 99th percentile {tail:.1f} ms")
    ratio = median(b.rate / a.rate for a, b in pairs)
    click.echo(f"  ratio {ratio:.2f}")
    if ratio < LEAST:
        raise click.ClickException(f"The ratio is under {LEAST:.2f}.")


if __name__ == "__main__":
    main()
