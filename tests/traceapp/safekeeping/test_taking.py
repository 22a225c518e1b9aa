"""Taking a backup: everything that a row names, or no file at all."""

from __future__ import annotations

import errno
import json
import os
import resource
import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from traceapp.records.key_files import KeyTrouble
from traceapp.safekeeping import BackupTrouble, take_backup
from traceapp.safekeeping.archive import Manifest

# On PostgreSQL the database has no part in a backup.
SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def manifest(file: Path) -> Manifest:
    with tarfile.open(file) as tar:
        listed = tar.extractfile("manifest.json")
        assert listed is not None
        return Manifest.model_validate_json(listed.read())


def refused(desk: Any, **given: Any) -> str:
    """Takes a backup that must be refused, and leave the folder as it was."""
    before = sorted(desk.folder.iterdir())
    with pytest.raises(BackupTrouble) as caught:
        desk.take(**given)
    assert sorted(desk.folder.iterdir()) == before
    return str(caught.value)


@SQLITE
def test_it_holds_the_database_and_every_picture(world: Any, desk: Any) -> None:
    world.issue()
    desk.add_picture()
    taken = desk.take()
    with tarfile.open(desk.file) as tar:
        names = tar.getnames()
        tar.extractall(desk.folder / "out", filter="data")
    assert names[0] == "traceapp.db" and names[-1] == "manifest.json"
    assert desk.picture_files(desk.folder / "out") == desk.picture_files() != {}
    with sqlite3.connect(desk.folder / "out" / "traceapp.db") as copy:
        assert copy.execute("SELECT count(*) FROM stamp_runs").fetchone() == (1,)
    copy.close()
    assert taken.manifest == manifest(desk.file) and taken.missing_keys == ()
    assert desk.bar.done == desk.bar.total > 0


def test_it_tells_what_the_database_says_of_itself(world: Any, desk: Any) -> None:
    run = world.issue().run
    taken = desk.take().manifest
    assert taken.taken_at == world.now
    assert taken.database.next_serial > run.last_serial
    assert taken.database.stamp_keys == (run.key_id,)
    assert taken.database.hidden_keys == (world.edge.hidden_keys.ring().newest.id,)
    assert taken.database.kind in world.edge.settings.url


def test_on_postgresql_it_holds_pictures_and_no_rows(world: Any, desk: Any) -> None:
    desk.add_picture()
    taken = desk.take().manifest
    embedded = world.edge.database.embedded
    assert ("traceapp.db" in [each.name for each in taken.members]) == embedded
    assert len(taken.pictures) == 4


def test_secrets_and_the_mark_are_not_in_it(world: Any, desk: Any) -> None:
    issued = world.issue()
    desk.take()
    kept = desk.file.read_bytes()
    for store in (world.edge.stamp_keys, world.edge.hidden_keys, world.edge.session_keys):
        for key in store.ring():
            assert key.secret not in kept and key.secret.hex().encode() not in kept
    assert issued.hidden().encode() not in kept
    with tarfile.open(desk.file) as tar:
        assert not [name for name in tar.getnames() if "highwater" in name or "keys" in name]


