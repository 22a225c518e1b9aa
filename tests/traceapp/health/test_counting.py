"""What faces tell of a request is counted, and stands in the log's line for an act."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from traceapp.attending import merge_facts

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def counted(world: Any) -> Callable[[str], float]:
    """`counted('looks_total{verdict="void"}')`: what has been counted under a name and labels."""

    def read(name: str) -> float:
        for line in world.client().get("/metrics").text.splitlines():
            if line.startswith(f"traceapp_{name} "):
                return float(line.rpartition(" ")[2])
        return 0

    return read


def token_of(client: FlaskClient) -> str:
    found = CSRF.search(client.get("/sign-in", buffered=True).text)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, name: str, password: str) -> int:
    form = {"csrf_token": token_of(client), "sign_in_name": name, "password": password}
    return client.post("/sign-in", data=form, buffered=True).status_code


def test_looks_are_counted_by_verdict_and_head_is_none(world: Any, counted: Any) -> None:
    issued = world.issue(quantity=20)
    client = world.client()
    for path in (issued.link_path(), issued.link_path(1), "/S/nonsense"):
        client.get(path, buffered=True)
        client.get(path, headers={"Accept": "application/json"}, buffered=True)
        client.head(path, buffered=True)
    assert counted('looks_total{verdict="registered"}') == 4
    assert counted('looks_total{verdict="malformed"}') == 2


def test_hidden_codes_are_counted_by_what_they_proved(world: Any, counted: Any) -> None:
    issued = world.issue(quantity=20)
    client = world.client()
    for hidden in ("AAAAAAAA", issued.hidden(), issued.hidden()):
        body = {"hidden_code": hidden}
        client.post(f"/S/{issued.code()}/hidden-code", json=body, buffered=True)
    client.post(f"/S/{issued.code()}/hidden-code", data=b"[", content_type="application/json")
    for proof in ("wrong", "first", "before"):
        assert counted(f'hidden_codes_total{{authentication="{proof}"}}') == 1
    assert counted('looks_total{verdict="authenticated"}') == 0


def test_tries_at_signing_in_are_counted_by_outcome(world: Any, counted: Any) -> None:
    client = world.client()
    assert sign_in(client, world.officer.email, "wrong") == 422
    assert sign_in(client, world.officer.email, world.officer.password) == 303
    while sign_in(world.client(), "nobody@example.vn", "wrong") != 429:
        pass
    assert counted('sign_ins_total{outcome="done"}') == 1
    assert counted('sign_ins_total{outcome="wrong_password"}') >= 2
    assert counted('sign_ins_total{outcome="too_many"}') == 1


def test_an_approval_is_counted_and_leaves_one_line(world: Any, counted: Any) -> None:
    request_id = world.ask(10, world.batch())
    client = world.client()
    with capture_logs(processors=[merge_facts]) as logs:
        for status in (200, 409):
            answer = client.post(
                f"/api/v1/stamp-requests/{request_id}/approval",
                headers=world.officer.headers,
                buffered=True,
            )
            assert answer.status_code in (status, 201)
    route = "api.stamp_requests_approve"
    assert [(each["event"], each["account"]) for each in logs] == [
        ("act", world.officer.actor.account_id)
    ] * 2
    assert {each["route"] for each in logs} == {route}
    assert counted(f'acts_total{{outcome="done",route="{route}"}}') == 1
    assert counted(f'acts_total{{outcome="refused",route="{route}"}}') == 1


def number_on(page: Any) -> bool:
    """Whether a page shows the number of its request, in groups that can be read out."""
    return " ".join(re.findall("....", page.headers["X-Request-Id"])) in page.text


def test_a_page_that_went_wrong_shows_the_number_of_its_request(world: Any) -> None:
    issued = world.issue(quantity=20)
    world.app.config["TESTING"] = False
    with world.writing() as session:
        session.execute(sa.text("UPDATE products SET kind = 'of nobody'"))
    page = world.client().get(issued.link_path(), buffered=True)
    assert page.status_code == 500 and number_on(page)


def test_a_signed_in_page_that_went_wrong_shows_it_too(world: Any) -> None:
    client = world.client()
    world.edge.session_keys.file.chmod(0o644)
    page = client.post("/sign-in", data={"csrf_token": token_of(client)}, buffered=True)
    assert page.status_code == 503 and number_on(page)


def test_a_page_that_is_not_there_shows_no_number(world: Any) -> None:
    for path in ("/no/such/page", "/producer/no/such/page"):
        page = world.client().get(path, buffered=True)
        assert page.status_code == 404 and not number_on(page)
