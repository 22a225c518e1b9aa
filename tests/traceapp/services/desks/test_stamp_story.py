"""A stamp's whole story: everything that is on record of it, and nothing kept of having asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stamps import Key, KeyRing
from traceapp.records.accounts import Account
from traceapp.records.scans import Agent
from traceapp.services.desks.stamp_story import LOOKS_TOLD, Story
from traceapp.services.desks.stamp_story import story as tell_story
from traceapp.services.desks.stamp_timeline import Happened
from traceapp.services.refusals import NotAllowed, Unknown
from traceapp.services.registry.holding import NewHold, Release, hold_batch, release_batch
from traceapp.services.runs.undoing import Undo, UndoLimits, undo_activation, undo_void
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.scanning import Look, scan

LIMITS = UndoLimits(10, 5)
UNDO = Undo(reason="Nhầm dải")


def read(world: Any, serial: int, who: Any = None, scanning: Any = None) -> Story:
    with world.reading() as session:
        actor = (who or world.officer).actor
        return tell_story(session, actor, serial, scanning or world.edge.scanning, world.now)


def happened(story: Story) -> list[Happened]:
    return [each.what for each in story.timeline]


def pass_time(world: Any) -> None:
    world.now += timedelta(hours=1)


def look(issued: Any, n: int, agent: Agent = Agent.PERSON) -> None:
    world = issued.world
    with world.writing() as session:
        sent = Look(issued.code(n), "phone", "192.0.2.1", agent=agent)
        scan(session, sent, world.edge.scanning, world.now)


def test_a_stamp_in_use_is_told_with_all_it_came_from(world: Any) -> None:
    with world.writing() as session:
        session.get(Account, world.officer.actor.account_id).name = "Cô Hạnh"
    issued = world.issue(20, lot="Mẻ 1")
    story = read(world, issued.serial(3))
    assert (story.code, story.verdict, story.reasons) == (issued.code(3), Verdict.REGISTERED, [])
    assert story.run.id == issued.run.id
    assert (story.asked_by, story.approved_by) == ("Cô Hạnh", "Cô Hạnh")
    assert (story.party.id, story.party.name) == (
        world.producer.party.id,
        world.producer.party.name,
    )
    assert story.product.name == world.producer.product.name
    assert (story.batch.id, story.batch.name) == (issued.batch.id, "Mẻ 1")
    assert (story.activation.first_serial, story.activation.last_serial) == (
        issued.run.first_serial,
        issued.run.last_serial,
    )
    assert (story.void, story.looks, story.scans, story.neighbours) == (None, None, [], 0)
    assert happened(story) == [
        Happened.PRODUCED,
        Happened.REQUESTED,
        Happened.ISSUED,
        Happened.ACTIVATED,
    ]


def test_everything_that_happened_stands_in_the_order_of_time(world: Any) -> None:
    issued = world.issue(20, activate=False)
    pass_time(world)
    slip = issued.activate(0, 9)
    pass_time(world)
    with world.writing() as session:
        undo_activation(session, world.officer.actor, slip.id, UNDO, LIMITS, world.now)
    pass_time(world)
    issued.activate()
    pass_time(world)
    look(issued, 5)
    pass_time(world)
    with world.writing() as session:
        attempt = HiddenAttempt(Look(issued.code(5), "phone", "192.0.2.1"), issued.hidden(5))
        confirm(session, attempt, world.edge.confirming, world.now)
    pass_time(world)
    actor, batch = world.producer.actor, issued.batch.id
    with world.writing() as session:
        hold_batch(session, actor, batch, NewHold(reason="Nắp phồng"), world.now)
    pass_time(world)
    with world.writing() as session:
        release = Release(reason="Đã kiểm tra")
        release_batch(session, world.officer.actor, batch, release, world.now)
    pass_time(world)
    slip = issued.void(4, last=6)
    pass_time(world)
    with world.writing() as session:
        undo_void(session, world.officer.actor, slip.id, UNDO, LIMITS, world.now)
    pass_time(world)
    issued.void(5, reason="stolen", note="Mất ở chợ")
    pass_time(world)
    recall = issued.recall()
    pass_time(world)
    issued.close_recall(recall.id, "withdrawn")

    story = read(world, issued.serial(5))
    assert happened(story)[3:] == [
        Happened.ACTIVATED,
        Happened.ACTIVATION_UNDONE,
        Happened.ACTIVATED,
        Happened.FIRST_LOOK,
        Happened.LAST_LOOK,
        Happened.AUTHENTICATED,
        Happened.HELD,
        Happened.RELEASED,
        Happened.VOIDED,
        Happened.VOID_UNDONE,
        Happened.VOIDED,
        Happened.RECALLED,
        Happened.RECALL_CLOSED,
    ]
    assert [each.at for each in story.timeline] == sorted(each.at for each in story.timeline)
    lines = {each.what: each for each in story.timeline}
    assert lines[Happened.HELD].who == "producer@example.vn"
    assert lines[Happened.HELD].details == {"reason": "Nắp phồng"}
    assert lines[Happened.VOID_UNDONE].details["reason"] == "Nhầm dải"
    assert lines[Happened.VOIDED].details["note"] == "Mất ở chợ"
    assert lines[Happened.RECALL_CLOSED].details["state"] == "withdrawn"
    assert lines[Happened.FIRST_LOOK].who is None
    assert (story.void.reason, story.void.who) == ("stolen", "producer@example.vn")
    assert story.verdict is Verdict.VOID
    assert [each.state for each in story.recalls] == ["withdrawn"]
    assert not story.held
    assert story.redeemed_at is not None
    assert story.looks.looks == 2
    # What came only near it is no part of its story.
    assert Happened.VOIDED not in happened(read(world, issued.serial(12)))


def test_a_batch_on_hold_is_said_to_be(world: Any) -> None:
    issued = world.issue(20)
    new = NewHold(reason="Nắp phồng")
    with world.writing() as session:
        hold_batch(session, world.officer.actor, issued.batch.id, new, world.now)
    story = read(world, issued.serial())
    assert (story.held, story.verdict) == (True, Verdict.ON_HOLD)


def test_a_roll_that_waits_has_no_batch(world: Any) -> None:
    issued = world.issue(20, roll=True)
    story = read(world, issued.serial())
    assert (story.batch, story.activation, story.expires_at) == (None, None, None)
    assert story.verdict is Verdict.NOT_ACTIVATED
    assert happened(story) == [Happened.REQUESTED, Happened.ISSUED]


def test_looks_are_told_newest_first_and_neighbours_are_counted(world: Any) -> None:
    issued = world.issue(200)
    for n in (0, 99, 101, 150, 151):
        look(issued, n)
    for n in range(LOOKS_TOLD + 1):
        world.now += timedelta(seconds=1)
        look(issued, 100, Agent.PREVIEW if n % 2 else Agent.PERSON)
    story = read(world, issued.serial(100))
    assert len(story.scans) == LOOKS_TOLD
    assert story.more_scans
    assert story.scans[0].at == world.now
    assert {each.agent for each in story.scans} == {"person", "preview"}
    assert story.neighbours == 3  # 99, 101 and 150
    assert story.looks.looks == 26  # previews are told and count for nothing


def test_reading_a_story_leaves_nothing_behind(world: Any, unchanged: Any) -> None:
    issued = world.issue(20, activate=False)
    with unchanged():
        read(world, issued.serial())
        read(world, issued.serial(), world.admin)


def test_a_stamp_whose_key_is_elsewhere_has_a_story_and_no_verdict(world: Any) -> None:
    issued = world.issue(20)
    scanning = replace(world.edge.scanning, stamp_keys=KeyRing([Key(bytes(32))]))
    story = read(world, issued.serial(), scanning=scanning)
    assert (story.code, story.verdict, story.reasons) == (None, None, None)
    assert story.activation is not None


def test_a_serial_that_was_never_issued_has_none_and_says_what_claimed_it(
    world: Any, refused: Any
) -> None:
    with world.writing() as session:
        for _ in range(2):
            # 0TVSMA… is serial 123456789 under another key.
            look = Look("01TVSMAHHXGX2CC5MTKK", "phone", "192.0.2.1")
            scan(session, look, world.edge.scanning, world.now)
    with refused(Unknown, "no_stamp") as caught:
        read(world, 123456789)
    assert caught.value.data["looks"] == 2
    with refused(Unknown, "no_stamp") as caught:
        read(world, 123456788)
    assert caught.value.data["looks"] == 0


def test_a_producer_reads_no_story(world: Any) -> None:
    issued = world.issue(20)
    with pytest.raises(NotAllowed):
        read(world, issued.serial(), world.producer)
