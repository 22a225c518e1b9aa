"""Corrections of batches: until their stamps are in use, then, and what buyers are told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from traceapp.services.refusals import Conflict, Unacceptable
from traceapp.services.registry.correctable import (
    BatchCorrection,
    ProductCorrection,
)

WHY = "Ghi nhầm"


def test_a_batch_changes_at_once_until_its_stamps_are_in_use(world: Any, desk: Any) -> None:
    issued = world.issue(activate=False, attributes={"vat": "1", "note": "riêng"})
    later = world.now + timedelta(days=900)
    body = BatchCorrection(
        expires_at=later,
        expiries=[{"condition": "thường", "expires_at": later}],
        sold_as="thường",
        quantity=900,
        attributes={"vat": "2", "total_nitrogen_g_l": 30},
    )
    told = desk.send(issued.batch.id, body)
    assert (told.state, told.public, told.subject_name) == ("approved", False, issued.batch.lot)
    assert told.before == {
        "expires_at": "2028-06-14T12:00:00+07:00",
        "expiries": [],
        "sold_as": None,
        "quantity": 1000,
        "attributes.vat": "1",
        "attributes.note": "riêng",
        "attributes.total_nitrogen_g_l": None,
    }
    assert told.after == {
        "expires_at": "2028-12-01T12:00:00+07:00",
        "expiries": [{"condition": "thường", "expires_at": "2028-12-01T12:00:00+07:00"}],
        "sold_as": "thường",
        "quantity": 900,
        "attributes.vat": "2",
        "attributes.note": None,
        "attributes.total_nitrogen_g_l": 30,
    }
    batch = desk.shown("batch", issued.batch.id)
    assert (batch.expires_at, batch.sold_as, batch.quantity) == (later, "thường", 900)
    assert batch.attributes == {"vat": "2", "total_nitrogen_g_l": 30}
    issued.activate()
    assert desk.seen(issued)["corrections"] == []


def test_buyers_are_told_what_was_corrected_while_stamps_were_in_use(world: Any, desk: Any) -> None:
    issued = world.issue(attributes={"vat": "1", "recipe": "riềng"})
    attributes = {"vat": "2", "recipe": "gừng", "bottled_on": "2026-06-02"}
    body = BatchCorrection(quantity=1100, attributes=attributes, reason="Nhầm chum")
    waiting = desk.send(issued.batch.id, body)
    assert (waiting.state, waiting.public) == ("submitted", True)
    assert desk.seen(issued)["corrections"] == []
    world.now += timedelta(days=1)
    desk.decide(waiting.id)
    told = desk.seen(issued)
    assert told["corrections"] == [
        {
            "at": "2026-06-16T12:00:00+07:00",
            "reason": "Nhầm chum",
            "fields": [
                {"field": "attributes.bottled_on", "before": None, "after": "2026-06-02"},
                {"field": "attributes.vat", "before": "1", "after": "2"},
            ],
        }
    ]
    assert "gừng" not in json.dumps(told, ensure_ascii=False)
    assert desk.shown("batch", issued.batch.id).attributes == attributes


def test_a_correction_of_what_buyers_are_not_shown_is_not_told(world: Any, desk: Any) -> None:
    issued = world.issue()
    body = BatchCorrection(quantity=900, attributes={"recipe": "gừng"}, reason=WHY)
    assert desk.send(issued.batch.id, body, world.officer).public
    assert desk.seen(issued)["corrections"] == []


def test_corrections_are_told_oldest_first_and_an_officers_too(world: Any, desk: Any) -> None:
    issued = world.issue()
    for day in (1, 2):
        made = issued.batch.produced_at - timedelta(days=day)
        body = BatchCorrection(produced_at=made, reason=f"{day}")
        desk.send(issued.batch.id, body, world.officer)
        world.now += timedelta(hours=1)
    told = desk.seen(issued)["corrections"]
    assert [each["reason"] for each in told] == ["1", "2"]
    assert told[0]["fields"][0]["after"] == told[1]["fields"][0]["before"]


def test_one_instant_in_two_zones_is_no_change(world: Any, desk: Any, refused: Any) -> None:
    product = world.product()
    desk.set_state("products", product.id, "submitted")
    desk.send(product.id, ProductCorrection(kind="nem_nam"))
    batch = world.batch(product, attributes={"mixed_at": "2026-06-01T01:00:00Z"})
    body = BatchCorrection(attributes={"mixed_at": "2026-06-01T08:00:00+07:00"})
    with refused(Conflict, "nothing_changed"):
        desk.send(batch.id, body)
    later = BatchCorrection(attributes={"mixed_at": "2026-06-01T09:00:00+07:00"})
    assert desk.send(batch.id, later).before == {"attributes.mixed_at": "2026-06-01T08:00:00+07:00"}


def test_a_batch_under_recall_waits_for_an_officer(world: Any, desk: Any) -> None:
    issued = world.issue(activate=False)
    issued.recall()
    told = desk.send(issued.batch.id, BatchCorrection(quantity=900, reason=WHY))
    assert (told.state, told.public) == ("submitted", False)
    assert desk.decide(told.id).state == "approved"


def test_what_waits_while_stamps_are_put_to_use_is_told_to_buyers(world: Any, desk: Any) -> None:
    issued = world.issue(activate=False)
    recall = issued.recall()
    body = BatchCorrection(attributes={"vat": "3"}, reason=WHY)
    told = desk.send(issued.batch.id, body)
    issued.close_recall(recall.id, "withdrawn")
    issued.activate()
    assert desk.decide(told.id).public
    assert len(desk.seen(issued)["corrections"]) == 1


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"expires_at": "2026-06-01T00:00:00+07:00"}, "expires_at", "expires_at"),
        ({"sold_as": "tủ lạnh"}, "sold_as", "sold_as"),
        ({"attributes": {"total_nitrogen_g_l": 300}}, "attribute", "attributes.total_nitrogen_g_l"),
        ({"attributes": {"Tên": 1}}, "attribute_name", "attributes.Tên"),
    ],
)
def test_a_batch_is_corrected_only_to_what_could_have_been_opened(
    world: Any, desk: Any, refused: Any, given: dict[str, Any], code: str, field: str
) -> None:
    batch = world.batch()
    with refused(Unacceptable, code, field):
        desk.send(batch.id, BatchCorrection.model_validate(given))


def test_a_batch_is_not_smaller_than_the_stamps_it_has(world: Any, desk: Any, refused: Any) -> None:
    batch = world.batch(quantity=1000)
    world.ask(106, batch)
    with refused(Conflict, "over_quantity", "quantity") as caught:
        desk.send(batch.id, BatchCorrection(quantity=100))
    assert caught.value.data == {"lot": batch.lot, "stamps": 106, "least": 101}
    assert desk.send(batch.id, BatchCorrection(quantity=101)).state == "approved"


def test_stamps_that_were_asked_for_meanwhile_count_when_it_is_decided(
    world: Any, desk: Any, refused: Any
) -> None:
    issued = world.issue(20)
    waiting = desk.send(issued.batch.id, BatchCorrection(quantity=50, reason=WHY))
    world.ask(500, issued.batch)
    with refused(Conflict, "over_quantity", "quantity"):
        desk.decide(waiting.id)


def test_a_batch_was_made_before_its_stamps_were_put_to_use(
    world: Any, desk: Any, refused: Any
) -> None:
    issued = world.issue()
    late = world.now + timedelta(minutes=1)
    with refused(Unacceptable, "produced_at", "produced_at"):
        desk.send(issued.batch.id, BatchCorrection(produced_at=late, reason=WHY))
