"""Declaring that a root key leaked: once, for ever, and what can no longer be done under it."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.edge import open_edge
from traceapp.records.acts import ActRecord
from traceapp.records.key_files import KeyStore
from traceapp.services.desks.listing_batches import count_batches
from traceapp.services.desks.own_desk import own_desk
from traceapp.services.paging import PageWish
from traceapp.services.refusals import Conflict, NotAllowed, Unknown
from traceapp.services.runs.compromising import Leak, compromise_key
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.label_wishes import DrawingWish
from traceapp.services.runs.looking_ahead import next_waiting, range_ahead
from traceapp.services.runs.newest_runs import newest_runs
from traceapp.services.runs.own_stamps import StampState, own_stamp
from traceapp.services.runs.reading_leaks import (
    count_compromised_keys,
    list_compromised_keys,
    runs_hit,
    show_compromised_key,
)
from traceapp.services.runs.reading_runs import show_run
from traceapp.services.runs.undoing import Undo, undo_activation
from traceapp.services.scans.noticing import count_notices
from traceapp.services.scans.scanning import Look, scan
from traceapp.services.values import SerialRange

AtOnce = Callable[[list[Callable[[], Any]]], list[Any]]


def declare(world: Any, key_id: str, who: Any = None, **stores: Any) -> Any:
    kept = dict(world.edge.key_stores) | stores
    with world.writing() as session:
        actor = (who or world.officer).actor
        return compromise_key(session, actor, Leak(key_id=key_id), kept, world.now)


def draw(world: Any, run: Any, **wished: Any) -> str:
    with world.writing() as session:
        wish, room = DrawingWish(**wished), world.edge.drawing
        drawing = draw_labels(session, world.officer.actor, run.id, wish, room, world.now)
    return b"".join(drawing.chunks()).decode()


def ring(store: KeyStore) -> list[str]:
    return [key.id for key in store.ring()]


def test_the_newest_key_is_replaced_and_an_older_one_is_not(world: Any) -> None:
    first = world.issue(2).run.key_id
    second = world.edge.stamp_keys.rotate().id
    world.issue(2)
    told = world.compromise(first, note="Máy tính bị mất")
    assert (told.replaced_by, ring(world.edge.stamp_keys)) == ([], [first, second])
    assert (told.purpose, told.note, told.runs) == ("stamp", "Máy tính bị mất", 1)
    newest = world.compromise(second).replaced_by
    assert ring(world.edge.stamp_keys) == [first, second, newest[0].key_id]
    assert world.issue(1).run.key_id == newest[0].key_id
    hidden = world.edge.hidden_keys.ring().newest.id
    assert world.compromise(hidden).purpose == "hidden"
    assert ring(world.edge.hidden_keys)[0] == hidden and len(ring(world.edge.hidden_keys)) == 2


def test_the_act_is_recorded(world: Any) -> None:
    key_id = world.issue(1).run.key_id
    told = world.compromise(key_id)
    with world.reading() as session:
        act = session.scalars(sa.select(ActRecord).order_by(ActRecord.id.desc())).first()
    assert (act.name, act.subject_id) == ("key.compromise", told.id)
    assert act.account_id == world.officer.actor.account_id
    made = [each.key_id for each in told.replaced_by]
    assert act.details == {"key_id": key_id, "purpose": "stamp", "replaced_by": made}


def test_a_leak_is_declared_once(world: Any, refused: Any) -> None:
    key_id = world.issue(1).run.key_id
    world.compromise(key_id)
    rings = ring(world.edge.stamp_keys)
    with refused(Conflict, "known"):
        declare(world, f" {key_id.upper()} ")
    assert ring(world.edge.stamp_keys) == rings


def test_a_key_that_nobody_knows_is_refused(world: Any, refused: Any) -> None:
    for key_id in ("00000000", "", "hidden", world.edge.session_keys.ring().newest.id):
        with refused(Unknown, "no_key"):
            declare(world, key_id)


def test_a_key_of_a_run_that_is_on_no_ring_here_can_leak_too(world: Any) -> None:
    """As on a machine that only verifies, or after the key file was lost."""
    issued = world.issue(1)
    hidden = world.edge.hidden_keys.ring().newest.id
    world.edge.hidden_keys.file.unlink()
    assert world.compromise(hidden).runs == 1
    file = world.edge.stamp_keys.file
    file.unlink()
    world.edge.stamp_keys.create()
    assert world.compromise(issued.run.key_id).replaced_by == []


def test_the_newest_key_of_the_environment_has_to_be_replaced_there_first(
    world: Any, refused: Any, settings: Any
) -> None:
    leaked = world.edge.stamp_keys.ring().newest
    given = KeyStore(settings.data_dir / "none", leaked.secret.hex())
    with refused(Conflict, "keys_given") as caught:
        declare(world, leaked.id, stamp=given)
    assert "TRACEAPP_STAMP_KEYS" in str(caught.value)
    longer = KeyStore(settings.data_dir / "none", f"{leaked.secret.hex()},{'ab' * 32}")
    assert declare(world, leaked.id, stamp=longer).replaced_by == []


@pytest.mark.parametrize("who", ["producer", "neighbour"])
def test_producers_neither_declare_nor_read_leaks(world: Any, refused: Any, who: str) -> None:
    person = world.people[who]
    with refused(NotAllowed, "not_allowed"):
        declare(world, world.edge.stamp_keys.ring().newest.id, person)
    for ask in (count_compromised_keys, lambda *asks: list_compromised_keys(*asks, PageWish())):
        with world.reading() as session, pytest.raises(NotAllowed):
            ask(session, person.actor)


def test_no_approval_signs_with_a_leaked_key(world: Any, refused: Any) -> None:
    """As on another machine, whose ring does not have the new key yet."""
    old = world.edge.issuing
    request_id = world.ask(5, world.batch(), hidden_code=True)
    world.compromise(old.stamp_keys.newest.id)
    with refused(Conflict, "key_compromised"), world.writing() as session:
        approve_request(session, world.officer.actor, request_id, old, world.now)
    assert world.approve(request_id).key_id != old.stamp_keys.newest.id
    plain, hidden = (world.ask(5, world.batch(), hidden_code=each) for each in (False, True))
    old = world.edge.issuing
    world.compromise(old.hidden_keys.newest.id)
    with refused(Conflict, "key_compromised"), world.writing() as session:
        approve_request(session, world.officer.actor, hidden, old, world.now)
    with world.writing() as session:  # no hidden codes, no hidden key
        approve_request(session, world.officer.actor, plain, old, world.now)


def test_an_approval_and_a_leak_at_once_never_leave_a_later_run_under_the_key(
    world: Any, at_once: AtOnce, settings: Any
) -> None:
    key_id = world.edge.stamp_keys.ring().newest.id
    requests = [world.ask(5, world.batch()) for _ in range(4)]
    others = [open_edge(settings, lambda: world.now) for _ in requests]

    def approve(edge: Any, request_id: int) -> Any:
        issuing = edge.issuing
        with edge.database.writing() as session:
            actor = world.officer.actor
            return approve_request(session, actor, request_id, issuing, world.now).run

    acts: list[Callable[[], Any]] = [
        lambda edge=edge, number=number: approve(edge, number)
        for edge, number in zip(others, requests, strict=True)
    ]
    *runs, told = at_once([*acts, lambda: world.compromise(key_id)])
    for edge in others:
        edge.database.close()
    refusals = [each for each in runs if isinstance(each, Exception)]
    assert all(each.code == "key_compromised" for each in refusals), refusals
    hit = [each for each in runs if each not in refusals and each.key_id == key_id]
    assert told.runs == len(hit)


def test_stamps_that_wait_under_a_leaked_key_are_never_put_to_use(world: Any, refused: Any) -> None:
    issued = world.issue(10, activate=False)
    issued.activate(0, 3)
    world.compromise(issued.run.key_id)
    with refused(Conflict, "key_compromised"):
        issued.activate(4, 9)
    roll = world.issue(5, roll=True)
    roll.activate(0, 4, world.batch().id)  # under the new key


def test_every_count_has_stamps_that_waited_under_a_leaked_key_among_the_void_ones(
    world: Any,
) -> None:
    issued = world.issue(10, activate=False)
    issued.activate(0, 3)
    issued.void(3)
    other = world.batch(issued.world.product())  # a batch of its own, without stamps
    world.compromise(issued.run.key_id)
    producer = world.producer.actor
    with world.reading() as session:
        run = show_run(session, producer, issued.run.id)
        (line,) = newest_runs(session, producer, PageWish()).items
        batches = count_batches(session, [issued.batch.id, other.id])
        ends = SerialRange(first_serial=issued.serial(2), last_serial=issued.serial(9))
        ahead = range_ahead(session, producer, run.id, ends)
        assert next_waiting(session, producer, run.id) is None
        assert own_desk(session, producer, world.now).runs == []
    for told in (run, line, batches[issued.batch.id]):
        assert (told.active, told.waiting, told.void) == (3, 0, 7)
    assert (ahead.active, ahead.waiting, ahead.void) == (1, 0, 7)
    assert (batches[other.id].waiting, batches[other.id].void) == (0, 0)


def test_an_activation_that_is_undone_after_the_leak_is_not_done_again(
    world: Any, refused: Any
) -> None:
    issued = world.issue(4, activate=False)
    activation = issued.activate()
    world.compromise(issued.run.key_id)
    with world.writing() as session:
        limits = world.edge.undo_limits
        undo = Undo(reason="Nhầm cuộn")
        undo_activation(session, world.officer.actor, activation.id, undo, limits, world.now)
    with refused(Conflict, "key_compromised"):
        issued.activate()


def test_a_leaked_hidden_key_keeps_no_stamp_from_use(world: Any) -> None:
    issued = world.issue(4, activate=False)
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    assert issued.activate().quantity == 4


def test_a_batch_gets_new_stamps_for_those_that_wait_under_a_leaked_key(
    world: Any, refused: Any
) -> None:
    issued = world.issue(1000, activate=False)
    issued.activate(0, 4)
    issued.void(5)
    with refused(Conflict, "over_quantity", "quantity"):
        world.ask(995, issued.batch)
    world.compromise(issued.run.key_id)
    run = world.approve(world.ask(995, issued.batch))  # 1000 units, and 5 stamps in use
    assert run.quantity == 995
    with refused(Conflict, "over_quantity", "quantity"):
        world.ask(500, issued.batch)


def test_labels_of_stamps_that_wait_are_not_drawn_after_the_leak(world: Any, refused: Any) -> None:
    issued = world.issue(10, activate=False)
    issued.activate(0, 3)
    issued.void(4)
    world.compromise(issued.run.key_id)
    with refused(Conflict, "key_compromised"):
        draw(world, issued.run)
    with refused(Conflict, "key_compromised"):
        draw(world, issued.run, first=issued.serial(3), last=issued.serial(5))
    issued.leave(0, 3)
    used = draw(world, issued.run, first=issued.serial(0), last=issued.serial(3))
    assert issued.code(3) in used and issued.hidden(3) in used


def test_labels_come_without_hidden_codes_that_prove_nothing(world: Any) -> None:
    issued = world.issue(3, activate=False)
    hidden = issued.hidden(1)
    assert hidden in draw(world, issued.run)
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    drawn = draw(world, issued.run)
    assert issued.code(1) in drawn and hidden not in drawn
    assert len(StringIO(drawn).readlines()) == 4


def test_a_run_tells_that_its_keys_leaked(world: Any) -> None:
    old = world.issue(2)
    world.compromise(old.run.key_id)
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    new = world.issue(2)
    with world.reading() as session:
        flags = [
            (run.key_compromised, run.hidden_key_compromised)
            for each in (old, new)
            for run in (show_run(session, world.producer.actor, each.run.id),)
        ]
    assert flags == [(True, True), (False, False)]


def test_her_own_stamp_that_waits_is_void_and_nobody_is_told_to_activate_it(world: Any) -> None:
    issued = world.issue(2, activate=False)
    issued.activate(0, 0)
    world.compromise(issued.run.key_id)
    with world.reading() as session:
        active, waiting = (
            own_stamp(session, world.producer.actor, issued.serial(n)) for n in range(2)
        )
    assert active is not None and (active.state, active.key_compromised) == ("active", True)
    assert waiting is not None and (waiting.state, waiting.void_id) == (StampState.VOID, None)
    with world.writing() as session:
        scan(session, Look(issued.code(1), "p", "192.0.2.1"), world.edge.scanning, world.now)
    with world.reading() as session:
        assert count_notices(session, world.producer.actor) == 0


def test_officers_read_whose_stamps_a_leak_hits(world: Any) -> None:
    issued = world.issue(10, activate=False)
    issued.activate(0, 5)
    issued.void(4, last=6)
    roll = world.issue(4, roll=True, hidden_code=False)
    told = world.compromise(issued.run.key_id)
    world.issue(3)
    asks = (world.admin.actor, told.id)
    with world.reading() as session:
        assert show_compromised_key(session, *asks).model_dump() == told.model_dump(
            exclude={"replaced_by"}
        )
        assert (told.quantity, told.active, told.waiting, told.void) == (14, 4, 7, 3)
        first = runs_hit(session, *asks, PageWish(limit=1))
        rest = runs_hit(session, *asks, PageWish(cursor=first.next_cursor))
        assert rest.next_cursor is None
        hit, rolled = (*first.items, *rest.items)
        assert (hit.party, hit.net_content) == (world.producer.party.name, "500 ml")
        assert (hit.lot, rolled.lot) == (issued.run.lot, None)
        assert (hit.first_serial, hit.last_serial) == (issued.serial(), issued.run.last_serial)
        assert (hit.active, hit.waiting, hit.void) == (4, 3, 3)
        assert rolled.id == roll.run.id and rolled.waiting == 4
        assert count_compromised_keys(session, world.officer.actor) == 1
        with pytest.raises(Unknown):
            runs_hit(session, world.officer.actor, 99, PageWish())


def test_a_hidden_key_hits_only_runs_with_hidden_codes(world: Any) -> None:
    layered = world.issue(3)
    world.issue(3, hidden_code=False)
    told = world.compromise(world.edge.hidden_keys.ring().newest.id)
    with world.reading() as session:
        hit = runs_hit(session, world.officer.actor, told.id, PageWish()).items
    assert [each.id for each in hit] == [layered.run.id]
