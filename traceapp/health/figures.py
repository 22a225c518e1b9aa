"""What is read when somebody asks for the metrics: figures of the database, checks, the disk."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from traceapp.edge import Edge
from traceapp.health.checks import OK, Checks, free_bytes
from traceapp.services.desks.standing_figures import StandingFigures, read_figures


class Figures(Collector):
    """Asked once for each scrape. Without the database, what it would tell is left out."""

    def __init__(self, edge: Edge, checks: Checks) -> None:
        self._edge = edge
        self._checks = checks

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("traceapp_info", "Always 1.", labels=["version"])
        info.add_metric([version("traceapp")], 1)
        yield info
        ready = GaugeMetricFamily("traceapp_ready", "1 where a check is well.", labels=["check"])
        for name, said in self._checks.all().items():
            ready.add_metric([name], said == OK)
        yield ready
        free = free_bytes(self._edge.settings.data_dir)
        if free is not None:
            yield _gauge("disk_free_bytes", "Free on the data directory's disk.", free)
        figures = self._read()
        if figures is not None:
            yield from _of_records(figures)

    def describe(self) -> Iterator[Metric]:
        """Nothing: prometheus-client would ask the database as this is registered."""
        return iter(())

    def _read(self) -> StandingFigures | None:
        try:
            with self._edge.database.reading() as session:
                return read_figures(session, self._edge.clock())
        except SQLAlchemyError:
            return None


def _of_records(figures: StandingFigures) -> Iterator[Metric]:
    issued = CounterMetricFamily("traceapp_stamps_issued", "Stamps of all runs.")
    issued.add_metric([], figures.stamps_issued)
    yield issued
    yield _gauge(
        "stamp_requests_waiting", "Stamp requests that wait.", figures.stamp_requests_waiting
    )
    yield _gauge(
        "stamp_requests_oldest_seconds",
        "How long the oldest of them has waited; 0 without any.",
        figures.oldest_request_seconds,
    )
    yield _gauge("recalls_open", "Recalls that are open.", figures.recalls_open)
    yield _gauge("holds_standing", "Batches that wait for an officer.", figures.holds_standing)
    yield _gauge("notices_unseen", "Notices that no producer has seen.", figures.notices_unseen)
    yield _gauge("alerts_open", "Alerts that no officer has handled.", figures.alerts_open)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"traceapp_{name}", text, value=value)
