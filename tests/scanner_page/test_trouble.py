"""Trouble: records or keys out of reach, and requests that no route answers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from stamps import sign
from traceapp.database import Database
from traceapp.records.redemptions import Redemption

FORGED = "ABCDEABCDEABCDEABCDE"


def _spent(world: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Redemption)))


@contextmanager
def _records_away(world: Any) -> Iterator[None]:
    """A database that nobody serves, in the place of the world's own."""
    own, away = world.edge.database, Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    object.__setattr__(world.edge, "database", away)
    yield
    object.__setattr__(world.edge, "database", own)
    away.close()


@contextmanager
def _keys_away(world: Any) -> Iterator[None]:
    file = world.edge.stamp_keys.file
    aside = file.rename(file.with_suffix(".aside"))
    yield
    aside.rename(file)


@pytest.mark.parametrize("trouble", [_records_away, _keys_away])
def test_nothing_is_claimed_of_a_stamp_that_cannot_be_looked_up(
    world: Any, visitor: Any, stranger: Any, trouble: Any
) -> None:
    path = world.issue().link_path()
    with trouble(world), capture_logs() as logs:
        told, page, head = visitor.look(path), stranger.page(path), visitor.client.head(path)
    for answer in (told, page, head):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert answer.headers["Cache-Control"] == "no-store"
    form = told.get_json()
    assert list(form) == ["verdict", "authentication", "message", "reasons", "stamp"]
    assert (form["verdict"], form["reasons"]) == ("unchecked", [])
    assert form["stamp"] == {"code": path[-20:], "serial": None, "hidden_code": False}
    assert form["message"].startswith("Chưa tra cứu được. ")
    assert "Xin thử lại sau ít phút" in form["message"]
    assert ">Not looked up yet</h1>" in page.text
    assert 'class="verdict note"' in page.text
    why = [each for each in logs if each["event"] in ("records_away", "key_trouble")]
    assert [each["log_level"] for each in why] == ["error"] * 3
    assert path[-20:] not in str(logs)
    assert visitor.told(path)["verdict"] == "registered"


def test_what_no_key_signed_is_forged_without_the_records_too(world: Any, visitor: Any) -> None:
    with _records_away(world):
        for text, status, verdict in (("XYZ", 400, "malformed"), (FORGED, 404, "forged")):
            answer = visitor.look(f"/S/{text}")
            assert (answer.status_code, answer.get_json()["verdict"]) == (status, verdict)
            assert "Retry-After" not in answer.headers


def test_nothing_is_forged_while_a_key_is_missing(world: Any, visitor: Any) -> None:
    path = world.issue().link_path()
    keys = world.edge.stamp_keys
    keys.rotate()
    whole = keys.file.read_text("ascii")
    keys.file.write_text(whole.splitlines()[-1], "ascii")
    assert visitor.told(path)["verdict"] == "unchecked"
    keys.file.write_text(whole, "ascii")
    assert visitor.told(path)["verdict"] == "registered"


@pytest.mark.parametrize("trouble", [_records_away, _keys_away])
def test_a_hidden_code_that_cannot_be_looked_up_is_not_spent(
    world: Any, visitor: Any, trouble: Any
) -> None:
    issued = world.issue()
    code, hidden = issued.code(), issued.hidden()
    with trouble(world):
        answer = visitor.confirm(code, hidden)
        unusable = visitor.confirm(code, hidden, padding="x" * 17_000)
        forged = visitor.confirmed(FORGED, "00000000")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    told = answer.get_json()
    assert (told["verdict"], told["authentication"]) == ("unchecked", "none")
    assert "Mã cào chưa được dùng đến" in told["message"]
    assert unusable.status_code == 413
    assert forged["authentication"] == "none"
    assert _spent(world) == 0
    assert visitor.confirmed(code, hidden)["authentication"] == "first"


