"""Alerts as looks and tries raise them: repeated causes gather, and usual looks cost nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from stamps import sign
from traceapp.records.alerts import Alert, AlertKind, Cause, add_cause
from traceapp.records.scans import Agent
from traceapp.services.scans.alerting import raise_alerts
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.limiting_tries import TryLimits
from traceapp.services.scans.scanning import Look, examine


def look(world: Any, code: str, agent: Agent = Agent.PERSON) -> None:
    sent = Look(code, "phone", "192.0.2.1", agent=agent)
    with world.writing() as session:
        examined = examine(session, sent, world.edge.scanning, world.now)
        raise_alerts(session, examined, sent, world.now)


def alerts(world: Any) -> list[Alert]:
    with world.reading() as session:
        return list(session.scalars(sa.select(Alert).order_by(Alert.id)))


def never_issued(world: Any, serial: int = 4096 * 500) -> str:
    return sign(world.edge.stamp_keys.ring().newest, serial)


def wrongly_signed(world: Any, issued: Any, n: int = 0) -> str:
    return sign(world.edge.stamp_keys.rotate(), issued.serial(n))


def test_a_serial_that_was_never_issued_alerts_the_officers_alone(world: Any) -> None:
    look(world, never_issued(world))
    (alert,) = alerts(world)
    assert (alert.kind, alert.count, alert.serial) == (AlertKind.UNKNOWN_SERIAL, 1, 4096 * 500)
    assert alert.party_id is alert.run_id is alert.batch_id is alert.handled_at is None
    assert alert.first_at == alert.last_at == world.now


def test_a_stamp_under_another_runs_key_alerts_its_party_too(world: Any) -> None:
    issued = world.issue(5)
    look(world, wrongly_signed(world, issued))
    (alert,) = alerts(world)
    assert (alert.kind, alert.run_id, alert.serial) == (
        AlertKind.WRONG_KEY,
        issued.run.id,
        issued.serial(),
    )
    assert (alert.party_id, alert.batch_id) == (world.producer.party.id, issued.batch.id)


def test_what_repeats_gathers_in_the_open_alert(world: Any) -> None:
    began = world.now
    for n in range(5):
        world.now = began + timedelta(hours=n)
        look(world, never_issued(world, 4096 * 500 + n))
    (alert,) = alerts(world)
    assert (alert.count, alert.serial) == (5, 4096 * 500 + 4)
    assert (alert.first_at, alert.last_at) == (began, world.now)


def test_each_run_has_an_alert_of_its_own(world: Any) -> None:
    runs = [world.issue(5), world.issue(5)]
    codes = [wrongly_signed(world, issued, n) for issued in runs for n in (0, 1)]
    for code in codes:
        look(world, code)
    assert [(each.run_id, each.count) for each in alerts(world)] == [
        (issued.run.id, 2) for issued in runs
    ]


def test_after_it_was_handled_the_next_cause_begins_anew(world: Any) -> None:
    look(world, never_issued(world))
    with world.writing() as session:
        session.execute(sa.update(Alert).values(handled_at=world.now))
    look(world, never_issued(world))
    look(world, never_issued(world))
    assert [each.count for each in alerts(world)] == [1, 2]


@pytest.mark.parametrize("code", ["xyz", "0000000B8FXF2GQRGF17"])
def test_what_anybody_can_make_up_alerts_nobody(world: Any, code: str) -> None:
    look(world, code)
    assert alerts(world) == []


def test_a_preview_robot_alerts_nobody(world: Any) -> None:
    look(world, never_issued(world), Agent.PREVIEW)
    assert alerts(world) == []


def test_usual_looks_ask_the_database_nothing(world: Any) -> None:
    issued = world.issue(3)
    issued.void(1)
    for code in (issued.code(), issued.code(1), "xyz", "0000000B8FXF2GQRGF17"):
        sent = Look(code, "phone", "192.0.2.1")
        with world.reading() as session:
            examined = examine(session, sent, world.edge.scanning, world.now)
        raise_alerts(None, examined, sent, world.now)  # type: ignore[arg-type]


def test_causes_at_the_same_moment_make_one_alert(world: Any, at_once: Any) -> None:
    def cause() -> None:
        with world.writing() as session:
            add_cause(session, Cause(AlertKind.UNKNOWN_SERIAL, 7), world.now)

    assert at_once([cause] * 12) == [None] * 12
    assert [each.count for each in alerts(world)] == [12]


LIMITS = TryLimits(per_minute=3, of_source=100, of_all=10)


def guess(world: Any, issued: Any, n: int, source: str = "192.0.2.1") -> str:
    confirming = replace(world.edge.confirming, limits=LIMITS)
    attempt = HiddenAttempt(Look(issued.code(n), "phone", source), "00000000")
    with world.writing() as session:
        return confirm(session, attempt, confirming, world.now).verdict.value


def test_tries_past_the_limit_alert_the_stamps_party(world: Any) -> None:
    issued = world.issue(5)
    said = [guess(world, issued, 2) for _ in range(5)]
    assert said == ["wrong_hidden_code"] * 3 + ["too_many_tries"] * 2
    (alert,) = alerts(world)
    assert alert.kind is AlertKind.HIDDEN_CODE_GUESSING and alert.count == 2
    assert (alert.run_id, alert.serial) == (issued.run.id, issued.serial(2))
    assert (alert.party_id, alert.batch_id) == (world.producer.party.id, issued.batch.id)


def test_the_brake_is_one_alert_for_the_officers(world: Any) -> None:
    issued = world.issue(20)
    for n in range(9):
        guess(world, issued, n, f"198.51.100.{n}")
    assert alerts(world) == []
    for n in range(9, 12):
        guess(world, issued, n, f"198.51.100.{n}")
    (alert,) = alerts(world)
    assert alert.kind is AlertKind.HIDDEN_CODE_GUESSING and alert.count == 3
    assert alert.run_id is alert.party_id is None


def test_a_hidden_code_for_a_stamp_that_was_never_issued_alerts_too(world: Any) -> None:
    attempt = HiddenAttempt(Look(never_issued(world), "phone", "192.0.2.1"), "00000000")
    with world.writing() as session:
        confirm(session, attempt, world.edge.confirming, world.now)
    assert [each.kind for each in alerts(world)] == [AlertKind.UNKNOWN_SERIAL]


def test_an_alert_goes_with_the_transaction_that_raised_it(world: Any) -> None:
    with pytest.raises(ZeroDivisionError), world.writing() as session:
        sent = Look(never_issued(world), "phone", "192.0.2.1")
        examined = examine(session, sent, world.edge.scanning, world.now)
        raise_alerts(session, examined, sent, world.now)
        raise ZeroDivisionError
    assert alerts(world) == []
