"""What many ask one by one: those of one round are answered together, each by itself outside."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from traceapp.gathering import Gathering, Round


class Ledger:
    """Answers tenfold, and keeps what was asked together; a number below zero is trouble."""

    def __init__(self) -> None:
        self.kept: list[list[int]] = []
        self.gathering = Gathering(self.answer_all)

    def answer_all(self, asked: Sequence[int]) -> list[int]:
        for number in asked:
            if number < 0:
                raise ValueError(number)
        self.kept.append(list(asked))
        return [10 * number for number in asked]

    def round(self, *numbers: int) -> list[object]:
        """What each is told who asks in one round: a number, or what was raised."""
        told: list[object] = [None] * len(numbers)

        def ask(place: int, number: int) -> None:
            try:
                told[place] = self.gathering.ask(number)
            except Exception as trouble:  # noqa: BLE001
                told[place] = trouble

        Round().work_on([partial(ask, *each) for each in enumerate(numbers)])
        return told


def test_outside_a_round_each_is_answered_alone() -> None:
    ledger = Ledger()
    assert [ledger.gathering.ask(number) for number in (4, 5)] == [40, 50]
    assert ledger.kept == [[4], [5]]
    with pytest.raises(ValueError, match="-1"):
        ledger.gathering.ask(-1)


def test_those_of_a_round_are_answered_together() -> None:
    ledger = Ledger()
    assert ledger.round(2, 3, 4) == [20, 30, 40]
    assert ledger.kept == [[2, 3, 4]]
    assert ledger.gathering.ask(5) == 50  # The round is over.


def test_the_trouble_of_one_is_not_that_of_the_others() -> None:
    ledger = Ledger()
    two, trouble, four = ledger.round(2, -3, 4)
    assert (two, four) == (20, 40)
    assert isinstance(trouble, ValueError)
    assert ledger.kept == [[2], [4]]


def test_who_asks_twice_waits_twice_and_who_asks_nothing_not_at_all() -> None:
    ledger, order = Ledger(), []

    def twice() -> None:
        order.append(ledger.gathering.ask(ledger.gathering.ask(1)))

    Round().work_on([twice, lambda: order.append(0), twice])
    assert order == [0, 100, 100]
    assert ledger.kept == [[1, 1], [10, 10]]


def test_two_gatherings_of_one_round_are_asked_in_turn() -> None:
    one, other, told = Ledger(), Ledger(), []

    def ask(ledger: Ledger, number: int) -> None:
        told.append(ledger.gathering.ask(number))

    Round().work_on([partial(ask, one, 1), partial(ask, other, 2), partial(ask, one, 3)])
    assert (one.kept, other.kept) == ([[1, 3]], [[2]])
    assert sorted(told) == [10, 20, 30]
