"""Signing in: guessing is limited, nothing is told by time, and a cookie ends when it should."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError
from sign_ins import HERE, PASSWORD, attempt, begin, find, whose

from traceapp.edge import open_edge
from traceapp.records.accounts import Role, SignInTries
from traceapp.services.people.accounts import NewAccount, close_account, create_account
from traceapp.services.people.acting import create_operator
from traceapp.services.people.passwords import NOBODYS_HASH, hash_password
from traceapp.services.people.signing_in import (
    TRIES_OF_ACCOUNT,
    TRIES_OF_BOTH,
    TRIES_OF_FACTOR,
    TRIES_OF_SOURCE,
    Attempt,
    Credentials,
    PasswordChange,
    change_password,
    count_factor_try,
    count_try,
    fits,
)
from traceapp.services.refusals import Unacceptable


def tried(world: Any, one: Attempt, now: datetime | None = None) -> int | None:
    with world.writing() as session:
        return count_try(session, one, now or world.now)


def test_one_account_gets_five_tries_from_one_source(world: Any) -> None:
    for _ in range(TRIES_OF_BOTH):
        assert tried(world, attempt()) is None
    assert tried(world, attempt()) == 15
    assert tried(world, attempt(" PRODUCER@example.vn ")) == 15  # the same name, written otherwise
    assert tried(world, attempt(source="203.0.113.8")) is None
    assert tried(world, attempt("neighbour@example.vn")) is None


def test_waiting_helps_and_being_impatient_costs_nothing(world: Any) -> None:
    begun = world.now
    for minute in range(TRIES_OF_BOTH):
        assert tried(world, attempt(), begun + timedelta(minutes=minute)) is None
    for second in range(20):
        assert tried(world, attempt(), begun + timedelta(minutes=5, seconds=second)) == 10
    almost = timedelta(minutes=14, seconds=59)
    assert tried(world, attempt(), begun + almost) == 1
    # The first try leaves, and only the first.
    assert tried(world, attempt(), begun + timedelta(minutes=15)) is None
    assert tried(world, attempt(), begun + timedelta(minutes=15)) == 1
    assert tried(world, attempt(), begun + timedelta(minutes=16)) is None


def test_what_is_told_to_wait_is_never_too_short(world: Any) -> None:
    now = world.now + timedelta(seconds=59)
    for _ in range(TRIES_OF_BOTH):
        assert tried(world, attempt(), now) is None
    wait = tried(world, attempt(), now)
    assert wait is not None
    assert tried(world, attempt(), now + timedelta(minutes=wait)) is None


def test_one_account_gets_thirty_tries_from_everywhere(world: Any) -> None:
    for place in range(TRIES_OF_ACCOUNT):
        assert tried(world, attempt(source=f"198.51.100.{place}")) is None
    assert tried(world, attempt(source="198.51.100.99")) == 15
    assert tried(world, attempt("neighbour@example.vn", "198.51.100.99")) is None


def test_one_source_gets_a_hundred_tries_at_all_accounts(world: Any) -> None:
    for place in range(TRIES_OF_SOURCE):
        assert tried(world, attempt(f"nobody{place}@example.vn")) is None
    assert tried(world, attempt()) == 15
    assert tried(world, attempt(source="203.0.113.8")) is None


def test_a_subscriber_of_ipv6_is_one_source(world: Any) -> None:
    sources = [f"2001:db8:1:2::{place:x}" for place in range(TRIES_OF_BOTH)]
    assert [tried(world, attempt(source=each)) for each in sources] == [None] * TRIES_OF_BOTH
    assert tried(world, attempt(source="2001:db8:1:2:ffff::1")) == 15
    assert tried(world, attempt(source="2001:db8:1:3::1")) is None


@pytest.mark.parametrize("name", ["nobody@example.vn", "", "x", "\x00", "\ud800", "a" * 5000])
def test_a_name_that_nobody_has_is_counted_like_any_other(world: Any, name: str) -> None:
    found = [tried(world, attempt(name)) for _ in range(TRIES_OF_BOTH + 1)]
    assert found == [None] * TRIES_OF_BOTH + [15]


def test_guessers_at_once_get_no_more_tries_than_one(
    world: Any, settings: Any, at_once: Callable[..., Any]
) -> None:
    """From one source, in threads of two processes, as far as the database can tell."""
    other = open_edge(settings)

    def one(edge: Any) -> int | None:
        with edge.database.writing() as session:
            return count_try(session, attempt(), world.now)

    results = at_once([lambda edge=edge: one(edge) for edge in (world.edge, other) * 5])
    other.database.close()
    assert sorted(results, key=str) == [15] * 5 + [None] * 5
    with world.reading() as session:
        assert sorted(session.scalars(sa.select(SignInTries.tries))) == [5, 5, 5]


def test_guessers_of_several_sources_at_once_share_the_accounts_tries(
    world: Any, at_once: Callable[..., Any]
) -> None:
    for place in range(TRIES_OF_ACCOUNT - 3):
        assert tried(world, attempt(source=f"198.51.100.{place}")) is None
    results = at_once([lambda n=n: tried(world, attempt(source=f"192.0.2.{n}")) for n in range(8)])
    assert results.count(None) == 3 and results.count(15) == 5


def test_no_row_holds_a_name_or_an_address(world: Any) -> None:
    tried(world, attempt())
    with world.reading() as session:
        keys = session.scalars(sa.select(SignInTries.key)).all()
    assert len(keys) == 3 and all(len(key) == 16 for key in keys)
    assert not any(b"producer" in key or b"203" in key for key in keys)


def test_signing_in_forgets_the_tries_of_that_account_from_that_source_alone(world: Any) -> None:
    account_id = world.producer.actor.account_id
    for _ in range(TRIES_OF_BOTH):
        tried(world, attempt())
        with world.writing() as session:
            assert count_factor_try(session, account_id, world.now) is None
    begin(world, source=HERE)
    for _ in range(TRIES_OF_BOTH):
        assert tried(world, attempt()) is None
    with world.writing() as session:
        assert count_factor_try(session, account_id, world.now) is None
        tries = sorted(session.scalars(sa.select(SignInTries.tries)))
    assert tries == [1, 5, 10, 10]  # of the account and of the source, all of them


def test_a_second_factor_gets_five_tries_whatever_the_source(world: Any) -> None:
    found = []
    for _ in range(TRIES_OF_FACTOR + 1):
        with world.writing() as session:
            found.append(count_factor_try(session, world.officer.actor.account_id, world.now))
    assert found == [None] * TRIES_OF_FACTOR + [15]
    with world.writing() as session:
        assert count_factor_try(session, world.admin.actor.account_id, world.now) is None


def test_the_right_password_fits_and_others_do_not(world: Any) -> None:
    found = find(world, "Producer@Example.vn")
    assert found.account_id == world.producer.actor.account_id
    assert found.role is Role.PRODUCER and not found.second_factor
    assert fits(found, PASSWORD)
    for wrong in ("", PASSWORD.upper(), PASSWORD + " ", PASSWORD + "x" * 200, "\ud800", "\x00"):
        assert not fits(found, wrong)


def test_a_password_fits_however_the_keyboard_composes_its_letters(world: Any) -> None:
    apart = unicodedata.normalize("NFD", PASSWORD)
    assert apart != PASSWORD and fits(find(world, "producer@example.vn"), apart)


@pytest.mark.usefixtures("our_hasher")
def test_who_may_not_sign_in_costs_the_same_work_and_never_fits(world: Any) -> None:
    with world.writing() as session:
        create_operator(session, world.now)
        new = NewAccount("demo@example.vn", Role.OFFICER, PASSWORD, demonstration=True)
        create_account(session, new, world.now)
        close_account(session, world.officer.actor, world.neighbour.actor.account_id, world.now)
    for name in (
        "nobody@example.vn",
        "operator",
        "demo@example.vn",
        "neighbour@example.vn",
        "\x00",
    ):
        found = find(world, name, demonstration=False)
        assert found == Credentials(None, NOBODYS_HASH)
        assert not fits(found, PASSWORD)
    assert find(world, "demo@example.vn").account_id is not None
    # As much work as for an account that is there: same algorithm, memory, rounds and lanes.
    assert extract_parameters(NOBODYS_HASH) == extract_parameters(hash_password(PASSWORD))


def test_a_password_of_nobody_is_really_compared() -> None:
    with pytest.raises(InvalidHashError):
        fits(Credentials(None, "no hash that argon2 could read"), PASSWORD)
    # And the right one is not let in: there is nobody behind it.
    assert not fits(Credentials(None, PasswordHasher().hash(PASSWORD.encode())), PASSWORD)


def test_no_repr_holds_what_was_typed_or_kept(world: Any) -> None:
    found = find(world, "producer@example.vn")
    change = PasswordChange(old=PASSWORD, new=PASSWORD)
    shown = repr(attempt()) + repr(found) + repr(change) + change.model_dump_json()
    assert PASSWORD not in shown and "argon2" not in shown


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("con cá vàng lặn", "mẻ mắm tháng năm", "password_wrong", "old"),
        (PASSWORD, PASSWORD, "password_same", "new"),
        (PASSWORD, "ngắn", "password", "new"),
        (PASSWORD, "matkhau123", "password_common", "new"),
        (PASSWORD, "producer@example.vn", "password_is_name", "new"),
    ],
)
def test_a_new_password_needs_the_old_one_and_is_good(
    world: Any, refused: Any, old: str, new: str, code: str, field: str
) -> None:
    here, there = begin(world), begin(world)
    found = whose(world, here)
    with refused(Unacceptable, code, field), world.writing() as session:
        change = PasswordChange(old=old, new=new)
        change_password(session, found.actor, change, found.sign_in_id, world.now)
    assert whose(world, there) is not None
    assert fits(find(world, "producer@example.vn"), PASSWORD)