def test_a_hidden_key_that_is_missing_spends_nothing(world: Any, visitor: Any) -> None:
    issued = world.issue()
    file = world.edge.hidden_keys.file
    aside = file.rename(file.with_suffix(".aside"))
    told = visitor.confirmed(issued.code(), "00000000")
    assert (told["verdict"], told["authentication"]) == ("unchecked", "none")
    aside.rename(file)
    assert visitor.confirmed(issued.code(), issued.hidden())["authentication"] == "first"


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_locked_database_is_no_error(
    world: Any, visitor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = world.issue()
    engine = world.edge.database.engine
    monkeypatch.setattr("traceapp.database.LOCK_SECONDS", 0.02)
    with closing(sqlite3.connect(engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE").close()
        assert visitor.told(issued.link_path())["verdict"] == "unchecked"
        assert visitor.confirmed(issued.code(), issued.hidden())["verdict"] == "unchecked"
        other.execute("ROLLBACK").close()
    assert visitor.confirmed(issued.code(), issued.hidden())["authentication"] == "first"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/S/{}"),
        ("PUT", "/s/{}"),
        ("DELETE", "/01/1/21/{}"),
        ("POST", "/"),
        ("PUT", "/S/{}/hidden-code"),
        ("POST", "/assets/style.css"),
    ],
)
def test_a_method_that_is_not_served_is_told_which_are(
    world: Any, visitor: Any, stranger: Any, method: str, path: str
) -> None:
    path = path.format(sign(world.edge.stamp_keys.ring().newest, 7))
    client = visitor.client
    told = client.open(path, method=method, headers=visitor.headers({"Accept": "application/json"}))
    page = client.open(path, method=method, headers=stranger.headers({"Accept": "text/html"}))
    for answer in (told, page):
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
    assert told.mimetype == "application/json"
    form = told.get_json()
    assert list(form) == ["verdict", "authentication", "message", "reasons", "stamp"]
    assert (form["verdict"], form["stamp"]["code"]) == ("malformed", None)
    assert "Không gửi nội dung đến địa chỉ này được" in form["message"]
    assert ">Nothing can be sent here</h1>" in page.text
    assert "Method Not Allowed" not in page.text


def test_a_page_that_is_not_there_looks_like_ours(visitor: Any, stranger: Any) -> None:
    for path in ("/nothing", "/a/b/c", "/assets/nothing.css", "/favicon.ico"):
        told, page = visitor.look(path), visitor.page(path)
        assert told.status_code == page.status_code == 404
        assert told.get_json()["verdict"] == "malformed"
        assert "Không có trang này" in told.get_json()["message"]
        assert ">Không có trang này</h1>" in page.text
        assert page.headers["Content-Language"] == "vi"
        depth = "../" * (path.count("/") - 1) or "./"
        assert f'href="{depth}assets/style.css' in page.text
        assert ">There is no such page</h1>" in stranger.page(path).text


def test_a_lost_request_with_a_long_path_is_told_in_a_few_words(visitor: Any) -> None:
    answer = visitor.client.put("/S/" + "/" * 5000)
    assert answer.status_code == 414
    assert len(answer.text) < 100


def test_our_own_fault_says_nothing_about_stamps(world: Any, visitor: Any) -> None:
    def break_down() -> None:
        raise RuntimeError("secret")

    world.app.testing = False
    world.app.add_url_rule("/broken", "broken", break_down)
    told, page = visitor.look("/broken"), visitor.page("/broken")
    assert told.status_code == page.status_code == 500
    assert told.get_json()["verdict"] == "unchecked"
    assert "Hệ thống đang gặp trục trặc" in page.text
    assert not re.search("secret|Error", page.text + told.text)


def test_errors_carry_the_headers_of_every_page(world: Any, visitor: Any) -> None:
    path = world.issue().link_path()
    usual = dict(visitor.page(path).headers)
    names = ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"]
    names += ["Permissions-Policy", "Cache-Control", "Vary", "X-Robots-Tag"]
    with _records_away(world):
        away = [visitor.page(path), visitor.look(path)]
    lost = [visitor.page("/nothing"), visitor.look("/nothing"), visitor.client.post(path)]
    long = "/S/" + "a" * 5000
    for answer in [*away, *lost, visitor.page(long), visitor.client.put(long)]:
        assert {name: answer.headers[name] for name in names} == {n: usual[n] for n in names}
