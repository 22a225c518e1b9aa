"""What a buyer's phone has to load for each answer: the page, and everything that it asks for.

Pictures of products are left out: how many there are is their maker's choice.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from traceapp.demonstration import Sample
from traceapp.edge import Edge
from traceapp.services.scans.judging import Verdict

LEVEL = 6  # of gzip, as the sample proxy compresses
MOST_PAGE = 14_000  # bytes of one answer: ten packets of a new connection (RFC 6928)
MOST_REST = 60_000  # bytes of all that it asks for besides, without pictures

LANGUAGES = ("vi", "en")
_REFUSED_AFTER = 11  # tries within a minute, of which ten are allowed
_NEARLY = "00000000"  # a hidden code that no stamp of the demonstration has
_HELD = (Verdict.AUTHENTICATED, Verdict.WRONG_HIDDEN_CODE)


@dataclass(frozen=True)
class Page:
    """One answer as a page: what it is called, where it was asked for, and what came."""

    name: str
    language: str
    path: str
    html: str


@dataclass(frozen=True)
class Weight:
    """Compressed bytes of a page and of the rest; `foreign` are hosts that it would ask."""

    page: int
    rest: int
    foreign: tuple[str, ...]

    @property
    def well(self) -> bool:
        return self.page <= MOST_PAGE and self.rest <= MOST_REST and not self.foreign


@dataclass
class Answers:
    """Every answer that the demonstration's stamps can be given, in both languages."""

    app: Flask
    edge: Edge
    samples: dict[Verdict, Sample]

    def pages(self) -> Iterator[Page]:
        for language in LANGUAGES:
            client = self.app.test_client()
            for verdict, sample in self.samples.items():
                if verdict not in _HELD:
                    yield self._look(client, verdict.value, language, sample.path)
            yield self._without_keys(client, language)
            yield from self._hidden(client, language)
            for name, path in (("home", "/"), ("privacy", "/privacy"), ("lost", "/khong/co")):
                yield self._look(client, name, language, path)

    def _look(self, client: FlaskClient, name: str, language: str, path: str) -> Page:
        answer = client.get(path, headers=_asking(language))
        return Page(name, language, path, answer.text)

    def _without_keys(self, client: FlaskClient, language: str) -> Page:
        """The page that claims nothing, because the keys are out of reach for a moment."""
        file = self.edge.stamp_keys.file
        aside: Path = file.rename(file.with_suffix(".aside"))
        try:
            path = self.samples[Verdict.REGISTERED].path
            return self._look(client, Verdict.UNCHECKED.value, language, path)
        finally:
            aside.rename(file)

    def _hidden(self, client: FlaskClient, language: str) -> Iterator[Page]:
        """The answers to hidden codes. One that was right is asked for again by its nonce."""
        right, wrong = (self.samples[verdict] for verdict in _HELD)
        usual = {"hidden_code": right.hidden_code, "nonce": "weighing", "foil_whole": "yes"}
        if language == LANGUAGES[0]:
            broken = usual | {"foil_whole": "no", "nonce": "broken"}
            yield self._send(client, "foil_broken", language, right.path, broken)
        yield self._send(client, "authenticated", language, right.path, usual)
        nearly = {"hidden_code": wrong.hidden_code, "foil_whole": "yes"}
        yield self._send(client, "wrong_hidden_code", language, wrong.path, nearly)
        guess = {"hidden_code": _NEARLY, "foil_whole": "yes"}
        many = self.samples[Verdict.REGISTERED].path
        for _ in range(_REFUSED_AFTER):
            refused = self._send(client, "too_many_tries", language, many, guess)
        yield refused
        bare = self.samples[Verdict.ON_HOLD].path
        yield self._send(client, "no_hidden_code", language, bare, guess)

    def _send(
        self, client: FlaskClient, name: str, language: str, path: str, form: dict[str, Any]
    ) -> Page:
        where = f"/S/{path.rpartition('/')[2]}/hidden-code"
        answer: TestResponse = client.post(where, data=form, headers=_asking(language))
        return Page(name, language, where, answer.text)


def _asking(language: str) -> dict[str, str]:
    return {"Accept": "text/html", "Accept-Language": language}


def weigh(client: FlaskClient, page: Page) -> Weight:
    """What a page and everything that it loads weighs, without pictures of products."""
    html = page.html
    wanted = re.findall(r'<(?:link|script)[^>]*?(?:href|src)="([^"]+)"', html)
    rest, loaded = 0, set()
    while wanted:
        address = urljoin(page.path, wanted.pop())
        if address in loaded or re.match(r"[a-z]+:|//", address):
            continue
        loaded.add(address)
        answer = client.get(address, buffered=True)
        assert answer.status_code == 200, f"{page.name} asks for {address}"
        if answer.mimetype == "text/css":
            wanted += [
                urljoin(address, each) for each in re.findall(r'url\("([^"]+)"\)', answer.text)
            ]
        packed = answer.data if answer.mimetype.startswith("font/") else _packed(answer.data)
        rest += len(packed)
    foreign = re.findall(
        r"""(?:src|srcset|href|action|url\()\s*=?\s*["']?((?:https?:)?//[^"'\s)]+)""", html
    )
    return Weight(len(_packed(html.encode())), rest, tuple(foreign))


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, LEVEL)
