"""What many threads ask one by one, answered together: a database takes as long for one commit as
for ten.

One thread answers, those who came meanwhile in one batch. It ends when nobody comes, and a new one
begins with whoever comes next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

A = TypeVar("A")
T = TypeVar("T")

MOST = 64  # that are answered together
IDLE = 10.0  # seconds without anybody after which the thread ends


class Late(Exception):
    """The answer did not come in time. `begun` where it was being worked on, and may be yet."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("no answer in time")
        self.begun = begun


class _Asked(Generic[A, T]):
    """One thread's question, and what came of it."""

    def __init__(self, question: A) -> None:
        self.question = question
        self.answered = threading.Lock()
        self.answered.acquire()
        self.begun = False
        self.withdrawn = False
        self.answer: T | None = None
        self.trouble: BaseException | None = None


class Gathering(Generic[A, T]):
    """`answer_all` answers questions in their order; what it raises undoes all that it did.

    Of the kinds `of_all` is trouble that no single question caused: all of a batch meet it.
    """

    def __init__(
        self,
        answer_all: Callable[[Sequence[A]], Sequence[T]],
        of_all: tuple[type[Exception], ...] = (),
    ) -> None:
        self._answer_all = answer_all
        self._of_all = of_all
        self._waiting: SimpleQueue[_Asked[A, T]] = SimpleQueue()
        self._lock = threading.Lock()
        self._runs = False

    def ask(self, question: A, patience: float) -> T:
        """The answer, within so many seconds. What answering it alone raises is raised here.

        It may be answered twice where another question of its batch failed: what was done the
        first time is undone then. Raises Late.
        """
        asked: _Asked[A, T] = _Asked(question)
        with self._lock:
            self._waiting.put(asked)
            if not self._runs:
                threading.Thread(target=self._run, name="gathering", daemon=True).start()
                self._runs = True
        if not asked.answered.acquire(timeout=patience):
            with self._lock:
                asked.withdrawn = not asked.begun
            raise Late(begun=asked.begun)
        if asked.trouble is not None:
            raise asked.trouble
        answer: T = asked.answer  # type: ignore[assignment]
        return answer

    def _run(self) -> None:
        while True:
            try:
                together = [self._waiting.get(timeout=IDLE)]
            except Empty:
                with self._lock:
                    if self._waiting.empty():
                        self._runs = False
                        return
                continue
            while len(together) < MOST:
                try:
                    together.append(self._waiting.get_nowait())
                except Empty:
                    break
            with self._lock:
                together = [each for each in together if not each.withdrawn]
                for each in together:
                    each.begun = True
            if together:
                self._answer(together)

    def _answer(self, together: Sequence[_Asked[A, T]]) -> None:
        try:
            answers = self._answer_all([each.question for each in together])
        except BaseException as trouble:  # noqa: BLE001  (raised where the question was asked)
            if len(together) > 1 and not isinstance(trouble, self._of_all):
                for each in together:
                    self._answer([each])
                return
            for each in together:
                each.trouble = trouble
        else:
            for each, answer in zip(together, answers, strict=True):
                each.answer = answer
        for each in together:
            each.answered.release()
