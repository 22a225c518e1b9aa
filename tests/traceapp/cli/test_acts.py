"""Everything the API does, by command."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest
from click.testing import CliRunner

from traceapp.api import ROUTES
from traceapp.cli import main
from traceapp.cli.acts import name_of
from traceapp.edge import open_edge, prepare
from traceapp.records.alerts import AlertKind, Cause, add_cause
from traceapp.settings import Settings

PASSWORD = "con cá vàng bơi"


def test_every_route_of_the_api_has_a_command_of_its_own() -> None:
    names = [name_of(route) for route in ROUTES if not route.media]
    assert len(set(names)) == len(names)
    for noun, verb in names:
        assert verb in main.commands[noun].commands, (noun, verb)


def test_commands_are_named_as_people_would() -> None:
    found = {noun: sorted(main.commands[noun].commands) for noun, _ in map(name_of, ROUTES[:6])}
    assert found["party"] == ["add", "approve", "correct", "list", "reject", "show"]
    assert {"request", "run", "activation", "void", "recall", "scan"} <= set(main.commands)


def test_a_stamp_lives_from_registration_to_a_recall(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, issued: Any
) -> None:
    """On both databases."""
    monkeypatch.setenv("TRACEAPP_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TRACEAPP_DATABASE_URL", settings.url)
    monkeypatch.setenv("TRACEAPP_BASE_URL", "https://tem.example.vn")
    monkeypatch.setenv("TRACEAPP_ACTOR", "officer@example.vn")
    edge = open_edge(settings)
    prepare(edge)
    edge.database.close()

    def do(*arguments: object, given: str | None = None) -> Any:
        result = CliRunner().invoke(main, [str(each) for each in arguments], input=given)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    do("user", "add", "officer@example.vn", "--role", "officer", given=f"{PASSWORD}\n")
    do.json = do  # type: ignore[attr-defined]
    run = issued(do)
    first, last = run["first_serial"], run["last_serial"]
    active = do(
        *("activation", "add", run["id"], "--first-serial", first, "--last-serial", last - 1)
    )
    assert active["quantity"] == 19
    do(
        *("void", "add", run["id"], "--first-serial", last, "--last-serial", last),
        *("--reason", "damaged", "--note", "Ướt"),
    )
    told = do("run", "show", run["id"])
    assert (told["active"], told["waiting"], told["void"]) == (19, 0, 1)
    recall = do(
        *("recall", "add", "--batch-id", run["batch_id"], "--severity", "warning"),
        *("--reason", "Sai nhãn", "--notice", "Trả lại nơi mua."),
        *("--serial-range", json.dumps({"first_serial": first, "last_serial": first + 3})),
    )
    assert recall["serial_ranges"] == [{"first_serial": first, "last_serial": first + 3}]
    closed = do("recall", "close", recall["id"], "--outcome", "withdrawn", "--reason", "Nhầm")
    assert closed["state"] == "withdrawn"
    assert do("scan", "list", "--run-id", run["id"]) == {"items": [], "next_cursor": None}
    assert [each["id"] for each in do("activation", "list", run["id"])["items"]] == [active["id"]]


def test_the_same_rules_apply_to_the_account_that_acts(traceapp: Any, run: Any) -> None:
    traceapp.json("user", "add", "admin@example.vn", "--role", "admin", given=f"{PASSWORD}\n")
    said = traceapp.refused("party", "approve", run["party_id"], "--as", "admin@example.vn")
    assert "may not do this" in said
    neighbour = ("user", "add", "neighbour@example.vn", "--role", "producer")
    traceapp.json(*neighbour, given=f"{PASSWORD}\n")
    said = traceapp.refused("run", "show", run["id"], "--as", "neighbour@example.vn")
    assert "no stamp run" in said


def test_nobody_acts_by_a_name_without_an_account(traceapp: Any) -> None:
    assert "no such account" in traceapp.refused("party", "list", "--as", "nobody@example.vn")
    assert "no such account" in traceapp.refused("party", "list", "--as", "")


@pytest.mark.parametrize("named", [None, "", "Operator"])
def test_the_operator_acts_where_nobody_is_named(
    empty: Any, issued: Any, named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if named is not None:
        monkeypatch.setenv("TRACEAPP_ACTOR", named)
    run = issued(empty)
    assert run["quantity"] == 20
    connection = sqlite3.connect(empty.data_dir / "traceapp.db")
    acted = connection.execute(
        "SELECT sign_in_name, role, demonstration, count(*) FROM acts "
        "JOIN accounts ON accounts.id = account_id GROUP BY accounts.id"
    ).fetchall()
    connection.close()
    assert acted == [("operator", "officer", 0, 6)]


def test_a_refusal_changes_nothing(traceapp: Any, run: Any) -> None:
    before = traceapp.json("run", "show", run["id"])
    last = run["last_serial"]
    said = traceapp.refused(
        *("activation", "add", run["id"], "--first-serial", last, "--last-serial", last + 1)
    )
    assert "is not in this run" in said and "last_serial" in said
    assert traceapp.json("run", "show", run["id"]) == before
    assert traceapp.json("activation", "list", run["id"])["items"] == []


PARTY = ("party", "add", "--kind", "household", "--name", "Hộ A", "--address", "Thôn 1")
BATCH = (
    *("batch", "add", "--product-id", 1, "--facility-id", 1, "--lot", "A2", "--quantity", 5),
    *("--produced-at", "2026-01-01T08:00:00+07:00", "--expires-at", "2099-01-01T08:00:00+07:00"),
)


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ((*PARTY, "--tax-code", "12"), "--tax-code"),
        ((*PARTY, "--kind", "shop"), "--kind"),
        (("party", "add", "--kind", "household", "--name", "Hộ A"), "--address"),
        (("facility", "add", "--party-id", "one"), "--party-id"),
        ((*BATCH, "--expires-at", "2099-01-01T08:00:00"), "--expires-at"),
        ((*BATCH, "--expiry", "{"), "--expiry"),
        ((*BATCH, "--expiry", '{"condition": "mát"}'), "--expiry"),
        ((*BATCH, "--attribute", "vat"), "--attribute"),
        ((*BATCH, "--attribute", "vat=1", "--attribute", "vat=2"), "--attribute"),
        (("scan", "list", "--since", "yesterday"), "--since"),
        (("scan", "list", "--limit", 0), "--limit"),
        (("party", "show", 0), "PARTY"),
    ],
)
def test_a_bad_value_names_its_option(traceapp: Any, arguments: Any, option: str) -> None:
    assert option in traceapp.misused(*arguments)


def test_text_that_is_no_utf_8_is_wrong_usage(traceapp: Any) -> None:
    traceapp.misused(*PARTY, "--name", "H\udce1")


def test_attributes_and_expiries_reach_the_batch(traceapp: Any, run: Any) -> None:
    batch = traceapp.json(
        *BATCH,
        *("--attribute", "total_nitrogen_g_l=30.5", "--attribute", 'vat="12"'),
        *("--attribute", 'blended_from=["Chum 1", "Chum 2"]'),
        *("--attribute", "species=Cá cơm = ngon", "--attribute", "bottled_on=2026-01-01"),
        *("--sold-as", "Mát", "--expiry"),
        json.dumps({"condition": "Mát", "expires_at": "2099-01-01T08:00:00+07:00"}),
    )
    assert batch["attributes"] == {
        "total_nitrogen_g_l": 30.5,
        "vat": "12",
        "blended_from": ["Chum 1", "Chum 2"],
        "species": "Cá cơm = ngon",
        "bottled_on": "2026-01-01",
    }
    assert batch["expiries"][0]["condition"] == "Mát"
    wrong = ("--attribute", "total_nitrogen_g_l=ngon")
    assert "attributes.total_nitrogen_g_l" in traceapp.refused(*BATCH, "--lot", "A3", *wrong)


def test_vietnamese_is_written_in_utf_8(traceapp: Any, run: Any) -> None:
    result = traceapp("party", "show", run["party_id"])
    assert "Hộ Năm Quyên".encode() in result.stdout_bytes


def test_alerts_are_read_and_handled_by_commands(traceapp: Any, run: Any) -> None:
    edge = open_edge(Settings(data_dir=traceapp.data_dir))
    with edge.database.writing() as session:
        cause = Cause(AlertKind.WRONG_KEY, run["first_serial"], run["id"])
        add_cause(session, cause, edge.clock())
    edge.database.close()
    (listed,) = traceapp.json("alert", "list", "--state", "open")["items"]
    assert listed == traceapp.json("alert", "show", listed["id"])
    assert (listed["kind"], listed["run_id"], listed["count"]) == ("wrong_key", run["id"], 1)
    handled = traceapp.json("alert", "handle", listed["id"], "--note", "Đã hỏi người bán")
    assert (handled["state"], handled["note"]) == ("handled", "Đã hỏi người bán")
    assert traceapp.json("alert", "list", "--state", "open")["items"] == []
    assert "handled already" in traceapp.refused("alert", "handle", listed["id"], "--note", "x")
