"""The verdict, for every combination of facts, against the order that the design states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from traceapp.services.scans.judging import (
    Authentication,
    Facts,
    Reason,
    Verdict,
    judge,
    judge_hidden_code,
    may_be_spent,
)

NOW = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)

# A stamp's facts, from the worst to the best, with the verdict that each gives.
ORDER = [
    "recalled",
    "on_hold",
    "void",
    "test",
    "not_activated",
    "expired",
    "key_compromised",
    "link_mismatch",
    "already_authenticated",
    "hidden_key_compromised",
]
VERDICTS = {
    "test": "void",
    "key_compromised": "suspicious",
    "link_mismatch": "suspicious",
    "hidden_key_compromised": "registered",
}
STANDING = {"recalled", "on_hold", "void", "not_activated", "expired"}

COMBINATIONS = list(product((False, True), repeat=len(ORDER)))


def facts(combination: tuple[bool, ...]) -> Facts:
    stated = dict(zip(ORDER, combination, strict=True))
    return Facts(
        recalled=stated["recalled"],
        on_hold=stated["on_hold"],
        void=stated["void"],
        test=stated["test"],
        activated=not stated["not_activated"],
        expires_at=NOW + timedelta(days=-1 if stated["expired"] else 1),
        link_mismatch=stated["link_mismatch"],
        has_hidden_code=True,
        redeemed=stated["already_authenticated"],
        key_compromised=stated["key_compromised"],
        hidden_key_compromised=stated["hidden_key_compromised"],
    )


def true_ones(combination: tuple[bool, ...]) -> list[str]:
    """What is true by the design: a stamp that waits is void too once its key leaked.

    A test label is void, and that it is not in use goes without saying.
    """
    true = {name for name, stated in zip(ORDER, combination, strict=True) if stated}
    if {"key_compromised", "not_activated"} <= true:
        true.add("void")
    if "test" in true:
        true = (true | {"void"}) - {"not_activated"}
    return [name for name in ORDER if name in true]


def test_the_worst_true_fact_is_the_verdict_and_every_one_is_told() -> None:
    for combination in COMBINATIONS:
        true = true_ones(combination)
        judgement = judge(facts(combination), NOW)
        worst = true[0] if true else "registered"
        assert judgement.verdict == VERDICTS.get(worst, worst), true
        assert list(judgement.reasons) == true


@pytest.mark.parametrize("authentication", list(Authentication))
def test_a_hidden_code_speaks_only_below_what_stands_against_the_stamp(
    authentication: Authentication,
) -> None:
    for combination in COMBINATIONS:
        true = true_ones(combination)
        looked = judge(facts(combination), NOW)
        judgement = judge_hidden_code(facts(combination), authentication, NOW)
        if STANDING & set(true):
            assert judgement == looked
            continue
        assert (
            judgement.verdict
            == {
                "first": "authenticated",
                "before": "already_authenticated",
                "wrong": "wrong_hidden_code",
                "none": looked.verdict,
            }[authentication]
        ), true
        told = list(judgement.reasons)
        if authentication is Authentication.FIRST:
            assert told == [each for each in true if each != "already_authenticated"]
        else:
            assert told == true


@pytest.mark.parametrize(
    ("true", "verdict"),
    [
        ("key_compromised", "suspicious"),
        ("key_compromised not_activated", "void"),
        ("key_compromised expired", "expired"),
        ("key_compromised not_activated recalled", "recalled"),
        ("key_compromised not_activated on_hold", "on_hold"),
        ("hidden_key_compromised", "registered"),
        ("hidden_key_compromised not_activated", "not_activated"),
        ("hidden_key_compromised already_authenticated", "already_authenticated"),
    ],
)
def test_a_leak_is_judged_as_the_design_says(true: str, verdict: str) -> None:
    combination = tuple(name in true.split() for name in ORDER)
    assert judge(facts(combination), NOW).verdict == verdict


def test_a_batch_expires_at_its_very_moment() -> None:
    plain = dict.fromkeys(("recalled", "on_hold", "void", "test", "link_mismatch"), False)
    plain |= dict.fromkeys(("key_compromised", "hidden_key_compromised"), False)
    for seconds, verdict in ((1, Verdict.REGISTERED), (0, Verdict.EXPIRED), (-1, Verdict.EXPIRED)):
        moment = NOW + timedelta(seconds=seconds)
        found = Facts(
            **plain, activated=True, expires_at=moment, has_hidden_code=False, redeemed=False
        )
        assert judge(found, NOW).verdict is verdict


def test_a_roll_that_waits_has_no_expiry() -> None:
    found = Facts(
        recalled=False,
        on_hold=False,
        void=False,
        test=False,
        activated=False,
        expires_at=None,
        link_mismatch=False,
        has_hidden_code=False,
        redeemed=False,
        key_compromised=False,
        hidden_key_compromised=False,
    )
    assert judge(found, NOW).reasons == (Reason.NOT_ACTIVATED,)


def test_a_code_is_spent_on_a_stamp_in_use_alone_and_only_where_it_proves_something() -> None:
    against = {"on_hold", "void", "test", "not_activated", "hidden_key_compromised"}
    for combination in COMBINATIONS:
        true = true_ones(combination)
        assert may_be_spent(facts(combination)) == (not against & set(true)), true


def test_the_lists_are_closed() -> None:
    looks = {"malformed", "forged", "unknown", *ORDER, "suspicious", "registered"}
    reasons_alone = set(VERDICTS)
    hidden = {"authenticated", "wrong_hidden_code", "too_many_tries", "no_hidden_code"}
    assert {each.value for each in Verdict} == (looks - reasons_alone) | hidden | {"unchecked"}
    unproven = {"malformed", "forged", "unknown", "wrong_key"}
    assert {each.value for each in Reason} == set(ORDER) | unproven
