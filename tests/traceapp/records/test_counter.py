"""The high-water mark in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from traceapp.records.counter import HighWaterMark, MarkTrouble

DAMAGED = [b"", b"\n", b"4096", b"abc\n", b"-4096\n", b"40 96\n", b"4_096\n", b"0x10\n", b"\xff\n"]
DAMAGED += ["４０９６\n".encode(), b"4096\n4096\n", b" 4096\n", b"1" * 13 + b"\n", b"4096\x00\n"]


@pytest.fixture
def mark(tmp_path: Path) -> HighWaterMark:
    return HighWaterMark(tmp_path / "new" / "serials.highwater")


def test_there_is_none_before_the_first_serial(mark: HighWaterMark) -> None:
    assert mark.read() is None


def test_it_rises_and_never_falls(mark: HighWaterMark) -> None:
    for serial, standing in ((4096, 4096), (0, 4096), (4095, 4096), (12288, 12288), (1, 12288)):
        mark.raise_to(serial)
        assert mark.read() == standing


def test_it_leaves_no_half_written_file_in_its_place(mark: HighWaterMark) -> None:
    mark.raise_to(4096)
    mark.file.with_suffix(".new").write_text("81", "ascii")  # a crash while it was written aside
    assert mark.read() == 4096
    mark.raise_to(8192)
    assert mark.read() == 8192


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_no_number_and_is_not_replaced(
    mark: HighWaterMark, content: bytes
) -> None:
    mark.raise_to(4096)
    mark.file.write_bytes(content)
    with pytest.raises(MarkTrouble, match=r"serials\.highwater"):
        mark.read()
    with pytest.raises(MarkTrouble, match=r"serials\.highwater"):
        mark.raise_to(8192)
    assert mark.file.read_bytes() == content


def test_a_file_out_of_reach_is_trouble(mark: HighWaterMark) -> None:
    mark.file.mkdir(parents=True)
    with pytest.raises(MarkTrouble):
        mark.read()
    with pytest.raises(MarkTrouble):
        mark.raise_to(1)
