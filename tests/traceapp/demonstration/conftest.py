"""The demonstration, played once on each database and then read by many tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from traceapp.demonstration import Script, read_script, set_up
from traceapp.edge import Edge, open_edge, prepare
from traceapp.services.authority import Actor
from traceapp.services.people.acting import actor_of_account
from traceapp.settings import Settings

NOW = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam


@dataclass(frozen=True)
class Played:
    """An installation that holds the demonstration, and the moment that it was made."""

    edge: Edge
    script: Script
    now: datetime

    @property
    def officer(self) -> Actor:
        with self.edge.database.reading() as session:
            return actor_of_account(session, self.script.officer.sign_in_name, demonstration=True)


@contextmanager
def _installation(folder: Path, url: str = "") -> Iterator[Edge]:
    settings = Settings(
        data_dir=folder,
        database_url=url,
        base_url="http://tem.example.vn",
        rate_limit_enabled=False,
    )
    edge = open_edge(settings, lambda: NOW)
    prepare(edge)
    yield edge
    edge.database.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    url = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"demonstration_{uuid4().hex[:8]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
    with _installation(tmp_path_factory.mktemp("demonstration"), url) as edge:
        script = read_script()
        set_up(edge, script, NOW)
        yield Played(edge, script, NOW)


@pytest.fixture
def installation(tmp_path: Path) -> Callable[[], AbstractContextManager[Edge]]:
    """An empty installation on SQLite."""
    return partial(_installation, tmp_path)
