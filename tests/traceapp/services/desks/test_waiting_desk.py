"""The officer's desk: of each kind how much waits, and the oldest few."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.corrections import Correction, Noun
from traceapp.records.decided import State
from traceapp.records.pictures import Picture
from traceapp.services.desks.waiting import LINES, Pile, Waits, next_waiting, waiting
from traceapp.services.refusals import NotAllowed
from traceapp.services.registry import registering
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.holding import NewHold, Release, hold_batch, release_batch
from traceapp.services.registry.registering import NewFacility, NewProduct
from traceapp.services.runs.granting_leaves import (
    NewRedrawLeave,
    ask_redraw,
    decide_redraw,
)
from traceapp.services.runs.requesting import reject_request


def pile(world: Any, kind: Waits, who: Any = None) -> Pile:
    with world.reading() as session:
        told = waiting(session, (who or world.officer).actor)
    assert [each.kind for each in told.piles] == list(Waits)
    assert told.count == sum(each.count for each in told.piles)
    return next(each for each in told.piles if each.kind is kind)


def submitted(world: Any, **values: Any) -> dict[str, Any]:
    actor = world.producer.actor
    return {
        "party_id": actor.party_id,
        "state": State.SUBMITTED,
        "created_by": actor.account_id,
        "created_at": world.now,
        **values,
    }


def test_an_empty_desk_has_every_pile(world: Any) -> None:
    for kind in Waits:
        assert pile(world, kind) == Pile(kind=kind, count=0, lines=[])


def test_requests_wait_the_oldest_first_and_few_are_told(world: Any) -> None:
    batch = world.batch()
    asked = [world.ask(1, batch) for _ in range(LINES + 3)]
    told = pile(world, Waits.REQUEST)
    assert told.count == LINES + 3
    assert [each.id for each in told.lines] == asked[:LINES]
    assert (told.lines[0].title, told.lines[0].party) == (
        world.producer.product.name,
        world.producer.party.name,
    )
    assert told.lines[0].since == world.now
    world.approve(asked[0])
    with world.writing() as session:
        rejection = Rejection(reason="Trùng")
        reject_request(session, world.officer.actor, asked[1], rejection, world.now)
    assert pile(world, Waits.REQUEST).count == LINES + 1


def test_a_request_tells_how_many_stamps_of_what_in_which_lot(world: Any) -> None:
    batch = world.batch()
    world.ask(1000, batch)
    world.ask(5000, None)
    lines = pile(world, Waits.REQUEST).lines
    assert [(each.quantity, each.lot) for each in lines] == [(1000, batch.lot), (5000, None)]
    assert {each.net_content for each in lines} == {world.producer.product.net_content}


def test_an_officer_goes_on_to_the_same_kind_first_and_never_to_a_recall(world: Any) -> None:
    world.issue().recall()

    def following(kind: Waits) -> tuple[Waits, int] | None:
        with world.reading() as session:
            line = next_waiting(session, world.officer.actor, kind)
        return None if line is None else (line.kind, line.id)

    assert following(Waits.RECALL) is following(Waits.REQUEST) is None
    first, _ = (world.ask(1, world.batch()) for _ in range(2))
    batch = world.batch()
    with world.writing() as session:
        hold = hold_batch(session, world.producer.actor, batch.id, NewHold(), world.now)
    assert following(Waits.HOLD) == (Waits.HOLD, hold.id)
    assert following(Waits.REQUEST) == following(Waits.PRODUCT) == (Waits.REQUEST, first)


def test_what_producers_register_waits(world: Any) -> None:
    party = world.producer.party
    asks = (world.producer.actor,)
    with world.writing() as session:
        new = NewFacility(party_id=party.id, name="Kho", address="Thôn 2")
        registering.register_facility(session, *asks, new, world.now)
        new = NewProduct(party_id=party.id, kind="nem_nam", name="Nem", net_content="1 kg")
        registering.register_product(session, *asks, new, world.edge.kinds, world.now)
        session.execute(sa.text("UPDATE parties SET state = 'submitted'"))
    assert [each.title for each in pile(world, Waits.FACILITY).lines] == ["Kho"]
    assert [each.title for each in pile(world, Waits.PRODUCT).lines] == ["Nem"]
    assert [each.party for each in pile(world, Waits.PRODUCT).lines] == [party.name]
    assert pile(world, Waits.PARTY).count == 2


def test_holds_and_recalls_wait_until_they_end(world: Any) -> None:
    issued = world.issue(10, lot="Mẻ 5")
    actor, batch_id = world.officer.actor, issued.batch.id
    with world.writing() as session:
        hold_batch(session, actor, batch_id, NewHold(reason="Nắp phồng"), world.now)
    recall = issued.recall(reason="Sai nhãn")
    assert [each.title for each in pile(world, Waits.HOLD).lines] == ["Mẻ 5"]
    (line,) = pile(world, Waits.RECALL).lines
    assert (line.id, line.title, line.party) == (recall.id, "Sai nhãn", None)
    issued.close_recall(recall.id, "completed")
    with world.writing() as session:
        release_batch(session, actor, batch_id, Release(reason="Ổn"), world.now)
    assert (pile(world, Waits.HOLD).count, pile(world, Waits.RECALL).count) == (0, 0)


def test_corrections_are_named_by_what_they_are_about(world: Any) -> None:
    issued = world.issue(10, lot="Mẻ 6")
    producer = world.producer
    subjects = {
        Noun.PARTY: (producer.party.id, producer.party.name),
        Noun.FACILITY: (producer.facility.id, producer.facility.name),
        Noun.PRODUCT: (producer.product.id, producer.product.name),
        Noun.BATCH: (issued.batch.id, "Mẻ 6"),
    }
    with world.writing() as session:
        for noun, (subject_id, _) in subjects.items():
            values = {"before": {}, "after": {}, "public": False, "reason": None}
            session.add(Correction(**submitted(world, noun=noun, subject_id=subject_id, **values)))
            session.flush()
    told = pile(world, Waits.CORRECTION)
    assert [each.title for each in told.lines] == [name for _, name in subjects.values()]


def test_pictures_of_approved_products_wait_and_others_do_not(world: Any) -> None:
    about = {"digest": "0" * 64, "width": 1, "height": 1, "position": 0}
    product_id = world.producer.product.id
    with world.writing() as session:
        for n, removed_at in enumerate((None, world.now)):
            created_at = world.now + timedelta(minutes=n)
            session.add(
                Picture(
                    **submitted(world, product_id=product_id, removed_at=removed_at, **about)
                    | {"created_at": created_at}
                )
            )
    (line,) = pile(world, Waits.PICTURE).lines
    assert (line.title, line.party) == (world.producer.product.name, world.producer.party.name)
    with world.writing() as session:
        session.execute(sa.text("UPDATE products SET state = 'submitted'"))
    assert pile(world, Waits.PICTURE).count == 0


def test_a_wish_to_print_labels_in_use_again_waits_until_it_is_decided(world: Any) -> None:
    issued = world.issue()
    new = NewRedrawLeave(
        first_serial=issued.serial(0), last_serial=issued.serial(4), reason="damaged"
    )
    with world.writing() as session:
        asked = ask_redraw(session, world.producer.actor, issued.run.id, new, 3, world.now)
    (line,) = pile(world, Waits.REDRAW).lines
    assert (line.id, line.title) == (asked.id, world.producer.product.name)
    assert line.party == world.producer.party.name
    with world.writing() as session:
        decide_redraw(session, world.officer.actor, asked.id, None, 3, world.now)
    assert pile(world, Waits.REDRAW).count == 0


def test_an_administrator_may_look_and_a_producer_may_not(world: Any) -> None:
    assert pile(world, Waits.REQUEST, world.admin).count == 0
    with pytest.raises(NotAllowed):
        pile(world, Waits.REQUEST, world.producer)
