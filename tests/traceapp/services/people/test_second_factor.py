"""The second factor: a code works once, in its time, and recovery codes when the app is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
import sqlalchemy as sa

from stamps import Key, KeyRing
from traceapp.records.accounts import Account, RecoveryCode
from traceapp.services.people.second_factor import (
    RECOVERY_CODES,
    Offer,
    Seed,
    check,
    drop,
    drop_for,
    enrol,
    new_recovery_codes,
    offer,
)
from traceapp.services.people.signing_in import Attempt, begin_sign_in, find_credentials, signed_in
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable

KEYS = KeyRing([Key(bytes(range(32)))])
OTHER = KeyRing([Key(bytes(range(1, 33)))])
STEP = timedelta(seconds=30)


def code_of(secret: str, at: datetime) -> str:
    """The app's code, by a clock of its own."""
    return pyotp.TOTP(secret).at(at)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def switched_on(world: Any) -> tuple[str, list[str]]:
    """The officer's secret and recovery codes, enrolled a minute before now."""
    actor = world.officer.actor
    made = offer(KEYS, actor.account_id)
    earlier = world.now - 2 * STEP
    with world.writing() as session:
        codes = enrol(session, actor, made, code_of(made.secret, earlier), KEYS, earlier)
    return made.secret, codes


def checked(world: Any, code: str, now: datetime | None = None, keys: KeyRing = KEYS) -> bool:
    with world.writing() as session:
        return check(session, world.officer.actor.account_id, code, keys, now or world.now)


def test_an_offer_is_what_apps_read(world: Any) -> None:
    made = offer(KEYS, 7, "officer@example.vn", "Tem truy xuất")
    parts = urlsplit(made.uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Tem truy xuất:officer@example.vn"
    asked = parse_qs(parts.query)
    assert asked == {"secret": [made.secret], "issuer": ["Tem truy xuất"]}
    assert len(made.secret) == 32 and len(made.nonce) == 16
    assert made.secret not in repr(made)


def test_a_secret_is_of_one_account_key_and_nonce() -> None:
    made = offer(KEYS, 7)
    seed = Seed(made.key_id, made.nonce)
    assert offer(KEYS, 7, seed=seed).secret == made.secret
    assert offer(KEYS, 7).secret != made.secret
    assert offer(KEYS, 8, seed=seed).secret != made.secret
    both = KeyRing([*KEYS, *OTHER])
    assert offer(both, 7, seed=seed).secret == made.secret
    # The key is gone: there is another offer, under a key that is there.
    again = offer(OTHER, 7, seed=seed)
    assert again.key_id == OTHER.newest.id and again.nonce != made.nonce


def test_a_known_secret_gives_the_codes_of_the_standard() -> None:
    """What was enrolled must work after every upgrade: the derivation never changes."""
    made = offer(KEYS, 1, seed=Seed(KEYS.newest.id, bytes(16)))
    assert made.secret == "2K45E6ZL3CC36PLM3XLBWD7PYDNZEJT7"


def test_a_code_turns_it_on_and_gives_recovery_codes(world: Any) -> None:
    _, codes = switched_on(world)
    assert len(set(codes)) == RECOVERY_CODES
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)
    with world.reading() as session:
        row = session.get(Account, world.officer.actor.account_id)
        assert row.totp_key_id == KEYS.newest.id
        kept = session.scalars(sa.select(RecoveryCode.digest)).all()
    assert len(kept) == RECOVERY_CODES and all(len(each) == 32 for each in kept)


def test_a_wrong_code_turns_nothing_on(world: Any, refused: Any) -> None:
    actor = world.officer.actor
    made = offer(KEYS, actor.account_id)
    right = code_of(made.secret, world.now)
    late = code_of(made.secret, world.now - 3 * STEP)
    elsewhere = code_of(offer(KEYS, world.admin.actor.account_id).secret, world.now)
    stale: Offer = replace(made, key_id="00000000")
    short = replace(made, nonce=b"short")
    for seed, code in (
        (made, other_than(right)),
        (made, late),
        (made, elsewhere),
        (made, ""),
        (made, "abcdef"),
        (made, right[:5]),
        (made, right + "0"),
        (made, "١٢٣٤٥٦"),
        (made, "\ud800"),
        (stale, right),
        (short, right),
    ):
        with refused(Unacceptable, "wrong_code", "code"), world.writing() as session:
            enrol(session, actor, seed, code, KEYS, world.now)
    assert not checked(world, right)


def test_it_is_not_turned_on_twice(world: Any, refused: Any) -> None:
    switched_on(world)
    actor = world.officer.actor
    made = offer(KEYS, actor.account_id)
    with refused(Conflict, "second_factor_on"), world.writing() as session:
        enrol(session, actor, made, code_of(made.secret, world.now), KEYS, world.now)


def test_of_two_who_turn_it_on_at_once_one_has_the_codes(world: Any, at_once: Any) -> None:
    actor = world.officer.actor

    def one() -> list[str]:
        made = offer(KEYS, actor.account_id)
        with world.writing() as session:
            return enrol(session, actor, made, code_of(made.secret, world.now), KEYS, world.now)

    results = at_once([one, one])
    won = [each for each in results if isinstance(each, list)]
    assert len(won) == 1
    assert [each.code for each in results if isinstance(each, Conflict)] == ["second_factor_on"]
    assert all(checked(world, code) for code in won[0])


