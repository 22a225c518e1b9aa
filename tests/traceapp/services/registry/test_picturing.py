"""Pictures of products: who may add, decide, remove and see them, and how many there may be."""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from traceapp.records.decided import State
from traceapp.services.desks.waiting import Waits, waiting
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.registry import deciding, picturing, registering
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.picturing import (
    WIDTHS,
    PictureKind,
    PictureRoom,
    PictureTold,
    Prepared,
)
from traceapp.services.registry.registering import NewProduct


def _prepared(shade: int = 100) -> Prepared:
    out = BytesIO()
    Image.new("RGB", (240, 210), (shade, 50, 50)).save(out, "PNG")
    return picturing.read_picture(out.getvalue(), PictureRoom(Path("unused"), 1_000_000))


@pytest.fixture
def room(world: Any) -> PictureRoom:
    return PictureRoom(world.edge.settings.data_dir / "pictures", 1_000_000)


@pytest.fixture
def add(world: Any, room: PictureRoom) -> Any:
    """Adds a picture to a product, as the producer unless told otherwise."""

    def add(
        product_id: int | None = None,
        shade: int = 100,
        actor: Any = None,
        caption: str | None = None,
    ) -> PictureTold:
        wanted = world.producer.product.id if product_id is None else product_id
        who = actor or world.producer.actor
        with world.writing() as session:
            return picturing.add_picture(
                session, who, wanted, _prepared(shade), caption, room, world.now
            )

    return add


def _waiting_product(world: Any, name: str = "Mắm tép") -> int:
    new = NewProduct(
        party_id=world.producer.party.id, kind="fish_sauce", name=name, net_content="1 l"
    )
    with world.writing() as session:
        actor = world.producer.actor
        return registering.register_product(session, actor, new, world.edge.kinds, world.now).id


def _decide(world: Any, picture: PictureTold, reason: str | None = None) -> PictureTold:
    rejection = None if reason is None else Rejection(reason=reason)
    with world.writing() as session:
        return picturing.decide_picture(
            session, world.officer.actor, picture.id, rejection, world.now
        )


def _remove(world: Any, picture: PictureTold, actor: Any = None) -> PictureTold:
    with world.writing() as session:
        who = actor or world.producer.actor
        return picturing.remove_picture(session, who, picture.id, world.now)


def _shown(world: Any, product_id: int | None = None) -> list[str]:
    with world.reading() as session:
        wanted = world.producer.product.id if product_id is None else product_id
        return [each.digest for each in picturing.pictures_shown(session, wanted)]


def _waiting(world: Any) -> list[int]:
    with world.reading() as session:
        piles = waiting(session, world.officer.actor).piles
    return [line.id for pile in piles if pile.kind is Waits.PICTURE for line in pile.lines]


def _listed(world: Any, actor: Any, product_id: int | None = None) -> list[PictureTold]:
    with world.reading() as session:
        wanted = world.producer.product.id if product_id is None else product_id
        return picturing.list_pictures(session, actor, wanted)


def test_a_picture_is_kept_whole_in_every_size(world: Any, add: Any, room: PictureRoom) -> None:
    told = add(caption="  Chai 500 ml  ")
    assert (told.width, told.height, told.caption) == (240, 210, "Chai 500 ml")
    prepared = _prepared()
    for width in WIDTHS:
        for kind in PictureKind:
            file = picturing.picture_file(room, told.digest, width, kind)
            assert file.read_bytes() == prepared.files[width, kind]
    kept = [file for _, _, files in os.walk(room.folder) for file in files]
    assert len(kept) == len(prepared.files), "something was left aside"


def test_one_of_an_approved_product_waits_until_an_officer_agrees(world: Any, add: Any) -> None:
    told = add()
    assert told.state is State.SUBMITTED
    assert _shown(world) == []
    assert _waiting(world) == [told.id]
    assert _decide(world, told).state is State.APPROVED
    assert _shown(world) == [told.digest]
    assert _waiting(world) == []


def test_those_of_a_product_that_waits_are_approved_with_it(world: Any, add: Any) -> None:
    product_id = _waiting_product(world)
    kept, gone, refused = (add(product_id, shade) for shade in (10, 20, 30))
    _remove(world, gone)
    _decide(world, refused, "Ảnh mờ")
    assert _waiting(world) == []
    assert _shown(world, product_id) == []
    with world.writing() as session:
        deciding.decide_product(session, world.officer.actor, product_id, None, world.now)
    assert _shown(world, product_id) == [kept.digest]
    states = {each.id: each.state for each in _listed(world, world.producer.actor, product_id)}
    assert states == {kept.id: State.APPROVED, refused.id: State.REJECTED}


def test_those_of_a_rejected_product_are_not_shown(world: Any, add: Any) -> None:
    product_id = _waiting_product(world)
    add(product_id)
    with world.writing() as session:
        no = Rejection(reason="Thiếu nhãn")
        deciding.decide_product(session, world.officer.actor, product_id, no, world.now)
    assert _shown(world, product_id) == []
    assert _waiting(world) == []


