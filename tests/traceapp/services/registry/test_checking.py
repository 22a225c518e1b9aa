"""The checklist: what the law asks for, in its order, and what is not stated yet."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.records.pictures import Picture
from traceapp.services.refusals import Unknown
from traceapp.services.registry.checking import (
    CHECK_LABELS,
    CheckItem,
    checklist_of_batch,
    checklist_of_product,
)
from traceapp.services.registry.correctable import PartyCorrection, ProductCorrection
from traceapp.services.registry.correcting import Correcting, correct

FISH_STEPS = ("salting_started_on", "drawn_off_on", "blended_on", "bottled_on")


def of_product(world: Any) -> Any:
    with world.reading() as session:
        return checklist_of_product(session, world.producer.actor, world.producer.product.id)


def of_batch(world: Any, batch: Any, who: Any = None) -> Any:
    actor = (who or world.producer).actor
    with world.reading() as session:
        return checklist_of_batch(session, actor, batch.id, world.edge.kinds)


def missing(checklist: Any) -> list[str]:
    return [each.name for each in checklist.missing]


def picture(world: Any, state: str) -> None:
    with world.writing() as session:
        session.add(
            Picture(
                product_id=world.producer.product.id,
                party_id=world.producer.party.id,
                digest="0" * 64,
                width=1,
                height=1,
                position=1,
                state=state,
                created_by=world.producer.actor.account_id,
                created_at=world.now,
            )
        )


def fill(world: Any) -> None:
    """State everything of the producer and her product that the law asks for."""
    bodies = (
        (world.producer.party.id, PartyCorrection(tax_code="0123456789")),
        (
            world.producer.product.id,
            ProductCorrection(brand="Năm Quyên", standard="TCVN 5107:2018", warning="Có cá"),
        ),
    )
    rules = Correcting(world.edge.kinds, 5)
    for number, body in bodies:
        with world.writing() as session:
            correct(session, world.officer.actor, number, body, rules, world.now)
    picture(world, "submitted")


def test_every_item_has_a_label_and_a_place_in_the_laws_order(world: Any) -> None:
    assert set(CHECK_LABELS) == set(CheckItem)
    assert [each.name for each in of_batch(world, world.batch()).items] == list(CheckItem)
    product = [each.name for each in of_product(world).items]
    assert product == [each for each in CheckItem if each in product]


def test_a_bare_product_lacks_what_was_not_stated(world: Any) -> None:
    assert missing(of_product(world)) == [
        "picture",
        "party_identifier",
        "brand",
        "standard",
        "warning",
    ]


def test_a_batch_lacks_what_its_product_lacks_and_its_steps(world: Any) -> None:
    batch = world.batch(attributes={"bottled_on": "2026-06-01"})
    checklist = of_batch(world, batch)
    assert missing(checklist) == [
        "picture",
        "party_identifier",
        "stages",
        "brand",
        "standard",
        "warning",
    ]
    (stages,) = (each for each in checklist.items if each.name == "stages")
    assert (stages.where, stages.gaps) == ("batch", FISH_STEPS[:3])


def test_nothing_is_missing_before_stamps_are_asked_for(world: Any) -> None:
    fill(world)
    assert of_product(world).missing == ()
    batch = world.batch(attributes=dict.fromkeys(FISH_STEPS, "2026-06-01"))
    checklist = of_batch(world, batch)
    assert checklist.missing == ()
    absent = {each.name for each in checklist.items if not each.present}
    assert absent == {"trace_code", "gtin"}


def test_the_trace_code_comes_with_the_stamps(world: Any) -> None:
    batch = world.batch()
    roll = world.issue(roll=True)
    names = [each.name for each in of_batch(world, batch).items if each.present]
    assert "trace_code" not in names
    roll.activate(batch_id=batch.id)
    names = [each.name for each in of_batch(world, batch).items if each.present]
    assert "trace_code" in names
    assert any(each.name == "trace_code" and each.present for each in of_product(world).items)


def test_a_picture_that_was_rejected_is_none(world: Any) -> None:
    fill(world)
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE pictures SET state = 'rejected'")
    assert missing(of_product(world)) == ["picture"]


def test_another_partys_checklist_is_not_there(world: Any) -> None:
    with pytest.raises(Unknown):
        of_batch(world, world.batch(), world.neighbour)
    foreign = world.neighbour.product.id
    with world.reading() as session, pytest.raises(Unknown):
        checklist_of_product(session, world.producer.actor, foreign)
