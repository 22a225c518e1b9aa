"""What many threads ask one by one: who comes together is answered together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from traceapp.gathering import Gathering, Late


class Ledger:
    """Answers tenfold, and keeps what was asked together; a number below zero is trouble."""

    def __init__(self) -> None:
        self.kept: list[list[int]] = []
        self.busy = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def answer_all(self, asked: Sequence[int]) -> list[int]:
        self.busy.set()
        assert self.go_on.wait(10)
        for number in asked:
            if number < 0:
                raise ValueError(number)
            if number == 0:
                raise OSError("the disk is away")
        self.kept.append(list(asked))
        return [10 * number for number in asked]


def together(gathering: Gathering[int, int], ledger: Ledger, *numbers: int) -> list[object]:
    """What each is told who asks while an answer is under way: a number, or what was raised."""

    def ask(number: int) -> object:
        try:
            return gathering.ask(number, 10)
        except Exception as trouble:  # noqa: BLE001
            return trouble

    ledger.busy.clear()
    ledger.go_on.clear()
    with ThreadPoolExecutor(len(numbers) + 1) as threads:
        first = threads.submit(ask, 1)
        assert ledger.busy.wait(10)
        others = [threads.submit(ask, number) for number in numbers]
        while gathering._waiting.qsize() < len(others):
            pass
        ledger.go_on.set()
        assert first.result() == 10
        return [each.result() for each in others]


def test_an_answer_is_given_after_it_was_kept() -> None:
    ledger = Ledger()
    assert Gathering(ledger.answer_all).ask(4, 10) == 40
    assert ledger.kept == [[4]]


def test_who_comes_meanwhile_is_answered_together() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.answer_all)
    assert together(gathering, ledger, 2, 3, 4) == [20, 30, 40]
    assert [sorted(batch) for batch in ledger.kept] == [[1], [2, 3, 4]]


def test_the_trouble_of_one_is_not_that_of_the_others() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.answer_all, of_all=(OSError,))
    two, trouble, four = together(gathering, ledger, 2, -3, 4)
    assert (two, four) == (20, 40) and isinstance(trouble, ValueError)
    assert sorted(map(tuple, ledger.kept)) == [(1,), (2,), (4,)]
    assert gathering.ask(5, 10) == 50


def test_trouble_of_all_is_met_once() -> None:
    ledger = Ledger()
    told = together(Gathering(ledger.answer_all, of_all=(OSError,)), ledger, 2, 0, 4)
    assert [type(each) for each in told] == [OSError] * 3
    assert ledger.kept == [[1]]


def test_who_is_not_answered_in_time_is_told_so_and_asks_no_more() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.answer_all)
    ledger.go_on.clear()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(gathering.ask, 1, 10)
        assert ledger.busy.wait(10)
        with pytest.raises(Late) as late:
            gathering.ask(2, 0.01)
        ledger.go_on.set()
        assert first.result(10) == 10
    assert not late.value.begun
    assert gathering.ask(3, 10) == 30
    assert ledger.kept == [[1], [3]]


def test_who_gives_up_while_it_is_worked_on_is_told_that() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.answer_all)
    ledger.go_on.clear()
    with pytest.raises(Late) as late:
        gathering.ask(1, 0.2)
    assert late.value.begun
    ledger.go_on.set()
    assert gathering.ask(2, 10) == 20
