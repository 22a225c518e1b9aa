"""How fast labels are made, beside those who draw them one by one, and how far from the limit.

    python benches/labels.py [--labels N] [--design NAME]

Symbols and signatures by themselves; then the whole way from a run to PDF, with both cores, beside
a plain loop of segno and reportlab on one; a run of N labels into files by `traceapp labels`, with
the memory of all its processes; the first bytes of a download of a small run and of a large one;
and looks at stamps while two large downloads are under way.

Ends with 1 where a target is missed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
import psutil
import segno
from downloading import Downloading
from filling import Size
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from scan import OURS, Served, codes_of, cookies_of, installation, serving
from symbols import PEERS, SymbolFigures, measure_signing, measure_symbols, peer_versions

from stamps import Key, LabelDesign, LabelFace, Link, grouped, read_designs, sign
from stamps.drawing import (
    DrawnPages,
    LabelPlan,
    LabelWish,
    Stretch,
    draw_pages,
    joined,
    plan_labels,
    stretches,
    warm,
)
from traceapp.cli.opening import acting_as
from traceapp.edge import Edge
from traceapp.services.people.tokens import create_token
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.requesting import NewStampRequest, request_stamps
from traceapp.settings import CONFIG

KEY = Key(bytes(range(32)))
LINK = Link("https://tem.example.vn")
FACE = LabelFace("Nước mắm Năm Quyên", "Cơ sở Năm Quyên", "tem.example.vn", "0237 000 0001")
OFFICER = "officer@demo.example"
PEERS_LABELS = 200  # that the loop of segno and reportlab draws
TIMES_THE_LOOP = 200  # as fast as it
MINUTE = 60.0  # seconds for a million labels
MEMORY = 300  # megabytes of all processes
FIRST_BYTES = 0.1  # seconds
KEPT = 0.3  # of the looks a second, while two downloads are under way
TAIL = 500.0  # milliseconds of the looks' 99th percentile then
LOOKING = 8  # seconds of a round of looks


@dataclass
class Verdicts:
    """What was reached and what was missed."""

    missed: list[str] = field(default_factory=list)

    def tell(self, said: str, *, well: bool) -> None:
        click.echo(f"  {'ok  ' if well else 'MISS'} {said}")
        if not well:
            self.missed.append(said)


def tell_symbols(verdicts: Verdicts) -> None:
    versions = peer_versions()
    click.echo("Symbols, microseconds each")
    for each in measure_symbols():
        for peer in PEERS:
            _tell_peer(verdicts, each, peer, versions[peer])


def _tell_peer(verdicts: Verdicts, figures: SymbolFigures, peer: str, version: str) -> None:
    mask = "fixed" if figures.mask_fixed else "chosen"
    ours = min(figures.ours, figures.ours_on_two)
    verdicts.tell(
        f"{figures.link}, mask {mask}: ours {ours:.2f}, {peer} {version} {figures.peers[peer]:.1f}:"
        f" {max(figures.times(peer)):.0f} times as fast",
        well=figures.well(peer),
    )


def tell_signing() -> float:
    """Hashes a second that one core makes and does nothing else."""
    figures = measure_signing()
    click.echo("Serials signed a second, on one core")
    click.echo(f"  codes {figures.codes:,.0f}, hidden codes {figures.hidden_codes:,.0f}")
    click.echo(f"  one by one {figures.one_by_one:,.0f}; bare hashes {figures.hashes:,.0f}")
    return figures.hashes


def tell_way(verdicts: Verdicts, design: LabelDesign, labels: int, hashes: float) -> None:
    """From a run to PDF in memory, with all cores, beside the loop; and beside the limit."""
    plan = plan_labels(design, LINK, FACE, LabelWish())
    warm(plan)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        _draw_all(pool, plan, 20_000)  # They start, and learn.
        seconds, size = _draw_all(pool, plan, labels)
    loop = _loop(design)
    click.echo(f"From a run to PDF, {design.name}, {labels:,} labels on {os.cpu_count()} cores")
    each = seconds / labels * 1e6
    times = loop / each
    verdicts.tell(
        f"ours {each:.1f} microseconds a label, segno and reportlab {loop:.0f} on one core:"
        f" {times:.0f} times as fast (target {TIMES_THE_LOOP})",
        well=times >= TIMES_THE_LOOP,
    )
    limit = (1 / hashes + _writing(size) / labels) * 1e6
    click.echo(f"  the limit, hashing and writing on one core: {limit:.1f} microseconds a label")


def _draw_all(pool: ProcessPoolExecutor, plan: LabelPlan, labels: int) -> tuple[float, int]:
    began = time.perf_counter()
    cut = list(stretches(plan, 0, labels - 1))
    drawn = pool.map(_Stretches(plan), cut)
    size = sum(len(piece) for piece in joined(plan, 0, labels - 1, drawn))
    return time.perf_counter() - began, size


@dataclass(frozen=True)
class _Stretches:
    """What draws stretches of one plan in another process."""

    plan: LabelPlan

    def __call__(self, stretch: Stretch) -> DrawnPages:
        return draw_pages(self.plan, KEY, None, stretch)


def _loop(design: LabelDesign) -> float:
    """Microseconds a label that a plain loop of segno and reportlab takes."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        _plain_loop(design)
        best = min(best, time.perf_counter() - began)
    return best / PEERS_LABELS * 1e6


