"""Key files: closed to others, never replaced, and read again when another process adds a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from traceapp.records.key_files import KeyStore, KeyTrouble

ONE, TWO = "aa" * 32, "bb" * 32


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys" / "stamp.keys")


def test_a_first_key_is_random_and_closed_to_others(store: KeyStore, tmp_path: Path) -> None:
    store.create()
    other = KeyStore(tmp_path / "other.keys")
    other.create()
    assert len(store.ring()) == 1
    assert store.ring().newest.secret != other.ring().newest.secret
    assert store.file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_there_is_kept(store: KeyStore) -> None:
    store.create()
    key = store.ring().newest
    KeyStore(store.file).create()
    assert KeyStore(store.file).ring().newest == key


def test_a_rotation_adds_the_newest_and_keeps_the_rest(store: KeyStore) -> None:
    store.create()
    first = store.ring().newest
    second, third = store.rotate(), store.rotate()
    assert list(store.ring()) == [first, second, third]
    assert store.file.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in store.file.parent.iterdir()) == [
        "stamp.keys",
        "stamp.lock",
    ]


def test_a_rotation_is_seen_by_a_store_that_is_open_already(store: KeyStore) -> None:
    store.create()
    other = KeyStore(store.file)
    assert len(other.ring()) == 1
    added = store.rotate()
    assert other.ring().newest == added and len(other.ring()) == 2


def test_keys_of_the_environment_come_oldest_first(tmp_path: Path) -> None:
    for text in (f"{ONE},{TWO}", f"{ONE} {TWO}", f"{ONE}\n{TWO}\n", f" {ONE} ,\n{TWO.upper()}"):
        store = KeyStore(tmp_path / "none", text)
        assert [key.secret.hex() for key in store.ring()] == [ONE, TWO]
        store.create()
        assert not store.file.exists()
        with pytest.raises(KeyTrouble, match="environment"):
            store.rotate()


@pytest.mark.parametrize(
    "text", ["x", ONE[:-2], ONE + "00", f"{ONE} {ONE}", " ", ",", "é" * 64, ONE.replace("a", "g")]
)
def test_a_broken_ring_is_trouble_that_never_shows_the_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeyTrouble, match="64 hex digits") as caught:
        KeyStore(tmp_path / "none", text)
    assert ONE[:16] not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"zz", ONE.encode()[:-1], b"\x00"])
def test_a_broken_file_is_trouble_that_names_it(store: KeyStore, content: bytes) -> None:
    store.create()
    store.file.write_bytes(content)
    for ask in (store.ring, store.rotate):
        with pytest.raises(KeyTrouble, match=r"stamp\.keys.*64 hex digits"):
            ask()
    assert store.file.read_bytes() == content


def test_a_missing_file_is_trouble_and_a_rotation_does_not_replace_it(store: KeyStore) -> None:
    store.create()
    store.file.unlink()
    for ask in (store.ring, store.rotate):
        with pytest.raises(KeyTrouble, match=r"stamp\.keys is missing"):
            ask()
    assert not store.file.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o666])
def test_a_file_that_others_can_open_is_trouble(store: KeyStore, mode: int) -> None:
    store.create()
    store.ring()
    store.file.chmod(mode)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        store.ring()
    store.file.chmod(0o600)
    assert len(store.ring()) == 1


def test_a_folder_in_its_place_is_trouble(store: KeyStore) -> None:
    store.file.mkdir(parents=True, mode=0o700)
    with pytest.raises(KeyTrouble, match="cannot be read"):
        store.ring()
