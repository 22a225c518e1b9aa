"""The archive: written once, read by any tar, and nothing but what we wrote is taken."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from traceapp.safekeeping.archive import MOST_MANIFEST, ArchiveWriter, Facts, Manifest, read_archive
from traceapp.safekeeping.files import BackupTrouble

NOON = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)
DIGEST = "ab" * 32
DATABASE = b"rows" * 700
PICTURE = b"dots" * 100
NAMES = ["traceapp.db", f"pictures/ab/{DIGEST}-320.webp", f"pictures/ab/{DIGEST}-320.jpg"]

Change = Callable[[list[tuple[tarfile.TarInfo, bytes]]], Any]


def ignore(_count: int) -> None:
    pass


def honest() -> bytes:
    out = BytesIO()
    writer = ArchiveWriter(out, NOON)
    for name, data in zip(NAMES, (DATABASE, PICTURE, b""), strict=True):
        writer.add(name, BytesIO(data), len(data), ignore)
    facts = Facts(kind="sqlite", revision="1", next_serial=0, stamp_keys=("ab",), hidden_keys=())
    writer.finish(
        Manifest(
            service="1.0",
            taken_at=NOON,
            demonstration=False,
            database=facts,
            members=tuple(writer.members),
        )
    )
    return out.getvalue()


def changed(change: Change, kind: int = tarfile.GNU_FORMAT) -> bytes:
    """An honest archive, of which something was changed by somebody with another program."""
    with tarfile.open(fileobj=BytesIO(honest())) as tar:
        members = []
        for member in tar:
            data = tar.extractfile(member)
            assert data is not None
            members.append((member, data.read()))
    change(members)
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as tar:
        for member, data in members:
            tar.addfile(member, BytesIO(data))
    return out.getvalue()


def told(change: Callable[[dict[str, Any]], Any]) -> Change:
    """A change of the manifest alone."""

    def apply(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        listed, text = members.pop()
        manifest = json.loads(text)
        change(manifest)
        text = json.dumps(manifest).encode()
        listed.size = len(text)
        members.append((listed, text))

    return apply


def take_all(data: bytes) -> list[bytes]:
    archive = read_archive(BytesIO(data))
    taken = []
    for member in archive.manifest.members:
        out = BytesIO()
        archive.take_out(member, out, ignore)
        taken.append(out.getvalue())
    return taken


def refused(data: bytes) -> str:
    with pytest.raises(BackupTrouble) as caught:
        take_all(data)
    return str(caught.value)


def test_what_was_put_in_comes_out() -> None:
    assert take_all(honest()) == [DATABASE, PICTURE, b""]
    assert take_all(changed(lambda members: None)) == [DATABASE, PICTURE, b""]


def test_any_tar_reads_it() -> None:
    with tarfile.open(fileobj=BytesIO(honest())) as tar:
        assert tar.getnames() == [*NAMES, "manifest.json"]
        assert {member.mode for member in tar} == {0o600}
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
    sums = [each["sha256"] for each in manifest["members"]]
    assert sums == [sha256(data).hexdigest() for data in (DATABASE, PICTURE, b"")]
    assert manifest["taken_at"] == "2026-06-15T05:00:00Z"


@pytest.mark.parametrize("size", [2**33 + 1, 2**36])
def test_a_database_of_any_size_has_one_plain_header(size: int) -> None:
    class Endless(BytesIO):
        """Takes whatever is written, and keeps the beginning."""

        def write(self, data: Any) -> int:
            return super().write(data) if self.tell() < 4096 else len(data)

    class Zeros(BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            raise EOFError  # the header is there by now

    out = Endless()
    with pytest.raises(EOFError):
        ArchiveWriter(out, NOON).add("traceapp.db", Zeros(), size, ignore)
    header = tarfile.TarInfo.frombuf(out.getvalue()[:512], "ascii", "strict")
    assert (header.size, header.type) == (size, tarfile.REGTYPE)
    assert "cut short" in refused(out.getvalue())


@pytest.mark.parametrize(
    "name",
    [
        "../traceapp.db",
        "/etc/cron.d/mine",
        "pictures/../traceapp.db",
        f"pictures/ab/../../{DIGEST}-320.webp",
        "keys/stamp.keys",
        "serials.highwater",
        "demonstration",
        "traceapp.db-wal",
        f"pictures/ab/{DIGEST}-320.webp/",
        f"pictures/ab/{DIGEST}-320.webp\n",
        f"./pictures/ab/{DIGEST}-320.webp",
        f"pictures/ab/{DIGEST}-320.php",
        "x" * 200,
        "tệp",
        "",
    ],
)
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_name_that_is_none_of_ours_is_refused(name: str, listed: bool, kind: int) -> None:
    def rename(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[1][0].name = name
        if listed:
            told(lambda manifest: manifest["members"][1].update(name=name))(members)

    assert "no whole backup" in refused(changed(rename, kind))


@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE),
        *(tarfile.DIRTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE),
        *(tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, b"Z"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_what_is_no_plain_file_is_refused(kind: bytes, place: int) -> None:
    def turn(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[place][0].type = kind
        members[place][0].linkname = "/etc/passwd"

    assert "no whole backup" in refused(changed(turn))


def test_a_second_header_cannot_lead_the_reader_astray() -> None:
    def lie(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        # Python's own reader walked backwards for ever here (CVE-2025-8194).
        members[1][0].pax_headers = {"size": "-1024"}

    assert "none of ours" in refused(changed(lie, tarfile.PAX_FORMAT))


def _claim(size: int, name: str = NAMES[1]) -> bytes:
    header = tarfile.TarInfo(name)
    header.size = size
    return header.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


@pytest.mark.parametrize("size", [1, 2**20, 2**40, 2**49, 2**51, 2**70, -1, -1024, -(2**60)])
@pytest.mark.parametrize("name", [NAMES[0], "manifest.json"])
def test_a_size_that_is_not_there_is_refused(size: int, name: str) -> None:
    assert "no whole backup" in refused(_claim(size, name))
    assert "no whole backup" in refused(honest()[: 512 * 7] + _claim(size, name))


def test_a_manifest_too_large_to_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "large.tar"
    file.write_bytes(_claim(MOST_MANIFEST + 1, "manifest.json"))
    with file.open("r+b") as opened:
        opened.truncate(MOST_MANIFEST + 10_000)  # a hole, which takes no room
        with pytest.raises(BackupTrouble, match="too large"):
            read_archive(opened)


def test_wherever_it_is_cut_it_is_refused() -> None:
    whole = honest()
    end = len(whole) - 1024  # two empty blocks, which nobody needs
    for length in [*range(0, end - 512, 256), end - 512 - 1]:
        assert "no whole backup" in refused(whole[:length])


def test_wherever_a_byte_of_what_counts_is_changed_it_is_refused() -> None:
    whole = honest()
    starts = {"header": 0, "database": 512, "second header": 512 + 3072, "picture": 1024 + 3072}
    for place in starts.values():
        for offset in (0, 100, 130, 399):
            damaged = bytearray(whole)
            damaged[place + offset] ^= 1
            assert "no whole backup" in refused(bytes(damaged))


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members.pop(0),
        lambda members: members.pop(1),
        lambda members: members.pop(),
        lambda members: members.insert(0, members[1]),
        lambda members: members.insert(0, members.pop()),
        lambda members: members.insert(0, members.pop(1)),
        lambda members: members.clear(),
    ],
)
def test_members_are_those_of_the_manifest_in_their_order(change: Change) -> None:
    assert "no whole backup" in refused(changed(change))


def test_what_follows_the_manifest_is_never_read() -> None:
    added = changed(lambda members: members.append((tarfile.TarInfo("../evil"), b"")))
    assert take_all(added) == [DATABASE, PICTURE, b""]


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest["members"][0].update(bytes=1),
        lambda manifest: manifest["members"][0].update(bytes=-1),
        lambda manifest: manifest["members"][0].update(bytes=2**60),
        lambda manifest: manifest["members"][0].update(sha256="00" * 32),
        lambda manifest: manifest["members"][0].update(sha256="x"),
        lambda manifest: manifest["members"].append(manifest["members"][0]),
        lambda manifest: manifest["members"].clear(),
        lambda manifest: manifest["database"].update(kind="postgresql"),
        lambda manifest: manifest["database"].update(kind="mysql"),
        lambda manifest: manifest["database"].update(next_serial=-1),
        lambda manifest: manifest["database"].update(next_serial="0"),
        lambda manifest: manifest["database"].update(stamp_keys=["../../x"]),
        lambda manifest: manifest.update(more=1),
        lambda manifest: manifest.pop("database"),
        lambda manifest: manifest.update(taken_at="2026-06-15T05:00:00"),
        lambda manifest: manifest.update(taken_at="yesterday"),
    ],
)
def test_a_manifest_that_lies_is_refused(change: Any) -> None:
    assert "no whole backup" in refused(changed(told(change)))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_manifest_that_is_none_is_refused(text: bytes) -> None:
    def write(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[-1][0].size = len(text)
        members[-1] = (members[-1][0], text)

    said = refused(changed(write))
    assert "no whole backup" in said or "format" in said


@pytest.mark.parametrize("number", [0, 2, 99, "1", None])
def test_another_format_says_that_another_version_is_needed(number: Any) -> None:
    said = refused(changed(told(lambda manifest: manifest.update(format=number))))
    assert "version of traceapp that took it" in said


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 10240, b"SQLite format 3\0" * 100, b"\x1f\x8b" * 999]
)
def test_what_is_no_backup_is_refused(data: bytes) -> None:
    assert "no whole backup" in refused(data)


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2"])
def test_a_compressed_archive_is_refused_before_anything_is_unpacked(mode: Any) -> None:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        tar.addfile(tarfile.TarInfo("traceapp.db"), BytesIO())
    assert "no tar file" in refused(out.getvalue())
