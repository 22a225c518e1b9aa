"""`keys` and `counter`."""

from __future__ import annotations

from typing import Any

import pytest

from stamps import BLOCK


def test_keys_are_listed_with_the_runs_that_use_them(traceapp: Any, run: Any) -> None:
    items = traceapp.json("keys", "list")["items"]
    assert [(each["purpose"], each["newest"], each["runs"], each["here"]) for each in items] == [
        ("stamp", True, 1, True),
        ("hidden", True, 1, True),
    ]
    assert items[0]["id"] == run["key_id"]


def test_no_secret_is_listed(traceapp: Any) -> None:
    listed = traceapp("keys", "list").stdout + traceapp("keys", "rotate").stdout
    for file in (traceapp.data_dir / "keys").iterdir():
        for secret in file.read_text().split():
            assert secret not in listed


@pytest.mark.parametrize(
    ("purpose", "keys"), [("stamp", (2, 1)), ("hidden", (1, 2)), ("both", (2, 2))]
)
def test_rotating_adds_a_key_that_signs_new_runs(traceapp: Any, purpose: str, keys: Any) -> None:
    added = {each["id"] for each in traceapp.json("keys", "rotate", purpose)["items"]}
    items = traceapp.json("keys", "list")["items"]
    counted = [sum(each["purpose"] == wanted for each in items) for wanted in ("stamp", "hidden")]
    assert tuple(counted) == keys
    assert added <= {each["id"] for each in items if each["newest"]}


def test_a_key_that_runs_need_and_that_is_gone_is_listed_as_missing(
    traceapp: Any, run: Any
) -> None:
    file = traceapp.data_dir / "keys" / "stamp.keys"
    traceapp.json("keys", "rotate", "stamp")
    file.write_text(file.read_text().splitlines()[1] + "\n")
    gone = [each for each in traceapp.json("keys", "list")["items"] if not each["here"]]
    assert [(each["id"], each["runs"]) for each in gone] == [(run["key_id"], 1)]


def test_keys_of_the_environment_are_not_rotated_and_neither_ring_changes(
    traceapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = traceapp.data_dir / "keys" / "stamp.keys"
    before = file.read_text()
    monkeypatch.setenv("TRACEAPP_HIDDEN_KEYS", "ab" * 32)
    assert "TRACEAPP_HIDDEN_KEYS" in traceapp.refused("keys", "rotate")
    assert file.read_text() == before


def test_the_counter_moves_past_everything_known(traceapp: Any, run: Any) -> None:
    told = traceapp.json("counter", "advance", "--room", "100000")
    assert told["next_serial"] > run["last_serial"] + 100000
    assert told["next_serial"] % BLOCK == 0
    assert (traceapp.data_dir / "serials.highwater").read_text() == f"{told['next_serial']}\n"


def test_the_counter_leaves_ten_million_serials_by_itself(traceapp: Any) -> None:
    assert traceapp.json("counter", "advance")["next_serial"] > 10_000_000


def test_the_counter_never_goes_back(traceapp: Any) -> None:
    assert "--room" in traceapp.misused("counter", "advance", "--room", "-1")
    assert "not enough serials" in traceapp.refused("counter", "advance", "--room", 2**40)


def test_a_database_without_its_mark_is_trusted_after_the_counter_advanced(
    traceapp: Any, run: Any
) -> None:
    (traceapp.data_dir / "serials.highwater").unlink()
    ask = ("request", "add", "--product-id", run["product_id"], "--quantity", 5)
    request_id = traceapp.json(*ask)["id"]
    assert "traceapp counter advance" in traceapp.refused("request", "approve", request_id)
    serial = traceapp.json("counter", "advance")["next_serial"]
    assert traceapp.json("request", "approve", request_id)["run"]["first_serial"] == serial
