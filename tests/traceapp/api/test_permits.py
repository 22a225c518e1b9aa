"""Who acts at all: only what a rule names, and only whom the installation is open to."""

from __future__ import annotations

from typing import Any

import pytest

from traceapp import web
from traceapp.api import ROUTES
from traceapp.records.accounts import Role
from traceapp.services.authority import RULES, Act, Actor, permit, record_act
from traceapp.services.people import accounts, tokens
from traceapp.services.refusals import NotAllowed
from traceapp.services.runs.requesting import NewStampRequest, request_stamps


def test_an_act_without_a_permit_cannot_even_be_written_down(world: Any) -> None:
    admin = world.admin.actor
    with world.reading() as session, pytest.raises(NotAllowed):
        record_act(session, admin, Act.RECALL_OPEN, 1, world.now)


@pytest.mark.parametrize("role", list(Role))
def test_only_what_a_rule_names_is_permitted(role: Role) -> None:
    actor = Actor(1, role, None)
    for act in Act:
        if role in RULES[act]:
            permit(actor, act)
        else:
            with pytest.raises(NotAllowed):
                permit(actor, act)


def test_a_demonstration_token_is_refused_outside_demonstration_mode(
    world: Any, settings: Any
) -> None:
    with world.writing() as session:
        new = accounts.NewAccount(
            "demo@example.vn", Role.OFFICER, "một mật khẩu dài", demonstration=True
        )
        accounts.create_account(session, new, world.now)
        token = tokens.create_token(session, new.sign_in_name, hidden_codes=True, now=world.now)
    headers = {"Authorization": f"Bearer {token}"}
    assert world.client().get("/api/v1/parties", headers=headers).status_code == 200
    object.__setattr__(world.edge, "settings", settings.model_copy(update={"demo": False}))
    answer = world.client().get("/api/v1/parties", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "demonstration_account")
    officer = world.client().get("/api/v1/parties", headers=world.officer.headers)
    assert officer.status_code == 200


def test_a_producer_without_a_party_sees_nothing_and_makes_her_own(world: Any) -> None:
    world.issue().recall()
    with world.writing() as session:
        new = accounts.NewAccount("new@example.vn", Role.PRODUCER, "một mật khẩu dài")
        accounts.create_account(session, new, world.now)
        token = tokens.create_token(session, new.sign_in_name, hidden_codes=False, now=world.now)
    headers, client = {"Authorization": f"Bearer {token}"}, world.client()
    for route in ROUTES:
        if route.method == "GET" and "<" not in route.path and Role.PRODUCER in RULES[route.act]:
            assert client.get(f"/api/v1{route.path}", headers=headers).json["items"] == []
    body = {"kind": "household", "name": "Hộ mới", "address": "Thôn 9"}
    made = client.post("/api/v1/parties", json=body, headers=headers)
    assert made.status_code == 201 and made.json["state"] == "submitted"
    seen = client.get("/api/v1/parties", headers=headers).json["items"]
    assert [each["id"] for each in seen] == [made.json["id"]]
    assert client.post("/api/v1/parties", json=body, headers=headers).status_code == 409


def test_a_party_that_waits_gets_no_stamps(world: Any, unchanged: Any) -> None:
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE parties SET state = 'submitted'")
    with unchanged(), world.reading() as session:
        new = NewStampRequest(product_id=world.producer.product.id, quantity=1)
        with pytest.raises(Exception, match="party is not approved"):
            request_stamps(session, world.producer.actor, new, world.edge.allowance, world.now)


# Acts that only signed-in pages have a use for: programs have no route to them.
PAGES_ONLY = frozenset(
    {
        Act.ACCOUNT_READ,
        Act.ACCOUNT_INVITE,
        Act.ACCOUNT_RESET,
        Act.ACCOUNT_CLOSE,
        Act.ACCOUNT_APPOINT,
        Act.ACCOUNT_OWN,
        Act.PICTURE_CREATE,
        Act.PICTURE_READ,
        Act.PICTURE_DECIDE,
        Act.PICTURE_REMOVE,
        Act.KEY_COMPROMISE,  # declared on the server alone
        Act.STAMP_READ,
        Act.TOTALS_READ,
        Act.NOTICE_READ,
        Act.SEARCH,
    }
)


def test_every_act_has_a_rule_and_a_route_unless_only_pages_need_it() -> None:
    assert set(RULES) == set(Act)
    assert {route.act for route in ROUTES} == set(Act) - PAGES_ONLY


def test_every_address_of_the_application_is_guarded_or_public(world: Any) -> None:
    guarded = {f"api.{route.endpoint.replace('.', '_')}" for route in ROUTES}
    pages = {each.audience.prefix + each.path for each in web.ROUTES}
    for rule in world.app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            assert (rule.endpoint in guarded) != (rule.endpoint == "api.openapi"), rule
            continue
        # Anybody meets the public face, the door of the signed-in pages, and what machines ask.
        public = rule.endpoint.startswith(("scanner_page.", "entry.", "health."))
        assert (rule.rule in pages) != public, rule
    assert len(guarded) == len(ROUTES)


def test_head_is_guarded_like_get(world: Any) -> None:
    for route in ROUTES:
        if route.method == "GET" and "<" not in route.path:
            answer = world.client().head(f"/api/v1{route.path}")
            assert answer.status_code == 401


def test_the_document_is_public(world: Any) -> None:
    assert world.client().get("/api/openapi.json").status_code == 200


def test_an_address_nobody_answers_is_a_problem(world: Any) -> None:
    client = world.client()
    for path in ("/api/v1/nothing", "/api/v1/parties/0", "/api/v1/parties/-1", "/api/v2", "/api/"):
        answer = client.get(path, headers=world.officer.headers)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    answer = client.delete("/api/v1/parties", headers=world.officer.headers)
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]
    assert answer.content_type == "application/problem+json"
