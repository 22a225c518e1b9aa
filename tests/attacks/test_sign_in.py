"""Signing in: what tells names apart, and whose sign-in a browser ends up with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters

from traceapp.services.lists import Role
from traceapp.services.people import passwords
from traceapp.services.people.accounts import NewAccount, close_account, create_account
from traceapp.services.people.sign_in_names import OPERATOR

RIGHT, WRONG = "một câu thật là dài", "một câu khác hẳn đi"


class Counting(PasswordHasher):
    """The hasher that is always used, which notes what each comparison cost."""

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[Any] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        self.costs.append(extract_parameters(str(hash)))
        return super().verify(hash, password)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    hasher = Counting()
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    yield hasher


def open_accounts(world: Any) -> None:
    with world.writing() as session:
        for name, demonstration in (("open", False), ("closed", False), ("demo", True)):
            new = NewAccount(f"{name}@example.vn", Role.PRODUCER, RIGHT, None, demonstration)
            account = create_account(session, new, world.now)
            if name == "closed":
                close_account(session, world.admin.actor, account.id, world.now)


def test_every_name_costs_the_same_work_and_gets_the_same_words(
    world: Any, browse: Any, counting: Counting
) -> None:
    open_accounts(world)
    ended = world.edge.settings.model_copy(update={"demo": False})
    object.__setattr__(world.edge, "settings", ended)
    tries = (
        ("open@example.vn", WRONG),
        ("closed@example.vn", RIGHT),
        ("closed@example.vn", WRONG),
        ("demo@example.vn", RIGHT),
        ("demo@example.vn", WRONG),
        ("nobody@example.vn", RIGHT),
        ("0912345678", RIGHT),
        (OPERATOR, RIGHT),
        ("không phải tên", RIGHT),
        ("", ""),
        ("open@example.vn", "x" * 900),
        ("open@example.vn\x00", RIGHT),
    )
    statuses, costs, sizes = set(), set(), set()
    for name, password in tries:
        counting.costs.clear()
        browser = browse()
        answer = browser.post("/sign-in", {"sign_in_name": name, "password": password})
        assert len(counting.costs) == 1, name
        costs.add(repr(counting.costs[0]))
        statuses.add(answer.status_code)
        sizes.add(answer.text.count('role="alert"'))
        assert not [each for each in answer.headers.getlist("Set-Cookie") if "sign_in" in each]
    assert (statuses, len(costs), len(sizes)) == ({422}, 1, 1)
    counting.costs.clear()
    right = {"sign_in_name": "open@example.vn", "password": RIGHT}
    assert browse().post("/sign-in", right).status_code == 303
    assert {repr(each) for each in counting.costs} == costs


def test_a_planted_session_does_not_become_hers(world: Any, browse: Any) -> None:
    thief, victim = browse(), browse()
    planted = thief.hidden("/sign-in")
    session = thief.client.get_cookie("session").value
    victim.client.set_cookie("session", session)
    victim.client.set_cookie("sign_in", "A" * 43)
    who = {"sign_in_name": world.producer.email, "password": world.producer.password}
    assert victim.client.post("/sign-in", data={**planted, **who}).status_code == 303
    assert victim.client.get_cookie("session").value != session
    assert victim.client.get_cookie("sign_in").value != "A" * 43
    # The thief's copies open nothing, and his token fits no form of hers.
    assert thief.get("/producer").status_code == 303
    facility = {"name": "X", "address": "Y", "csrf_token": planted["csrf_token"]}
    assert victim.client.post("/producer/facilities/new", data=facility).status_code == 400


def test_a_new_sign_in_ends_the_one_that_the_browser_had(world: Any, browse: Any) -> None:
    browser = browse(world.producer)
    old = browser.client.get_cookie("sign_in").value
    sent = {**browser.hidden("/account"), "sign_in_name": world.officer.email}
    sent["password"] = world.officer.password
    assert browser.client.post("/sign-in", data=sent).status_code == 303
    assert browser.client.get_cookie("sign_in").value != old
    thief = browse()
    thief.client.set_cookie("sign_in", old)
    assert thief.get("/producer").headers["Location"].startswith("/sign-in")


def test_no_cookie_tells_whose_browser_it_is(world: Any, browse: Any) -> None:
    from base64 import urlsafe_b64decode

    browser = browse(world.producer)
    answer = browser.post("/sign-out", {}, on="/account")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    known = browser.client.get_cookie("known", path="/sign-in").value
    read = urlsafe_b64decode(known.partition(".")[0] + "===")
    name = world.producer.email.partition("@")[0]
    assert name not in known and name.encode() not in read


@pytest.mark.parametrize("password", ["Matkhau@2027", "hanoi123456", "Password!!99", "nuocmam2026"])
def test_a_common_word_with_trimmings_is_no_password(world: Any, password: str) -> None:
    with world.writing() as session, pytest.raises(Exception, match="Many people use"):
        new = NewAccount("new@example.vn", Role.PRODUCER, password)
        create_account(session, new, world.now)


@pytest.mark.parametrize(
    "password", ["12ao34ca", "matkhau nay la cua toi", "hanoi mua thu 2026", "19-5-1975 Q"]
)
def test_a_password_of_any_letters_is_taken(world: Any, password: str) -> None:
    with world.writing() as session:
        new = NewAccount("new@example.vn", Role.PRODUCER, password)
        assert create_account(session, new, world.now).id
