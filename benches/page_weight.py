"""What every verdict's page weighs, and how Lighthouse's mobile profile rates the page.

    python benches/page_weight.py [--times N] [--rated VERDICT]... [--lighthouse PROGRAM]

Serves the demonstration on a free port, compressed as the sample proxy does it. Ends with 1 where
an answer is over its budget or the median of a rating is below its target.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click
import structlog
from flask import Flask
from weighing import LEVEL, MOST_PAGE, MOST_REST, Answers, weigh
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from traceapp import build_app
from traceapp.demonstration import Sample, find_samples, read_script, set_up
from traceapp.edge import Edge, open_edge, prepare, wall_clock
from traceapp.services.people.acting import actor_of_account
from traceapp.services.scans.judging import Verdict
from traceapp.settings import Settings

TIMES = 5
TARGETS = {"performance": 98, "accessibility": 100, "best-practices": 100}
SHOWN = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shifts",
}
# What is rated: the page that most buyers see, and the longest one.
RATED = (Verdict.REGISTERED.value, Verdict.RECALLED.value)

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
LIGHTHOUSE = Path(__file__).parents[1] / "config/lighthouse/node_modules/lighthouse/cli/index.js"
LONGEST = 120  # seconds that one rating may take


def compressed(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """An application behind what the sample proxy does to texts."""

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        sent = Response.from_app(app, environ, buffered=True)
        packed = "Content-Encoding" in sent.headers
        if not packed and sent.mimetype in ("text/html", "text/css"):
            sent.set_data(gzip.compress(sent.get_data(), LEVEL))
            sent.headers["Content-Encoding"] = "gzip"
        found: Iterable[bytes] = sent(environ, start)
        return found

    return answer


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: what is printed is what was measured."""


@contextmanager
def _serving(app: Flask) -> Iterator[str]:
    server = make_server(
        "127.0.0.1", 0, compressed(app.wsgi_app), threaded=True, request_handler=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _samples(edge: Edge) -> dict[Verdict, Sample]:
    now, script = wall_clock(), read_script()
    set_up(edge, script, now)
    with edge.database.reading() as session:
        actor = actor_of_account(session, script.officer.sign_in_name, demonstration=True)
    return {each.verdict: each for each in find_samples(edge, actor, now)}


def _weigh_all(app: Flask, edge: Edge, samples: dict[Verdict, Sample]) -> bool:
    click.echo(
        f"Compressed bytes (gzip, level {LEVEL}): the page, at most {MOST_PAGE:,}; and all that"
        f" it asks for without pictures, at most {MOST_REST:,}\n"
    )
    well = True
    for page in Answers(app, edge, samples).pages():
        weight = weigh(app.test_client(), page)
        mark = " " if weight.well else "!"
        asked = f"  asks {', '.join(weight.foreign)}" if weight.foreign else ""
        click.echo(
            f"{mark} {page.name:22} {page.language}  {weight.page:7,} {weight.rest:7,}{asked}"
        )
        well = well and weight.well
    return well


def _rate(address: str, program: Path) -> Mapping[str, Any]:
    """One report of Lighthouse's mobile profile, which is its default."""
    only = f"--only-categories={','.join(TARGETS)}"
    node = shutil.which("node")
    if node is None or not program.exists():
        raise click.ClickException("Node or Lighthouse is missing: see make page-weight")
    done = subprocess.run(
        [node, program, address, "--quiet", "--output=json", only, f"--chrome-flags={FLAGS}"],
        env={**os.environ, "CHROME_PATH": CHROMIUM},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"Lighthouse failed: {done.stderr.strip()[-500:]}")
    report: Mapping[str, Any] = json.loads(done.stdout)
    return report


def _rate_one(address: str, name: str, times: int, program: Path) -> bool:
    reports = [_rate(address, program) for _ in range(times)]
    well = True
    click.echo(f"\nLighthouse {reports[0]['lighthouseVersion']}, mobile, of {times}: {name}")
    for category, target in TARGETS.items():
        scores = sorted(100 * each["categories"][category]["score"] for each in reports)
        reached = median(scores) >= target
        every = " ".join(f"{each:.0f}" for each in scores)
        mark = " " if reached else "!"
        click.echo(f"{mark} {category:15} {median(scores):4.0f}  (target {target}; {every})")
        well = well and reached
    for audit, told in SHOWN.items():
        values = [each["audits"][audit]["numericValue"] for each in reports]
        unit = "" if audit == "cumulative-layout-shift" else " ms"
        click.echo(f"  {told:15} {median(values):7.3g}{unit}")
    if not well:
        _say_why(reports)
    return well


def _say_why(reports: list[Mapping[str, Any]]) -> None:
    """The audits that cost a rating something, of the last report."""
    last = reports[-1]
    asked = [each for name in TARGETS for each in last["categories"][name]["auditRefs"]]
    for each in asked:
        audit = last["audits"][each["id"]]
        if each["weight"] and (audit["score"] or 0) < 1:
            click.echo(f"    {audit['title']}: {audit.get('displayValue', '')}")


@click.command(help="What every verdict's page weighs, and how Lighthouse rates it on a phone.")
@click.option("--times", default=TIMES, show_default=True, help="How often each page is rated.")
@click.option("--rated", multiple=True, default=RATED, show_default=True, help="Which are rated.")
@click.option("--lighthouse", default=LIGHTHOUSE, type=click.Path(path_type=Path))
def main(times: int, rated: tuple[str, ...], lighthouse: Path) -> None:
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with TemporaryDirectory(prefix="traceapp-weight-") as folder:
        settings = Settings(data_dir=Path(folder), demo=True, hotline="0237 000 0000")
        edge = open_edge(settings)
        prepare(edge)
        samples = _samples(edge)
        app = build_app(edge)
        well = _weigh_all(app, edge, samples)
        with _serving(app) as server:
            for name in rated:
                address = f"{server}{samples[Verdict(name)].path}"
                well = _rate_one(address, name, times, lighthouse) and well
        edge.database.close()
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
