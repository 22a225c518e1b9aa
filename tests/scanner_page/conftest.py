"""A visitor with a phone, who meets the public pages as a browser or a program would."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

WORDS = Path(__file__).resolve().parents[2] / "scanner_page/words/vi/LC_MESSAGES/messages.po"

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="session", autouse=True)
def _compiled_words() -> None:
    """The catalogue as it is written now. Moved into place whole, since others test beside us."""
    with WORDS.open("rb") as source:
        catalogue = read_po(source, locale="vi")
    aside = WORDS.with_name(f"{uuid4().hex}.tmp")
    with aside.open("wb") as target:
        write_mo(target, catalogue)
    aside.replace(WORDS.with_suffix(".mo"))


@dataclass
class Visitor:
    """One phone. `told` asks for JSON, `page` for HTML; English where `english` is true."""

    client: FlaskClient
    english: bool = False

    def headers(self, accept: dict[str, str]) -> dict[str, str]:
        return {**accept, "Accept-Language": "en" if self.english else "vi"}

    def look(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.headers(JSON))

    def told(self, path: str) -> dict[str, Any]:
        told = self.look(path).get_json()
        assert isinstance(told, dict)
        return told

    def page(self, path: str) -> TestResponse:
        # Buffered, so that a file that is sent is closed at once.
        return self.client.get(path, headers=self.headers(HTML), buffered=True)

    def confirm(self, code: str, hidden: object, **more: Any) -> TestResponse:
        body = {"hidden_code": hidden, **more}
        address = f"/S/{code}/hidden-code"
        return self.client.post(address, json=body, headers=self.headers(JSON))

    def confirmed(self, code: str, hidden: object, **more: Any) -> dict[str, Any]:
        told = self.confirm(code, hidden, **more).get_json()
        assert isinstance(told, dict)
        return told

    def submit(self, code: str, **fields: str | list[str]) -> TestResponse:
        """What a browser sends when the form is submitted."""
        address = f"/S/{code}/hidden-code"
        return self.client.post(address, data=fields, headers=self.headers(HTML))


@pytest.fixture
def visitor(world: Any) -> Visitor:
    return Visitor(world.client())


@pytest.fixture
def stranger(world: Any) -> Visitor:
    """Another phone, which reads English."""
    return Visitor(world.client(), english=True)
