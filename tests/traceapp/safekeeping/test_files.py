"""Files are there whole, private and alone, or not at all."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from traceapp.safekeeping.files import (
    BackupTrouble,
    CutShort,
    check_new,
    copy_exactly,
    new_file,
    scratch,
)


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with new_file(file) as out:
        out.write(b"whole")
        assert not file.exists()
    assert file.read_bytes() == b"whole" and list(tmp_path.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_was_given_up_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_file(tmp_path / "file") as out:
        out.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with pytest.raises(BackupTrouble, match="somebody else"), new_file(file):
        file.write_text("theirs")
    assert file.read_text() == "theirs" and list(tmp_path.iterdir()) == [file]
    with pytest.raises(BackupTrouble, match="there already"):
        check_new(file)
    with pytest.raises(BackupTrouble, match="no folder"):
        check_new(tmp_path / "none" / "file")


def test_what_sqlite_leaves_beside_a_copy_goes_with_it(tmp_path: Path) -> None:
    with scratch(tmp_path / "file") as aside:
        aside.touch()
        aside.with_name(f"{aside.name}-journal").touch()
    assert list(tmp_path.iterdir()) == []


def test_exactly_so_many_bytes_are_copied_and_summed() -> None:
    data = os.urandom(3_000_000)
    out, counted = BytesIO(), []
    summed = copy_exactly(BytesIO(data + b"more"), len(data), out, counted.append)
    assert out.getvalue() == data and summed == sha256(data).hexdigest()
    assert sum(counted) == len(data) and max(counted) < len(data)
    with pytest.raises(CutShort):
        copy_exactly(BytesIO(data), len(data) + 1, BytesIO(), counted.append)
