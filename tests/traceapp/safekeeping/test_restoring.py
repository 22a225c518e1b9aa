"""Restoring: all that was backed up, or nothing; and never a serial twice."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from backups import SQLITE, refused, set_in_manifest, tree

from traceapp.edge import Edge, open_edge, prepare
from traceapp.migrations import downgrade
from traceapp.records.counter import MarkTrouble
from traceapp.safekeeping import BackupTrouble, present
from traceapp.services.people.accounts import Role
from traceapp.services.refusals import Conflict
from traceapp.services.runs.issuing import advance_counter


def rows(edge: Edge, query: str) -> list[Any]:
    with edge.database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


@SQLITE
def test_everything_is_there_again(world: Any, desk: Any, other: Edge) -> None:
    world.issue()
    desk.add_picture()
    desk.take()
    restored = desk.restore(other)
    assert sorted(each.name for each in other.settings.data_dir.iterdir()) == [
        *("keys", "pictures", "serving.lock", "traceapp.db"),
    ]
    for table in ("stamp_runs", "activations", "accounts", "pictures", "counter"):
        query = f"SELECT * FROM {table} ORDER BY id"
        assert rows(other, query) == rows(world.edge, query) != []
    assert desk.picture_files(other.settings.data_dir) == desk.picture_files() != {}
    for purpose in ("stamp", "hidden", "session"):
        there, here = (getattr(each, f"{purpose}_keys").ring() for each in (other, world.edge))
        assert [key.secret for key in there] == [key.secret for key in here]
    assert (restored.upgrade, restored.advance, restored.missing_keys) == (False, True, ())


def test_on_postgresql_pictures_and_keys_come_back(world: Any, desk: Any, other: Edge) -> None:
    desk.add_picture()
    desk.take()
    restored = desk.restore(other)
    assert desk.picture_files(other.settings.data_dir) == desk.picture_files() != {}
    assert other.stamp_keys.ring().newest.id == world.edge.stamp_keys.ring().newest.id
    assert restored.advance


@SQLITE
def test_what_was_restored_is_its_owners_alone(world: Any, desk: Any, other: Edge) -> None:
    desk.take()
    desk.restore(other)
    folder = other.settings.data_dir
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("traceapp.db", "keys/stamp.keys", "keys/hidden.keys", "keys/session.keys"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


@SQLITE
def test_the_mark_is_never_touched_and_its_lack_stops_approvals(
    world: Any, desk: Any, other: Edge
) -> None:
    before = world.issue(5000, roll=True).run
    desk.take()
    desk.restore(other)
    assert not other.mark.file.exists()
    prepare(other)
    elsewhere = world.__class__(other, people=world.people)
    asked = elsewhere.ask(20, None)
    with pytest.raises(Conflict) as caught:
        elsewhere.approve(asked)
    assert caught.value.code == "counter_not_trusted"
    with elsewhere.writing() as session:
        advance_counter(session, other.mark, 10_000_000)
    assert elsewhere.approve(asked).first_serial > before.last_serial + 10_000_000


@SQLITE
def test_with_the_mark_kept_serials_go_on_after_it(world: Any, desk: Any) -> None:
    desk.take()
    later = world.issue(5000, roll=True).run
    mark = world.edge.mark.file.read_bytes()
    world.edge.database.close()
    for file in desk.data_dir.glob("traceapp.db*"):
        file.rename(desk.folder / file.name)
    restored = desk.restore(world.edge)
    assert world.edge.mark.file.read_bytes() == mark
    assert not restored.advance
    assert rows(world.edge, "SELECT * FROM stamp_runs") == []
    assert world.approve(world.ask(20, None)).first_serial > later.last_serial


@SQLITE
def test_a_mark_of_another_installation_is_not_relied_on(
    world: Any, desk: Any, other: Edge
) -> None:
    world.issue(5000, roll=True)
    desk.take()
    other.mark.raise_to(4096)
    said = refused(desk, other)
    assert str(other.mark.file) in said and "counter advance" in said
    assert other.mark.read() == 4096
    other.mark.file.write_text("damaged")
    with pytest.raises(MarkTrouble):
        desk.restore(other)


@SQLITE
@pytest.mark.parametrize("name", ["traceapp.db", "traceapp.db-wal", "traceapp.db-shm"])
def test_a_database_that_is_there_is_left_alone(
    world: Any, desk: Any, other: Edge, name: str
) -> None:
    desk.take()
    other.settings.data_dir.mkdir()
    (other.settings.data_dir / name).write_text("somebody's")
    said = refused(desk, other)
    assert str(other.settings.data_dir / name) in said and "move the old one away" in said


def test_a_server_that_is_running_is_left_alone(world: Any, desk: Any, other: Edge) -> None:
    desk.take()
    other.settings.data_dir.mkdir()
    with present(other.settings.data_dir):
        assert "stop it first" in refused(desk, other)
    desk.restore(other)


def test_a_backup_of_the_other_kind_is_refused(world: Any, desk: Any, other: Edge) -> None:
    desk.take()
    elsewhere = other.settings.data_dir.parent / "elsewhere"
    url = "postgresql:///nowhere" if world.edge.database.embedded else ""
    given = {"data_dir": elsewhere, "database_url": type(other.settings.database_url)(url)}
    edge = open_edge(other.settings.model_copy(update=given))
    said = refused(desk, edge)
    assert "sqlite" in said and "postgresql" in said and not elsewhere.exists()


def test_a_newer_version_is_refused(world: Any, desk: Any, other: Edge) -> None:
    desk.take()
    set_in_manifest(desk.file, revision="9999")
    assert "newer version" in refused(desk, other)


@SQLITE
def test_a_database_of_a_newer_version_is_not_hidden_by_its_manifest(
    world: Any, desk: Any, other: Edge
) -> None:
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    desk.take()
    set_in_manifest(desk.file, revision="0002")
    assert "manifest" in refused(desk, other)


@SQLITE
def test_an_older_version_is_restored_and_to_be_upgraded(
    world: Any, desk: Any, other: Edge
) -> None:
    downgrade(world.edge.database, "0002")
    desk.take()
    assert desk.restore(other).upgrade
    prepare(other)
    assert rows(other, "SELECT count(*) FROM compromised_keys") == [(0,)]


@SQLITE
def test_a_restore_that_is_interrupted_can_be_run_again(world: Any, desk: Any, other: Edge) -> None:
    desk.add_picture()
    desk.take()

    def stop() -> None:
        raise KeyboardInterrupt

    desk.bar.begin = stop
    with pytest.raises(KeyboardInterrupt):
        desk.restore(other)
    folder = other.settings.data_dir
    assert tree(folder) == {}
    # One that was killed could not tidy up.
    (folder / "restoring" / "pictures").mkdir(parents=True)
    (folder / "restoring" / "pictures" / "half").write_text("half")
    (folder / "traceapp.db.restoring").write_text("half")
    desk.bar.begin = lambda: None
    desk.restore(other)
    assert not (folder / "restoring").exists()
    assert not (folder / "traceapp.db.restoring").exists()


@SQLITE
def test_the_database_may_lie_elsewhere(world: Any, desk: Any, other: Edge) -> None:
    desk.take()
    place = desk.folder / "apart" / "rows.db"
    url = type(other.settings.database_url)(f"sqlite:///{place}")
    edge = open_edge(other.settings.model_copy(update={"database_url": url}))
    desk.restore(edge)
    assert rows(edge, "SELECT count(*) FROM accounts") == rows(
        world.edge, "SELECT count(*) FROM accounts"
    )
    edge.database.close()
    assert [file.name for file in place.parent.iterdir()] == ["rows.db"]


@SQLITE
@pytest.mark.parametrize("demonstration", [True, False])
def test_the_mark_of_a_demonstration_goes_with_its_data(
    world: Any, desk: Any, other: Edge, demonstration: bool
) -> None:
    if demonstration:
        world.edge.settings.demonstration_mark.touch()
    desk.take()
    other.settings.data_dir.mkdir()
    other.settings.demonstration_mark.touch()
    desk.restore(other)
    assert other.settings.demonstration_mark.exists() == demonstration


@SQLITE
def test_a_picture_that_is_damaged_here_is_mended(world: Any, desk: Any) -> None:
    desk.add_picture()
    whole = desk.picture_files()
    desk.take()
    world.edge.database.close()
    for file in world.edge.pictures.folder.rglob("*.webp"):
        file.write_bytes(b"rotten")
    for file in desk.data_dir.glob("traceapp.db*"):
        file.unlink()
    desk.restore(world.edge)
    assert desk.picture_files() == whole


@SQLITE
def test_sign_ins_go_on(world: Any, desk: Any, other: Edge) -> None:
    desk.take()
    desk.restore(other)
    assert other.session_keys.ring().newest.id == world.edge.session_keys.ring().newest.id
    elsewhere = world.__class__(other, people=world.people)
    client = elsewhere.client()
    answer = client.get("/api/v1/parties", headers=world.officer.headers)
    assert answer.status_code == 200 and world.officer.actor.role is Role.OFFICER


@SQLITE
def test_a_read_only_place_says_so_and_a_second_try_works(
    world: Any, desk: Any, other: Edge
) -> None:
    desk.take()
    edge = open_edge(other.settings.model_copy(update={"data_dir": Path("/sys/traceapp")}))
    with pytest.raises(BackupTrouble, match=r"No database was restored: .*/sys/traceapp"):
        desk.restore(edge)
    desk.restore(other)
    with sqlite3.connect(other.settings.data_dir / "traceapp.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
