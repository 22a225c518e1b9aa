"""`/metrics`: who may read it, and what it never holds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import SecretStr

from traceapp.attending import Ended
from traceapp.health.metrics import Metrics

TOKEN = "0123456789abcdefghij"
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}
LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


def ended(route: str | None = "scanner_page.stamp", **given: Any) -> Ended:
    values = {"method": "GET", "status": 200, "seconds": 0.01, "broke": False} | given
    facts = values.pop("facts", {})
    return Ended(**values, facts={"route": route, **facts})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_read_it(world: Any, address: str) -> None:
    answer = world.client().get("/metrics", environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "::ffff:10.0.0.1", "", "fe80::1"])
def test_to_others_it_is_not_there(world: Any, address: str) -> None:
    client = world.client()
    answer = client.get("/metrics", environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 404
    assert "traceapp_" not in answer.text


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"]
)
def test_what_a_proxy_handed_on_came_from_elsewhere(world: Any, name: str) -> None:
    assert world.client().get("/metrics", headers={name: "127.0.0.1"}).status_code == 404


def test_a_client_that_names_this_machine_behind_a_trusted_proxy_is_no_one(asked: Any) -> None:
    client = asked(trusted_proxies=1)
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 404),
        (f"Bearer {TOKEN}x", 404),
        ("Bearer ", 404),
        ("", 404),
        ("Bearer việt", 404),
    ],
)
def test_who_holds_the_token_may_read_it_from_anywhere(asked: Any, given: str, status: int) -> None:
    client = asked(metrics_token=SecretStr(TOKEN))
    headers = {"Authorization": given, "X-Forwarded-For": "203.0.113.9"}
    answer = client.get("/metrics", headers=headers, environ_overrides=STRANGER)
    assert answer.status_code == status


def test_without_a_token_no_token_opens_it(world: Any) -> None:
    for given in ("Bearer ", "Bearer", ""):
        answer = world.client().get(
            "/metrics", headers={"Authorization": given}, environ_overrides=STRANGER
        )
        assert answer.status_code == 404


def test_the_figures_of_the_records_are_true_whenever_they_are_read(world: Any) -> None:
    issued = world.issue(quantity=20)
    world.ask(10, world.batch())
    issued.recall()
    world.alert(issued)
    told = world.client().get("/metrics").text
    for line in (
        "traceapp_stamps_issued_total 20.0",
        "traceapp_stamp_requests_waiting 1.0",
        "traceapp_stamp_requests_oldest_seconds 0.0",
        "traceapp_recalls_open 1.0",
        "traceapp_holds_standing 0.0",
        "traceapp_notices_unseen 0.0",
        "traceapp_alerts_open 1.0",
    ):
        assert f"\n{line}\n" in told


def test_every_request_is_counted_by_face_method_and_status(world: Any) -> None:
    client = world.client()
    for path in ("/", "/S/nonsense", "/api/v1/parties", "/sign-in", "/no/such/page", "/healthz"):
        client.get(path, buffered=True)
    client.open("/", method="BREW", buffered=True)
    told = client.get("/metrics").text
    for face, method, status in (
        ("public", "GET", 200),
        ("public", "GET", 400),
        ("api", "GET", 401),
        ("web", "GET", 200),
        ("other", "GET", 404),
        ("health", "GET", 200),
        ("other", "other", 405),
    ):
        labels = f'face="{face}",method="{method}",status="{status}"'
        assert f"traceapp_requests_total{{{labels}}} 1.0" in told
    assert 'traceapp_request_seconds_count{face="public"} 2.0' in told
    assert "traceapp_requests_under_way 1.0" in told


def test_labels_are_taken_from_closed_lists() -> None:
    metrics = Metrics()
    for request in (
        ended(method="GET-AND-A-SECRET", status=299),
        ended(None, status=0, broke=True),
        ended(facts={"verdict": "registered"}),
        ended(method="POST", facts={"verdict": "authenticated", "authentication": "first"}),
        ended(method="POST", facts={"verdict": "too_many_tries"}),
        ended("entry.sign_in", method="POST", facts={"sign_in": "wrong_password"}),
        ended("officer.approve", method="POST", status=303, facts={"account": 4711}),
        ended("api.void", method="POST", status=409, facts={"account": 4711}),
        ended("api.void", method="POST", status=503, facts={"account": 4711}),
    ):
        metrics.begun()
        metrics.ended(request)
    told = metrics.text([]).decode()
    assert "SECRET" not in told and "4711" not in told
    for line in (
        'traceapp_looks_total{verdict="registered"} 1.0',
        'traceapp_hidden_codes_total{authentication="first"} 1.0',
        'traceapp_hidden_codes_total{authentication="too_many_tries"} 1.0',
        'traceapp_sign_ins_total{outcome="wrong_password"} 1.0',
        'traceapp_acts_total{outcome="done",route="officer.approve"} 1.0',
        'traceapp_acts_total{outcome="refused",route="api.void"} 1.0',
        'traceapp_acts_total{outcome="failed",route="api.void"} 1.0',
        'traceapp_requests_total{face="other",method="GET",status="broken"} 1.0',
    ):
        assert line in told, line


def test_a_verdict_that_is_not_in_the_list_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="a code"):
        Metrics().ended(ended(facts={"verdict": "a code"}))


def test_all_counts_start_at_nothing(world: Any) -> None:
    told = world.client().get("/metrics").text
    assert 'traceapp_looks_total{verdict="unknown"} 0.0' in told
    assert 'traceapp_hidden_codes_total{authentication="wrong"} 0.0' in told
    assert 'traceapp_sign_ins_total{outcome="too_many"} 0.0' in told
    assert {name for name, _ in LABEL.findall(told)} == {
        *("check", "face", "le", "method", "status", "verdict", "authentication", "outcome"),
        "version",
    } - {"face", "le", "method", "status"}
