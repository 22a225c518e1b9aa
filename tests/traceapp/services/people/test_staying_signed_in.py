"""Staying signed in: whom a cookie stands for, and what ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sign_ins import LASTS, PASSWORD, begin, find, whose

from traceapp.records.accounts import Role, SignIn
from traceapp.services.people.accounts import NewAccount, close_account, create_account
from traceapp.services.people.signing_in import (
    LONGEST_DRAFT,
    PasswordChange,
    begin_sign_in,
    change_password,
    end_sign_in,
    end_sign_ins_of,
    fits,
    keep_draft,
    take_draft,
)
from traceapp.services.refusals import NotSignedIn


def test_a_cookie_stands_for_its_account_until_its_time_is_over(world: Any) -> None:
    text = begin(world)
    assert len(text) == 43
    found = whose(world, text)
    assert found.actor.account_id == world.producer.actor.account_id
    assert found.actor.party_id == world.producer.party.id and not found.actor.hidden_codes
    assert found.account.sign_in_name == "producer@example.vn"
    world.now += LASTS - timedelta(microseconds=1)
    assert whose(world, text) == found
    world.now += timedelta(microseconds=1)
    assert whose(world, text) is None


@pytest.mark.parametrize("text", ["", "x", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_a_cookie_that_nobody_was_given_stands_for_nobody(world: Any, text: str) -> None:
    begin(world)
    assert whose(world, text) is None
    with world.writing() as session:
        end_sign_in(session, text)
        keep_draft(session, text, {"path": "/", "values": {}})


def test_the_row_of_a_sign_in_does_not_open_it(world: Any) -> None:
    text = begin(world)
    with world.reading() as session:
        digest = session.scalars(sa.select(SignIn.digest)).one()
    assert text.encode() not in digest
    assert whose(world, digest.hex()) is None and whose(world, digest.decode("latin-1")) is None


def test_signing_out_ends_this_browser_alone(world: Any) -> None:
    here, there = begin(world), begin(world)
    with world.writing() as session:
        end_sign_in(session, here)
    assert whose(world, here) is None and whose(world, there) is not None


def test_all_sign_ins_of_an_account_end_but_one(world: Any) -> None:
    texts = [begin(world) for _ in range(3)]
    kept = whose(world, texts[1]).sign_in_id
    with world.writing() as session:
        end_sign_ins_of(session, world.producer.actor.account_id, kept)
    assert [whose(world, each) is not None for each in texts] == [False, True, False]
    with world.writing() as session:
        end_sign_ins_of(session, world.producer.actor.account_id)
    assert whose(world, texts[1]) is None


def test_a_closed_account_cannot_finish_a_sign_in_that_it_began(world: Any, refused: Any) -> None:
    """Between the password and the second factor there are minutes."""
    with world.writing() as session:
        close_account(session, world.officer.actor, world.producer.actor.account_id, world.now)
    with refused(NotSignedIn, "account_closed"):
        begin(world)


def test_a_demonstrations_account_stays_signed_in_in_its_mode_alone(world: Any) -> None:
    with world.writing() as session:
        new = NewAccount("demo@example.vn", Role.OFFICER, PASSWORD, demonstration=True)
        account = create_account(session, new, world.now)
        text = begin_sign_in(session, account.id, LASTS, world.now)
    assert whose(world, text) is not None
    assert whose(world, text, demonstration=False) is None


def test_a_draft_is_given_back_once_and_to_its_page(world: Any) -> None:
    text = begin(world)
    draft = {"path": "/batches/new", "values": {"lot": "Mẻ 1", "note": ["a", "b"]}}
    with world.writing() as session:
        keep_draft(session, text, draft)
    sign_in_id = whose(world, text).sign_in_id
    for path, wanted in (("/other", None), ("/batches/new", draft), ("/batches/new", None)):
        with world.writing() as session:
            assert take_draft(session, sign_in_id, path) == wanted
    with world.writing() as session:
        keep_draft(session, text, draft)
        keep_draft(session, text, None)
    with world.writing() as session:
        assert take_draft(session, sign_in_id, "/batches/new") is None
        assert take_draft(session, 99999, "/batches/new") is None


@pytest.mark.parametrize("value", ["x" * LONGEST_DRAFT, "\x00", "\ud800", "ả" * LONGEST_DRAFT])
def test_a_draft_that_cannot_be_kept_breaks_nothing(world: Any, value: str) -> None:
    text = begin(world)
    with world.writing() as session:
        keep_draft(session, text, {"path": "/", "values": {"note": value}})
    with world.writing() as session:
        assert take_draft(session, whose(world, text).sign_in_id, "/") is None


def test_a_new_password_ends_the_other_sign_ins(world: Any) -> None:
    here, there = begin(world), begin(world)
    found = whose(world, here)
    with world.writing() as session:
        change = PasswordChange(old=PASSWORD, new="mẻ mắm tháng năm")
        change_password(session, found.actor, change, found.sign_in_id, world.now)
    assert whose(world, here) is not None and whose(world, there) is None
    credentials = find(world, "producer@example.vn")
    assert fits(credentials, "mẻ mắm tháng năm") and not fits(credentials, PASSWORD)
