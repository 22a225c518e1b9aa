"""An act that another one is about to rule out waits for it, and then is refused.

The first act is done and not yet committed when the second begins; so nothing hangs on timing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from traceapp.services.refusals import Refusal
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.holding import NewHold, Release, hold_batch, release_batch
from traceapp.services.registry.recalling import NewRecall, open_recall
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.requesting import NewStampRequest, reject_request, request_stamps
from traceapp.services.runs.undoing import Undo, UndoLimits, undo_activation, undo_void
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Look

A_MOMENT = 0.3  # seconds in which an act that does not wait would long have ended


class Scene:
    """A run of ten stamps that wait, of a batch with room for six more, and a request for five."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.issued = world.issue(10, activate=False)
        with world.edge.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE batches SET quantity = 20")
        self.active = world.issue(1)
        idle = world.issue(1, activate=False)
        self.activation, self.voided = idle.activate(), idle.void()
        self.request_id = world.ask(5, self.issued.batch)

    def void(self, session: Any) -> Any:
        first = self.issued.serial()
        new = NewVoid(first_serial=first, last_serial=first + 4, reason="stolen")
        actor, now = self.world.officer.actor, self.world.now
        return void_stamps(session, actor, self.issued.run.id, new, now)

    def activate(self, session: Any) -> Any:
        first = self.issued.serial()
        new = NewActivation(first_serial=first + 4, last_serial=first + 9)
        actor, now = self.world.officer.actor, self.world.now
        return activate(session, actor, self.issued.run.id, new, 5, now)

    def recall(self, session: Any) -> Any:
        batch_ids = [self.issued.batch.id]
        new = NewRecall(batch_ids=batch_ids, severity="danger", reason="A", notice="B")
        return open_recall(session, self.world.officer.actor, new, self.world.now)

    def hold(self, session: Any) -> Any:
        new, batch_id = NewHold(reason="Mùi lạ"), self.issued.batch.id
        return hold_batch(session, self.world.producer.actor, batch_id, new, self.world.now)

    def release(self, session: Any) -> Any:
        release, batch_id = Release(reason="Không sao"), self.issued.batch.id
        return release_batch(session, self.world.officer.actor, batch_id, release, self.world.now)

    def undo_activation(self, session: Any) -> Any:
        asks = (session, self.world.producer.actor, self.activation.id)
        return undo_activation(*asks, Undo(reason="Nhầm"), UndoLimits(10, 5), self.world.now)

    def undo_void(self, session: Any) -> Any:
        asks = (session, self.world.producer.actor, self.voided.id)
        return undo_void(*asks, Undo(reason="Nhầm"), UndoLimits(10, 5), self.world.now)

    def ask(self, session: Any) -> Any:
        batch = self.issued.batch
        new = NewStampRequest(product_id=batch.product_id, batch_id=batch.id, quantity=6)
        edge, actor = self.world.edge, self.world.officer.actor
        return request_stamps(session, actor, new, edge.allowance, self.world.now)

    def approve(self, session: Any) -> Any:
        actor, issuing = self.world.officer.actor, self.world.edge.issuing
        return approve_request(session, actor, self.request_id, issuing, self.world.now)

    def reject(self, session: Any) -> Any:
        actor, rejection = self.world.officer.actor, Rejection(reason="Sai")
        return reject_request(session, actor, self.request_id, rejection, self.world.now)

    def confirm(self, session: Any) -> Any:
        look = Look(self.active.code(), "phone", "192.0.2.1")
        attempt = HiddenAttempt(look, self.active.hidden())
        told = confirm(session, attempt, self.world.edge.confirming, self.world.now)
        return told.authentication.value


def outcome(world: Any, act: Callable[[Any], Any]) -> str:
    """What an act in a transaction of its own came to: "ok", a refusal's code, or its answer."""
    try:
        with world.writing() as session:
            told = act(session)
    except Refusal as refusal:
        return refusal.code
    return told if isinstance(told, str) else "ok"


@pytest.mark.parametrize(
    ("first", "second", "then"),
    [
        ("void", "activate", "already_void"),
        ("void", "void", "already_void"),
        ("activate", "activate", "already_active"),
        ("recall", "activate", "batch_recalled"),
        ("recall", "approve", "batch_recalled"),
        ("recall", "ask", "batch_recalled"),
        ("hold", "activate", "batch_on_hold"),
        ("hold", "approve", "batch_on_hold"),
        ("hold", "ask", "batch_on_hold"),
        ("hold", "hold", "already_on_hold"),
        ("hold", "release", "ok"),
        ("undo_activation", "undo_activation", "undone"),
        ("undo_void", "undo_void", "undone"),
        ("ask", "ask", "over_quantity"),
        ("approve", "approve", "decided"),
        ("reject", "approve", "decided"),
        ("approve", "reject", "decided"),
        ("confirm", "confirm", "before"),
    ],
)
def test_the_second_act_waits_and_is_then_refused(
    world: Any, first: str, second: str, then: str
) -> None:
    scene = Scene(world)
    said: list[str] = []
    waiting = threading.Thread(
        target=lambda: said.append(outcome(world, getattr(scene, second))), daemon=True
    )
    with world.writing() as session:
        getattr(scene, first)(session)
        waiting.start()
        waiting.join(A_MOMENT)
        assert waiting.is_alive(), said
    waiting.join(20)
    assert said == [then]


@pytest.mark.parametrize(
    ("first", "second"), [("void", "activate"), ("ask", "ask"), ("recall", "approve")]
)
def test_the_second_act_goes_through_where_the_first_is_undone(
    world: Any, first: str, second: str
) -> None:
    scene = Scene(world)
    said: list[str] = []
    waiting = threading.Thread(
        target=lambda: said.append(outcome(world, getattr(scene, second))), daemon=True
    )
    with pytest.raises(RuntimeError), world.writing() as session:
        getattr(scene, first)(session)
        waiting.start()
        waiting.join(A_MOMENT)
        raise RuntimeError("changed her mind")
    waiting.join(20)
    assert said == ["ok"]