def _plain_loop(design: LabelDesign) -> None:
    canvas = Canvas(BytesIO(), (design.page_width_mm * mm, design.page_height_mm * mm))
    for serial in range(PEERS_LABELS):
        if serial and serial % design.per_page == 0:
            canvas.showPage()
        left, top = design.corner(serial % design.per_page)
        bottom = (design.page_height_mm - top - design.label_height_mm) * mm
        code = sign(KEY, serial)
        symbol = segno.make(LINK.of(code), error="m", boost_error=False, micro=False)
        for row, modules in enumerate(symbol.matrix):
            for column, dark in enumerate(modules):
                if dark:
                    side = 0.4 * mm
                    x, y = left * mm + column * side, bottom + (30 - row) * side
                    canvas.rect(x, y, side, side, stroke=0, fill=1)
        canvas.setFont("Helvetica", 6)
        canvas.drawString(left * mm, bottom, grouped(code))
        canvas.drawString(left * mm + 60, bottom + 30, FACE.host)
    canvas.save()


def _writing(size: int) -> float:
    """Seconds that it takes to write so many bytes into a file."""
    piece = os.urandom(1 << 20)
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        with (Path(folder) / "bytes").open("wb") as file:
            for _ in range(size >> 20):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        return time.perf_counter() - began


def issue(edge: Edge, quantity: int) -> int:
    """A run of stamps without hidden codes; its id."""
    officer, now = acting_as(edge, OFFICER), edge.clock()
    with edge.database.writing() as session:
        new = NewStampRequest(product_id=1, quantity=quantity)
        asked = request_stamps(session, officer, new, edge.allowance, now)
        return approve_request(session, officer, asked.id, edge.issuing, now).run.id


def tell_files(verdicts: Verdicts, edge: Edge, run: int, labels: int, design: str) -> None:
    """`traceapp labels` into a folder, and the most memory that its processes held together."""
    with TemporaryDirectory() as folder:
        settings = edge.settings
        environment = os.environ | {
            "TRACEAPP_DATA_DIR": str(settings.data_dir),
            "TRACEAPP_DATABASE_URL": settings.database_url.get_secret_value(),
            "TRACEAPP_BASE_URL": settings.base_url,
            "TRACEAPP_DEMO": "true",
        }
        command = [OURS[0], "labels", str(run), "--format", "pdf", "--sheet", design]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--output", f"{folder}/labels/"], env=environment, stdout=subprocess.DEVNULL
        )
        peak = _peak(process)
        seconds = time.perf_counter() - began
        files = list((Path(folder) / "labels").glob("*.pdf"))
        size = sum(each.stat().st_size for each in files)
    if process.returncode:
        raise click.ClickException("`traceapp labels` failed.")
    click.echo(
        f"`traceapp labels`, {labels:,} labels: {len(files)} PDF files, {size >> 20} MB, a CSV"
    )
    per_million = seconds / labels * 1_000_000
    verdicts.tell(f"{seconds:.1f} s; {per_million:.1f} s a million", well=per_million <= MINUTE)
    verdicts.tell(f"at most {peak:.0f} MB of memory in all", well=peak <= MEMORY)


