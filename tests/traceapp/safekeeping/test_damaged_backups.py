"""A backup that is damaged, altered or lacks something: refused, and nothing is put in place."""

from __future__ import annotations

import os
import tarfile
from typing import Any

import pytest
from backups import SQLITE, refused, rewrite, set_in_manifest, tree

from traceapp.edge import Edge


def test_a_wrong_sum_puts_nothing_in_place(world: Any, desk: Any, other: Edge) -> None:
    for shade in (10, 100):
        desk.add_picture(shade)
    desk.take()
    with tarfile.open(desk.file) as tar:
        last = tar.getmembers()[-2]
    with desk.file.open("r+b") as file:
        file.seek(last.offset_data + last.size - 1)
        file.write(b"\0")
    said = refused(desk, other)
    assert f"the sum of {last.name} is wrong" in said
    assert tree(other.settings.data_dir) == {}


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "keys/stamp.keys", "serials.highwater"])
def test_a_name_that_leads_elsewhere_puts_nothing_anywhere(
    world: Any, desk: Any, other: Edge, name: str
) -> None:
    desk.take()
    rewrite(desk.file, lambda members: members.update({name: b"evil"}))
    assert "none of ours" in refused(desk, other)
    assert not other.settings.data_dir.exists()


@SQLITE
@pytest.mark.parametrize("data", [b"", b"no database", b"SQLite format 3\0" + b"x" * 4096])
def test_a_database_that_is_none_is_refused(
    world: Any, desk: Any, other: Edge, data: bytes
) -> None:
    desk.take()
    rewrite(desk.file, lambda members: members.update({"traceapp.db": data}))
    assert "database cannot be used" in refused(desk, other)
    assert tree(other.settings.data_dir) == {}


@SQLITE
def test_a_damaged_database_is_refused(world: Any, desk: Any, other: Edge) -> None:
    desk.take()

    def damage(members: dict[str, bytes]) -> None:
        data = bytearray(members["traceapp.db"])
        data[20 * 4096 : 60 * 4096] = os.urandom(40 * 4096)
        members["traceapp.db"] = bytes(data)

    rewrite(desk.file, damage)
    assert "database cannot be used" in refused(desk, other)


@SQLITE
@pytest.mark.parametrize("lie", [{"next_serial": 0}, {"stamp_keys": []}, {"hidden_keys": []}])
def test_a_manifest_that_hides_what_the_database_needs_is_refused(
    world: Any, desk: Any, other: Edge, lie: dict[str, Any]
) -> None:
    world.issue()
    desk.take()
    set_in_manifest(desk.file, **lie)
    assert "manifest" in refused(desk, other)


@SQLITE
def test_a_backup_that_lacks_a_picture_is_refused(world: Any, desk: Any, other: Edge) -> None:
    desk.add_picture()
    desk.take()
    rewrite(desk.file, lambda members: members.pop(next(n for n in members if "-320" in n)))
    assert "other pictures" in refused(desk, other)
