"""Every route, for everybody: who gets in, who does not, and that nothing changes for those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from traceapp import web
from traceapp.api import ROUTES
from traceapp.records.accounts import Role
from traceapp.services.authority import RULES, Act, Actor, permit, record_act
from traceapp.services.people import accounts, tokens
from traceapp.services.refusals import NotAllowed
from traceapp.services.runs.requesting import NewStampRequest, request_stamps
from traceapp.services.scans.scanning import Look, scan

Scene = Callable[[Any], tuple[str, Any]]  # a fresh object of the producer's: a path, and a body
REASON = {"reason": "Thiếu giấy tờ"}

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


def of(what: str) -> Scene:
    def scene(world: Any) -> tuple[str, Any]:
        return str(getattr(world.producer, what).id), None

    return scene


def of_batch(world: Any) -> tuple[str, Any]:
    return str(world.batch().id), None


def of_request(world: Any) -> tuple[str, Any]:
    return str(world.ask(20, world.batch())), None


def of_run(world: Any) -> tuple[str, Any]:
    return str(world.issue(activate=False).run.id), None


def of_activation(world: Any) -> tuple[str, Any]:
    return str(world.issue(activate=False).activate().id), None


def of_void(world: Any) -> tuple[str, Any]:
    return str(world.issue(activate=False).void().id), None


def of_held_batch(world: Any) -> tuple[str, Any]:
    batch = world.batch()
    body, headers = REASON, world.producer.headers
    world.client().post(f"/api/v1/batches/{batch.id}/hold", json=body, headers=headers)
    return str(batch.id), None


def of_recall(world: Any) -> tuple[str, Any]:
    return str(world.issue().recall().id), None


def of_compromised_key(world: Any) -> tuple[str, Any]:
    return str(world.compromise(world.issue().run.key_id).id), None


def of_alert(world: Any) -> tuple[str, Any]:
    return str(world.alert()), None


def of_scan(world: Any) -> tuple[str, Any]:
    issued = world.issue()
    with world.writing() as session:
        scan(session, Look(issued.code(), "phone", "192.0.2.1"), world.edge.scanning, world.now)
    with world.edge.database.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT max(id) FROM scans").scalar()), None


def submitted(table: str) -> Scene:
    """Something of the producer's that waits for an officer."""

    def scene(world: Any) -> tuple[str, Any]:
        path, body = {
            "parties": ("/parties", {"kind": "household", "name": "Hộ", "address": "Thôn"}),
            "facilities": new_facility(world),
            "products": new_product(world),
        }[table]
        sent = world.client().post(f"/api/v1{path}", json=body, headers=world.officer.headers)
        with world.edge.database.engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE {table} SET state = 'submitted' WHERE id = {sent.json['id']}"
            )
        return str(sent.json["id"]), None

    return scene


def with_body(scene: Scene, body: Any) -> Scene:
    return lambda world: (scene(world)[0], body)


def no_object(body: Any = None) -> Scene:
    return lambda world: ("", body)


def new_facility(world: Any) -> tuple[str, Any]:
    party = world.producer.party.id
    return "/facilities", {"party_id": party, "name": "Xưởng", "address": "Thôn"}


def new_product(world: Any) -> tuple[str, Any]:
    body = {"kind": "fish_sauce", "name": "Mắm", "net_content": "1 l"}
    return "/products", body | {"party_id": world.producer.party.id}


def new_batch(world: Any) -> tuple[str, Any]:
    world.batches += 1
    return "", {
        "product_id": world.producer.product.id,
        "facility_id": world.producer.facility.id,
        "lot": f"L{world.batches}",
        "produced_at": "2026-06-01T08:00:00+07:00",
        "expires_at": "2028-06-01T08:00:00+07:00",
        "quantity": 10,
    }


def new_request(world: Any) -> tuple[str, Any]:
    return "", {"product_id": world.producer.product.id, "quantity": 10}


def new_activation(world: Any) -> tuple[str, Any]:
    run = world.issue(activate=False).run
    return str(run.id), {"first_serial": run.first_serial, "last_serial": run.last_serial}


def new_void(world: Any) -> tuple[str, Any]:
    run_id, body = new_activation(world)
    return run_id, body | {"reason": "lost"}


