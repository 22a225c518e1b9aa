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
    "not_activated",
    "expired",
    "link_mismatch",
    "already_authenticated",
]
VERDICTS = {"link_mismatch": "suspicious"}
STANDING = {"recalled", "on_hold", "void", "not_activated", "expired"}

COMBINATIONS = list(product((False, True), repeat=len(ORDER)))


def facts(
    recalled: bool, held: bool, void: bool, waiting: bool, expired: bool, link: bool, used: bool
) -> Facts:
    return Facts(
        recalled=recalled,
        on_hold=held,
        void=void,
        activated=not waiting,
        expires_at=NOW - timedelta(days=1) if expired else NOW + timedelta(days=1),
        link_mismatch=link,
        has_hidden_code=True,
        redeemed=used,
    )


def true_ones(combination: tuple[bool, ...]) -> list[str]:
    return [name for name, true in zip(ORDER, combination, strict=True) if true]


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_the_worst_true_fact_is_the_verdict_and_every_one_is_told(
    combination: tuple[bool, ...],
) -> None:
    true = true_ones(combination)
    judgement = judge(facts(*combination), NOW)
    worst = true[0] if true else "registered"
    assert judgement.verdict == VERDICTS.get(worst, worst)
    assert list(judgement.reasons) == true


@pytest.mark.parametrize("authentication", list(Authentication))
@pytest.mark.parametrize("combination", COMBINATIONS)
def test_a_hidden_code_speaks_only_below_what_stands_against_the_stamp(
    combination: tuple[bool, ...], authentication: Authentication
) -> None:
    true = true_ones(combination)
    looked = judge(facts(*combination), NOW)
    judgement = judge_hidden_code(facts(*combination), authentication, NOW)
    if STANDING & set(true):
        assert judgement == looked
        return
    assert (
        judgement.verdict
        == {
            "first": "authenticated",
            "before": "already_authenticated",
            "wrong": "wrong_hidden_code",
            "none": looked.verdict,
        }[authentication]
    )
    told = list(judgement.reasons)
    if authentication is Authentication.FIRST:
        assert told == [each for each in true if each != "already_authenticated"]
    else:
        assert told == true


def test_a_batch_expires_at_its_very_moment() -> None:
    plain = dict.fromkeys(("recalled", "on_hold", "void", "link_mismatch"), False)
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
        activated=False,
        expires_at=None,
        link_mismatch=False,
        has_hidden_code=False,
        redeemed=False,
    )
    assert judge(found, NOW).reasons == (Reason.NOT_ACTIVATED,)


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_a_code_is_spent_on_a_stamp_in_use_alone(combination: tuple[bool, ...]) -> None:
    _, held, void, waiting, *_ = combination
    assert may_be_spent(facts(*combination)) == (not held and not void and not waiting)


def test_the_lists_are_closed() -> None:
    looks = {"malformed", "forged", "unknown", *ORDER, "suspicious", "registered"}
    hidden = {"authenticated", "wrong_hidden_code", "too_many_tries", "no_hidden_code"}
    assert {each.value for each in Verdict} == (looks - {"link_mismatch"}) | hidden | {"unchecked"}
    unproven = {"malformed", "forged", "unknown", "wrong_key"}
    assert {each.value for each in Reason} == set(ORDER) | unproven
