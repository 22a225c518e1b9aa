"""`/healthz`, `/readyz` and `/metrics`, and who may read the last one."""

from __future__ import annotations

import hmac
import json
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST

from traceapp.edge import Edge
from traceapp.health.checks import OK, Checks
from traceapp.health.figures import Figures
from traceapp.health.metrics import Metrics

# What proxies add. A request that carries one of them came from elsewhere, whatever its address.
_FORWARDED = ("Forwarded", "Via", "X-Real-IP")
_FORWARDED_PREFIX = "x-forwarded-"


def build(metrics: Metrics, edge: Edge) -> Blueprint:
    """The blueprint of this face, to be registered at the root of the application."""
    blueprint = Blueprint("health", __name__)
    checks = Checks(edge)

    def healthz() -> Response:
        return _json({"status": OK})

    def readyz() -> Response:
        told = checks.all()
        ready = all(said == OK for said in told.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return _json({"status": OK if ready else "not ready", "checks": told}, status)

    def sums() -> Response:
        if not _may_read(edge.settings.metrics_token.get_secret_value()):
            abort(HTTPStatus.NOT_FOUND)
        return Response(metrics.text([Figures(edge, checks)]), content_type=CONTENT_TYPE_LATEST)

    blueprint.add_url_rule("/healthz", "healthz", healthz)
    blueprint.add_url_rule("/readyz", "readyz", readyz)
    blueprint.add_url_rule("/metrics", "metrics", sums)
    blueprint.after_request(_finish)
    return blueprint


def _json(told: object, status: int = HTTPStatus.OK) -> Response:
    return Response(json.dumps(told), status, content_type="application/json")


def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _may_read(token: str) -> bool:
    """Whoever holds the token, and whoever asks on this very machine, past every proxy."""
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    names = [name.lower() for name in request.headers.keys()]  # noqa: SIM118  (it is no dict)
    if any(name.startswith(_FORWARDED_PREFIX) for name in names):
        return False
    return not any(name in request.headers for name in _FORWARDED) and _from_here()


def _from_here() -> bool:
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
