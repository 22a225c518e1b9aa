"""A look at a stamp: what is answered, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from stamps import BLOCK, Key, LinkForm, sign
from traceapp.edge import open_edge, prepare
from traceapp.records.key_files import KeyTrouble
from traceapp.records.scans import Agent
from traceapp.records.traces import Trace
from traceapp.services.scans.scanning import Answer, Look, examine, scan

GTIN = "8938505974194"


def look(world: Any, text: str, phone: str = "phone", **given: Any) -> Answer:
    values = {"source": "192.0.2.1"} | given
    with world.writing() as session:
        return scan(session, Look(text, phone, **values), world.edge.scanning, world.now)


def told(answer: Answer) -> tuple[str, list[str]]:
    return answer.verdict.value, [each.value for each in answer.reasons]


def rows(world: Any, query: str) -> list[tuple[Any, ...]]:
    with world.edge.database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def expire(issued: Any) -> None:
    issued.world.now += timedelta(days=1000)


STATES: list[tuple[str, bool, Callable[[Any], Any], str]] = [
    ("registered", True, lambda issued: None, "registered"),
    ("not activated", False, lambda issued: None, "not_activated"),
    ("void", True, lambda issued: issued.void(), "void"),
    ("void before use", False, lambda issued: issued.void(), "void not_activated"),
    ("recalled", True, lambda issued: issued.recall(), "recalled"),
    ("recalled before use", False, lambda issued: issued.recall(), "recalled not_activated"),
    ("expired", True, expire, "expired"),
    (
        "all at once",
        False,
        lambda issued: (issued.recall(), issued.void(), expire(issued)),
        "recalled void not_activated expired",
    ),
]


@pytest.mark.parametrize(("name", "active", "act", "told_so"), STATES, ids=[s[0] for s in STATES])
def test_the_worst_fact_is_the_verdict_and_every_fact_is_told(
    world: Any, name: str, active: bool, act: Callable[[Any], Any], told_so: str
) -> None:
    issued = world.issue(3, activate=active)
    act(issued)
    answer = look(world, issued.code())
    reasons = told_so.split()
    assert told(answer) == (reasons[0], [] if reasons == ["registered"] else reasons)
    assert answer.serial == issued.serial() and answer.origin is not None


def test_each_look_is_kept_with_its_answer(world: Any) -> None:
    issued = world.issue(2)
    look(world, issued.code())
    issued.void(0)
    look(world, issued.code(), typed=True, agent=Agent.PREVIEW)
    kept = rows(
        world, "SELECT serial, verdict, reasons, typed, agent, run_id FROM scans ORDER BY id"
    )
    assert kept == [
        (issued.serial(), "registered", "", False, "person", issued.run.id),
        (issued.serial(), "void", "void", True, "preview", issued.run.id),
    ]


def test_a_code_that_somebody_made_up_is_forged_whatever_serial_it_claims(world: Any) -> None:
    issued = world.issue(3)
    stranger = Key(bytes(32))
    for serial in (issued.serial(), issued.run.last_serial + 1, 50 * BLOCK):
        answer = look(world, sign(stranger, serial))
        assert told(answer) == ("forged", ["forged"])
        assert answer.serial is None and answer.origin is None and not answer.hidden_code


def test_one_wrong_letter_is_forged(world: Any) -> None:
    issued = world.issue(1)
    code = issued.code()
    for place in (7, 12, 19):
        other = "0" if code[place] != "0" else "1"
        assert look(world, code[:place] + other + code[place + 1 :]).verdict == "forged"


def test_another_key_of_the_ring_on_an_issued_serial_is_forged_by_a_wrong_key(world: Any) -> None:
    issued = world.issue(3)
    newer = world.edge.stamp_keys.rotate()
    assert told(look(world, sign(newer, issued.serial()))) == ("forged", ["forged", "wrong_key"])
    # And the older key signs nothing of a run that was issued under the newer one.
    later = world.issue(3)
    older = world.edge.stamp_keys.ring().get(issued.run.key_id)
    assert later.run.key_id == newer.id != issued.run.key_id
    assert told(look(world, sign(older, later.serial()))) == ("forged", ["forged", "wrong_key"])


def test_a_key_of_the_ring_on_a_serial_that_was_never_issued_is_unknown(world: Any) -> None:
    issued = world.issue(3)
    keys = [world.edge.stamp_keys.ring().newest, world.edge.stamp_keys.rotate()]
    serials = (issued.run.last_serial + 1, BLOCK, 70 * BLOCK)
    for key in keys:
        for serial in serials:
            answer = look(world, sign(key, serial))
            assert told(answer) == ("unknown", ["unknown"]) and answer.serial == serial
            assert answer.origin is None


def test_a_run_verifies_after_rotations_in_every_open_process(world: Any, settings: Any) -> None:
    issued = world.issue(3)
    other = open_edge(settings, lambda: world.now)
    assert other.stamp_keys.ring() == world.edge.stamp_keys.ring()
    world.edge.stamp_keys.rotate()
    later = world.issue(3)
    for code in (issued.code(), later.code()):
        with other.database.reading() as session:
            answer = examine(session, Look(code, "p", "s"), other.scanning, world.now).answer
        assert answer.verdict == "registered"
    other.database.close()


def test_a_run_whose_key_is_missing_is_trouble_and_never_called_forged(
    world: Any, unchanged: Any
) -> None:
    issued = world.issue(3)
    code = issued.code()
    file = world.edge.stamp_keys.file
    kept = file.read_bytes()
    file.unlink()
    world.edge.stamp_keys.create()
    with unchanged(), pytest.raises(KeyTrouble, match="restore it"):
        look(world, code)
    file.write_bytes(kept)
    assert look(world, code).verdict == "registered"


def test_preparing_makes_keys_and_a_mark_for_a_new_installation_alone(settings: Any) -> None:
    edge = open_edge(settings)
    prepare(edge)
    keys = edge.stamp_keys.ring(), edge.hidden_keys.ring()
    assert edge.mark.read() == 0
    prepare(edge)
    assert (edge.stamp_keys.ring(), edge.hidden_keys.ring()) == keys
    edge.database.close()


@pytest.mark.parametrize("store", ["stamp_keys", "hidden_keys"])
def test_preparing_never_makes_a_new_key_once_stamps_were_issued(world: Any, store: str) -> None:
    world.issue(1)
    file = getattr(world.edge, store).file
    file.unlink()
    prepare(world.edge)
    assert not file.exists()
    with pytest.raises(KeyTrouble, match="is missing"):
        getattr(world.edge, store).ring()


def test_the_shared_serials_of_two_runs_are_told_apart(world: Any) -> None:
    first, second = world.issue(2), world.issue(2, activate=False)
    assert look(world, first.code(1)).verdict == "registered"
    assert look(world, second.code(0)).verdict == "not_activated"
    last_of_block = sign(world.edge.stamp_keys.ring().newest, second.serial() - 1)
    assert look(world, last_of_block).verdict == "unknown"


def test_only_the_serials_of_a_recall_are_under_it(world: Any) -> None:
    issued = world.issue(10)
    ranges = [{"first_serial": issued.serial(3), "last_serial": issued.serial(5)}]
    issued.recall(serial_ranges=ranges)
    seen = [look(world, issued.code(n)).verdict.value for n in range(10)]
    assert seen == ["registered"] * 3 + ["recalled"] * 3 + ["registered"] * 4


def test_a_completed_recall_warns_for_ever_and_a_withdrawn_one_is_lifted(world: Any) -> None:
    for outcome, verdict in (("completed", "recalled"), ("withdrawn", "registered")):
        issued = world.issue(1)
        recall = issued.recall()
        issued.close_recall(recall.id, outcome)
        answer = look(world, issued.code())
        assert answer.verdict == verdict
        assert answer.origin.recall.state == outcome  # it was public, so it is still told of


def test_the_gravest_recall_that_stands_is_told(world: Any) -> None:
    issued = world.issue(1)
    for severity in ("warning", "danger", "info"):
        issued.recall(severity, reason=severity)
    assert look(world, issued.code()).origin.recall.severity == "danger"


def test_a_recall_of_the_batch_reaches_stamps_of_a_roll(world: Any) -> None:
    roll = world.issue(4, roll=True)
    batch = world.batch()
    roll.activate(0, 1, batch.id)
    roll.batch = batch
    roll.recall()
    seen = [look(world, roll.code(n)).verdict.value for n in range(4)]
    assert seen == ["recalled", "recalled", "not_activated", "not_activated"]
    assert look(world, roll.code(3)).origin.batch is None


@pytest.mark.parametrize("form", [LinkForm.GS1, LinkForm.GS1_LOT])
def test_a_link_that_claims_another_gtin_or_lot_is_suspicious(world: Any, form: LinkForm) -> None:
    issued = world.issue(1, gtin=GTIN, link_form=form, lot="LO-A")
    gtin, lot = "0" + GTIN, issued.run.lot
    agrees = look(world, issued.code(), gtin=gtin, lot=lot)
    assert agrees.verdict == "registered"
    assert look(world, issued.code()).verdict == "registered"  # a bare code claims nothing
    wrong = [("08938505974200", lot), (gtin, "LO-B"), ("x" * 500, lot), (gtin, "\x00\ud800" * 99)]
    for claimed_gtin, claimed_lot in wrong:
        answer = look(world, issued.code(), gtin=claimed_gtin, lot=claimed_lot)
        assert told(answer) == ("suspicious", ["link_mismatch"])
    assert look(world, issued.code(), gtin=gtin, lot=lot).verdict == "registered"


def test_what_a_link_leaves_out_is_no_claim_and_the_right_lot_never_a_wrong_one(world: Any) -> None:
    for form in (LinkForm.SHORT, LinkForm.GS1, LinkForm.GS1_LOT):
        issued = world.issue(1, gtin=GTIN, link_form=form, lot=f"LO-{form}")
        for gtin, lot in ((None, None), (GTIN, None), (GTIN, f"lo-{form}")):
            assert look(world, issued.code(), gtin=gtin, lot=lot).verdict == "registered"
    roll = world.issue(2, roll=True)
    batch = world.batch(lot="LO-R")
    roll.activate(0, 0, batch.id)
    assert look(world, roll.code(), lot="LO-R").verdict == "registered"
    assert "link_mismatch" in look(world, roll.code(1), lot="LO-R").reasons


def test_a_demonstrations_stamp_is_void_where_the_demonstration_is_over(world: Any) -> None:
    issued = world.issue(1)
    over = replace(world.edge.scanning, demonstration=False)
    with world.reading() as session:
        phone = Look(issued.code(), "phone", "192.0.2.1")
        assert examine(session, phone, over, world.now).answer.verdict == "void"
    assert look(world, issued.code()).verdict == "registered"


def test_an_address_cannot_be_followed_from_stamp_to_stamp(world: Any) -> None:
    issued = world.issue(2)
    look(world, issued.code(0))
    look(world, issued.code(1))
    with world.reading() as session:
        assert len(set(session.scalars(sa.select(Trace.source)))) == 2


def test_a_claim_is_cut_to_a_length_before_it_is_kept(world: Any) -> None:
    issued = world.issue(1, gtin=GTIN)
    look(world, issued.code(), gtin="9" * 5000, lot="a\x00\ud800\u202e" * 100)
    ((gtin, lot),) = rows(world, "SELECT link_gtin, link_lot FROM scans")
    assert gtin == "9" * 20 and len(lot) == 20 and "\x00" not in lot


@pytest.mark.parametrize("text", ["", "abc", "Z" * 20, "\x00" * 20, "U" * 20, "x" * 5000, "\ud800"])
def test_what_is_no_code_is_only_counted(world: Any, text: str) -> None:
    for _ in range(3):
        answer = look(world, text)
        assert told(answer) == ("malformed", ["malformed"]) and answer.why is not None
    assert rows(world, "SELECT count(*) FROM scans") == [(0,)]
    assert rows(world, "SELECT verdict, looks FROM look_counts") == [("malformed", 3)]
    assert rows(world, "SELECT count(*) FROM traces") == [(0,)]


def test_forged_looks_of_a_source_are_kept_up_to_a_limit_an_hour_then_counted(world: Any) -> None:
    limit = world.edge.settings.forged_kept_per_hour
    forged = sign(Key(bytes(32)), 7)
    for _ in range(limit + 3):
        assert look(world, forged).verdict == "forged"
    assert rows(world, "SELECT count(*) FROM scans") == [(limit,)]
    assert rows(world, "SELECT sum(looks) FROM look_counts") == [(3,)]
    look(world, forged, source="198.51.100.7")
    world.now += timedelta(hours=1)
    look(world, forged)
    assert rows(world, "SELECT count(*) FROM scans") == [(limit + 2,)]


def test_sessions_are_counted_and_not_looks(world: Any) -> None:
    issued = world.issue(1)
    assert look(world, issued.code(), "a").sessions == 1
    assert look(world, issued.code(), "a", fresh=False).sessions == 1  # the same phone again
    assert look(world, issued.code(), "b", source="198.51.100.7").sessions == 2
    assert look(world, issued.code(), "c").sessions == 2  # no cookie kept, same address
    world.now += timedelta(minutes=6)
    assert look(world, issued.code(), "d").sessions == 3
    world.now += timedelta(minutes=31)
    answer = look(world, issued.code(), "a", fresh=False)
    assert answer.sessions == 4 and answer.first_at < world.now
    look(world, issued.code(), "robot", agent=Agent.PREVIEW, source="203.0.113.9")
    assert rows(world, "SELECT looks, sessions FROM stamp_totals") == [(6, 4)]


def test_examining_keeps_nothing(world: Any, unchanged: Any) -> None:
    issued = world.issue(1)
    with unchanged(), world.reading() as session:
        found = examine(session, Look(issued.code(), "p", "s"), world.edge.scanning, world.now)
        assert found.answer.verdict == "registered" and found.answer.sessions == 0


def test_nothing_that_a_stranger_sends_is_refused(world: Any) -> None:
    issued = world.issue(1)
    strange = "\x00\ud800\u202e🐟" * 300
    answer = look(world, issued.code(), strange, source=strange, gtin=strange, lot=strange)
    assert answer.verdict == "suspicious"


def test_private_facts_of_a_batch_are_not_told_and_lapsed_stars_are_hidden(world: Any) -> None:
    hidden = [each.name for each in world.edge.kinds["fish_sauce"].attributes if not each.public]
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE products SET ocop_stars = 4, ocop_certificate = 'QĐ 1', "
            "ocop_until = '2026-06-16'"
        )
    issued = world.issue(1, attributes={"total_nitrogen_g_l": 30})
    with world.edge.database.engine.begin() as connection:
        if hidden:
            facts = '{"total_nitrogen_g_l": 30, "' + hidden[0] + '": "bí mật"}'
            kind = "text" if world.edge.database.embedded else "jsonb"
            change = f"UPDATE batches SET attributes = CAST(:facts AS {kind})"
            connection.execute(sa.text(change), {"facts": facts})
    answer = look(world, issued.code())
    assert answer.origin.batch.attributes == {"total_nitrogen_g_l": 30}
    assert "bí mật" not in repr(answer)
    assert answer.origin.product.ocop_stars == 4
    world.now += timedelta(hours=12)  # midnight in Vietnam: the certificate lapses that day
    assert look(world, issued.code()).origin.product.ocop_stars is None
