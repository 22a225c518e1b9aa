"""What many ask one by one, answered together: a database takes as long for one commit as for ten.

A round is a thread's work on several things at once. Each goes on until it asks a gathering, and
waits there; once all of them wait or are done, those who asked are answered together, and go on.
Outside a round whoever asks is answered alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from greenlet import getcurrent, greenlet

A = TypeVar("A")
T = TypeVar("T")

MOST_IDLE = 32  # workers that a thread keeps

_here = threading.local()  # `round` is that of this thread


class Gathering(Generic[A, T]):
    """`answer_all` answers questions in their order; what it raises undoes all that it did."""

    def __init__(self, answer_all: Callable[[Sequence[A]], Sequence[T]]) -> None:
        self._answer_all = answer_all

    def ask(self, question: A) -> T:
        """The answer; what answering it alone raises is raised here.

        It may be answered twice where another question of its round failed: what was done the
        first time is undone then.
        """
        round_: Round | None = getattr(_here, "round", None)
        answer = self.outcomes([question])[0] if round_ is None else round_.wait(self, question)
        if isinstance(answer, _Trouble):
            raise answer.raised
        return answer  # type: ignore[no-any-return]

    def outcomes(self, questions: Sequence[A]) -> list[Any]:
        """The answer to each question, or its trouble."""
        try:
            return list(self._answer_all(questions))
        except Exception as trouble:  # noqa: BLE001  (raised where the question was asked)
            if len(questions) == 1:
                return [_Trouble(trouble)]
            return [outcome for each in questions for outcome in self.outcomes([each])]


@dataclass(frozen=True)
class _Trouble:
    raised: Exception


@dataclass(frozen=True)
class _Waiting:
    gathering: Gathering[Any, Any]
    question: Any
    work: greenlet


class Round:
    """Work on several things in this thread, which waits for answers together."""

    def __init__(self) -> None:
        self._hub = getcurrent()
        self._waiting: list[_Waiting] = []

    def work_on(self, things: Sequence[Callable[[], object]]) -> None:
        """Do all of these. What one of them raises it has to keep to itself."""
        _here.round = self
        try:
            for thing in things:
                self._worker().switch(thing)
            while self._waiting:
                self._answer()
        finally:
            _here.round = None

    def _worker(self) -> greenlet:
        """One that works on things in turn, and has nothing to do; a new one costs more."""
        idle = _idle()
        if not idle:
            return greenlet(_work, parent=self._hub)
        worker = idle.pop()
        worker.gr_context = None  # What it worked on before left its variables there.
        return worker

    def wait(self, gathering: Gathering[Any, Any], question: Any) -> Any:
        self._waiting.append(_Waiting(gathering, question, getcurrent()))
        return self._hub.switch()

    def _answer(self) -> None:
        """Answer who waits for the same as the first of them, and let these go on."""
        gathering = self._waiting[0].gathering
        together = [each for each in self._waiting if each.gathering is gathering]
        self._waiting = [each for each in self._waiting if each.gathering is not gathering]
        outcomes = gathering.outcomes([each.question for each in together])
        for each, outcome in zip(together, outcomes, strict=True):
            each.work.switch(outcome)


def _work(thing: Callable[[], object]) -> None:
    while True:
        thing()
        here, idle = getcurrent(), _idle()
        if len(idle) >= MOST_IDLE:
            return
        idle.append(here)
        thing = here.parent.switch()


def _idle() -> list[greenlet]:
    """The workers of this thread that have nothing to do."""
    if not hasattr(_here, "idle"):
        _here.idle = []
    return _here.idle  # type: ignore[no-any-return]
