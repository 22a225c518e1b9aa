"""Work of many threads, gathered into one transaction of the first who came.

A database with one writer at a time takes as long for one commit as for ten. Nobody gets an answer
before the transaction that his work was done in is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class _Piece(Generic[S]):
    """One thread's work, and what came of it."""

    def __init__(self, work: Callable[[S], Any]) -> None:
        self.work = work
        self.woken = threading.Event()
        self.over = False
        self.result: Any = None
        self.trouble: BaseException | None = None

    def end(self, result: Any = None, trouble: BaseException | None = None) -> None:
        self.result, self.trouble, self.over = result, trouble, True


class Gathering(Generic[S]):
    """Does pieces of work in one transaction; `transaction` opens it and commits it at its end."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[S]]) -> None:
        self._transaction = transaction
        self._lock = threading.Lock()
        self._waiting: list[_Piece[S]] = []
        self._led = False

    def do(self, work: Callable[[S], T]) -> T:
        """What `work` returns, once it is committed; what it or its commit raises, is raised here.

        Work may be done twice where other work of its transaction failed: what it did the first
        time is undone then.
        """
        piece = _Piece(work)
        with self._lock:
            self._waiting.append(piece)
            follows, self._led = self._led, True
        if follows:
            piece.woken.wait()
        if not piece.over:
            self._lead(piece)
        if piece.trouble is not None:
            raise piece.trouble
        result: T = piece.result
        return result

    def _lead(self, own: _Piece[S]) -> None:
        """Do what waits, this thread's own piece among it, and let the next one lead."""
        pieces = [own]
        try:
            try:
                with self._transaction() as opened:
                    pieces = self._take()
                    results = [each.work(opened) for each in pieces]
                for each, result in zip(pieces, results, strict=True):
                    each.end(result)
            except Exception as trouble:  # noqa: BLE001  (raised where the work was given)
                if len(pieces) == 1:
                    own.end(trouble=trouble)
                else:
                    self._one_by_one(pieces)
        except BaseException as trouble:
            for each in pieces:
                if not each.over:
                    each.end(trouble=trouble)
            raise
        finally:
            self._hand_over(pieces)

    def _hand_over(self, done: list[_Piece[S]]) -> None:
        with self._lock:
            self._waiting = [each for each in self._waiting if each not in done]
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
        if following is not None:
            following.woken.set()
        for each in done:
            each.woken.set()

    def _take(self) -> list[_Piece[S]]:
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def _one_by_one(self, pieces: list[_Piece[S]]) -> None:
        """Do each piece in a transaction of its own, so that each meets its own trouble alone."""
        for each in pieces:
            try:
                with self._transaction() as opened:
                    result = each.work(opened)
                each.end(result)
            except Exception as trouble:  # noqa: BLE001  (raised where the work was given)
                each.end(trouble=trouble)