def test_the_code_that_turned_it_on_is_used(world: Any) -> None:
    actor = world.officer.actor
    made = offer(KEYS, actor.account_id)
    code = code_of(made.secret, world.now)
    with world.writing() as session:
        enrol(session, actor, made, code, KEYS, world.now)
    assert not checked(world, code)
    assert checked(world, code_of(made.secret, world.now + STEP), world.now + STEP)


@pytest.mark.parametrize(
    ("off", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(world: Any, off: int, right: bool) -> None:
    secret, _ = switched_on(world)
    world.now += timedelta(minutes=5)
    assert checked(world, code_of(secret, world.now + off * STEP)) is right


def test_a_code_works_once_and_takes_older_ones_with_it(world: Any) -> None:
    secret, _ = switched_on(world)
    world.now += timedelta(minutes=5)
    code = code_of(secret, world.now)
    assert checked(world, f" {code[:3]} {code[3:]} ")  # as apps show it
    assert not checked(world, code)
    assert not checked(world, code_of(secret, world.now - STEP))
    assert checked(world, code_of(secret, world.now + STEP))


def test_a_code_sent_by_several_at_once_works_once(world: Any, at_once: Callable[..., Any]) -> None:
    secret, codes = switched_on(world)
    world.now += timedelta(minutes=5)
    for code in (code_of(secret, world.now), codes[0]):
        results = at_once([lambda code=code: checked(world, code) for _ in range(6)])
        assert sorted(results) == [False] * 5 + [True]


def test_a_recovery_code_works_once_however_it_is_written(world: Any) -> None:
    _, codes = switched_on(world)
    for typed, again in (
        (codes[0].lower(), codes[0]),
        (codes[1].replace("-", ""), codes[1]),
        (f"  {codes[2].replace('-', ' ')} ", codes[2]),
        (codes[3].replace("0", "o").replace("1", "l"), codes[3]),
    ):
        assert checked(world, typed)
        assert not checked(world, again)
    assert checked(world, codes[4])


@pytest.mark.parametrize(
    "code", ["", "0", "000000", "0000-0000-0000-0000", "\x00", "\ud800", "x" * 10_000, "-" * 1000]
)
def test_what_is_no_code_is_wrong(world: Any, code: str) -> None:
    switched_on(world)
    assert not checked(world, code)


def test_nobodys_code_is_right_where_it_is_off(world: Any) -> None:
    secret, codes = switched_on(world)
    with world.writing() as session:
        drop(session, world.officer.actor, world.now)
    assert not checked(world, code_of(secret, world.now)) and not checked(world, codes[0])
    with world.writing() as session:
        assert not check(session, 99999, codes[0], KEYS, world.now)


def test_a_recovery_code_is_its_owners_alone(world: Any) -> None:
    _, codes = switched_on(world)
    admin = world.admin.actor
    made = offer(KEYS, admin.account_id)
    with world.writing() as session:
        enrol(session, admin, made, code_of(made.secret, world.now), KEYS, world.now)
        assert not check(session, admin.account_id, codes[0], KEYS, world.now)
    assert checked(world, codes[0])


def test_recovery_codes_let_in_where_the_key_is_lost(world: Any) -> None:
    secret, codes = switched_on(world)
    world.now += timedelta(minutes=5)
    assert not checked(world, code_of(secret, world.now), keys=OTHER)
    assert checked(world, codes[0], keys=OTHER)
    # The key comes back from its copy, beside a newer one, and so do the app's codes.
    assert checked(world, code_of(secret, world.now), keys=KeyRing([*KEYS, *OTHER]))


def test_new_recovery_codes_replace_the_old(world: Any, refused: Any) -> None:
    with refused(Conflict, "second_factor_off"), world.writing() as session:
        new_recovery_codes(session, world.officer.actor, world.now)
    _, old = switched_on(world)
    with world.writing() as session:
        new = new_recovery_codes(session, world.officer.actor, world.now)
    assert not set(old) & set(new) and len(new) == RECOVERY_CODES
    assert not checked(world, old[0]) and checked(world, new[0])


def test_turning_it_off_leaves_nothing_of_it(world: Any, refused: Any) -> None:
    switched_on(world)
    with world.writing() as session:
        drop(session, world.officer.actor, world.now)
    with world.reading() as session:
        row = session.get(Account, world.officer.actor.account_id)
        assert (row.totp_key_id, row.totp_nonce, row.totp_step) == (None, None, None)
        assert session.scalars(sa.select(RecoveryCode)).all() == []
    with refused(Conflict, "second_factor_off"), world.writing() as session:
        drop(session, world.officer.actor, world.now)
    switched_on(world)


def test_an_administrator_turns_it_off_for_who_lost_it(world: Any, refused: Any) -> None:
    switched_on(world)
    officer = world.officer.actor
    with world.writing() as session:
        text = begin_sign_in(session, officer.account_id, timedelta(hours=1), world.now)
        assert signed_in(session, text, world.now, True).account.second_factor
        assert find_credentials(session, Attempt(world.officer.email, "", ""), True).second_factor
    for actor in (world.producer.actor, officer):
        with refused(NotAllowed, "not_allowed"), world.writing() as session:
            drop_for(session, actor, officer.account_id, world.now)
    with world.writing() as session:
        told = drop_for(session, world.admin.actor, officer.account_id, world.now)
    assert not told.second_factor
    with world.reading() as session:
        assert signed_in(session, text, world.now, True) is None