def new_recall(world: Any) -> tuple[str, Any]:
    batch_ids = [world.batch().id]
    return "", {"batch_ids": batch_ids, "severity": "info", "reason": "Sai", "notice": "Dừng"}


def of_correction(world: Any) -> tuple[str, Any]:
    """A correction that waits: the officer's own takes effect at once."""
    path = f"/api/v1/parties/{world.producer.party.id}/corrections"
    world.batches += 1
    body = {"address": f"Thôn {world.batches}", "reason": "Ghi nhầm"}
    sent = world.client().post(path, json=body, headers=world.producer.headers)
    return str(sent.json["id"]), None


def new_correction(scene: Scene, field: str) -> Scene:
    """A correction of what `scene` gives, to another value each time."""

    def new(world: Any) -> tuple[str, Any]:
        world.batches += 1
        value = world.batches if field == "quantity" else f"Thôn {world.batches}"
        return scene(world)[0], {field: value, "reason": "Ghi nhầm"}

    return new


OWN = (200, 404, 200, 200)  # the producer's own, and whoever watches over all
ALL = (200, 200, 200, 200)
OFFICER = (403, 403, 200, 403)
WATCHERS = (403, 403, 200, 200)
MADE = (201, 422, 201, 403)  # a body that names another party's object is refused by its field
MADE_BELOW = (201, 404, 201, 403)
DONE = (200, 404, 200, 403)  # her own, and the officer's to do; who only reads does nothing

