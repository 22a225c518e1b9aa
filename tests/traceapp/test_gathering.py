"""Work of many threads in one transaction: who comes together is committed together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from traceapp.gathering import Gathering


class Ledger:
    """Transactions as lists of what was written, committed whole or not at all."""

    def __init__(self) -> None:
        self.committed: list[list[int]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    @contextmanager
    def transaction(self) -> Iterator[list[int]]:
        written: list[int] = []
        yield written
        assert self.go_on.wait(10)
        self.committed.append(written)


def write(number: int) -> object:
    def work(written: list[int]) -> int:
        if number < 0:
            raise ValueError(number)
        written.append(number)
        return number * 10

    return work


def test_an_answer_is_given_after_its_commit() -> None:
    ledger = Ledger()
    assert Gathering(ledger.transaction).do(write(4)) == 40
    assert ledger.committed == [[4]]


def test_those_who_come_during_a_commit_share_the_next_and_trouble_is_its_own() -> None:
    ledger = Ledger()
    gathering = Gathering(ledger.transaction)
    ledger.go_on.clear()
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(gathering.do, write(1))
        while not gathering._led:
            pass
        others = [threads.submit(gathering.do, write(n)) for n in (2, 3, -4, 5)]
        while len(gathering._waiting) < len(others):
            pass
        ledger.go_on.set()
        assert first.result(10) == 10
        assert [each.result(10) for each in (others[0], others[1], others[3])] == [20, 30, 50]
        with pytest.raises(ValueError, match="-4"):
            others[2].result(10)
    # One of them failed: the others were done again, each by itself.
    assert sorted(map(tuple, ledger.committed)) == [(1,), (2,), (3,), (5,)]
    assert gathering.do(write(6)) == 60


def test_a_transaction_that_does_not_open_is_the_leaders_trouble_alone() -> None:
    ledger, broken = Ledger(), True

    @contextmanager
    def transaction() -> Iterator[list[int]]:
        if broken:
            raise OSError("locked")
        with ledger.transaction() as opened:
            yield opened

    gathering = Gathering(transaction)
    with pytest.raises(OSError, match="locked"):
        gathering.do(write(1))
    broken = False
    assert gathering.do(write(2)) == 20 and ledger.committed == [[2]]
