"""What tests of several steps share: a desk at which corrections are sent and decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from traceapp.edge import Edge, open_edge
from traceapp.services.registry import registering
from traceapp.services.registry.correcting import Correcting, correct, decide_correction
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.opening_batches import show_batch
from traceapp.settings import Settings


@dataclass(frozen=True)
class Desk:
    """Where the producer sends corrections and the officer decides, unless told otherwise."""

    world: Any

    @property
    def correcting(self) -> Correcting:
        edge = self.world.edge
        return Correcting(edge.kinds, edge.settings.spoilage_percent)

    def send(self, subject_id: int, body: Any, who: Any = None) -> Any:
        actor = (who or self.world.producer).actor
        with self.world.writing() as session:
            return correct(session, actor, subject_id, body, self.correcting, self.world.now)

    def decide(self, number: int, reason: str | None = None, who: Any = None) -> Any:
        rejection = None if reason is None else Rejection(reason=reason)
        actor = (who or self.world.officer).actor
        with self.world.writing() as session:
            return decide_correction(
                session, actor, number, rejection, self.correcting, self.world.now
            )

    def set_state(self, table: str, number: int, state: str) -> None:
        """As an officer's decision of long ago would have left it."""
        with self.world.edge.database.engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE {table} SET state = '{state}', decision_reason = 'Thiếu ảnh' "
                f"WHERE id = {number}"
            )

    def shown(self, noun: str, number: int) -> Any:
        """A subject as it stands."""
        with self.world.reading() as session:
            if noun == "batch":
                return show_batch(session, self.world.officer.actor, number)
            show = getattr(registering, f"show_{noun}")
            return show(session, self.world.officer.actor, number)

    def seen(self, issued: Any) -> Any:
        """What a buyer is told of a stamp."""
        headers = {"Accept": "application/json"}
        return self.world.client().get(issued.link_path(), headers=headers).json


@pytest.fixture
def desk(world: Any) -> Desk:
    return Desk(world)


@pytest.fixture
def edges(world: Any, settings: Settings) -> Iterator[Callable[[], Edge]]:
    """Opens the same installation again: another process, as far as the database can tell."""
    opened: list[Edge] = []

    def another() -> Edge:
        opened.append(open_edge(settings, lambda: world.now))
        return opened[-1]

    yield another
    for edge in opened:
        edge.database.close()
