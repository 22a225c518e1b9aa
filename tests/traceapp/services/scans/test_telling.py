"""What else a producer sells, as a buyer is told of it."""

from __future__ import annotations

from typing import Any

from traceapp.records.activations import Activation
from traceapp.records.decided import State
from traceapp.records.products import Product
from traceapp.services.scans.telling import MOST_OTHERS

JSON = {"Accept": "application/json"}


def _others(world: Any, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.client().get(path, headers=JSON).json["other_products"]
    return found


def test_other_products_are_told_once_their_stamps_are_in_use(world: Any) -> None:
    path = world.issue().link_path()
    other = world.issue(gtin="8938500000010", activate=False)
    assert _others(world, path) == []
    other.activate()
    told = _others(world, path)
    assert told == [{"name": "Nước mắm Hộ bà Năm Quyên", "net_content": "500 ml", "picture": None}]
    assert [each["net_content"] for each in _others(world, other.link_path())] == ["500 ml"]


def test_a_product_that_is_not_approved_or_whose_stamps_went_back_is_not_told(world: Any) -> None:
    path = world.issue().link_path()
    other = world.issue(gtin="8938500000010")
    assert len(_others(world, path)) == 1
    with world.writing() as session:
        session.get_one(Product, other.run.product_id).state = State.REJECTED
    assert _others(world, path) == []
    with world.writing() as session:
        session.get_one(Product, other.run.product_id).state = State.APPROVED
    assert len(_others(world, path)) == 1
    with world.writing() as session:
        row = session.query(Activation).filter_by(run_id=other.run.id).one()
        row.undone_at, row.undone_by = world.now, world.officer.actor.account_id
        row.undo_reason = "Nhầm"
    assert _others(world, path) == []


def test_the_neighbours_products_are_not_told(world: Any) -> None:
    path = world.issue().link_path()
    batch = world.batch(who=world.neighbour)
    issued = type(world.issue())(world, world.approve(world.ask(5, batch)), batch)
    issued.activate()
    assert _others(world, issued.link_path()) == []
    assert "nem" not in str(_others(world, path))


def test_no_more_are_told_than_a_page_holds(world: Any) -> None:
    path = world.issue().link_path()
    for _ in range(MOST_OTHERS + 1):
        batch = world.batch(world.product())
        type(world.issue())(world, world.approve(world.ask(2, batch)), batch).activate()
    assert len(_others(world, path)) == MOST_OTHERS
