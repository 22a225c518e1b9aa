"""What an operator and her machines ask: is it alive, is it ready, what has it done.

The law of this face: no session, no cookie, no limit and no language; nothing it answers names a
person, an address, a code or a place on the disk.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import structlog
from flask import Flask

from traceapp.attending import Watch
from traceapp.edge import Edge
from traceapp.health import views
from traceapp.health.metrics import FOLDER, Metrics
from traceapp.settings import Settings

__all__ = ["forget_worker", "furnish", "make_room_for_metrics"]

_log = structlog.get_logger(__name__)


def furnish(app: Flask, edge: Edge) -> Watch:
    """Add this face to the application; what it returns counts requests."""
    metrics = Metrics()
    app.register_blueprint(views.build(metrics, edge))
    return metrics


def make_room_for_metrics(settings: Settings) -> None:
    """Empty the folder in which the processes of this server count; before any is started.

    Without it each process counts for itself: that is no reason not to serve.
    """
    folder = settings.data_dir.absolute() / "run" / f"metrics-{settings.port}"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        _log.warning("metrics_not_shared", trouble=error.strerror)
    else:
        os.environ[FOLDER] = str(folder)


def forget_worker(pid: int) -> None:
    """Take what a dead worker was doing out of the gauges; what it had counted stays."""
    if FOLDER in os.environ:
        for file in Path(os.environ[FOLDER]).glob(f"gauge_live*_{pid}.db"):
            file.unlink(missing_ok=True)
