"""Corrections sent and decided at the same moment, each on a connection of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from traceapp.edge import Edge, open_edge
from traceapp.services.refusals import Refusal
from traceapp.services.registry.correctable import (
    PartyCorrection,
    ProductCorrection,
)
from traceapp.services.registry.correcting import Correcting, correct, decide_correction
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.opening_batches import NewBatch, open_batch
from traceapp.services.registry.reading_corrections import (
    CorrectionFilter,
    list_corrections,
)
from traceapp.settings import Settings

WHY = "Ghi nhầm"


def correcting(edge: Edge) -> Correcting:
    return Correcting(edge.kinds, edge.settings.spoilage_percent)


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


def acting(edge: Edge, act: Callable[[Any], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with edge.database.writing() as session:
            return act(session)

    return run


def codes(results: list[Any]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for result in results:
        assert not isinstance(result, Exception) or isinstance(result, Refusal), repr(result)
        counted[result.code if isinstance(result, Refusal) else "ok"] += 1
    return counted


def test_of_officers_who_decide_at_once_one_does(
    world: Any, desk: Any, edges: Any, at_once: Any
) -> None:
    body = PartyCorrection(address="Thôn 2", reason=WHY)
    number = desk.send(world.producer.party.id, body).id
    officer, now = world.officer.actor, world.now

    def deciding(edge: Edge, rejection: Rejection | None) -> Callable[[], Any]:
        return acting(
            edge,
            lambda session: decide_correction(
                session, officer, number, rejection, correcting(edge), now
            ),
        )

    rejections = [None, Rejection(reason="Không"), None, Rejection(reason="Thôi")]
    results = at_once([deciding(edges(), each) for each in rejections])
    assert codes(results) == {"ok": 1, "decided": 3}
    won = next(each for each in results if not isinstance(each, Exception))
    address = desk.shown("party", world.producer.party.id).address
    assert (address == "Thôn 2") == (won.state == "approved")


def test_of_corrections_sent_at_once_the_last_one_waits(
    world: Any, edges: Any, at_once: Any
) -> None:
    party_id, actor, now = world.producer.party.id, world.producer.actor, world.now

    def sending(edge: Edge, n: int) -> Callable[[], Any]:
        body = PartyCorrection(address=f"Thôn {n + 2}", reason=WHY)
        return acting(
            edge, lambda session: correct(session, actor, party_id, body, correcting(edge), now)
        )

    assert codes(at_once([sending(edges(), n) for n in range(4)])) == {"ok": 4}
    with world.reading() as session:
        page = list_corrections(session, actor, CorrectionFilter())
    assert sorted(each.state for each in page.items) == ["rejected"] * 3 + ["submitted"]


def test_a_kind_does_not_change_while_a_batch_is_opened_by_it(
    world: Any, desk: Any, edges: Any, at_once: Any
) -> None:
    product, facility, actor = world.product(), world.producer.facility, world.producer.actor
    desk.set_state("products", product.id, "submitted")
    new = NewBatch(
        product_id=product.id,
        facility_id=facility.id,
        lot="A",
        produced_at=world.now,
        expires_at=world.now + timedelta(days=3),
        quantity=10,
        attributes={"mixed_at": "hôm qua"},
    )
    opener, corrector = edges(), edges()
    body = ProductCorrection(kind="nem_nam")
    results = at_once(
        [
            acting(
                opener, lambda session: open_batch(session, actor, new, opener.kinds, world.now)
            ),
            acting(
                corrector,
                lambda session: correct(
                    session, actor, product.id, body, correcting(corrector), world.now
                ),
            ),
        ]
    )
    # Either the batch came first and keeps the kind, or its time is read by the new one.
    assert codes(results) in ({"ok": 1, "has_batches": 1}, {"ok": 1, "attribute": 1})
