"""Registering parties, facilities and products, and an officer's decision on them."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp.records.accounts import Role
from traceapp.services.authority import Actor
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.registry import deciding, registering
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.registering import NewFacility, NewParty, NewProduct

NEW_PARTY = NewParty(kind="household", name="Hộ mới", address="Thôn 3", tax_code="012345678901")


def party(world: Any, who: Any) -> Any:
    with world.writing() as session:
        return registering.register_party(session, who, NEW_PARTY, world.now)


def facility(world: Any, who: Any, party_id: int) -> Any:
    new = NewFacility(party_id=party_id, name="Xưởng", address="Thôn", latitude=19.8, longitude=105)
    with world.writing() as session:
        return registering.register_facility(session, who, new, world.now)


def product(world: Any, who: Any, party_id: int, **given: Any) -> Any:
    values = {"kind": "nem_nam", "name": "Nem", "net_content": "10 cái"} | given
    with world.writing() as session:
        new = NewProduct(party_id=party_id, **values)
        return registering.register_product(session, who, new, world.edge.kinds, world.now)


def decide(world: Any, what: str, number: int, reason: str | None = None, who: Any = None) -> Any:
    rejection = None if reason is None else Rejection(reason=reason)
    with world.writing() as session:
        actor = who or world.officer.actor
        return getattr(deciding, f"decide_{what}")(session, actor, number, rejection, world.now)


def newcomer(world: Any) -> Actor:
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE accounts SET party_id = NULL WHERE id = {world.producer.actor.account_id}"
        )
    return Actor(world.producer.actor.account_id, Role.PRODUCER, None)


def test_what_an_officer_registers_is_approved(world: Any) -> None:
    officer = world.officer.actor
    made = party(world, officer)
    assert made.state == "approved"
    assert facility(world, officer, made.id).state == "approved"
    assert product(world, officer, made.id).state == "approved"


def test_what_a_producer_registers_waits_and_may_be_built_on(world: Any) -> None:
    actor = newcomer(world)
    made = party(world, actor)
    assert made.state == "submitted"
    hers = Actor(actor.account_id, Role.PRODUCER, made.id)
    assert facility(world, hers, made.id).state == "submitted"
    assert product(world, hers, made.id).state == "submitted"
    with world.edge.database.engine.connect() as connection:
        query = f"SELECT party_id FROM accounts WHERE id = {actor.account_id}"
        assert connection.exec_driver_sql(query).scalar() == made.id


def test_a_producer_has_one_party(world: Any, refused: Any) -> None:
    with refused(Conflict, "has_party"):
        party(world, world.producer.actor)


def test_an_administrator_registers_nothing(world: Any, refused: Any) -> None:
    admin, party_id = world.admin.actor, world.producer.party.id
    with refused(NotAllowed, "not_allowed"):
        party(world, admin)
    with refused(NotAllowed, "not_allowed"):
        facility(world, admin, party_id)
    with refused(NotAllowed, "not_allowed"):
        product(world, admin, party_id)


def test_nothing_is_registered_for_another_party_or_none(world: Any, refused: Any) -> None:
    for number in (world.neighbour.party.id, 999_999):
        for make in (facility, product):
            with refused(Unacceptable, "party_id", "party_id"):
                make(world, world.producer.actor, number)


def test_nothing_is_built_on_a_rejected_party(world: Any, refused: Any) -> None:
    actor = newcomer(world)
    made = party(world, actor)
    decide(world, "party", made.id, "Thiếu giấy tờ")
    for make in (facility, product):
        with refused(Conflict, "rejected"):
            make(world, world.officer.actor, made.id)


def test_a_kind_that_nobody_described_is_refused(world: Any, refused: Any) -> None:
    with refused(Unacceptable, "kind", "kind") as caught:
        product(world, world.producer.actor, world.producer.party.id, kind="cheese")
    assert caught.value.data["known"] == "fish_sauce, nem_nam"


@pytest.mark.parametrize(
    "gtin", ["8938505974194", "08938505974194", "96385074", "614141999996", None]
)
def test_a_gtin_of_any_length_is_kept_as_it_is(world: Any, gtin: str | None) -> None:
    made = product(world, world.producer.actor, world.producer.party.id, gtin=gtin)
    assert made.gtin == gtin


@pytest.mark.parametrize("what", ["party", "facility", "product"])
def test_a_decision_is_taken_once(world: Any, refused: Any, what: str) -> None:
    actor = newcomer(world)
    made = party(world, actor)
    hers = Actor(actor.account_id, Role.PRODUCER, made.id)
    if what == "facility":
        made = facility(world, hers, made.id)
    elif what == "product":
        made = product(world, hers, made.id)
    with refused(NotAllowed, "not_allowed"):
        decide(world, what, made.id, who=hers)
    rejected = decide(world, what, made.id, "Thiếu giấy tờ")
    assert (rejected.state, rejected.decision_reason) == ("rejected", "Thiếu giấy tờ")
    with refused(Conflict, "decided"):
        decide(world, what, made.id, "Vẫn thiếu")
    approved = decide(world, what, made.id)  # what was rejected may be approved after all
    assert (approved.state, approved.decision_reason) == ("approved", None)
    for reason in (None, "Thôi"):
        with refused(Conflict, "decided"):
            decide(world, what, made.id, reason)
    with refused(Unknown, f"no_{what}"):
        decide(world, what, 999_999)


def test_every_act_is_written_down_with_who_and_when(world: Any) -> None:
    made = party(world, world.officer.actor)
    with world.edge.database.engine.connect() as connection:
        query = "SELECT account_id, name, subject_id FROM acts ORDER BY id DESC LIMIT 1"
        written = tuple(connection.exec_driver_sql(query).one())
    assert written == (world.officer.actor.account_id, "party.create", made.id)
