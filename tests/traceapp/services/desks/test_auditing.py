"""The log of scans: filters, pages, names, and the index that each question is answered from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement, Executable

from traceapp.records.scan_days import Place
from traceapp.records.scans import Agent, Scan, ScanKind
from traceapp.services.authority import Actor
from traceapp.services.desks.auditing import ScanFilter, filtered, list_scans, scan_lines
from traceapp.services.refusals import NotAllowed
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.scanning import Look, scan


@pytest.fixture
def issued(world: Any) -> Any:
    """A run whose stamps a person, a robot and an officer looked at, each a minute later."""
    issued = world.issue(10, lot="Mẻ 7")
    at = world.now
    for n, agent in enumerate((Agent.PERSON, Agent.PREVIEW, Agent.STAFF)):
        with world.writing() as session:
            look = Look(issued.code(n), "phone", "192.0.2.1", agent=agent)
            scan(session, look, world.edge.scanning, at + timedelta(minutes=n))
    with world.writing() as session:
        look = Look(issued.code(4), "phone", "192.0.2.1")
        attempt = HiddenAttempt(look, issued.hidden(4))
        confirm(session, attempt, world.edge.confirming, at + timedelta(minutes=9))
    return issued


def serials(world: Any, **wish: Any) -> list[int]:
    with world.reading() as session:
        found = list_scans(session, world.officer.actor, ScanFilter(**wish)).items
    return [each.serial for each in found]


def test_each_filter_finds_what_it_names_newest_first(world: Any, issued: Any) -> None:
    first, preview, staff, hidden = (issued.serial(n) for n in (0, 1, 2, 4))
    assert serials(world) == [hidden, staff, preview, first]
    assert serials(world, agent="person") == [hidden, first]
    assert serials(world, agent=Agent.PREVIEW) == [preview]
    assert serials(world, agent=Agent.STAFF) == [staff]
    assert serials(world, kind="look") == [staff, preview, first]
    assert serials(world, kind=ScanKind.HIDDEN_CODE) == [hidden]
    assert serials(world, verdict=Verdict.AUTHENTICATED) == [hidden]
    assert serials(world, serial=staff) == [staff]
    assert serials(world, run_id=issued.run.id, agent="staff", kind="look") == [staff]
    assert serials(world, agent="staff", kind="hidden_code") == []
    assert serials(world, lot="MẺ 7", kind="hidden_code") == [hidden]
    assert serials(world, lot="Mẻ") == []


def test_the_start_of_a_time_belongs_to_it_and_its_end_does_not(world: Any, issued: Any) -> None:
    minute = timedelta(minutes=1)
    since, until = world.now + minute, world.now + 2 * minute
    assert serials(world, since=since, until=until) == [issued.serial(1)]
    assert serials(world, since=until, until=since) == []


def test_pages_of_filtered_looks_hold_each_once(world: Any, issued: Any) -> None:
    found, cursor = [], None
    while True:
        wish = ScanFilter(agent=Agent.PERSON, limit=1, cursor=cursor)
        with world.reading() as session:
            page = list_scans(session, world.officer.actor, wish)
        found += [each.serial for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [issued.serial(4), issued.serial(0)]


def test_lines_carry_the_names_of_product_lot_and_province(world: Any, issued: Any) -> None:
    with world.writing() as session:
        row = session.scalars(sa.select(Scan).where(Scan.serial == issued.serial(4))).one()
        session.add(
            Place(
                scan_id=row.id,
                at=world.now,
                serial=row.serial,
                product_id=row.product_id,
                province="thanh-hoa",
            )
        )
    with world.reading() as session:
        lines = scan_lines(session, world.admin.actor, ScanFilter()).items
        told = list_scans(session, world.admin.actor, ScanFilter()).items
    assert [each.model_dump(include=set(type(told[0]).model_fields)) for each in lines] == [
        each.model_dump() for each in told
    ]
    assert [each.province for each in lines] == ["thanh-hoa", None, None, None]
    assert {(each.product_name, each.lot) for each in lines} == {
        (world.producer.product.name, "Mẻ 7")
    }


def test_a_forged_look_has_no_names(world: Any) -> None:
    with world.writing() as session:
        scan(session, Look("0000000B8FXF2GQRGF17", "p", "s"), world.edge.scanning, world.now)
    with world.reading() as session:
        (line,) = scan_lines(session, world.officer.actor, ScanFilter()).items
    assert (line.product_name, line.lot, line.province) == (None, None, None)


def test_names_cost_the_same_few_questions_for_any_number_of_lines(world: Any, issued: Any) -> None:
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa.event.listen(world.edge.database.engine, "before_cursor_execute", note)
    with world.reading() as session:
        scan_lines(session, world.officer.actor, ScanFilter())
    asked = [each for each in asked if each != "BEGIN"]
    assert len(asked) == 4  # the scans, products, batches, places


def test_a_producer_reads_no_log(world: Any, issued: Any) -> None:
    actor: Actor = world.producer.actor
    with world.reading() as session, pytest.raises(NotAllowed):
        scan_lines(session, actor, ScanFilter())


INDEXES = {
    "agent": Agent.STAFF,
    "kind": ScanKind.HIDDEN_CODE,
    "serial": 7,
    "verdict": Verdict.VOID,
    "run_id": 7,
    "product_id": 7,
    "batch_id": 7,
}


@pytest.mark.parametrize("name", [None, *INDEXES])
@pytest.mark.parametrize("later", [False, True])
def test_every_single_filter_is_answered_from_an_index_in_its_order(
    world: Any, name: str | None, later: bool
) -> None:
    wish = ScanFilter.model_validate({} if name is None else {name: INDEXES[name]})
    query = filtered(sa.select(*Scan.__table__.columns), wish)
    if later:
        query = query.where(
            sa.or_(Scan.at < world.now, sa.and_(Scan.at == world.now, Scan.id < 9)),
            Scan.at <= world.now,
        )
    query = query.order_by(Scan.at.desc(), Scan.id.desc()).limit(51)
    plan = explain(world, query)
    index = "ix_scans_at_id" if name is None else f"ix_scans_{name}_at_id"
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def explain(world: Any, query: Any) -> str:
    """The database's own words for how it answers a query."""
    with world.reading() as session:
        if world.edge.database.embedded:
            explained = session.execute(_Explain("EXPLAIN QUERY PLAN", query))
            return "\n".join(row[3] for row in explained)
        # The table is empty, and an empty table is sooner read than looked up.
        for way in ("seqscan", "bitmapscan"):
            session.execute(sa.text(f"SET LOCAL enable_{way} = off"))
        return "\n".join(row[0] for row in session.execute(_Explain("EXPLAIN", query)))


class _Explain(Executable, ClauseElement):
    """A query with the words before it that ask for its plan."""

    inherit_cache = False

    def __init__(self, words: str, query: Any) -> None:
        self.words, self.query = words, query


@compiles(_Explain)
def _explained(element: _Explain, compiler: Any, **given: Any) -> str:
    return f"{element.words} {compiler.process(element.query, **given)}"
