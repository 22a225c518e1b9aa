"""Lists an officer looks over: newest first, with names, in pages."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.services.desks.overseeing import (
    LOTS_TOLD,
    RecallFilter,
    StateFilter,
    batch_names,
    find_batches,
    party_lines,
    recall_lines,
    request_lines,
)
from traceapp.services.lists import RecallState, State
from traceapp.services.refusals import NotAllowed, Unacceptable
from traceapp.services.registry.recalling import NewRecall, open_recall
from traceapp.services.registry.rehearsing import rehearse_recall


def test_parties_come_newest_first_with_what_they_have(world: Any) -> None:
    world.issue()
    with world.reading() as session:
        page = party_lines(session, world.officer.actor, StateFilter())
    neighbour, producer = page.items
    assert (neighbour.name, producer.name) == ("HTX nem Huân Hồng", "Hộ bà Năm Quyên")
    counts = (producer.facilities, producer.products, producer.accounts, producer.batches)
    assert counts == (1, 1, 1, 1)
    assert (producer.runs, neighbour.runs) == (1, 0)


def test_a_page_leads_to_the_older_ones(world: Any) -> None:
    asked = [world.ask(5, world.batch()) for _ in range(3)]
    actor = world.officer.actor
    with world.reading() as session:
        first = request_lines(session, actor, StateFilter(limit=2))
        rest = request_lines(session, actor, StateFilter(limit=2, cursor=first.next_cursor))
        waiting = request_lines(session, actor, StateFilter(state=State.APPROVED))
        with pytest.raises(Unacceptable):
            request_lines(session, actor, StateFilter(cursor="nonsense"))
    assert [each.id for each in [*first.items, *rest.items]] == asked[::-1]
    assert rest.next_cursor is None
    assert waiting.items == []


def test_a_roll_has_no_lot(world: Any) -> None:
    world.ask(5, None)
    with world.reading() as session:
        (line,) = request_lines(session, world.officer.actor, StateFilter()).items
    assert (line.lot, line.product) == (None, "Nước mắm Hộ bà Năm Quyên")


def test_a_recall_names_some_of_its_lots_and_counts_all(world: Any) -> None:
    issued = world.issue()
    batches = [issued.batch, *(world.batch() for _ in range(LOTS_TOLD))]
    new = NewRecall(
        batch_ids=[each.id for each in batches], severity="info", reason="Thử", notice="Thử"
    )
    with world.writing() as session:
        open_recall(session, world.officer.actor, new, world.now)
    with world.reading() as session:
        (line,) = recall_lines(session, world.officer.actor, RecallFilter()).items
        closed = RecallFilter(state=RecallState.COMPLETED)
        assert recall_lines(session, world.officer.actor, closed).items == []
    assert (len(line.lots), line.batches) == (LOTS_TOLD, LOTS_TOLD + 1)


@pytest.mark.parametrize("text", ["lo-1", "NAM QUYEN", "nước mắm lo-1", "quyen 1"])
def test_batches_are_found_by_lot_product_and_producer(world: Any, text: str) -> None:
    batch = world.batch()
    with world.reading() as session:
        found = find_batches(session, world.officer.actor, text)
        assert batch_names(session, world.officer.actor, [batch.id, 999]) == found
    assert [each.lot for each in found] == ["LO-1"]


@pytest.mark.parametrize("text", ["", "  ", "100%", "khong co"])
def test_what_names_no_batch_finds_none(world: Any, text: str) -> None:
    world.batch()
    with world.reading() as session:
        assert find_batches(session, world.officer.actor, text) == []


def test_a_rehearsal_refuses_as_opening_would_and_keeps_nothing(world: Any, unchanged: Any) -> None:
    issued = world.issue()
    actor = world.officer.actor
    new = NewRecall(batch_ids=[issued.batch.id], severity="info", reason="Thử", notice="Thử")
    with unchanged():
        with world.writing() as session:
            assert rehearse_recall(session, actor, new, world.now).notice == "Thử"
        with pytest.raises(Unacceptable), world.writing() as session:
            missing = new.model_copy(update={"batch_ids": [999]})
            rehearse_recall(session, actor, missing, world.now)


def test_only_watchers_look_over_everything(world: Any) -> None:
    actor = world.producer.actor
    with world.reading() as session:
        for ask in (
            lambda: party_lines(session, actor, StateFilter()),
            lambda: request_lines(session, actor, StateFilter()),
            lambda: recall_lines(session, actor, RecallFilter()),
            lambda: find_batches(session, actor, "lo"),
            lambda: batch_names(session, actor, [1]),
        ):
            with pytest.raises(NotAllowed):
                ask()
