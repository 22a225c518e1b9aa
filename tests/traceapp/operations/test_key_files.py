"""Keys and the high-water mark are missing, open or damaged: what is said, and what goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from structlog.testing import capture_logs

from traceapp.cli import main


@contextmanager
def missing(file: Path) -> Iterator[None]:
    aside = file.rename(file.with_suffix(".aside"))
    yield
    aside.rename(file)


@contextmanager
def readable_by_others(file: Path) -> Iterator[None]:
    file.chmod(0o644)
    yield
    file.chmod(0o600)


@contextmanager
def empty(file: Path) -> Iterator[None]:
    kept = file.read_bytes()
    file.write_bytes(b"")
    yield
    file.write_bytes(kept)


@pytest.fixture
def command(world: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a command in the installation of `world`."""
    settings = world.edge.settings
    for name in list(os.environ):
        if name.startswith("TRACEAPP_") or name in ("HOST", "PORT"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACEAPP_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TRACEAPP_DATABASE_URL", settings.url)
    return lambda *arguments: CliRunner().invoke(main, arguments)


@dataclass(frozen=True)
class Label:
    """What is printed, which is there whatever becomes of the keys."""

    world: Any
    code: str
    hidden: str

    def look(self) -> Any:
        return self.world.client().get(f"/S/{self.code}", headers={"Accept": "application/json"})

    def prove(self) -> Any:
        body = {"hidden_code": self.hidden}
        return self.world.client().post(f"/S/{self.code}/hidden-code", json=body)


@pytest.fixture
def label(world: Any) -> Label:
    issued = world.issue()
    return Label(world, issued.code(), issued.hidden())


def approve(world: Any, request_id: int) -> Any:
    path = f"/api/v1/stamp-requests/{request_id}/approval"
    return world.client().post(path, headers=world.officer.headers)


TROUBLES = [(missing, "is missing"), (readable_by_others, "chmod 600"), (empty, "no key ring")]


@pytest.mark.parametrize(("trouble", "said"), TROUBLES)
def test_without_stamp_keys_nothing_is_claimed_until_they_are_back(
    world: Any, label: Label, trouble: Any, said: str
) -> None:
    waiting = world.ask(5, world.batch())
    with trouble(world.edge.stamp_keys.file), capture_logs() as logs:
        for answer in (label.look(), label.prove()):
            assert (answer.status_code, answer.json["verdict"]) == (503, "unchecked")
        assert approve(world, waiting).status_code == 503
    assert any(said in str(entry.get("trouble")) for entry in logs)
    assert label.prove().json["authentication"] == "first"
    assert approve(world, waiting).status_code == 200


@pytest.mark.parametrize(("trouble", "said"), TROUBLES)
def test_without_hidden_keys_looks_go_on_and_nothing_is_spent(
    world: Any, label: Label, trouble: Any, said: str
) -> None:
    with trouble(world.edge.hidden_keys.file), capture_logs() as logs:
        assert label.look().json["verdict"] == "registered"
        assert label.prove().json["verdict"] == "unchecked"
    assert any(said in str(entry.get("trouble")) for entry in logs)
    assert label.prove().json["authentication"] == "first"


@pytest.mark.parametrize("ring", ["stamp", "hidden", "session"])
@pytest.mark.parametrize(("trouble", "said"), TROUBLES)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_start_without_a_ring_is_refused_in_a_line(
    world: Any, command: Any, ring: str, trouble: Any, said: str
) -> None:
    with trouble(world.edge.settings.data_dir / "keys" / f"{ring}.keys"):
        refused = command("serve")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ") and refused.stderr.count("\n") == 1
    assert said in refused.stderr and f"{ring}.keys" in refused.stderr


def test_a_damaged_mark_stops_approvals_alone(world: Any, label: Label) -> None:
    waiting = world.ask(5, world.batch())
    mark = world.edge.mark.file
    whole = mark.read_bytes()
    for damaged in (b"", b"12", b"-1\n", b"\xff\xfe\n", b"9" * 40 + b"\n"):
        mark.write_bytes(damaged)
        refused = approve(world, waiting)
        assert (refused.status_code, refused.json["code"]) == (503, "mark")
        assert "counter advance" in refused.json["title"] and mark.name in refused.json["title"]
        assert label.look().json["verdict"] == "registered"
        assert mark.read_bytes() == damaged
    mark.write_bytes(whole)
    assert approve(world, waiting).status_code == 200


def test_a_damaged_mark_that_is_moved_away_is_made_anew(world: Any, command: Any) -> None:
    before = world.issue().run.last_serial
    waiting = world.ask(5, world.batch())
    mark = world.edge.mark.file
    mark.write_text("many\n")
    assert "Move it away" in command("counter", "advance").stderr
    mark.rename(mark.with_suffix(".damaged"))
    assert command("counter", "advance").exit_code == 0
    assert approve(world, waiting).json["run"]["first_serial"] > before


def test_a_mark_that_is_out_of_reach_needs_no_advance(world: Any) -> None:
    waiting = world.ask(5, world.batch())
    mark = world.edge.mark.file
    aside = mark.rename(mark.with_suffix(".aside"))
    mark.mkdir()  # not to be read as a file, by root neither
    refused = approve(world, waiting)
    assert (refused.status_code, refused.json["code"]) == (503, "mark_away")
    mark.rmdir()
    aside.rename(mark)
    assert approve(world, waiting).status_code == 200


@pytest.mark.own_database
def test_a_database_of_a_newer_version_is_refused_in_a_line(world: Any, command: Any) -> None:
    with world.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for asked in (("serve",), ("db", "upgrade"), ("db", "downgrade"), ("forget",)):
        refused = command(*asked)
        assert refused.exit_code == 1, refused.output
        assert refused.stderr.startswith("Error: ") and refused.stderr.count("\n") == 1
        assert "newer version of traceapp: install that version" in refused.stderr
    with world.reading() as session:
        assert session.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"
