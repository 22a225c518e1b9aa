"""A browser without a window: somebody signed in by her password, who fills in forms."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from traceapp.services.people.inviting import Acceptance, NewInvitation, accept, invite

_HIDDEN = re.compile(r'<input type="hidden" name="(csrf_token|once|seen)" value="([^"]+)">')


@dataclass
class Visitor:
    """One browser. `post` sends a form as the page that shows it would: with its hidden fields."""

    client: FlaskClient
    language: str = "en"

    def get(self, path: str, **given: Any) -> TestResponse:
        headers = {"Accept-Language": self.language, **given.pop("headers", {})}
        return self.client.get(path, headers=headers, **given)

    def hidden(self, page: str) -> dict[str, str]:
        """The hidden fields of a page's first form."""
        answer = self.get(page)
        assert answer.status_code == 200, (page, answer.status_code)
        found: dict[str, str] = {}
        for name, value in _HIDDEN.findall(answer.text):
            found.setdefault(name, html.unescape(value))
        return found

    def post(
        self, path: str, data: dict[str, Any] | None = None, on: str | None = None, **given: Any
    ) -> TestResponse:
        """Send a form to `path` with the hidden fields of the page `on`, which is `path` itself
        where nothing is said."""
        values = {**self.hidden(on or path), **(data or {})}
        headers = {"Accept-Language": self.language, **given.pop("headers", {})}
        return self.client.post(path, data=values, headers=headers, **given)


def sign_in(client: FlaskClient, name: str, password: str) -> TestResponse:
    """Sign in by the page, as people do."""
    visitor = Visitor(client)
    return visitor.post("/sign-in", {"sign_in_name": name, "password": password})


@pytest.fixture
def visit(world: Any) -> Callable[..., Visitor]:
    """A browser in which somebody of the cast is signed in; nobody where none is named."""

    def open_browser(person: Any = None) -> Visitor:
        client = world.client()
        if person is not None:
            answer = sign_in(client, person.email, person.password)
            assert answer.status_code == 303, answer.text
        return Visitor(client)

    return open_browser


@pytest.fixture
def jpeg() -> bytes:
    """A picture as a phone sends it."""
    drawn = BytesIO()
    Image.new("RGB", (600, 500), (120, 40, 20)).save(drawn, "JPEG")
    return drawn.getvalue()


@pytest.fixture
def newcomer(world: Any) -> Any:
    """Somebody who joined by a link and has registered nothing yet."""
    with world.writing() as session:
        new = NewInvitation(role="producer", name="Bà Tư")
        made = invite(session, world.officer.actor, new, 14, world.now)
    with world.writing() as session:
        answer = Acceptance(sign_in_name="0912345678", name="Bà Tư", password="biển xanh cát trắng")
        accept(session, made.token, answer, world.now)

    class Newcomer:
        email = "0912345678"
        password = "biển xanh cát trắng"

    return Newcomer()