def test_only_its_owner_reads_it(world: Any, desk: Any) -> None:
    before = os.umask(0)
    try:
        desk.take()
    finally:
        os.umask(before)
    for file in (desk.file, desk.keys_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(desk.folder.iterdir()) == [desk.file, desk.keys_file]


def test_keys_are_copied_only_where_that_is_wanted(world: Any, desk: Any) -> None:
    world.issue()
    world.edge.stamp_keys.rotate()
    desk.take()
    told = json.loads(desk.keys_file.read_text())
    for purpose in ("stamp", "hidden", "session"):
        ring = getattr(world.edge, f"{purpose}_keys").ring()
        assert told[purpose] == [key.secret.hex() for key in ring]
    for file in (desk.file, desk.keys_file):
        file.unlink()
    desk.take(keys=False)
    assert sorted(desk.folder.iterdir()) == [desk.file]


def test_a_key_that_runs_need_and_that_is_gone_is_told(world: Any, desk: Any) -> None:
    run = world.issue().run
    file = world.edge.stamp_keys.file
    world.edge.stamp_keys.rotate()
    file.write_text(file.read_text().splitlines()[1] + "\n")
    assert desk.take().missing_keys == (run.key_id,)


def test_where_keys_cannot_be_read_neither_file_is_left(world: Any, desk: Any) -> None:
    world.edge.hidden_keys.file.chmod(0o644)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        desk.take()
    assert list(desk.folder.iterdir()) == []
    desk.take(keys=False)  # The data can be backed up all the same.


def test_what_is_there_is_never_replaced(world: Any, desk: Any) -> None:
    for file in (desk.file, desk.keys_file):
        file.write_text("mine")
        assert "there already" in refused(desk)
        assert file.read_text() == "mine"
        file.unlink()
        file.symlink_to("nowhere")
        assert "there already" in refused(desk)
        file.unlink()


def test_what_came_to_be_there_meanwhile_is_not_replaced_either(world: Any, desk: Any) -> None:
    desk.bar.begin = lambda: desk.file.write_text("mine")
    with pytest.raises(BackupTrouble, match="somebody else"):
        desk.take()
    assert desk.file.read_text() == "mine" and list(desk.folder.iterdir()) == [desk.file]


@SQLITE
def test_a_picture_that_comes_while_copying_is_left_out(world: Any, desk: Any) -> None:
    first = desk.add_picture(10)
    desk.bar.begin = lambda: desk.add_picture(200)
    taken = desk.take().manifest
    assert {member.name.split("/")[2][:64] for member in taken.pictures} == {first.digest}
    assert len(desk.picture_files()) == 8


def test_files_that_no_row_names_are_left_out(world: Any, desk: Any) -> None:
    desk.add_picture()
    stray = world.edge.pictures.folder / "ab" / f"{'ab' * 32}-320.webp"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"of an act that was undone")
    assert len(desk.take().manifest.pictures) == 4


def test_a_picture_that_goes_while_copying_fails_the_backup(world: Any, desk: Any) -> None:
    desk.add_picture()
    lost = next(world.edge.pictures.folder.rglob("*-1080.webp"))
    desk.bar.begin = lost.unlink
    said = refused(desk)
    assert str(lost) in said and "missing" in said


def test_a_picture_that_is_not_there_fails_the_backup(world: Any, desk: Any) -> None:
    desk.add_picture()
    lost = next(world.edge.pictures.folder.rglob("*-320.jpg"))
    lost.unlink()
    assert f"{lost} is missing" in refused(desk)
    lost.mkdir()
    assert f"{lost} is missing" in refused(desk)


@SQLITE
def test_what_was_forgotten_is_not_in_it(world: Any, desk: Any) -> None:
    word = "một điều đã bị xóa khỏi cơ sở dữ liệu"
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE passing (text)")
        connection.exec_driver_sql("INSERT INTO passing VALUES (?)", (word,))
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.exec_driver_sql("DELETE FROM passing")
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(world.edge.database.place)
    logged = file.with_name(file.name + "-wal")
    assert word.encode() in file.read_bytes() + logged.read_bytes()
    desk.take()
    assert word.encode() not in desk.file.read_bytes()


@SQLITE
def test_a_damaged_database_is_never_taken_for_whole(world: Any, desk: Any) -> None:
    for _ in range(30):
        world.batch()
    world.edge.database.close()
    file = Path(world.edge.database.place)
    with sqlite3.connect(file) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'batches'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(os.urandom(size))
    said = refused(desk)
    assert str(file) in said and "malformed" in said


@contextmanager
def room_for(count: int) -> Iterator[None]:
    """No file may grow past `count` bytes: a disk that is full, as far as a writer can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_full_disk_leaves_no_half_file(world: Any, desk: Any, share: float) -> None:
    for shade in (10, 100, 200):
        desk.add_picture(shade)
    desk.take()
    whole = desk.file.stat().st_size
    for file in (desk.file, desk.keys_file):
        file.unlink()
    with room_for(int(whole * share)):
        said = refused(desk)
    assert said.startswith("No backup was taken: ")
    assert str(desk.folder) in said
    desk.take()


def test_a_place_that_cannot_be_written_says_so(world: Any, desk: Any) -> None:
    desk.folder = Path("/sys")  # nobody can make a file here, not even root
    with pytest.raises(BackupTrouble) as caught:
        desk.take(keys=False)
    assert os.strerror(errno.EACCES) in str(caught.value) or "Read-only" in str(caught.value)
    desk.folder = Path("/no/such/folder")
    with pytest.raises(BackupTrouble, match="no folder /no/such/folder"):
        desk.take(keys=False)


def test_keys_in_the_same_file_are_refused(world: Any, desk: Any) -> None:
    with pytest.raises(BackupTrouble, match="apart"):
        take_backup(world.edge, desk.file, desk.file, desk.bar)
    assert list(desk.folder.iterdir()) == []
