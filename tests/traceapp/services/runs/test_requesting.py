"""Asking for stamps, and an officer's answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stamps import LinkForm
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.requesting import (
    NewStampRequest,
    reject_request,
    request_stamps,
    show_request,
)

GTIN = "8938505974194"


def ask(world: Any, who: Any = None, **given: Any) -> Any:
    values = {"product_id": world.producer.product.id, "quantity": 10} | given
    with world.writing() as session:
        actor = who or world.producer.actor
        new = NewStampRequest(**values)
        return request_stamps(session, actor, new, world.edge.allowance, world.now)


def reject(world: Any, request_id: int, who: Any = None) -> Any:
    with world.writing() as session:
        actor = who or world.officer.actor
        return reject_request(session, actor, request_id, Rejection(reason="Sai"), world.now)


def approve(world: Any, request_id: int, who: Any = None) -> Any:
    with world.writing() as session:
        actor, issuing = who or world.officer.actor, world.edge.issuing
        return approve_request(session, actor, request_id, issuing, world.now)


def set_all(world: Any, change: str) -> None:
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(change)


def test_a_request_becomes_a_run(world: Any) -> None:
    batch = world.batch()
    asked = ask(world, batch_id=batch.id, hidden_code=True, note="Gấp")
    assert (asked.state, asked.run_id, asked.link_form) == ("submitted", None, LinkForm.SHORT)
    approved = approve(world, asked.id)
    run = approved.run
    assert (approved.state, approved.run_id) == ("approved", run.id)
    assert (run.quantity, run.active, run.waiting, run.void) == (10, 0, 10, 0)
    assert (run.batch_id, run.hidden_code, run.origin) == (batch.id, True, "http://tem.example.vn")
    assert run.key_id == world.edge.stamp_keys.ring().newest.id
    with world.reading() as session:
        shown = show_request(session, world.producer.actor, asked.id)
    assert shown.model_dump() == approved.model_dump(exclude={"run"})


@pytest.mark.parametrize("first", [approve, reject])
@pytest.mark.parametrize("second", [approve, reject])
def test_a_request_is_decided_once(world: Any, refused: Any, first: Any, second: Any) -> None:
    asked = ask(world)
    first(world, asked.id)
    with refused(Conflict, "decided"):
        second(world, asked.id)


@pytest.mark.parametrize("decide", [approve, reject])
def test_only_an_officer_decides(world: Any, refused: Any, decide: Any) -> None:
    asked = ask(world)
    for who in (world.producer, world.neighbour, world.admin):
        with refused(NotAllowed, "not_allowed"):
            decide(world, asked.id, who.actor)
    with refused(Unknown, "no_stamp_request"):
        decide(world, 999_999)


def test_only_makers_ask_and_only_for_their_own(world: Any, refused: Any) -> None:
    with refused(NotAllowed, "not_allowed"):
        ask(world, world.admin.actor)
    for number in (world.neighbour.product.id, 999_999):
        with refused(Unacceptable, "product_id", "product_id"):
            ask(world, product_id=number)
    others = (world.batch(who=world.neighbour), world.batch(world.product()))
    for number in (*(each.id for each in others), 999_999):
        with refused(Unacceptable, "batch_id", "batch_id"):
            ask(world, batch_id=number)


@pytest.mark.parametrize("state", ["submitted", "rejected"])
@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("parties", "party_not_approved"),
        ("products", "product_not_approved"),
        ("facilities", "facility_not_approved"),
    ],
)
def test_stamps_need_approved_ground_when_asked_for_approved_and_activated(
    world: Any, refused: Any, table: str, code: str, state: str
) -> None:
    batch = world.batch()
    asked = ask(world, batch_id=batch.id)
    issued = world.issue(5, activate=False)
    set_all(world, f"UPDATE {table} SET state = '{state}'")
    with refused(Conflict, code):
        ask(world, batch_id=batch.id)
    with refused(Conflict, code):
        approve(world, asked.id)
    with refused(Conflict, code):
        issued.activate()


def test_a_roll_needs_no_facility(world: Any) -> None:
    set_all(world, "UPDATE facilities SET state = 'submitted'")
    assert approve(world, ask(world).id).run.batch_id is None


def test_a_batch_that_is_over_gets_no_stamps(world: Any, refused: Any) -> None:
    batch = world.batch(expires_at=world.now + timedelta(hours=1))
    asked = ask(world, batch_id=batch.id)
    world.now += timedelta(hours=1)
    with refused(Conflict, "batch_expired"):
        ask(world, batch_id=batch.id)
    with refused(Conflict, "batch_expired"):
        approve(world, asked.id)


def test_a_batch_under_recall_gets_no_stamps_until_it_is_withdrawn(
    world: Any, refused: Any
) -> None:
    issued = world.issue(5)
    asked = ask(world, batch_id=issued.batch.id)
    one = [{"first_serial": issued.serial(), "last_serial": issued.serial()}]
    for ranges in (None, one):
        recall = issued.recall(serial_ranges=ranges)
        with refused(Conflict, "batch_recalled"):
            ask(world, batch_id=issued.batch.id)
        with refused(Conflict, "batch_recalled"):
            approve(world, asked.id)
        issued.close_recall(recall.id, "withdrawn")
    assert approve(world, asked.id).run.quantity == 10
    issued.close_recall(issued.recall().id, "completed")
    with refused(Conflict, "batch_recalled"):
        ask(world, batch_id=issued.batch.id)


def test_a_roll_has_a_limit_and_a_batch_its_own(world: Any, refused: Any) -> None:
    limit = world.edge.settings.roll_limit
    assert ask(world, quantity=limit).quantity == limit
    with refused(Unacceptable, "roll_limit", "quantity"):
        ask(world, quantity=limit + 1)
    large = world.batch(quantity=5_000_000)
    assert ask(world, batch_id=large.id, quantity=5_000_000).quantity == 5_000_000


def test_a_link_form_is_one_that_the_product_and_its_lot_can_have(world: Any, refused: Any) -> None:
    for form in (LinkForm.GS1, LinkForm.GS1_LOT):
        with refused(Unacceptable, "link_form", "link_form"):
            ask(world, link_form=form)
    product = world.product(GTIN)
    assert ask(world, product_id=product.id).link_form is LinkForm.GS1
    assert ask(world, product_id=product.id, link_form=LinkForm.SHORT).link_form is LinkForm.SHORT
    wishes = {"product_id": product.id, "link_form": LinkForm.GS1_LOT}
    with refused(Unacceptable, "link_form", "link_form"):
        ask(world, **wishes)  # a roll has no lot
    unwritable = world.batch(product, lot="LÔ/1")
    with refused(Unacceptable, "link_form", "link_form"):
        ask(world, batch_id=unwritable.id, **wishes)
    asked = ask(world, batch_id=world.batch(product, lot="L-1").id, **wishes)
    run = approve(world, asked.id).run
    assert (run.gtin, run.lot) == (f"0{GTIN}", "L-1")


def test_outside_demonstration_mode_stamps_are_printed_with_https_alone(
    world: Any, refused: Any, settings: Any
) -> None:
    asked = ask(world)
    for url, approved in (("http://tem.example.vn", False), ("https://tem.example.vn", True)):
        changed = settings.model_copy(update={"demo": False, "base_url": url})
        object.__setattr__(world.edge, "settings", changed)
        if approved:
            assert approve(world, asked.id).run.origin == url
        else:
            with refused(Conflict, "origin_not_https"):
                approve(world, asked.id)
