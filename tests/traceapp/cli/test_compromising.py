"""`keys compromise`: what an operator types at three in the morning, after a laptop was stolen."""

from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "con cá vàng bơi"


def keys(traceapp: Any) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in traceapp.json("keys", "list")["items"]}


def test_one_command_declares_a_leak_makes_a_new_key_and_tells_whose_stamps_it_hits(
    traceapp: Any, run: Any
) -> None:
    first, last = run["first_serial"], run["last_serial"]
    traceapp.json(
        *("activation", "add", run["id"], "--first-serial", first, "--last-serial", first + 4)
    )
    told = traceapp.json("keys", "compromise", run["key_id"], "--note", "Máy tính bị mất")
    assert (told["key_id"], told["purpose"], told["note"]) == (
        *(run["key_id"], "stamp"),
        "Máy tính bị mất",
    )
    (made,) = told["replaced_by"]
    assert made["purpose"] == "stamp"
    (hit,) = told["stamp_runs"]
    assert (hit["party"], hit["product"], hit["lot"]) == ("Hộ Năm Quyên", "Nước mắm", "A1")
    assert (hit["first_serial"], hit["last_serial"]) == (first, last)
    assert (hit["active"], hit["waiting"], hit["void"]) == (5, 15, 0)
    listed = keys(traceapp)
    assert listed[run["key_id"]]["compromised"] and not listed[run["key_id"]]["newest"]
    assert listed[made["key_id"]]["newest"] and not listed[made["key_id"]]["compromised"]
    assert traceapp.json("run", "show", run["id"])["key_compromised"]
    refused = ("activation", "add", run["id"], "--first-serial", last, "--last-serial", last)
    assert "has leaked" in traceapp.refused(*refused)
    again = traceapp.refused("keys", "compromise", run["key_id"])
    assert "nothing was changed" in again and keys(traceapp) == listed


def test_new_stamps_are_signed_with_the_new_key(traceapp: Any, run: Any) -> None:
    made = traceapp.json("keys", "compromise", run["key_id"])["replaced_by"][0]["key_id"]
    ask = ("request", "add", "--product-id", run["product_id"], "--quantity", 5)
    request_id = traceapp.json(*ask)["id"]
    assert traceapp.json("request", "approve", request_id)["run"]["key_id"] == made


def test_leaks_are_read_by_commands_of_their_own(traceapp: Any, run: Any) -> None:
    told = traceapp.json("keys", "compromise", run["key_id"])
    assert traceapp.json("compromised-key", "list")["items"] == [
        traceapp.json("compromised-key", "show", told["id"])
    ]
    runs = traceapp.json("compromised-key", "runs", told["id"])
    assert runs["items"] == told["stamp_runs"]


def test_a_hidden_key_leaks_like_any_other(traceapp: Any, run: Any) -> None:
    hidden = next(each for each in keys(traceapp).values() if each["purpose"] == "hidden")
    told = traceapp.json("keys", "compromise", hidden["id"])
    assert told["purpose"] == "hidden" and len(told["stamp_runs"]) == 1
    assert len((traceapp.data_dir / "keys" / "hidden.keys").read_text().split()) == 2
    assert len((traceapp.data_dir / "keys" / "stamp.keys").read_text().split()) == 1


def test_keys_of_the_environment_are_replaced_there_before_the_leak_is_declared(
    traceapp: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = (traceapp.data_dir / "keys" / "stamp.keys").read_text().strip()
    monkeypatch.setenv("TRACEAPP_STAMP_KEYS", secret)
    said = traceapp.refused("keys", "compromise", run["key_id"])
    assert "TRACEAPP_STAMP_KEYS" in said and "last" in said and secret not in said
    assert traceapp.json("compromised-key", "list")["items"] == []
    monkeypatch.setenv("TRACEAPP_STAMP_KEYS", f"{secret},{'ab' * 32}")
    assert traceapp.json("keys", "compromise", run["key_id"])["replaced_by"] == []


def test_a_key_that_nobody_knows_is_refused(traceapp: Any) -> None:
    assert "keys list" in traceapp.refused("keys", "compromise", "00000000")
    assert "--key-id" in traceapp.misused("keys", "compromise", "x" * 40)
    assert "--note" in traceapp.misused("keys", "compromise", "00000000", "--note", "x" * 501)


def test_the_rules_of_the_account_that_acts_apply(traceapp: Any, run: Any) -> None:
    traceapp.json(
        "user", "add", "neighbour@example.vn", "--role", "producer", given=f"{PASSWORD}\n"
    )
    said = traceapp.refused("keys", "compromise", run["key_id"], "--as", "neighbour@example.vn")
    assert "may not do this" in said
    assert len((traceapp.data_dir / "keys" / "stamp.keys").read_text().split()) == 1