# What producer, neighbour, officer and administrator get, over an object of the producer's.
EXPECTED: dict[tuple[str, str], tuple[tuple[int, int, int, int], Scene]] = {
    ("POST", "/parties"): (
        (409, 409, 201, 403),  # a producer has one party, her own
        no_object({"kind": "household", "name": "Hộ", "address": "Thôn"}),
    ),
    ("GET", "/parties"): (ALL, no_object()),
    ("GET", "/parties/<id:party_id>"): (OWN, of("party")),
    ("POST", "/parties/<id:party_id>/approval"): (OFFICER, submitted("parties")),
    ("POST", "/parties/<id:party_id>/rejection"): (
        OFFICER,
        with_body(submitted("parties"), REASON),
    ),
    ("POST", "/facilities"): (MADE, lambda world: ("", new_facility(world)[1])),
    ("GET", "/facilities"): (ALL, no_object()),
    ("GET", "/facilities/<id:facility_id>"): (OWN, of("facility")),
    ("POST", "/facilities/<id:facility_id>/approval"): (OFFICER, submitted("facilities")),
    ("POST", "/facilities/<id:facility_id>/rejection"): (
        OFFICER,
        with_body(submitted("facilities"), REASON),
    ),
    ("POST", "/products"): (MADE, lambda world: ("", new_product(world)[1])),
    ("GET", "/products"): (ALL, no_object()),
    ("GET", "/products/<id:product_id>"): (OWN, of("product")),
    ("POST", "/products/<id:product_id>/approval"): (OFFICER, submitted("products")),
    ("POST", "/products/<id:product_id>/rejection"): (
        OFFICER,
        with_body(submitted("products"), REASON),
    ),
    ("POST", "/batches"): (MADE, new_batch),
    ("GET", "/batches"): (ALL, no_object()),
    ("GET", "/batches/<id:batch_id>"): (OWN, of_batch),
    ("POST", "/batches/<id:batch_id>/hold"): (DONE, with_body(of_batch, REASON)),
    ("POST", "/batches/<id:batch_id>/release"): (OFFICER, with_body(of_held_batch, REASON)),
    ("POST", "/parties/<id:party_id>/corrections"): (
        MADE_BELOW,
        new_correction(of("party"), "address"),
    ),
    ("POST", "/facilities/<id:facility_id>/corrections"): (
        MADE_BELOW,
        new_correction(of("facility"), "address"),
    ),
    ("POST", "/products/<id:product_id>/corrections"): (
        MADE_BELOW,
        new_correction(of("product"), "brand"),
    ),
    ("POST", "/batches/<id:batch_id>/corrections"): (
        MADE_BELOW,
        new_correction(of_batch, "quantity"),
    ),
    ("GET", "/corrections"): (ALL, no_object()),
    ("GET", "/corrections/<id:correction_id>"): (OWN, of_correction),
    ("POST", "/corrections/<id:correction_id>/approval"): (OFFICER, of_correction),
    ("POST", "/corrections/<id:correction_id>/rejection"): (
        OFFICER,
        with_body(of_correction, REASON),
    ),
    ("POST", "/stamp-requests"): (MADE, new_request),
    ("GET", "/stamp-requests"): (ALL, no_object()),
    ("GET", "/stamp-requests/<id:request_id>"): (OWN, of_request),
    ("POST", "/stamp-requests/<id:request_id>/approval"): (OFFICER, of_request),
    ("POST", "/stamp-requests/<id:request_id>/rejection"): (
        OFFICER,
        with_body(of_request, REASON),
    ),
    ("GET", "/stamp-runs"): (ALL, no_object()),
    ("GET", "/stamp-runs/<id:run_id>"): (OWN, of_run),
    ("GET", "/stamp-runs/<id:run_id>/labels"): ((200, 404, 200, 403), of_run),
    ("POST", "/stamp-runs/<id:run_id>/activations"): (MADE_BELOW, new_activation),
    ("GET", "/stamp-runs/<id:run_id>/activations"): (OWN, of_run),
    ("GET", "/activations/<id:activation_id>"): (OWN, of_activation),
    ("POST", "/activations/<id:activation_id>/undo"): (DONE, with_body(of_activation, REASON)),
    ("POST", "/stamp-runs/<id:run_id>/voids"): (MADE_BELOW, new_void),
    ("GET", "/stamp-runs/<id:run_id>/voids"): (OWN, of_run),
    ("GET", "/voids/<id:void_id>"): (OWN, of_void),
    ("POST", "/voids/<id:void_id>/undo"): (DONE, with_body(of_void, REASON)),
    ("POST", "/recalls"): ((403, 403, 201, 403), new_recall),
    ("GET", "/recalls"): (ALL, no_object()),
    ("GET", "/recalls/<id:recall_id>"): (OWN, of_recall),
    ("POST", "/recalls/<id:recall_id>/closure"): (
        OFFICER,
        with_body(of_recall, {"outcome": "completed", "reason": "Xong"}),
    ),
    ("GET", "/compromised-keys"): (WATCHERS, no_object()),
    ("GET", "/compromised-keys/<id:compromised_key_id>"): (WATCHERS, of_compromised_key),
    ("GET", "/compromised-keys/<id:compromised_key_id>/stamp-runs"): (
        WATCHERS,
        of_compromised_key,
    ),
    ("GET", "/alerts"): (ALL, no_object()),
    ("GET", "/alerts/<id:alert_id>"): (OWN, of_alert),
    ("POST", "/alerts/<id:alert_id>/handling"): (
        OFFICER,
        with_body(of_alert, {"note": "Đã hỏi người bán"}),
    ),
    ("GET", "/scans"): (WATCHERS, no_object()),
    ("GET", "/scans/<id:scan_id>"): (WATCHERS, of_scan),
}


def test_every_route_is_in_the_table() -> None:
    declared = [(route.method, route.path) for route in ROUTES]
    assert len(declared) == len(set(declared))
    assert set(declared) == set(EXPECTED)


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


@pytest.mark.parametrize(("method", "path"), EXPECTED, ids=[" ".join(each) for each in EXPECTED])
def test_a_route_lets_in_whom_it_should(world: Any, unchanged: Any, method: str, path: str) -> None:
    statuses, scene = EXPECTED[(method, path)]
    nobody = {"Accept-Language": "en"}
    people = [
        ("nobody", nobody, 401),
        ("a token nobody has", nobody | {"Authorization": "Bearer c0ffee"}, 401),
        ("a token in the wrong form", nobody | {"Authorization": world.officer.token}, 401),
        ("basic", nobody | {"Authorization": f"Basic {world.officer.token}"}, 401),
        ("empty", nobody | {"Authorization": "Bearer "}, 401),
        ("admin", world.admin.headers, statuses[3]),
        ("neighbour", world.neighbour.headers, statuses[1]),
        ("producer", world.producer.headers, statuses[0]),
        ("officer", world.officer.headers, statuses[2]),
    ]
    place = path.partition("<")[2].partition(">")[0]

    def ask(number: str, body: Any, headers: Any) -> Any:
        address = "/api/v1" + path.replace(f"<{place}>", number)
        return world.client().open(address, method=method, json=body, headers=headers)

    number, body = scene(world)
    with unchanged():
        for who, headers, status in people:
            if status < 400:
                continue
            answer = ask(number, body, headers)
            assert answer.status_code == status, (who, answer.text)
            assert answer.content_type == "application/problem+json"
            assert answer.json["status"] == status and answer.json["title"]
            assert ("WWW-Authenticate" in answer.headers) == (status == 401)
            if status == 422:
                assert answer.json["errors"][0]["field"] in body
    for who, headers, status in people:
        if status < 400:
            number, body = scene(world)  # the one before may have been decided, or used up
            answer = ask(number, body, headers)
            assert answer.status_code == status, (who, answer.text)