def test_an_officers_own_is_approved(world: Any, add: Any) -> None:
    told = add(actor=world.officer.actor)
    assert told.state is State.APPROVED
    assert _shown(world) == [told.digest]


def test_a_rejected_one_tells_why_and_may_be_approved_after_all(world: Any, add: Any) -> None:
    told = _decide(world, add(), "Ảnh mờ, xin chụp lại")
    assert (told.state, told.decision_reason) == (State.REJECTED, "Ảnh mờ, xin chụp lại")
    assert _shown(world) == []
    assert _decide(world, told).decision_reason is None
    assert _shown(world) == [told.digest]


def test_two_officers_who_decide_are_told_who_came_first(
    world: Any, add: Any, refused: Any
) -> None:
    told = _decide(world, add())
    for reason in (None, "Ảnh mờ"):
        with refused(Conflict, "decided"):
            _decide(world, told, reason)


def test_a_removed_one_is_shown_no_more_and_stays_removed(
    world: Any, add: Any, refused: Any
) -> None:
    told = _decide(world, add())
    assert _remove(world, told).removed_at is not None
    assert _shown(world) == []
    assert _listed(world, world.producer.actor) == []
    with refused(Conflict, "picture_removed"):
        _remove(world, told)
    with refused(Conflict, "picture_removed"):
        _decide(world, told, "Ảnh mờ")


def test_they_are_shown_in_the_order_they_came(world: Any, add: Any) -> None:
    told = [add(shade=shade, actor=world.officer.actor) for shade in (90, 10, 50)]
    assert _shown(world) == [each.digest for each in told]
    _remove(world, told[0])
    last = add(shade=90, actor=world.officer.actor)
    assert _shown(world) == [told[1].digest, told[2].digest, last.digest]


def test_a_product_has_at_most_six(world: Any, add: Any, refused: Any) -> None:
    told = [add(shade=shade) for shade in range(0, 60, 10)]
    with refused(Conflict, "pictures_full", "picture"):
        add(shade=200)
    _decide(world, told[0], "Ảnh mờ")  # a rejected one takes no room
    add(shade=200)
    with refused(Conflict, "pictures_full"):
        _decide(world, told[0])
    _remove(world, told[1])
    _decide(world, told[0])


def test_two_that_come_at_once_do_not_make_seven(world: Any, add: Any, at_once: Any) -> None:
    for shade in range(0, 50, 10):
        add(shade=shade)
    results = at_once([lambda: add(shade=200), lambda: add(shade=210)])
    assert sorted(type(each).__name__ for each in results) == ["Conflict", "PictureTold"]


def test_a_form_that_is_sent_twice_adds_one(world: Any, add: Any, refused: Any) -> None:
    told = add()
    with refused(Conflict, "picture_there", "picture"):
        add()
    _remove(world, told)
    add()


def test_only_those_of_her_own_products_are_hers(world: Any, add: Any, refused: Any) -> None:
    mine, hers = add(), world.neighbour.actor
    for act in (
        lambda: add(actor=hers),
        lambda: _remove(world, mine, hers),
        lambda: _listed(world, hers),
        lambda: _show(world, mine, hers),
    ):
        with pytest.raises(Unknown):
            act()
    with refused(Unknown, "no_product"):
        add(product_id=999_999)
    for actor in (world.producer.actor, world.officer.actor, world.admin.actor):
        assert _show(world, mine, actor).id == mine.id
    with refused(NotAllowed, "not_allowed"):
        add(actor=world.admin.actor)
    with refused(NotAllowed, "not_allowed"), world.writing() as session:
        picturing.decide_picture(session, world.producer.actor, mine.id, None, world.now)


def _show(world: Any, picture: PictureTold, actor: Any) -> PictureTold:
    with world.reading() as session:
        return picturing.show_picture(session, actor, picture.id)


def test_a_rejected_product_takes_no_pictures(world: Any, add: Any, refused: Any) -> None:
    product_id = _waiting_product(world)
    with world.writing() as session:
        no = Rejection(reason="Thiếu nhãn")
        deciding.decide_product(session, world.officer.actor, product_id, no, world.now)
    with refused(Conflict, "rejected"):
        add(product_id)


@pytest.mark.parametrize("caption", ["a" * 201, "hai\ndòng", "\u202eđảo"])
def test_a_caption_is_one_plain_line(
    world: Any, add: Any, refused: Any, room: PictureRoom, caption: str
) -> None:
    with refused(Unacceptable, "caption", "caption"):
        add(caption=caption)
    assert not room.folder.exists(), "a refused picture was kept"
    assert add(caption=" ").caption is None


def test_the_same_content_at_two_products_is_shown_while_one_shows_it(world: Any, add: Any) -> None:
    other = world.product()
    here, there = add(actor=world.officer.actor), add(other.id, actor=world.officer.actor)
    assert here.digest == there.digest
    _remove(world, here)
    with world.reading() as session:
        assert picturing.is_shown(session, here.digest)
    world.now += timedelta(days=1)
    _remove(world, there)
    with world.reading() as session:
        assert not picturing.is_shown(session, here.digest)
