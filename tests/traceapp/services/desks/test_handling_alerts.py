"""Alerts on the desks: an officer's all, a party's its own; and handled once, on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.records.acts import ActRecord
from traceapp.records.alerts import AlertKind, Cause, add_cause
from traceapp.services.authority import Act
from traceapp.services.desks.handling_alerts import (
    AlertFilter,
    AlertState,
    AlertTold,
    Handling,
    count_open_alerts,
    handle_alert,
    list_alerts,
    show_alert,
)
from traceapp.services.refusals import Conflict, NotAllowed, Unknown

NOTE = Handling(note="Đã hỏi người bán, tem thật.")


@pytest.fixture
def raised(world: Any) -> list[int]:
    """An alert of the producer's, and one of the whole service."""
    first = world.alert()
    with world.writing() as session:
        add_cause(session, Cause(AlertKind.UNKNOWN_SERIAL, 7), world.now)
    return [first, first + 1]


def listed(world: Any, person: Any, **wish: Any) -> list[int]:
    with world.reading() as session:
        found = list_alerts(session, person.actor, AlertFilter(**wish)).items
        assert count_open_alerts(session, person.actor) == len(
            list_alerts(session, person.actor, AlertFilter(state=AlertState.OPEN)).items
        )
    return [each.id for each in found]


def handle(world: Any, person: Any, alert_id: int) -> AlertTold:
    with world.writing() as session:
        return handle_alert(session, person.actor, alert_id, NOTE, world.now)


def test_officers_see_all_and_a_party_its_own(world: Any, raised: list[int]) -> None:
    assert listed(world, world.officer) == listed(world, world.admin) == raised[::-1]
    assert listed(world, world.producer) == raised[:1]
    assert listed(world, world.neighbour) == []


def test_an_alert_tells_whom_it_concerns(world: Any, raised: list[int]) -> None:
    with world.reading() as session:
        told = show_alert(session, world.producer.actor, raised[0])
        assert (told.party, told.kind, told.count) == (
            world.producer.party.name,
            AlertKind.WRONG_KEY,
            1,
        )
        whole = show_alert(session, world.officer.actor, raised[1])
        assert (whole.party, whole.run_id, whole.serial) == (None, None, 7)
        for person in (world.neighbour, world.producer):
            with pytest.raises(Unknown):
                show_alert(session, person.actor, raised[1])


def test_a_list_is_narrowed_by_state_and_kind(world: Any, raised: list[int]) -> None:
    handle(world, world.officer, raised[0])
    assert listed(world, world.officer, state="open") == raised[1:]
    assert listed(world, world.officer, state="handled") == raised[:1]
    assert listed(world, world.officer, kind="wrong_key") == raised[:1]
    assert listed(world, world.officer, kind="wrong_key", state="open") == []


def test_handled_is_said_once_with_a_note_and_is_on_record(world: Any, raised: list[int]) -> None:
    world.now += timedelta(hours=1)
    told = handle(world, world.officer, raised[0])
    assert (told.state, told.note, told.handled_at) == (AlertState.HANDLED, NOTE.note, world.now)
    with world.reading() as session:
        query = sa.select(ActRecord).where(ActRecord.name == Act.ALERT_HANDLE.value)
        act = session.scalars(query).one()
    assert (act.account_id, act.subject_id) == (world.officer.actor.account_id, raised[0])
    assert act.details == {"kind": "wrong_key"}


def test_a_handled_alert_is_not_handled_again(world: Any, raised: list[int], refused: Any) -> None:
    handle(world, world.officer, raised[0])
    with refused(Conflict, "handled"):
        handle(world, world.officer, raised[0])


def test_officers_alone_handle(world: Any, raised: list[int], refused: Any) -> None:
    for person in (world.producer, world.admin):
        with refused(NotAllowed, "not_allowed"):
            handle(world, person, raised[0])
    with refused(Unknown, "no_alert"):
        handle(world, world.officer, 99)


def test_two_officers_at_once_handle_it_once(world: Any, raised: list[int], at_once: Any) -> None:
    results = at_once([lambda: handle(world, world.officer, raised[0])] * 4)
    assert sum(isinstance(each, AlertTold) for each in results) == 1
    assert sum(isinstance(each, Conflict) for each in results) == 3
