"""One box finds a code, a link, a number or a name, however it is written."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from stamps import grouped
from traceapp.records.accounts import Account
from traceapp.services.desks.searching import Finding, Findings, Kind, search
from traceapp.services.refusals import NotAllowed
from traceapp.services.registry import registering
from traceapp.services.registry.registering import NewFacility, NewParty, NewProduct


def find(world: Any, text: str) -> Findings:
    with world.reading() as session:
        return search(session, world.officer.actor, text, world.edge.stamp_keys.ring())


def found(world: Any, text: str, kind: Kind) -> list[Finding]:
    return [
        each for group in find(world, text).groups if group.kind is kind for each in group.items
    ]


def ids(world: Any, text: str, kind: Kind) -> list[int]:
    return [each.id for each in found(world, text, kind)]


def add_party(world: Any, name: str, **given: Any) -> int:
    new = NewParty(kind="household", name=name, address=given.pop("address", "Thôn 9"), **given)
    with world.writing() as session:
        return registering.register_party(session, world.officer.actor, new, world.now).id


def test_a_code_finds_its_stamp_however_it_is_typed(world: Any) -> None:
    issued = world.issue(10, gtin="04006381333931")
    code = issued.code(3)
    host = "https://tem.example.vn"
    for text in (
        code,
        code.lower(),
        grouped(code),
        f"  {grouped(code).replace('-', ' ').lower()} ",
        f"{host}/S/{code}",
        f"{host}/s/{code.lower()}?x=1",
        f"HTTPS://TEM.EXAMPLE.VN/01/04006381333931/21/{code}",
        "https://tem.example.vn" + issued.link_path(3),
    ):
        answer = find(world, text)
        assert [group.kind for group in answer.groups] == [Kind.STAMP], text
        (stamp,) = answer.groups[0].items
        assert (stamp.id, stamp.proven, stamp.issued) == (issued.serial(3), True, True)
        assert stamp.title == grouped(code)
        assert world.producer.party.name in (stamp.subtitle or "")


def test_a_forged_code_is_found_and_said_not_to_be_proven(world: Any) -> None:
    issued = world.issue(10)
    code = issued.code()
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    (stamp,) = found(world, forged, Kind.STAMP)
    assert (stamp.id, stamp.proven, stamp.issued) == (issued.serial(), False, True)
    (stamp,) = found(world, "YZZZZZZV3Z8MN6NGJWQR", Kind.STAMP)
    assert (stamp.proven, stamp.issued, stamp.subtitle) == (False, False, None)


def test_a_number_finds_what_bears_it(world: Any) -> None:
    for _ in range(3):
        issued = world.issue(10)
    (stamp,) = found(world, str(issued.serial(5)), Kind.STAMP)
    assert (stamp.id, stamp.title) == (issued.serial(5), grouped(issued.code(5)))
    run = issued.run
    assert ids(world, f"#{run.id}", Kind.RUN) == [run.id]
    assert run.request_id in ids(world, str(run.request_id), Kind.REQUEST)
    assert issued.batch.id in ids(world, str(issued.batch.id), Kind.BATCH)


def test_a_gtin_is_found_with_and_without_its_leading_zeros(world: Any) -> None:
    product = world.product("4006381333931")
    for text in ("4006381333931", "04006381333931", "4006381 333931"):
        assert ids(world, text, Kind.PRODUCT) == [product.id]


@pytest.mark.parametrize(
    "typed", ["0912345678", "+84 912 345 678", "84912345678", "0912.345.678", "912345678", "345678"]
)
@pytest.mark.parametrize("kept", ["0912 345 678", "+84912345678"])
def test_a_telephone_number_is_found_however_it_is_written(
    world: Any, kept: str, typed: str
) -> None:
    party_id = add_party(world, "Hộ ông Sáu", phone=kept)
    assert ids(world, typed, Kind.PARTY) == [party_id]


@pytest.mark.parametrize(
    "typed",
    [
        "nuoc mam",
        "Nước mắm",
        "NƯỚC MẮM",
        "mam nuoc",
        unicodedata.normalize("NFD", "nước mắm"),
        "  nước   mắm  ",
        "nướ mắ",
    ],
)
def test_names_are_found_without_marks_case_and_order(world: Any, typed: str) -> None:
    own = {world.producer.product.id, world.neighbour.product.id}
    assert set(ids(world, typed, Kind.PRODUCT)) == own


def test_names_of_all_kinds_are_found(world: Any) -> None:
    party_id = add_party(world, "Đặng Thị Đào", address="Xã Hải Thanh")
    with world.writing() as session:
        new = NewFacility(party_id=party_id, name="Xưởng Đào Nguyên", address="Hải Thanh")
        facility = registering.register_facility(session, world.officer.actor, new, world.now)
        account = session.get(Account, world.producer.actor.account_id)
        account.name = "Lê Thị Đào"
    batch = world.batch(lot="ĐÀO-26")
    answer = find(world, "dao")
    assert {group.kind: [each.id for each in group.items] for group in answer.groups} == {
        Kind.BATCH: [batch.id],
        Kind.PARTY: [party_id],
        Kind.FACILITY: [facility.id],
        Kind.ACCOUNT: [world.producer.actor.account_id],
    }
    assert ids(world, "neighbour@", Kind.ACCOUNT) == [world.neighbour.actor.account_id]
    assert ids(world, "hai thanh", Kind.PARTY) == [party_id]


def test_a_household_is_not_found_by_its_owners_number(world: Any) -> None:
    add_party(world, "Hộ bà Tư", tax_code="038064001234")
    assert find(world, "038064001234").groups == []


@pytest.mark.parametrize("typed", ["", "  ", "a", "Ă", "%", "\x00", "̣"])
def test_too_little_to_look_for_is_said(world: Any, typed: str) -> None:
    answer = find(world, typed)
    assert answer.too_short
    assert answer.groups == []


@pytest.mark.parametrize(
    "typed", ["%%", "__", "x%", "\\\\", "'; DROP TABLE parties; --", "\x00\x00ab"]
)
def test_signs_that_databases_know_stand_for_themselves(world: Any, typed: str) -> None:
    answer = find(world, typed)
    assert not answer.too_short
    assert answer.groups == []


def test_signs_in_a_name_are_found(world: Any) -> None:
    party_id = add_party(world, "100%_mắm")
    assert ids(world, "0%_m", Kind.PARTY) == [party_id]


def test_ten_of_each_kind_are_shown_and_more_is_said(world: Any) -> None:
    party = world.producer.party
    with world.writing() as session:
        for n in range(10):
            new = NewProduct(
                party_id=party.id, kind="fish_sauce", name=f"Chượp {n}", net_content="1 l"
            )
            args = (session, world.officer.actor, new, world.edge.kinds, world.now)
            registering.register_product(*args)
    (group,) = find(world, "chuop").groups
    assert (len(group.items), group.more) == (10, False)
    with world.writing() as session:
        new = NewProduct(party_id=party.id, kind="fish_sauce", name="Chượp", net_content="1 l")
        args = (session, world.officer.actor, new, world.edge.kinds, world.now)
        exact = registering.register_product(*args)
    (group,) = find(world, "chuop").groups
    assert (len(group.items), group.more) == (10, True)
    assert group.items[0].id == exact.id  # the one that is named so, first


def test_very_long_and_very_high_is_only_not_found(world: Any) -> None:
    assert find(world, "9" * 500).groups == []
    assert find(world, "nước mắm " * 500).groups != []
    assert find(world, "٣٤").groups == []  # digits of another script


def test_a_producer_does_not_search(world: Any) -> None:
    with world.reading() as session, pytest.raises(NotAllowed):
        search(session, world.producer.actor, "nem", world.edge.stamp_keys.ring())
