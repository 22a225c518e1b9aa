"""Somebody who attacks: browsers of the cast, and an installation full of hostile texts."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from traceapp.database import Base
from traceapp.services.desks.handling_alerts import Handling, handle_alert
from traceapp.services.lists import Role
from traceapp.services.people.inviting import NewInvitation, invite
from traceapp.services.registry.correctable import ProductCorrection
from traceapp.services.registry.correcting import correct
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.picturing import add_picture
from traceapp.services.registry.reading_pictures import read_picture
from traceapp.services.scans.noticing import list_notices
from traceapp.services.scans.scanning import Look, scan
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
def things(world: Any) -> dict[str, int]:
    """The number of something of the producer's for every place in a path; every text is hostile.

    Texts are written past the services: what is refused today may stand in a row since yesterday.
    """
    issued = world.issue(activate=False)
    product_id = world.producer.product.id
    with world.writing() as session:
        asks = (session, world.producer.actor)
        prepared = read_picture(_jpeg(), world.edge.pictures)
        picture = add_picture(*asks, product_id, prepared, None, world.edge.pictures, world.now)
        body = ProductCorrection(brand=HOSTILE, reason=HOSTILE)
        correction = correct(*asks, product_id, body, world.edge.correcting, world.now)
        look = Look(issued.code(1), "phone", "192.0.2.1", lot=HOSTILE, gtin=HOSTILE)
        scan(session, look, world.edge.scanning, world.now)
        notice = list_notices(*asks, only_unseen=True)[0]
        new = NewInvitation(role=Role.PRODUCER, name=HOSTILE)
        invitation = invite(session, world.officer.actor, new, days=14, now=world.now)
    activation, void = issued.activate(0, 9), issued.void(15, note=HOSTILE)
    recall = world.issue().recall(reason=HOSTILE, notice=HOSTILE)
    held = world.batch()
    with world.writing() as session:
        reason = NewHold(reason=HOSTILE)
        hold = hold_batch(session, world.producer.actor, held.id, reason, world.now)
    alert = world.alert(issued)
    with world.writing() as session:
        handle_alert(session, world.officer.actor, alert, Handling(note=HOSTILE), world.now)
    leaked = world.compromise(world.issue().run.key_id, note=HOSTILE)
    _write_hostile_texts(world)
    return {
        "party_id": world.producer.party.id,
        "facility_id": world.producer.facility.id,
        "product_id": product_id,
        "batch_id": issued.batch.id,
        "request_id": issued.run.request_id,
        "run_id": issued.run.id,
        "activation_id": activation.id,
        "void_id": void.id,
        "picture_id": picture.id,
        "correction_id": correction.id,
        "notice_id": notice.id,
        "recall_id": recall.id,
        "hold_id": hold.id,
        "account_id": world.neighbour.actor.account_id,
        "invitation_id": invitation.id,
        "compromised_key_id": leaked.id,
        "alert_id": alert,
    }


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


def _jpeg() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (600, 500), (120, 40, 20)).save(drawn, "JPEG")
    return drawn.getvalue()


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
def pages(world: Any, things: dict[str, int], browse: Any) -> Callable[[], Iterator[Any]]:
    """Every page that there is, as whoever may see it is answered: its name, and the answer."""

    def visit() -> Iterator[tuple[str, TestResponse]]:
        browsers = {name: browse(world.people[name]) for name in ("producer", "officer", "admin")}
        for route in ROUTES:
            if route.method == "GET":
                path = path_of(route, things)
                for name, browser in browsers.items():
                    answer = browser.get(path)
                    if answer.status_code == 200:
                        yield f"{name} {path}", answer

    return visit


def path_of(route: Any, numbers: dict[str, int]) -> str:
    path = route.audience.prefix + route.path
    for name, number in numbers.items():
        path = path.replace(f"<id:{name}>", str(number))
    assert "<" not in path, f"no {path} in the scene"
    return str(path)
