"""An officer's pages: the desk, search, producers, requests, recalls, alerts, the log, plots."""

from traceapp.web.officer import (
    alerts,
    batches,
    corrections,
    desk,
    finding,
    labels,
    leaks,
    opening_recalls,
    parties,
    pictures,
    recalls,
    requests,
    runs,
    scans,
    stamps,
    totals,
)
from traceapp.web.officer.audience import audience

__all__ = [
    "alerts",
    "audience",
    "batches",
    "corrections",
    "desk",
    "finding",
    "labels",
    "leaks",
    "opening_recalls",
    "parties",
    "pictures",
    "recalls",
    "requests",
    "runs",
    "scans",
    "stamps",
    "totals",
]
