"""The way around: the rooms that each role may enter, and the addresses of our own assets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from flask import current_app, request, url_for
from flask_babel import gettext

from traceapp.services.lists import Role
from traceapp.services.people.signing_in import SignedIn
from traceapp.services.refusals import message

STATIC = Path(__file__).with_name("static")


@dataclass(frozen=True)
class Room:
    """One entry of the way around. `here` where the reader stands in it."""

    title: str
    icon: str
    address: str
    here: bool
    count: int = 0


ROLE_NAMES = {
    Role.PRODUCER: message("Producer"),
    Role.OFFICER: message("Officer"),
    Role.ADMIN: message("Administrator"),
}

# Endpoint, icon and title of each room, in the order of the day's work.
_ROOMS: dict[Role, tuple[tuple[str, str, str], ...]] = {
    Role.PRODUCER: (
        ("producer.home", "home", message("Today")),
        ("producer.batches", "batch", message("Batches")),
        ("producer.runs", "stamp", message("Stamps")),
        ("producer.products", "product", message("Products")),
        ("producer.party", "place", message("Our household")),
        ("producer.totals", "plot", message("Scans")),
    ),
    Role.OFFICER: (
        ("officer.desk", "desk", message("Desk")),
        ("officer.search", "search", message("Search")),
        ("officer.parties", "place", message("Producers")),
        ("officer.requests", "run", message("Requests")),
        ("officer.recalls", "recall", message("Recalls")),
        ("officer.alerts", "alert", message("Alerts")),
        ("officer.scans", "scan", message("Scan log")),
        ("officer.totals", "plot", message("Plots")),
        ("people.index", "people", message("People")),
    ),
    Role.ADMIN: (
        ("people.index", "people", message("People")),
        ("officer.desk", "desk", message("Desk")),
        ("officer.search", "search", message("Search")),
        ("officer.parties", "place", message("Producers")),
        ("officer.alerts", "alert", message("Alerts")),
        ("officer.scans", "scan", message("Scan log")),
        ("officer.totals", "plot", message("Plots")),
    ),
}

# Pages that lie outside their room's address, by how their address begins.
_LYING_ELSEWHERE = {
    "producer.party": ("/producer/facilities/",),
    "producer.runs": (
        "/producer/requests/",
        "/producer/range",
        "/producer/activations/",
        "/producer/voids/",
        "/producer/test-labels",
        "/producer/labels/",
    ),
}


def rooms(signed: SignedIn) -> list[Room]:
    """The rooms of whoever is signed in."""
    found = []
    for endpoint, icon, title in _ROOMS[signed.actor.role]:
        if endpoint not in current_app.view_functions:
            continue
        address = url_for(endpoint)
        found.append(Room(str(gettext(title)), icon, address, _is_here(endpoint, address)))
    return found


def _is_here(endpoint: str, address: str) -> bool:
    """Whether the page that is asked for lies in a room."""
    below = address.count("/") > 1 and request.path.startswith(f"{address}/")
    elsewhere = request.path.startswith(_LYING_ELSEWHERE.get(endpoint, ()))
    return request.path == address or below or elsewhere


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file of ours; it changes with the file's content, so it may be kept."""
    return url_for("entry.static", filename=name, v=_version(name))


def switch_language(language: str) -> str:
    """This very page in another language; after a form that came back, the page of that form."""
    query = [(name, text) for name, text in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*query, ('lang', language)])}"
