"""Keys and rings: fingerprints, order, and what is refused."""

import dataclasses
import pickle
from hashlib import sha256

import pytest

from stamps import BadKey, Key, KeyRing


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33), "a" * 32, bytearray(32), None])
def test_a_secret_of_another_size_or_type_is_refused(secret: object) -> None:
    with pytest.raises(BadKey) as refusal:
        Key(secret)  # type: ignore[arg-type]
    assert "aaa" not in str(refusal.value)


def test_the_id_is_a_fingerprint_of_the_secret(stamp_key: Key) -> None:
    assert stamp_key.id == sha256(b"traceapp/key/1/" + bytes(range(32))).hexdigest()[:8]
    assert stamp_key.id == "ea9c7373"


def test_a_key_cannot_be_changed_or_renamed(stamp_key: Key) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        stamp_key.secret = bytes(32)  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        stamp_key.id = "00000000"


def test_secrets_never_show_in_a_repr() -> None:
    key = Key(b"a secret that is thirty-two long")
    ring = KeyRing([key])
    for shown in (repr(key), str(key), f"{key}", repr(ring), str(ring), repr({"key": key})):
        assert "secret" not in shown
        assert key.secret.hex() not in shown
        assert key.id in shown


def test_a_ring_keeps_its_order(stamp_key: Key, hidden_key: Key, other_key: Key) -> None:
    ring = KeyRing([stamp_key, hidden_key, other_key])
    assert ring.newest == other_key
    assert list(ring) == [stamp_key, hidden_key, other_key]
    assert list(reversed(ring)) == [other_key, hidden_key, stamp_key]
    assert len(ring) == 3


def test_a_ring_finds_keys_by_id(stamp_key: Key, other_key: Key) -> None:
    ring = KeyRing([stamp_key])
    assert ring.get(stamp_key.id) == stamp_key
    assert ring.get(other_key.id) is None
    assert stamp_key in ring
    assert other_key not in ring
    assert stamp_key.id not in ring


def test_a_ring_does_not_follow_the_list_it_was_made_from(stamp_key: Key, other_key: Key) -> None:
    keys = [stamp_key]
    ring = KeyRing(keys)
    keys.append(other_key)
    assert list(ring) == [stamp_key]


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(BadKey):
        KeyRing([])


def test_the_same_key_twice_is_refused(stamp_key: Key, other_key: Key) -> None:
    with pytest.raises(BadKey):
        KeyRing([stamp_key, other_key, Key(bytes(range(32)))])


def test_equal_rings_are_equal_and_survive_a_process_boundary(stamp_key: Key) -> None:
    ring = KeyRing([stamp_key])
    assert pickle.loads(pickle.dumps(ring)) == ring == KeyRing([Key(bytes(range(32)))])
    assert hash(ring) == hash(KeyRing([stamp_key]))
