"""`user add`, and `token add`, `list` and `revoke`."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from typing import Any

import pytest

from traceapp.edge import open_edge
from traceapp.services.refusals import NotSignedIn
from traceapp.services.signing_in import actor_of_token
from traceapp.settings import read_settings

PASSWORD = "con cá vàng bơi"


def test_the_password_comes_from_standard_input(empty: Any) -> None:
    told = empty.json("user", "add", "A@Example.vn", "--role", "officer", given=f"{PASSWORD}\n")
    assert told == {
        "id": 1,
        "sign_in_name": "a@example.vn",
        "name": None,
        "role": "officer",
        "party_id": None,
    }


def test_the_password_is_asked_for_twice_on_a_terminal_and_not_shown(empty: Any) -> None:
    ours, theirs = pty.openpty()
    program = "from traceapp.cli import main; main(['user', 'add', 'a@b.vn', '--role', 'admin'])"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen = ""
    for prompt in ("Password:", "Repeat"):
        screen += _until(ours, prompt)
        os.write(ours, b"sesame open sesame\n")
    screen += _until(ours, "}")
    assert process.wait(10) == 0
    os.close(ours)
    assert '"sign_in_name": "a@b.vn"' in screen
    assert "sesame" not in screen


def _until(terminal: int, text: str) -> str:
    seen = b""
    deadline = time.monotonic() + 20
    while text.encode() not in seen and time.monotonic() < deadline:
        seen += os.read(terminal, 1000)
    return seen.decode()


def test_a_short_password_is_refused_and_leaves_no_account(empty: Any) -> None:
    result = empty("user", "add", "a@b.vn", "--role", "officer", given="short\n")
    assert result.exit_code == 1
    assert "8 to 200" in result.stderr
    assert "short" not in result.stderr
    assert "no account" in empty.refused("token", "add", "a@b.vn")


def test_an_address_has_one_account(traceapp: Any) -> None:
    again = traceapp(
        *("user", "add", "officer@example.vn", "--role", "admin"), given=f"{PASSWORD}\n"
    )
    assert again.exit_code == 1
    assert "already" in again.stderr


def test_a_producer_belongs_to_a_party_that_is_there(traceapp: Any, run: Any) -> None:
    arguments = ("user", "add", "p@example.vn", "--role", "producer", "--party")
    assert traceapp(*arguments, "99", given=f"{PASSWORD}\n").exit_code == 1
    told = traceapp.json(*arguments, run["party_id"], given=f"{PASSWORD}\n")
    assert told["party_id"] == run["party_id"]


def test_a_token_stands_alone_on_standard_output_and_works(traceapp: Any) -> None:
    result = traceapp("token", "add", "officer@example.vn", "--hidden-codes")
    token = result.stdout.removesuffix("\n")
    assert len(token) == 43 and token == token.strip()
    assert result.stderr == ""
    edge = open_edge(read_settings())
    with edge.database.reading() as session:
        assert actor_of_token(session, token, demonstration=False).hidden_codes
    edge.database.close()


def works(token: str) -> bool:
    edge = open_edge(read_settings())
    try:
        with edge.database.reading() as session:
            actor_of_token(session, token, demonstration=False)
        return True
    except NotSignedIn:
        return False
    finally:
        edge.database.close()


def test_tokens_are_listed_without_their_texts_and_revoked_one_by_one(traceapp: Any) -> None:
    traceapp.json("user", "add", "b@example.vn", "--role", "admin", given=f"{PASSWORD}\n")
    adds = [("officer@example.vn", "--hidden-codes"), ("officer@example.vn",), ("b@example.vn",)]
    tokens = [traceapp("token", "add", *each).stdout.strip() for each in adds]
    said = traceapp("token", "list").stdout
    assert not any(token in said for token in tokens)
    items = json.loads(said)["items"]
    assert [(each["sign_in_name"], each["hidden_codes"]) for each in items] == [
        ("officer@example.vn", True),
        ("officer@example.vn", False),
        ("b@example.vn", False),
    ]
    assert set(items[0]) == {"id", "sign_in_name", "hidden_codes", "created_at"}
    assert traceapp.json("token", "list", "B@example.vn")["items"] == items[2:]
    assert traceapp.json("token", "revoke", items[0]["id"]) == items[0]
    assert [works(token) for token in tokens] == [False, True, True]
    assert traceapp.json("token", "list")["items"] == items[1:]


def test_what_is_not_there_is_neither_listed_nor_revoked(traceapp: Any) -> None:
    assert "no account" in traceapp.refused("token", "list", "nobody@example.vn")
    assert "no token" in traceapp.refused("token", "revoke", 99)


def test_nobody_gets_hold_of_the_operator(traceapp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACEAPP_ACTOR")
    for _ in ("before its first act", "after it"):
        assert "without tokens" in traceapp.refused("token", "add", "Operator")
        taken = traceapp("user", "add", "operator", "--role", "admin", given=f"{PASSWORD}\n")
        assert taken.exit_code == 1 and "not an e-mail address" in taken.stderr
        traceapp.json("party", "list")


def test_the_help_says_how_long_a_password_is(traceapp: Any) -> None:
    assert "8 to 200" in traceapp("user", "add", "--help").stdout