@pytest.mark.parametrize("collection", ["parties", "facilities", "products", "batches"])
def test_a_list_shows_nobody_elses(world: Any, collection: str) -> None:
    world.batch()
    own = world.client().get(f"/api/v1/{collection}", headers=world.producer.headers).json["items"]
    foreign = world.client().get(f"/api/v1/{collection}", headers=world.neighbour.headers).json
    everything = world.client().get(f"/api/v1/{collection}", headers=world.admin.headers).json
    assert own
    ids = {each["id"] for each in own}
    assert not ids & {each["id"] for each in foreign["items"]}
    assert ids <= {each["id"] for each in everything["items"]}


@pytest.mark.parametrize("collection", ["stamp-requests", "stamp-runs", "recalls"])
def test_a_list_of_what_was_issued_shows_nobody_elses(world: Any, collection: str) -> None:
    world.issue().recall()
    got = {
        name: world.client().get(f"/api/v1/{collection}", headers=person.headers).json["items"]
        for name, person in world.people.items()
    }
    assert got["neighbour"] == []
    assert len(got["producer"]) == len(got["officer"]) == len(got["admin"]) == 1


def test_a_recall_over_two_parties_tells_each_only_of_its_own(world: Any) -> None:
    own, foreign = world.batch(), world.batch(who=world.neighbour)
    body = {"batch_ids": [own.id, foreign.id], "severity": "danger", "reason": "A", "notice": "B"}
    opened = world.client().post("/api/v1/recalls", json=body, headers=world.officer.headers)
    path = f"/api/v1/recalls/{opened.json['id']}"
    told = {
        name: world.client().get(path, headers=person.headers).json["batch_ids"]
        for name, person in world.people.items()
    }
    assert told == {
        "producer": [own.id],
        "neighbour": [foreign.id],
        "officer": [own.id, foreign.id],
        "admin": [own.id, foreign.id],
    }


@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("/facilities", "party_id", new_facility),
        ("/products", "party_id", new_product),
        ("/batches", "product_id", new_batch),
        ("/batches", "facility_id", new_batch),
        ("/stamp-requests", "product_id", new_request),
        ("/stamp-requests", "batch_id", new_request),
    ],
)
def test_an_id_of_another_party_in_a_body_is_refused_by_its_field(
    world: Any, unchanged: Any, path: str, field: str, body: Scene
) -> None:
    foreign = {
        "party_id": world.neighbour.party.id,
        "product_id": world.neighbour.product.id,
        "facility_id": world.neighbour.facility.id,
        "batch_id": world.batch(who=world.neighbour).id,
    }
    for number in (foreign[field], 999_999):
        sent = body(world)[1] | {field: number}
        with unchanged():
            answer = world.client().post(
                f"/api/v1{path}", json=sent, headers=world.producer.headers
            )
        assert answer.status_code == 422, answer.text
        assert [each["field"] for each in answer.json["errors"]] == [field]


def test_stamps_are_not_activated_for_a_batch_of_another_party(world: Any, unchanged: Any) -> None:
    run = world.issue(roll=True).run
    body = {"first_serial": run.first_serial, "last_serial": run.last_serial}
    foreign = world.batch(who=world.neighbour)
    with unchanged():
        answer = world.client().post(
            f"/api/v1/stamp-runs/{run.id}/activations",
            json=body | {"batch_id": foreign.id},
            headers=world.producer.headers,
        )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "batch_id"


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
