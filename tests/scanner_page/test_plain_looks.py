"""Looks that are answered before Flask: in every word and header as Flask would answer them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from scanner_page import PlainLooks
from traceapp import build_app
from traceapp.records.scans import Scan

PHONE = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 13)",
    "Accept": "text/html,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
}
FORGED = "0000000B8FXF2GQRGF18"

# What differs from look to look, whoever answers it.
_OWN = re.compile(
    r'(name="(?:nonce|ticket)" value="|phone=)[^";]+|(X-Request-Id: )\w+|lần quét[^<]*'
)


@contextmanager
def _lanes(app: Flask) -> Iterator[tuple[Client, Client, list[str]]]:
    """The application as it is, the same without the short way, and the paths Flask was given."""
    seen: list[str] = []
    inner = app.wsgi_app
    plain = inner._app  # type: ignore[attr-defined]
    assert isinstance(plain, PlainLooks)
    flask = plain._flask

    def watched(environ: Any, start: Any) -> Any:
        seen.append(environ["PATH_INFO"])
        return flask(environ, start)

    plain._flask = watched  # type: ignore[method-assign]
    # Without cookies, every look is a fresh phone's.
    always_flask = _always_flask(app, flask)
    clients = [Client(each, Response, use_cookies=False) for each in (app, always_flask)]
    yield clients[0], clients[1], seen


def _always_flask(app: Flask, flask: Any) -> Any:
    attended = app.wsgi_app
    plain = attended._app  # type: ignore[attr-defined]

    def answer(environ: Any, start: Any) -> Any:
        attended._app = flask  # type: ignore[attr-defined]
        try:
            return attended(environ, start)
        finally:
            attended._app = plain  # type: ignore[attr-defined]

    return answer


@pytest.fixture
def lanes(world: Any) -> Iterator[tuple[Client, Client, list[str]]]:
    with _lanes(build_app(world.edge)) as lanes:
        yield lanes


def _told(answer: TestResponse) -> tuple[int, list[str], str]:
    headers = sorted(f"{name}: {value}" for name, value in answer.headers.items())
    told = [_OWN.sub(r"\1\2…", each) for each in headers if not each.startswith("Content-Length")]
    text = answer.get_data()
    if answer.headers.get("Content-Encoding") == "gzip":
        text = gzip.decompress(text)
    return answer.status_code, told, _OWN.sub(r"\1\2…", text.decode())


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("packed", ["gzip", ""])
def test_the_short_way_answers_as_flask_does(
    world: Any, lanes: Any, language: str, packed: str
) -> None:
    short, flask, seen = lanes
    used, waiting, void = world.issue(), world.issue(activate=False), world.issue()
    codes = [used.code(), used.code(1).lower(), waiting.code(), FORGED, "Z" * 20, void.code(2)]
    headers = {**PHONE, "Accept-Language": language, "Accept-Encoding": packed}
    for code in codes:
        one = _told(short.get(f"/S/{code}", headers=headers))
        other = _told(flask.get(f"/S/{code}", headers=headers))
        assert one[:2] == other[:2]
        assert one[2].splitlines() == other[2].splitlines()
    assert seen == []


GTIN = "08938505974194"


@pytest.mark.parametrize("lot", ["", "/10/LO-1", "/10/KHAC"])
@pytest.mark.parametrize("gtin", [GTIN, GTIN[1:], "08938505974200"])
def test_a_digital_link_is_answered_so_too(world: Any, lanes: Any, gtin: str, lot: str) -> None:
    short, flask, seen = lanes
    issued = world.issue(gtin=GTIN, lot="LO-1")
    path = f"/01/{gtin}{lot}/21/{issued.code()}"
    one, other = (_told(each.get(path, headers=PHONE)) for each in (short, flask))
    assert one[:2] == other[:2]
    assert one[2].splitlines() == other[2].splitlines()
    assert seen == []


def test_without_the_records_and_without_keys_too(world: Any, lanes: Any) -> None:
    short, flask, seen = lanes
    code = world.issue().code()
    file = world.edge.stamp_keys.file
    aside = file.rename(file.with_suffix(".aside"))
    one, other = (_told(each.get(f"/S/{code}", headers=PHONE)) for each in (short, flask))
    aside.rename(file)
    assert one == other
    assert one[0] == 503 and seen == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/S/{code}?lang=en", {}),
        ("/S/{code}?typed=1", {}),
        ("/S/{code}/", {}),
        ("/S/{code}", {"Accept": "application/json"}),
        ("/S/{short}", {}),
        ("/S/{code}%23H-AB12CD34", {}),
        ("/01/08938505974194/10/L%C3%B4/21/{code}", {}),
    ],
)
def test_what_is_no_plain_look_goes_on_to_flask_and_is_kept_once(
    world: Any, lanes: Any, path: str, headers: dict[str, str]
) -> None:
    short, _, seen = lanes
    code = world.issue().code()
    short.get(path.format(code=code, short=code[:19]), headers={**PHONE, **headers})
    assert len(seen) == 1
    with world.reading() as session:
        kept = session.scalar(sa.select(sa.func.count()).select_from(Scan))
    assert kept == (0 if "short" in path else 1)


@pytest.mark.parametrize("cookie", ["sign_in", "session", "stranger"])
def test_who_may_be_signed_in_is_left_to_flask(world: Any, lanes: Any, cookie: str) -> None:
    short, _, seen = lanes
    sent = {**PHONE, "Cookie": f"{cookie}=abc"}
    assert short.get(f"/S/{world.issue().code()}", headers=sent).status_code == 200
    assert len(seen) == 1


def test_what_is_packed_is_left_to_flask_which_refuses_it(world: Any, lanes: Any) -> None:
    short, _, seen = lanes
    packed = {**PHONE, "Content-Encoding": "gzip"}
    assert short.get(f"/S/{world.issue().code()}", headers=packed).status_code == 415
    assert len(seen) == 1


def test_a_phone_is_known_again_and_its_language_is(world: Any, lanes: Any) -> None:
    short, _, seen = lanes
    path = f"/S/{world.issue().code()}"
    first = short.get(path, headers=PHONE)
    phone = first.headers["Set-Cookie"].partition(";")[0]
    assert phone.startswith("phone=")
    again = short.get(path, headers={**PHONE, "Cookie": f"{phone}; lang=en"})
    assert "Set-Cookie" not in again.headers
    assert again.headers["Content-Language"] == "en"
    assert seen == []


def test_what_breaks_is_answered_and_logged_as_ever(
    world: Any, lanes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, _, _ = lanes
    monkeypatch.setitem(vars(world.edge), "clock", lambda: 1 // 0)
    with capture_logs() as logs:
        answer = short.get(f"/S/{FORGED}", headers=PHONE, buffered=True)
    assert answer.status_code == 500
    assert [each["event"] for each in logs] == ["request_broke", "request_failed"]
