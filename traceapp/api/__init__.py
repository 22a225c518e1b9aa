"""The services over JSON, at /api/v1, for programs. Its document is made from the routes."""

from __future__ import annotations

from flask import Blueprint

from traceapp.api import (
    alerts,
    batches,
    compromised_keys,
    corrections,
    facilities,
    labels,
    parties,
    products,
    recalls,
    redraw_leaves,
    scans,
    stamp_requests,
    stamp_runs,
    test_runs,
)
from traceapp.api.problems import say_problems
from traceapp.api.routing import Route, publish
from traceapp.services.registry.product_kinds import ProductKinds

ROOMS = (
    parties,
    facilities,
    products,
    batches,
    corrections,
    stamp_requests,
    stamp_runs,
    test_runs,
    labels,
    redraw_leaves,
    compromised_keys,
    recalls,
    scans,
    alerts,
)
ROUTES: tuple[Route, ...] = tuple(route for room in ROOMS for route in room.routes)

__all__ = ["ROUTES", "build"]


def build(kinds: ProductKinds) -> Blueprint:
    """The API's blueprint: every route with its guard, and the OpenAPI document."""
    blueprint = Blueprint("api", __name__, url_prefix="/api")
    say_problems(blueprint)
    publish(blueprint, ROUTES, kinds)
    return blueprint
