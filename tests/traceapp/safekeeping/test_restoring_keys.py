"""Keys of a backup: those that stamps need are there afterwards, or the restore is refused."""

from __future__ import annotations

from typing import Any

import pytest
from backups import refused

from traceapp.edge import Edge, open_edge
from traceapp.records.key_files import KeyTrouble


def test_missing_keys_refuse_unless_that_is_wanted(world: Any, desk: Any, other: Edge) -> None:
    run = world.issue().run
    desk.take(keys=False)
    said = refused(desk, other, keys=False)
    assert run.key_id in said and "--without-keys" in said
    restored = desk.restore(other, keys=False, without_keys=True)
    hidden = world.edge.hidden_keys.ring().newest.id
    assert restored.missing_keys == (run.key_id, hidden)
    assert other.stamp_keys.absent and other.hidden_keys.absent


def test_keys_of_the_environment_are_enough(world: Any, desk: Any, other: Edge) -> None:
    world.issue()
    desk.take(keys=False)
    rings = {
        f"{purpose}_keys": type(other.settings.stamp_keys)(
            " ".join(key.secret.hex() for key in getattr(world.edge, f"{purpose}_keys").ring())
        )
        for purpose in ("stamp", "hidden")
    }
    edge = open_edge(other.settings.model_copy(update=rings))
    restored = desk.restore(edge, keys=False)
    assert restored.missing_keys == () and restored.upgrade  # which makes a session key
    assert not edge.stamp_keys.file.exists()
    edge.database.close()


def test_keys_that_are_there_stay_where_they_hold_the_copys(
    world: Any, desk: Any, other: Edge
) -> None:
    world.issue()
    desk.take()
    file = other.stamp_keys.file
    file.parent.mkdir(parents=True)
    other.hidden_keys.create()
    assert "hidden keys" in refused(desk, other)
    other.hidden_keys.file.unlink()
    more = world.edge.stamp_keys.file.read_text() + "ab" * 32 + "\n"
    file.write_text(more)
    file.chmod(0o644)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        desk.restore(other)
    file.chmod(0o600)
    desk.restore(other)
    assert file.read_text() == more


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "1", '{"format": 1}', "\xff", "[" * 100_000),
        '{"format": 1, "stamp": ["secret"], "hidden": [], "session": []}',
        '{"format": 1, "stamp": "abcd", "hidden": {}, "session": 5}',
        '{"format": 1, "stamp": [5], "hidden": [null], "session": [[]]}',
    ],
)
def test_keys_that_are_none_are_refused_and_never_quoted(
    world: Any, desk: Any, other: Edge, text: str
) -> None:
    desk.take()
    desk.keys_file.write_text(text, "latin-1")
    said = refused(desk, other)
    assert "no whole copy of keys" in said and "secret" not in said


def test_a_copy_of_keys_that_is_not_there_is_said(world: Any, desk: Any, other: Edge) -> None:
    desk.take()
    desk.keys_file.unlink()
    assert f"{desk.keys_file} cannot be read" in refused(desk, other)
    desk.file.unlink()
    assert str(desk.file) in refused(desk, other, keys=False)
