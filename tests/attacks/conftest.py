"""Somebody who attacks: browsers of the cast, and an installation full of hostile texts."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from traceapp.database import Base
from traceapp.services.desks.handling_alerts import Handling, handle_alert
from traceapp.web import ROUTES

# Closes a quoted attribute and a tag; no longer than a lot, so that it fits everywhere.
HOSTILE = "'\"><svg onload=x()>"

# Every column that holds what somebody types freely; JSON and what cannot change is made hostile
# by its service.
_TYPED = {
    "accounts": ("name",),
    "activations": ("destination",),
    "batches": ("lot", "sold_as"),
    "facilities": ("name", "address"),
    "holds": ("reason",),
    "parties": ("name", "address", "province", "phone"),
    "pictures": ("caption",),
    "products": (
        *("name", "net_content", "brand", "standard", "storage", "warning"),
        "ocop_certificate",
    ),
    "stamp_requests": ("note",),
    "voids": ("note",),
}
_HIDDEN = re.compile(r'<input type="hidden" name="(csrf_token|once|seen)" value="([^"]+)">')


@dataclass
class Browser:
    """One browser. What it posts carries the hidden fields of a page, as a person's form does."""

    client: FlaskClient

    def get(self, path: str, headers: dict[str, str] | None = None) -> TestResponse:
        given = {"Accept-Language": "en", **(headers or {})}
        # Buffered, so that a file that is sent is closed at once.
        return self.client.get(path, headers=given, buffered=True)

    def hidden(self, page: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in _HIDDEN.findall(self.get(page).text):
            found.setdefault(name, html.unescape(value))
        return found

    def post(self, path: str, sent: dict[str, Any], on: str | None = None) -> TestResponse:
        fields = {**self.hidden(on or path), **sent}
        return self.client.post(path, data=fields, headers={"Accept-Language": "en"})


@pytest.fixture
def browse(world: Any) -> Callable[..., Browser]:
    """A browser in which somebody of the cast is signed in; nobody where none is named."""

    def open_browser(person: Any = None) -> Browser:
        browser = Browser(world.client())
        if person is not None:
            sent = {"sign_in_name": person.email, "password": person.password}
            assert browser.post("/sign-in", sent).status_code == 303
        return browser

    return open_browser


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def things(world: Any, one_of_each: Any) -> Any:
    """Something of the producer's for every place in a path; every text is hostile.

    Texts are written past the services: what is refused today may stand in a row since yesterday.
    """
    made = one_of_each(HOSTILE)
    with world.writing() as session:
        note = Handling(note=HOSTILE)
        handle_alert(session, world.officer.actor, made["alert_id"], note, world.now)
    _write_hostile_texts(world)
    return made


def _write_hostile_texts(world: Any) -> None:
    attributes = {"species": HOSTILE, "vat": HOSTILE, "salt": HOSTILE, "of_my_own": HOSTILE}
    with world.edge.database.engine.begin() as connection:
        for table, columns in _TYPED.items():
            for column in columns:
                # What is unique stays so: an id follows the text.
                text = "substr(:text, 1, 17) || id" if column == "lot" else ":text"
                query = f"UPDATE {table} SET {column} = {text}"
                connection.execute(sa.text(query), {"text": HOSTILE})
        query = sa.text("UPDATE batches SET attributes = :given")
        connection.execute(query, {"given": json.dumps(attributes)})


def everything_kept(world: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with world.edge.database.engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.execute(sa.text(f"SELECT * FROM {name}"))), key=repr)
            for name in Base.metadata.tables
        }


@pytest.fixture
def kept(world: Any) -> Callable[[], dict[str, list[tuple[Any, ...]]]]:
    return lambda: everything_kept(world)


@pytest.fixture
def unchanged(world: Any) -> Callable[[], Any]:
    """`with unchanged():` fails where any row of any table was changed within."""

    @contextmanager
    def expect() -> Iterator[None]:
        before = everything_kept(world)
        yield
        assert everything_kept(world) == before

    return expect


@pytest.fixture
def pages(world: Any, things: Any, browse: Any) -> Callable[[], Iterator[Any]]:
    """Every page that there is, as whoever may see it is answered: its name, and the answer."""

    def visit() -> Iterator[tuple[str, TestResponse]]:
        browsers = {name: browse(world.people[name]) for name in ("producer", "officer", "admin")}
        for route in ROUTES:
            if route.method == "GET":
                path = things.path_of(route)
                for name, browser in browsers.items():
                    answer = browser.get(path)
                    if answer.status_code == 200:
                        yield f"{name} {path}", answer

    return visit
