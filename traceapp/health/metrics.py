"""What is counted, under names and labels of closed lists: never a code, an address or a person.

Workers count into files of one folder, where there is one, and whoever is asked adds them up. A
file keeps what its worker had counted when that worker dies.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import values as counting
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from traceapp.attending import Ended, SignIn
from traceapp.services.scans.judging import Authentication, Verdict

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where processes count together, in prometheus-client's words
FILE_BYTES = 256 * 1024  # of a worker's file; prometheus-client would let it grow as it fills
KINDS_OF_FILES = ("counter", "histogram", "gauge_livesum")

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
FACES = {
    "scanner_page": "public",
    "api": "api",
    "entry": "web",
    "account": "web",
    "producer": "web",
    "officer": "web",
    "people": "web",
    "health": "health",
}
OTHER = "other"

_log = structlog.get_logger(__name__)


class Metrics:
    """The counters of one process, and the sums of all."""

    def __init__(self) -> None:
        self._together = _prepare_files()
        # What prometheus-client chooses as it is imported, when no setting has been read yet.
        counting.ValueClass = counting.MutexValue
        if self._together is not None:
            counting.ValueClass = counting.MultiProcessValue()  # type: ignore[no-untyped-call]
        registry = self._registry = CollectorRegistry()
        self._requests = Counter(
            "traceapp_requests",
            "Requests answered.",
            ["face", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "traceapp_request_seconds",
            "Seconds an answer took.",
            ["face"],
            buckets=SECONDS,
            registry=registry,
        )
        self._under_way = Gauge(
            "traceapp_requests_under_way",
            "Requests that hold a thread just now.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._looks = self._counter("looks", "Looks at stamps, by what was answered.", "verdict")
        self._hidden_codes = self._counter(
            "hidden_codes", "Hidden codes that were sent, by what they proved.", "authentication"
        )
        self._sign_ins = self._counter("sign_ins", "Tries at signing in, by outcome.", "outcome")
        self._acts = self._counter(
            "acts", "Acts of signed-in people and programs.", "route", "outcome"
        )
        self._counting = lru_cache(maxsize=256)(self._find_counting)
        self._looks_by = {verdict: self._looks.labels(verdict.value) for verdict in Verdict}
        for proof in (*Authentication, Verdict.TOO_MANY_TRIES):
            self._hidden_codes.labels(proof.value)
        for outcome in SignIn:
            self._sign_ins.labels(outcome.value)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"traceapp_{name}", text, labels, registry=self._registry)

    def begun(self) -> None:
        self._under_way.inc()

    def ended(self, request: Ended) -> None:
        """Count a request that is over."""
        self._under_way.dec()
        route = request.facts.get("route") or ""
        face = "assets" if route.endswith("static") else FACES.get(route.partition(".")[0], OTHER)
        method = request.method if request.method in METHODS else OTHER
        status = "broken" if request.broke else str(request.status)
        requests, seconds = self._counting(face, method, status)
        requests.inc()
        seconds.observe(request.seconds)
        if "verdict" in request.facts:
            self._count_scan(request)
        if "sign_in" in request.facts:
            self._sign_ins.labels(SignIn(request.facts["sign_in"]).value).inc()
        if request.act and route:
            outcome = "failed" if request.failed else "refused" if request.status >= 400 else "done"
            self._acts.labels(route, outcome).inc()

    def _find_counting(self, face: str, method: str, status: str) -> tuple[Counter, Histogram]:
        """What counts such requests: to find it takes as long as to count."""
        return self._requests.labels(face, method, status), self._seconds.labels(face)

    def _count_scan(self, request: Ended) -> None:
        if request.method != "POST":
            self._looks_by[Verdict(request.facts["verdict"])].inc()
            return
        verdict = Verdict(request.facts["verdict"])
        proof = request.facts.get("authentication") or Authentication.NONE
        if verdict is Verdict.TOO_MANY_TRIES:
            self._hidden_codes.labels(verdict.value).inc()
        else:
            self._hidden_codes.labels(Authentication(proof).value).inc()

    def text(self, others: Iterable[Collector]) -> bytes:
        """All that was counted, by every worker, and what `others` tell (Prometheus' text)."""
        registry = self._registry
        if self._together is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._together))  # type: ignore[no-untyped-call]
        for other in others:
            registry.register(other)
        try:
            return generate_latest(registry)
        finally:
            for other in others:
                registry.unregister(other)


def _prepare_files() -> Path | None:
    """The folder in which processes count together, with this one's files; None without one.

    The files are mapped into memory. Their room is taken from the disk now: a process that maps
    room which the disk turns out not to have is killed as it counts.
    """
    if FOLDER not in os.environ:
        return None
    folder = Path(os.environ[FOLDER])
    try:
        for kind in KINDS_OF_FILES:
            with (folder / f"{kind}_{os.getpid()}.db").open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
    except OSError as error:
        _log.warning("metrics_not_shared", trouble=error.strerror)
        return None
    return folder
