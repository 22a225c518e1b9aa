"""Test labels: made at once by their producer, never anything but void, and counted nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from stamps import BLOCK
from traceapp.migrations import downgrade, upgrade
from traceapp.records.alerts import Alert
from traceapp.records.notices import Notice
from traceapp.records.scan_days import ScanDay
from traceapp.records.scans import Agent, Scan, StampTotal
from traceapp.services.desks.own_desk import has_asked, own_desk
from traceapp.services.desks.stamp_story import story
from traceapp.services.desks.standing_figures import read_figures
from traceapp.services.paging import PageWish
from traceapp.services.refusals import Conflict, TooMany, Unacceptable
from traceapp.services.registry.checking import checklist_of_product
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.looking_ahead import next_waiting
from traceapp.services.runs.newest_runs import newest_requests, newest_runs
from traceapp.services.runs.own_stamps import own_stamp
from traceapp.services.runs.reading_leaks import list_compromised_keys
from traceapp.services.runs.reading_runs import list_runs, list_test_runs, show_run
from traceapp.services.runs.requesting import list_requests
from traceapp.services.runs.testing import NewTestRun, make_test_run
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.scans.adding_up import add_up
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Look, scan

WISH = PageWish()


def look(world: Any, code: str, phone: str = "phone", actor: Any = None) -> Any:
    with world.writing() as session:
        sent = Look(code, phone, "192.0.2.1", fresh=False, actor=actor)
        return scan(session, sent, world.edge.scanning, world.now)


def count(world: Any, table: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(table)))


def test_a_producer_gets_ten_serials_of_their_own_at_once(world: Any) -> None:
    before, made = world.issue(), world.test_labels()
    after = world.issue()
    run = made.run
    assert (run.kind, run.quantity, run.batch_id) == ("test", 10, None)
    assert run.first_serial % BLOCK == 0
    assert before.run.last_serial < run.first_serial and run.last_serial < after.run.first_serial
    assert (run.active, run.waiting, run.void) == (0, 0, 10)


def test_a_look_at_a_test_label_says_that_it_is_one(world: Any) -> None:
    made = world.test_labels()
    answer = look(world, made.code())
    assert (answer.verdict, answer.reasons) == ("void", ("void", "test"))
    assert answer.origin is not None


def test_a_test_label_is_neither_put_to_use_nor_made_void(world: Any, unchanged: Any) -> None:
    made = world.test_labels()
    ends = {"first_serial": made.serial(0), "last_serial": made.serial(9)}
    batch = world.batch()
    with unchanged(), world.reading() as session:
        asks = (session, world.officer.actor, made.run.id)
        with pytest.raises(Conflict, match="test labels"):
            activate(*asks, NewActivation(**ends, batch_id=batch.id), 5, world.now)
        with pytest.raises(Conflict, match="test labels"):
            void_stamps(*asks, NewVoid(**ends, reason="lost"), world.now)
        assert next_waiting(*asks) is None


def test_a_hidden_code_of_a_test_label_proves_nothing_and_costs_nothing(world: Any) -> None:
    made = world.test_labels()
    for typed in (made.hidden(), "00000000"):
        with world.writing() as session:
            attempt = HiddenAttempt(Look(made.code(), "phone", "192.0.2.1"), typed)
            answer = confirm(session, attempt, world.edge.confirming, world.now)
        assert (answer.verdict, answer.authentication) == ("void", "none")
    with world.reading() as session:
        for table in ("redemptions", "hidden_tries", "wrong_codes", "alerts"):
            assert session.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0, table


def test_looks_at_a_test_label_are_kept_and_count_for_nothing(world: Any) -> None:
    made = world.test_labels()
    for phone in ("one", "two", "three"):
        answer = look(world, made.code(), phone)
    look(world, made.code(), "hers", world.producer.actor)
    assert answer.sessions == 0 and answer.scan_id is not None
    with world.reading() as session:
        assert set(session.scalars(sa.select(Scan.agent))) == {Agent.TEST}
    assert [count(world, each) for each in (Scan, StampTotal, Notice, Alert)] == [4, 0, 0, 0]
    world.now += timedelta(days=3)
    with world.writing() as session:
        add_up(session, world.now)
    assert count(world, ScanDay) == 0


def test_test_labels_are_in_no_list_and_in_no_sum(world: Any) -> None:
    made = world.test_labels()
    producer, officer = world.producer.actor, world.officer.actor
    world.compromise(made.run.key_id)
    with world.reading() as session:
        for actor in (producer, officer):
            assert list_runs(session, actor, WISH).items == []
            assert list_requests(session, actor, WISH).items == []
            assert [each.id for each in list_test_runs(session, actor, WISH).items] == [made.run.id]
        assert newest_runs(session, producer, WISH).items == []
        assert newest_requests(session, producer, 10) == []
        desk = own_desk(session, producer, world.now)
        assert (desk.runs, sum(desk.requests.values())) == ([], 0)
        assert not has_asked(session, producer)
        assert read_figures(session, world.now).stamps_issued == 0
        checks = checklist_of_product(session, producer, made.run.product_id).items
        assert not next(each for each in checks if each.name == "trace_code").present
        (leak,) = list_compromised_keys(session, officer, WISH).items
        assert (leak.runs, leak.quantity) == (0, 0)


def test_an_officer_reads_a_test_labels_story_and_its_producer_where_it_stands(world: Any) -> None:
    made = world.test_labels()
    with world.reading() as session:
        told = story(session, world.officer.actor, made.serial(), world.edge.scanning, world.now)
        assert (told.verdict, told.run.kind, told.approved_by) == ("void", "test", None)
        stamp = own_stamp(session, world.producer.actor, made.serial())
    assert stamp is not None and stamp.test and stamp.state == "void"


def test_a_party_makes_few_a_day_and_more_the_day_after(world: Any, unchanged: Any) -> None:
    testing = replace(world.edge.testing, per_day=2)
    new = NewTestRun(product_id=world.producer.product.id)

    def make(who: Any = world.producer, product: Any = None) -> Any:
        wish = new if product is None else NewTestRun(product_id=product.id)
        with world.writing() as session:
            return make_test_run(session, who.actor, wish, testing, world.now)

    make()
    make()
    with unchanged(), pytest.raises(TooMany) as refused:
        make()
    assert refused.value.data == {"most": 2}
    make(world.neighbour, world.neighbour.product)
    world.now += timedelta(hours=24)
    make()


def test_another_partys_product_and_one_that_waits_get_no_test_labels(
    world: Any, unchanged: Any
) -> None:
    new = NewTestRun(product_id=world.neighbour.product.id)
    with unchanged(), world.reading() as session, pytest.raises(Unacceptable) as refused:
        make_test_run(session, world.producer.actor, new, world.edge.testing, world.now)
    assert refused.value.field == "product_id"
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE products SET state = 'submitted'")
    with world.reading() as session, pytest.raises(Conflict, match="not approved"):
        new = NewTestRun(product_id=world.producer.product.id)
        make_test_run(session, world.producer.actor, new, world.edge.testing, world.now)


@pytest.mark.own_database
def test_going_back_a_version_leaves_test_labels_void(world: Any) -> None:
    made = world.test_labels()
    look(world, made.code())
    downgrade(world.edge.database, "0006")
    upgrade(world.edge.database)
    assert look(world, made.code()).verdict == "void"
    with world.reading() as session:
        assert set(session.scalars(sa.select(Scan.agent))) == {Agent.STAFF, Agent.PERSON}
        assert show_run(session, world.officer.actor, made.run.id).void == 10
