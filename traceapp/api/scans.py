"""The log of scans over JSON."""

from __future__ import annotations

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.desks.auditing import ScanFilter, ScanTold, list_scans, show_scan
from traceapp.services.paging import Page

routes = Routes()


@routes.get("/scans", Act.SCAN_READ)
def index(call: Call, query: ScanFilter) -> Page[ScanTold]:
    """The looks at stamps that were kept, newest first."""
    return list_scans(call.session, call.actor, query)


@routes.get("/scans/<id:scan_id>", Act.SCAN_READ)
def show(call: Call, scan_id: int) -> ScanTold:
    """One scan."""
    return show_scan(call.session, call.actor, scan_id)