def _peak(process: subprocess.Popen[bytes]) -> float:
    """The most megabytes that a process and its children held at one time, until it ends.

    Memory that several of them share is told once for each by what they use alone (USS).
    """
    peak = 0.0
    while process.poll() is None:
        try:
            parent = psutil.Process(process.pid)
            held = [each.memory_full_info().uss for each in (parent, *parent.children(True))]
            peak = max(peak, sum(held) / 1e6)
        except psutil.Error:
            pass  # One of them has just ended.
        time.sleep(0.05)
    return peak


def tell_downloads(verdicts: Verdicts, edge: Edge, folder: Path, runs: tuple[int, int]) -> None:
    small, large = runs
    with edge.database.writing() as session:
        token = create_token(session, OFFICER, hidden_codes=False, now=edge.clock())
    paths = [f"/S/{code}" for code in codes_of(edge, 2_000)]
    (folder / "paths").write_text("\n".join(paths), "ascii")
    with serving(OURS, edge.settings) as port:
        # Before a server's processes have started, looks wait as well.
        (folder / "cookies").write_text("\n".join(cookies_of(port, paths)), "ascii")
        asking = Downloading(port, token, "format=pdf&sheet=a4-40")
        for name, run in (("100", small), ("all", large)):
            firsts = [asking.first_bytes(run) for _ in range(9)]
            worst = max(firsts)
            verdicts.tell(
                f"first bytes of {name} labels: median {median(firsts) * 1000:.0f} ms, "
                f"slowest of {len(firsts)} {worst * 1000:.0f} ms",
                well=worst <= FIRST_BYTES,
            )
        stamp = Served(port, folder / "paths", folder / "cookies")
        stamp.load(LOOKING)  # The processes meet the runs.
        alone = stamp.load(LOOKING)
        with asking.under_way([large, large]) as brought:
            beside = stamp.load(LOOKING)
        kept = beside.rate / alone.rate
        if not all(brought) or beside.failed or alone.failed:
            raise click.ClickException("A download brought nothing, or a look failed.")
        click.echo(f"  two downloads at {sum(brought) / LOOKING / 1e6:.0f} MB a second in all")
        verdicts.tell(
            f"looks beside them: {beside.rate:.0f} of {alone.rate:.0f} a second, {kept:.2f}",
            well=kept >= KEPT,
        )
        verdicts.tell(
            f"their 99th percentile: {beside.tail:.0f} ms, {alone.tail:.0f} alone",
            well=beside.tail < TAIL,
        )


@click.command()
@click.option("--labels", default=1_000_000, show_default=True, help="Labels of the large run.")
@click.option("--design", default="a4-40", show_default=True)
def main(labels: int, design: str) -> None:
    """Measure how labels are made and downloaded."""
    if shutil.which("wrk") is None:
        raise click.ClickException("wrk is missing: apt-get install wrk")
    chosen = read_designs((CONFIG / "labels.toml").read_text("utf-8"))[design]
    verdicts = Verdicts()
    tell_symbols(verdicts)
    hashes = tell_signing()
    tell_way(verdicts, chosen, min(labels, 400_000), hashes)
    with TemporaryDirectory() as text:
        folder = Path(text)
        with installation(folder, "", Size(scans=1_000, runs=400)) as edge:
            runs = issue(edge, 100), issue(edge, labels)
            tell_files(verdicts, edge, runs[1], labels, design)
            click.echo(f"Downloads from a server of {len(os.sched_getaffinity(0))} processes")
            tell_downloads(verdicts, edge, folder, runs)
    if verdicts.missed:
        raise click.ClickException(f"Missed: {len(verdicts.missed)}.")


if __name__ == "__main__":
    sys.exit(main())
