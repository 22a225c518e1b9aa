"""The signed-in pages: a room for producers, one for officers, one for whoever keeps accounts.

The law of this face: every page and act names its act of the rules and its audience, or cannot be
declared. It works without script; what a form held is never lost; nothing comes from another host.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from traceapp.edge import Edge
from traceapp.web import account, entry, officer, people, producer
from traceapp.web.entry import DemonstrationAccount
from traceapp.web.guarding import publish
from traceapp.web.insiders import Insiders
from traceapp.web.routing import Route
from traceapp.web.sessions import configure

AUDIENCES = (account.audience, producer.audience, officer.audience, people.audience)
PREVIEWS = ("producer.designing", "producer.label_preview")  # each draws a label: they are limited
ROUTES: tuple[Route, ...] = tuple(route for each in AUDIENCES for route in each.routes)

__all__ = ["PREVIEWS", "ROUTES", "DemonstrationAccount", "Insiders", "furnish"]


def furnish(app: Flask, edge: Edge, accounts: Callable[[], list[DemonstrationAccount]]) -> None:
    """Add the signed-in pages to the application. Raises KeyTrouble without session keys."""
    configure(app, edge)
    app.register_blueprint(entry.build(accounts))
    for audience in AUDIENCES:
        app.register_blueprint(publish(audience))
