"""Opening a batch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.registry.opening_batches import show_batch


def test_a_batch_is_opened_and_told_back(world: Any) -> None:
    cold = {"condition": "tủ lạnh", "expires_at": world.now + timedelta(days=5)}
    warm = {"condition": "thường", "expires_at": world.now + timedelta(days=2)}
    made = world.batch(
        expires_at=cold["expires_at"],
        expiries=[cold, warm],
        sold_as="tủ lạnh",
        attributes={"total_nitrogen_g_l": 30.5, "bottled_on": "2026-06-01"},
    )
    with world.reading() as session:
        told = show_batch(session, world.producer.actor, made.id)
    assert told == made
    assert told.attributes == {"total_nitrogen_g_l": 30.5, "bottled_on": "2026-06-01"}
    assert [each.condition for each in told.expiries] == ["tủ lạnh", "thường"]


@pytest.mark.parametrize("again", ["LÔ-7", "lô-7", "Lô-7", "  LÔ-7 ", "LO\u0302-7"])
def test_a_lot_is_opened_once_however_it_is_written(world: Any, refused: Any, again: str) -> None:
    world.batch(lot="LÔ-7")
    with refused(Conflict, "lot", "lot"):
        world.batch(lot=again)


def test_a_lot_belongs_to_its_product(world: Any) -> None:
    world.batch(lot="A")
    assert world.batch(lot="B").lot == "B"
    assert world.batch(world.product(), lot="A").lot == "A"
    assert world.batch(who=world.neighbour, lot="A").lot == "A"


@pytest.mark.parametrize("field", ["product_id", "facility_id"])
def test_ground_of_another_party_is_refused(world: Any, refused: Any, field: str) -> None:
    foreign = {
        "product_id": world.neighbour.product.id,
        "facility_id": world.neighbour.facility.id,
    }
    for number in (foreign[field], 999_999):
        with refused(Unacceptable, field, field):
            world.batch(**{field: number})


@pytest.mark.parametrize("table", ["products", "facilities"])
def test_nothing_is_built_on_what_was_rejected(world: Any, refused: Any, table: str) -> None:
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET state = 'rejected'")
    with refused(Conflict, "rejected"):
        world.batch()


def test_ground_that_waits_is_enough(world: Any) -> None:
    with world.edge.database.engine.begin() as connection:
        for table in ("parties", "products", "facilities"):
            connection.exec_driver_sql(f"UPDATE {table} SET state = 'submitted'")
    assert world.batch().id


def test_an_administrator_opens_none(world: Any, refused: Any) -> None:
    world.producer.actor, kept = world.admin.actor, world.producer.actor
    with refused(NotAllowed, "not_allowed"):
        world.batch()
    world.producer.actor = kept


def test_a_batch_of_another_party_is_not_there(world: Any) -> None:
    made = world.batch()
    with world.reading() as session, pytest.raises(Unknown):
        show_batch(session, world.neighbour.actor, made.id)


def test_what_a_kind_does_not_describe_is_kept_and_not_shown_to_buyers(world: Any) -> None:
    issued = world.issue(attributes={"secret_recipe": "riềng", "vat": 12, "salt": ""})
    assert issued.batch.attributes == {"secret_recipe": "riềng", "vat": "12"}
    seen = world.client().get(issued.link_path(), headers={"Accept": "application/json"}).json
    assert seen["batch"]["attributes"] == {"vat": "12"}


def test_nothing_is_built_for_a_party_that_was_rejected(world: Any, refused: Any) -> None:
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE parties SET state = 'rejected'")
    with refused(Conflict, "rejected"):
        world.batch()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vat", []),
        ("not_of_this_kind", ["a", "b"]),
        ("not_of_this_kind", "x" * 501),
        ("total_nitrogen_g_l", "30"),
        ("total_nitrogen_g_l", True),
        ("total_nitrogen_g_l", float("inf")),
        ("total_nitrogen_g_l", 10**400),
        ("bottled_on", "1/6/2026"),
    ],
)
def test_an_attribute_that_cannot_be_held_is_refused(
    world: Any, refused: Any, name: str, value: Any
) -> None:
    with refused(Unacceptable, "attribute", f"attributes.{name}"):
        world.batch(attributes={name: value})


def test_an_attribute_without_a_value_is_a_gap(world: Any) -> None:
    assert world.batch(attributes={"total_nitrogen_g_l": None}).attributes == {}
