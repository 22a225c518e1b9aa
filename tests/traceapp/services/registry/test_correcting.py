"""Corrections: which change at once, which wait for an officer, and how he decides them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from traceapp.records.corrections import Noun
from traceapp.records.decided import State
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.registry.correctable import (
    BatchCorrection,
    FacilityCorrection,
    PartyCorrection,
    ProductCorrection,
)
from traceapp.services.registry.deciding import decide_product
from traceapp.services.registry.reading_corrections import (
    REPLACED,
    CorrectionFilter,
    list_corrections,
    show_correction,
    waiting_correction,
)

WHY = "Ghi nhầm"

SUBJECTS = {
    "party": ("parties", PartyCorrection(address="Thôn 9", phone="0912345678", reason=WHY)),
    "facility": ("facilities", FacilityCorrection(name="Nhà ủ", latitude=19.8, reason=WHY)),
    "product": ("products", ProductCorrection(brand="Năm Quyên", storage="Mát", reason=WHY)),
}


@pytest.mark.parametrize("noun", SUBJECTS)
def test_what_was_approved_changes_when_an_officer_agrees(world: Any, desk: Any, noun: str) -> None:
    subject = getattr(world.producer, noun)
    body = SUBJECTS[noun][1]
    wanted = body.model_dump(exclude_unset=True, exclude={"reason"})
    told = desk.send(subject.id, body)
    assert (told.noun, told.subject_id, told.subject_name) == (noun, subject.id, subject.name)
    assert (told.state, told.decided_at, told.public) == ("submitted", None, False)
    assert told.after == wanted
    assert told.before == {name: getattr(subject, name) for name in wanted}
    assert desk.shown(noun, subject.id) == subject
    world.now += timedelta(hours=1)
    told = desk.decide(told.id)
    assert (told.state, told.decided_at) == ("approved", world.now)
    assert desk.shown(noun, subject.id) == subject.model_copy(update=wanted)


@pytest.mark.parametrize("noun", SUBJECTS)
def test_what_an_officer_corrects_changes_at_once(world: Any, desk: Any, noun: str) -> None:
    subject = getattr(world.producer, noun)
    body = SUBJECTS[noun][1].model_copy(update={"reason": None})
    told = desk.send(subject.id, body, world.officer)
    assert (told.state, told.decided_at) == ("approved", world.now)
    wanted = body.model_dump(exclude_unset=True, exclude={"reason"})
    assert desk.shown(noun, subject.id) == subject.model_copy(update=wanted)


@pytest.mark.parametrize("noun", SUBJECTS)
def test_what_waits_changes_at_once_and_stays_waiting(world: Any, desk: Any, noun: str) -> None:
    table, body = SUBJECTS[noun]
    subject = getattr(world.producer, noun)
    desk.set_state(table, subject.id, "submitted")
    assert desk.send(subject.id, body).state == "approved"
    assert desk.shown(noun, subject.id).state == "submitted"


@pytest.mark.parametrize("noun", SUBJECTS)
def test_what_was_rejected_is_sent_again_by_being_corrected(
    world: Any, desk: Any, noun: str
) -> None:
    table, body = SUBJECTS[noun]
    subject = getattr(world.producer, noun)
    desk.set_state(table, subject.id, "rejected")
    desk.send(subject.id, body)
    told = desk.shown(noun, subject.id)
    assert (told.state, told.decision_reason) == ("submitted", "Thiếu ảnh")
    if noun == "product":
        with world.writing() as session:
            told = decide_product(session, world.officer.actor, subject.id, None, world.now)
        assert (told.state, told.decision_reason) == ("approved", None)


@pytest.mark.parametrize("noun", SUBJECTS)
def test_another_partys_is_not_there_to_be_corrected(
    world: Any, desk: Any, refused: Any, noun: str
) -> None:
    subject = getattr(world.producer, noun)
    for number in (subject.id, 999_999):
        with refused(Unknown, f"no_{noun}"):
            desk.send(number, SUBJECTS[noun][1], world.neighbour)


def test_an_administrator_corrects_and_decides_nothing(world: Any, desk: Any, refused: Any) -> None:
    party = world.producer.party
    with refused(NotAllowed, "not_allowed"):
        desk.send(party.id, SUBJECTS["party"][1], world.admin)
    waiting = desk.send(party.id, SUBJECTS["party"][1])
    for person in (world.admin, world.producer, world.neighbour):
        with refused(NotAllowed, "not_allowed"):
            desk.decide(waiting.id, who=person)


def test_what_is_left_out_stays_and_null_clears(world: Any, desk: Any) -> None:
    product = world.producer.product
    full = ProductCorrection(brand="A", standard="TCVN 5107:2018", ocop_stars=3, warning="")
    told = desk.send(product.id, full, world.officer)
    assert told.after == {"brand": "A", "standard": "TCVN 5107:2018", "ocop_stars": 3}
    told = desk.send(product.id, ProductCorrection(brand=None), world.officer)
    assert (told.before, told.after) == ({"brand": "A"}, {"brand": None})
    left = desk.shown("product", product.id)
    assert (left.brand, left.standard, left.ocop_stars) == (None, "TCVN 5107:2018", 3)


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (PartyCorrection, "name"),
        (PartyCorrection, "kind"),
        (FacilityCorrection, "address"),
        (ProductCorrection, "net_content"),
        (BatchCorrection, "produced_at"),
        (BatchCorrection, "quantity"),
        (BatchCorrection, "lot"),
        (BatchCorrection, "facility_id"),
        (FacilityCorrection, "party_id"),
    ],
)
def test_what_must_be_there_is_not_cleared_and_what_ties_is_not_changed(
    model: Any, field: str
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate_json(json.dumps({field: None}), strict=True)


def test_a_correction_that_changes_nothing_is_refused(world: Any, desk: Any, refused: Any) -> None:
    party, batch = world.producer.party, world.batch(attributes={"vat": "12"})
    same = PartyCorrection(name=party.name, tax_code="", reason=WHY)
    for body in (same, PartyCorrection(), PartyCorrection(reason=WHY)):
        with refused(Conflict, "nothing_changed"):
            desk.send(party.id, body)
    same_batch = BatchCorrection(
        produced_at=batch.produced_at, expiries=None, attributes={"vat": 12, "salt": None}
    )
    with refused(Conflict, "nothing_changed"):
        desk.send(batch.id, same_batch)


def test_a_reason_is_wanted_where_an_officer_decides(world: Any, desk: Any, refused: Any) -> None:
    body = PartyCorrection(address="Thôn 9")
    with refused(Unacceptable, "reason", "reason"):
        desk.send(world.producer.party.id, body)
    issued = world.issue()
    for person in (world.producer, world.officer):
        with refused(Unacceptable, "reason", "reason"):
            desk.send(issued.batch.id, BatchCorrection(quantity=2000), person)


def test_a_newer_correction_of_the_party_takes_the_place_of_one_that_waits(
    world: Any, desk: Any
) -> None:
    party = world.producer.party
    first = desk.send(party.id, PartyCorrection(address="Thôn 2", reason=WHY))
    second = desk.send(party.id, PartyCorrection(phone="0912345678", reason=WHY))
    with world.reading() as session:
        actor = world.producer.actor
        older = show_correction(session, actor, first.id)
        assert waiting_correction(session, actor, Noun.PARTY, party.id) == second
        assert waiting_correction(session, world.neighbour.actor, Noun.PARTY, party.id) is None
        assert waiting_correction(session, actor, Noun.BATCH, party.id) is None
    assert (older.state, older.decision_reason) == ("rejected", REPLACED)
    with pytest.raises(Conflict, match="rejected already"):
        desk.decide(first.id)


def test_an_officers_correction_leaves_what_waits(world: Any, desk: Any, refused: Any) -> None:
    party = world.producer.party
    body = PartyCorrection(address="Thôn 2", phone="0912345678", reason=WHY)
    waiting = desk.send(party.id, body)
    desk.send(party.id, PartyCorrection(province="Thanh Hóa"), world.officer)
    desk.send(party.id, PartyCorrection(address="Thôn 3"), world.officer)
    with refused(Conflict, "changed_meanwhile"):
        desk.decide(waiting.id)
    assert desk.decide(waiting.id, "Đã sửa rồi").state == "rejected"
    assert desk.shown("party", party.id).address == "Thôn 3"


def test_a_correction_is_decided_once(world: Any, desk: Any, refused: Any) -> None:
    body = PartyCorrection(address="Thôn 2", reason=WHY)
    kept, dropped = (desk.send(world.producer.party.id, body).id for _ in range(2))
    assert desk.decide(dropped).state == "approved"
    for number in (kept, dropped):  # the first was replaced by the second
        for reason in (None, "Không"):
            with refused(Conflict, "decided"):
                desk.decide(number, reason)
    with refused(Unknown, "no_correction"):
        desk.decide(999_999)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Mắm khác"),
        ("net_content", "1 lít"),
        ("gtin", "8930000000002"),
        ("kind", "nem_nam"),
    ],
)
def test_what_labels_show_of_an_approved_product_does_not_change(
    world: Any, desk: Any, refused: Any, field: str, value: str
) -> None:
    product = world.producer.product
    body = ProductCorrection.model_validate({field: value, "brand": "B", "reason": WHY})
    for person in (world.producer, world.officer):
        with refused(Conflict, "product_approved", field):
            desk.send(product.id, body, person)
    desk.set_state("products", product.id, "submitted")
    desk.send(product.id, body)
    assert getattr(desk.shown("product", product.id), field) == value


def test_a_form_that_sends_what_stands_along_is_taken(world: Any, desk: Any) -> None:
    product = world.producer.product
    body = ProductCorrection(
        kind=product.kind, name=product.name, net_content="500 ml", gtin="", brand="B", reason=WHY
    )
    assert desk.send(product.id, body).after == {"brand": "B"}


def test_the_kind_of_a_product_is_one_of_ours_and_stays_once_it_has_batches(
    world: Any, desk: Any, refused: Any
) -> None:
    product = world.producer.product
    desk.set_state("products", product.id, "submitted")
    with refused(Unacceptable, "kind", "kind"):
        desk.send(product.id, ProductCorrection(kind="wine"))
    world.batch()
    with refused(Conflict, "has_batches", "kind"):
        desk.send(product.id, ProductCorrection(kind="nem_nam"))


def test_a_tax_code_is_in_no_act_and_on_no_page(world: Any, desk: Any) -> None:
    issued = world.issue()
    party = world.producer.party
    body = PartyCorrection(tax_code="038199001234", reason=WHY)
    waiting = desk.send(party.id, body)
    assert waiting.after == {"tax_code": "038199001234"}
    desk.decide(waiting.id)
    with world.edge.database.engine.connect() as connection:
        query = "SELECT name, subject_id, details FROM acts ORDER BY id DESC LIMIT 2"
        acts = [tuple(row) for row in connection.exec_driver_sql(query)][::-1]
    assert [act[:2] for act in acts] == [
        ("correction.create", waiting.id),
        ("correction.decide", waiting.id),
    ]
    assert "038199001234" not in str(acts)
    assert "038199001234" not in json.dumps(desk.seen(issued))


def test_corrections_are_listed_by_what_they_are_of(world: Any, desk: Any) -> None:
    first = desk.send(world.producer.party.id, SUBJECTS["party"][1])
    second = desk.send(world.producer.product.id, SUBJECTS["product"][1])
    foreign = desk.send(world.neighbour.party.id, SUBJECTS["party"][1], world.neighbour)
    desk.decide(second.id)

    def listed(who: Any, **wish: Any) -> list[int]:
        with world.reading() as session:
            page = list_corrections(session, who.actor, CorrectionFilter(**wish))
        return [each.id for each in page.items]

    everything = [first.id, second.id, foreign.id]
    assert listed(world.officer) == listed(world.admin) == everything
    assert listed(world.producer) == [first.id, second.id]
    assert listed(world.neighbour) == [foreign.id]
    assert listed(world.officer, state=State.SUBMITTED) == [first.id, foreign.id]
    assert listed(world.officer, noun=Noun.PRODUCT) == [second.id]
    party_id = world.neighbour.party.id
    assert listed(world.officer, noun=Noun.PARTY, subject_id=party_id) == [foreign.id]
    with world.reading() as session, pytest.raises(Unknown):
        show_correction(session, world.producer.actor, foreign.id)
