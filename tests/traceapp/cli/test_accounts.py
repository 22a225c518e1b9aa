"""`user` and `token`: accounts, links to join, tokens of programs."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from traceapp.edge import open_edge
from traceapp.records.acts import ActRecord
from traceapp.services.people.acting import actor_of_account, find_operator
from traceapp.services.people.inviting import NewPassword, accept_reset, read_invitation
from traceapp.services.people.second_factor import enrol, offer
from traceapp.services.people.tokens import actor_of_token
from traceapp.services.refusals import NotSignedIn
from traceapp.settings import read_settings

PASSWORD = "con cá vàng bơi"


def test_the_password_comes_from_standard_input(empty: Any) -> None:
    told = empty.json("user", "add", "A@Example.vn", "--role", "officer", given=f"{PASSWORD}\n")
    assert told.pop("created_at")
    assert told == {
        "id": 1,
        "sign_in_name": "a@example.vn",
        "name": None,
        "role": "officer",
        "party_id": None,
        "closed_at": None,
        "second_factor": False,
    }


def test_a_person_signs_in_by_telephone_and_has_a_name(empty: Any) -> None:
    arguments = ("user", "add", "+84 912 345 678", "--role", "producer", "--name", "Lê Thị Lành")
    told = empty.json(*arguments, given=f"{PASSWORD}\n")
    assert (told["sign_in_name"], told["name"]) == ("0912345678", "Lê Thị Lành")


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
    assert "no such account" in empty.refused("token", "add", "a@b.vn")


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
    assert "no such account" in traceapp.refused("token", "list", "nobody@example.vn")
    assert "no token" in traceapp.refused("token", "revoke", 99)


def test_nobody_gets_hold_of_the_operator(traceapp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACEAPP_ACTOR")
    for _ in ("before its first act", "after it"):
        assert "without tokens" in traceapp.refused("token", "add", "Operator")
        taken = traceapp("user", "add", "operator", "--role", "admin", given=f"{PASSWORD}\n")
        assert taken.exit_code == 1 and "telephone number or an e-mail" in taken.stderr
        traceapp.json("party", "list")


def test_the_help_says_how_long_a_password_is(traceapp: Any) -> None:
    assert "8 to 200" in traceapp("user", "add", "--help").stdout


PRODUCER = "p@example.vn"


def producer(traceapp: Any) -> int:
    told = traceapp.json("user", "add", PRODUCER, "--role", "producer", given=f"{PASSWORD}\n")
    return int(told["id"])


def test_accounts_are_listed_by_role_and_page_by_page(traceapp: Any) -> None:
    producer(traceapp)
    names = [each["sign_in_name"] for each in traceapp.json("user", "list")["items"]]
    assert names == ["officer@example.vn", PRODUCER]  # the operator is nobody's to see to
    (only,) = traceapp.json("user", "list", "--role", "producer")["items"]
    assert only["sign_in_name"] == PRODUCER
    first = traceapp.json("user", "list", "--limit", 1)
    rest = traceapp.json("user", "list", "--cursor", first["next_cursor"])
    assert [each["sign_in_name"] for each in first["items"] + rest["items"]] == names
    assert "cursor" in traceapp.refused("user", "list", "--cursor", "x" * 100)


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_closed_account_acts_no_more_until_it_is_opened(traceapp: Any, by: str) -> None:
    number = producer(traceapp)
    named = PRODUCER.upper() if by == "name" else number
    token = traceapp("token", "add", PRODUCER).stdout.strip()
    assert traceapp.json("user", "close", named)["closed_at"] is not None
    assert not works(token)
    assert "closed" in traceapp.refused("party", "list", "--as", PRODUCER)
    assert "closed already" in traceapp.refused("user", "close", named)
    assert traceapp.json("user", "reopen", named)["closed_at"] is None
    assert works(token)
    traceapp.json("party", "list", "--as", PRODUCER)


def test_a_telephone_number_is_no_id(traceapp: Any) -> None:
    first = producer(traceapp)
    traceapp.json("user", "add", "0912345678", "--role", "officer", given=f"{PASSWORD}\n")
    assert traceapp.json("user", "close", "0912 345 678")["role"] == "officer"
    for unknown in ("0911111111", f"0{first}", "99999", "nobody@example.vn", "1" * 30, "operator "):
        assert traceapp("user", "close", unknown).exit_code == 1
    (left,) = traceapp.json("user", "list", "--role", "producer")["items"]
    assert left["closed_at"] is None


def test_a_role_is_given_and_the_last_administrator_stays(traceapp: Any, run: Any) -> None:
    producer(traceapp)
    told = traceapp.json("user", "appoint", PRODUCER, "--role", "admin")
    assert (told["role"], told["party_id"]) == ("admin", None)
    for lost in (("close", PRODUCER), ("appoint", PRODUCER, "--role", "officer")):
        assert "last administrator" in traceapp.refused("user", *lost)
    traceapp.json("user", "appoint", "officer@example.vn", "--role", "admin")
    arguments = (PRODUCER, "--role", "producer", "--party", run["party_id"])
    assert traceapp.json("user", "appoint", *arguments)["party_id"] == run["party_id"]
    arguments = (PRODUCER, "--role", "officer", "--party", run["party_id"])
    assert "Only a producer" in traceapp.refused("user", "appoint", *arguments)


@pytest.mark.parametrize("command", ["close", "reset", "drop-second-factor"])
def test_the_operator_is_not_changed(traceapp: Any, command: str) -> None:
    traceapp.json("user", "list")
    assert "built-in operator" in traceapp.refused("user", command, "operator")


def token_of(link: str) -> str:
    head, _, token = link.strip().rpartition("/")
    assert head == "https://tem.example.vn/join" and len(token) == 43
    return token


def test_a_link_to_join_stands_alone_on_standard_output(traceapp: Any, run: Any) -> None:
    arguments = ("Bà Lành", "--role", "producer", "--party", run["party_id"])
    result = traceapp("user", "invite", *arguments)
    assert result.exit_code == 0 and result.stderr == "" and result.stdout.count("\n") == 1
    edge = open_edge(read_settings())
    with edge.database.reading() as session:
        told = read_invitation(session, token_of(result.stdout), edge.clock())
    edge.database.close()
    assert (told.name, told.role, told.party_id) == ("Bà Lành", "producer", run["party_id"])
    assert "1 to 100 letters" in traceapp.refused("user", "invite", " ", "--role", "officer")
    assert "no such party" in traceapp.refused("user", "invite", *arguments[:4], 99)


def test_a_link_to_a_new_password_works(traceapp: Any) -> None:
    number = producer(traceapp)
    link = traceapp("user", "reset", PRODUCER).stdout
    edge = open_edge(read_settings())
    with edge.database.writing() as session:
        new = NewPassword(password="mẻ mắm tháng năm")
        assert accept_reset(session, token_of(link), new, edge.clock()) == number
    edge.database.close()


def test_a_lost_second_factor_is_turned_off(traceapp: Any) -> None:
    assert "is not on" in traceapp.refused("user", "drop-second-factor", "officer@example.vn")
    edge = open_edge(read_settings())
    keys, now = edge.session_keys.ring(), edge.clock()
    with edge.database.writing() as session:
        actor = actor_of_account(session, "officer@example.vn", demonstration=False)
        made = offer(keys, actor.account_id)
        enrol(session, actor, made, pyotp.TOTP(made.secret).at(now), keys, now)
    edge.database.close()
    (told,) = traceapp.json("user", "list", "--role", "officer")["items"]
    assert told["second_factor"]
    assert not traceapp.json("user", "drop-second-factor", told["id"])["second_factor"]


def test_acts_of_commands_are_the_operators(traceapp: Any) -> None:
    """Whoever runs them owns the server, whatever account TRACEAPP_ACTOR names."""
    number = producer(traceapp)
    traceapp.json("user", "close", PRODUCER)
    edge = open_edge(read_settings())
    with edge.database.reading() as session:
        operator = find_operator(session)
        query = sa.select(ActRecord).where(ActRecord.name == "account.close")
        act = session.scalars(query).one()
    edge.database.close()
    assert operator is not None and operator.role == "officer"
    assert (act.account_id, act.subject_id) == (operator.account_id, number)
