"""A new account: what its sign-in name, its password, its party and its name may be."""

from __future__ import annotations

from typing import Any

import pytest
from accounts_made import LONG, create

from traceapp.records.accounts import Role
from traceapp.services.people.accounts import NewAccount
from traceapp.services.refusals import Conflict, Unacceptable


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" New@Example.VN ", "new@example.vn"),
        ("0912345678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("84912345678", "0912345678"),
        ("(091) 234-56.78", "0912345678"),
        ("+8490912345678", "090912345678"),
    ],
)
def test_a_sign_in_name_has_one_form(world: Any, refused: Any, written: str, kept: str) -> None:
    assert create(world, written).sign_in_name == kept
    with refused(Conflict, "sign_in_name_taken", "sign_in_name"):
        create(world, kept)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "@example.vn",
        "a@",
        "a b@example.vn",
        "a@b@c",
        "a\n@b.vn",
        "a@exa_mple",
        "a@é.vn",
        "operator",
        "\ud800@b.vn",
        "a\x00@b.vn",
        "1234567",
        "1" * 16,
        "a" * 65 + "@b.vn",
    ],
)
def test_what_is_no_sign_in_name_gets_no_account(world: Any, refused: Any, name: str) -> None:
    with refused(Unacceptable, "sign_in_name", "sign_in_name"):
        create(world, name)


@pytest.mark.parametrize("password", ["", "ngắn", "x" * 7, "nước1" * 41])
def test_a_password_is_neither_short_nor_endless(world: Any, refused: Any, password: str) -> None:
    with refused(Unacceptable, "password", "password"):
        create(world, "new@example.vn", password=password)


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "matkhau123",
        "Mật khẩu 123",
        "PassWord1",
        "anh yêu em nhiều",
        "zzzzzzzz",
        "việt nam vô địch",
        "        ",
        "p@ssw0rd",
    ],
)
def test_a_password_that_everybody_uses_is_refused(world: Any, refused: Any, password: str) -> None:
    with refused(Unacceptable, "password_common", "password"):
        create(world, "new@example.vn", password=password)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("lanh1975@example.vn", "lanh1975@example.vn"),
        ("lanh1975@example.vn", "LANH1975"),
        ("0912345678", "+84 912 345 678"),
    ],
)
def test_a_password_is_not_the_sign_in_name(
    world: Any, refused: Any, name: str, password: str
) -> None:
    with refused(Unacceptable, "password_is_name", "password"):
        create(world, name, password=password)


def test_a_party_belongs_to_producers_alone_and_must_be_there(world: Any, refused: Any) -> None:
    party_id = world.producer.party.id
    for role, number in ((Role.OFFICER, party_id), (Role.ADMIN, party_id), (Role.PRODUCER, 99999)):
        with refused(Unacceptable, "party_id", "party_id"):
            create(world, "new@example.vn", role, party_id=number)


@pytest.mark.parametrize("name", ["x" * 101, "a\x00b", "\u202edcba"])
def test_a_person_has_a_plain_name_of_some_length(world: Any, refused: Any, name: str) -> None:
    with refused(Unacceptable, "name", "name"):
        create(world, "new@example.vn", name=name)
    assert create(world, "new@example.vn", name="  Lê Thị Lành ").name == "Lê Thị Lành"
    assert create(world, "other@example.vn", name=" ").name is None


def test_no_answer_and_no_repr_holds_a_password(world: Any) -> None:
    new = NewAccount("new@example.vn", Role.OFFICER, LONG)
    told = create(world, "new@example.vn")
    assert LONG not in repr(new) and "argon2" not in repr(told)
    assert not told.second_factor and told.closed_at is None and told.created_at == world.now
