"""The play: made once and whole, through the services, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.database import Base, Database
from traceapp.demonstration import NotEmpty, Script, read_script, set_up
from traceapp.records.accounts import Account
from traceapp.records.decided import State
from traceapp.records.recalls import RecallState
from traceapp.records.scans import Scan
from traceapp.records.stamp_runs import StampRun
from traceapp.services.paging import PageWish
from traceapp.services.registry.opening_batches import list_batches
from traceapp.services.registry.recalling import list_recalls
from traceapp.services.registry.registering import list_facilities, list_products
from traceapp.services.runs.reading_runs import RunTold, list_runs
from traceapp.services.runs.requesting import list_requests

PAGE = PageWish(limit=200)


def counted(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0
            for name in Base.metadata.tables
        }


@pytest.fixture
def runs(played: Any) -> list[RunTold]:
    with played.edge.database.reading() as session:
        return list(list_runs(session, played.officer, PAGE).items)


def test_every_run_adds_up(runs: list[RunTold]) -> None:
    for run in runs:
        assert run.quantity == run.active + run.waiting + run.void
    assert any(run.active == run.quantity for run in runs)
    assert any(run.active and run.waiting and run.void for run in runs)
    assert any(run.waiting == run.quantity for run in runs)
    assert any(run.batch_id is None and run.active for run in runs)
    assert {run.link_form.value for run in runs} == {"short", "gs1", "gs1_lot"}


def test_there_is_something_in_every_state(played: Any) -> None:
    with played.edge.database.reading() as session:
        asks = (session, played.officer, PAGE)
        assert {each.state for each in list_requests(*asks).items} == set(State)
        assert State.SUBMITTED in {each.state for each in list_products(*asks).items}
        assert State.SUBMITTED in {each.state for each in list_facilities(*asks).items}
        recalls = {each.state for each in list_recalls(*asks).items}
        assert recalls == {RecallState.OPEN, RecallState.WITHDRAWN}
        batches = list_batches(*asks).items
        assert any(each.expires_at <= played.now for each in batches)
        assert any(each.expires_at > played.now and each.sold_as for each in batches)


def test_what_happened_first_was_written_first(played: Any) -> None:
    """Looks of other tests happen at the moment that the data was made, and not before."""
    with played.edge.database.reading() as session:
        moments = list(session.scalars(sa.select(Scan.at).order_by(Scan.id)))
    assert len([each for each in moments if each < played.now]) > 300
    assert moments == sorted(moments)
    assert moments[-1] <= played.now


def test_looks_were_answered_in_every_way(played: Any) -> None:
    with played.edge.database.reading() as session:
        played_looks = sa.select(Scan.verdict).where(Scan.at < played.now)
        verdicts = set(session.scalars(played_looks.distinct()))
    assert verdicts >= {
        *("forged", "recalled", "void", "not_activated", "expired", "registered"),
        *("authenticated", "already_authenticated", "wrong_hidden_code"),
    }
    # A serial that was never issued would throw the counter far when it is advanced.
    assert "unknown" not in verdicts


def test_accounts_and_runs_are_the_demonstrations(played: Any) -> None:
    assert played.edge.settings.demonstration
    with played.edge.database.reading() as session:
        assert all(session.scalars(sa.select(Account.demonstration)))
        assert all(session.scalars(sa.select(StampRun.demonstration)))


def test_it_is_not_played_twice(played: Any) -> None:
    before = counted(played.edge.database)
    with pytest.raises(NotEmpty):
        set_up(played.edge, played.script, played.now)
    assert counted(played.edge.database) == before


def _broken(script: Script) -> Script:
    """The script with a product of nobody in the middle."""
    lost = script.products[1].model_copy(update={"by": "nobody"})
    return script.model_copy(update={"products": (script.products[0], lost)})


def test_what_was_interrupted_is_played_from_the_start(installation: Any) -> None:
    script = read_script()
    with installation() as edge:
        empty = counted(edge.database)
        with pytest.raises(KeyError):
            set_up(edge, _broken(script), edge.clock())
        assert counted(edge.database) == empty
        set_up(edge, script, edge.clock())
        whole = counted(edge.database)
    assert whole["stamp_runs"] == len([each for each in script.requests if each.approved])
    assert whole["recalls"] == len(script.recalls)
    assert whole["activations"] == sum(len(each.activations) for each in script.requests)
    assert whole["redemptions"] > 20
