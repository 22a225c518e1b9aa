"""Fields that nobody asked for: what an act does not take stays out of its reach."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from traceapp import api, web
from traceapp.services.authority import RULES
from traceapp.services.lists import Role
from traceapp.services.people.inviting import NewInvitation, invite

PRIVILEGED = (
    "SELECT id, role, party_id, closed_at, demonstration, sign_in_name, password_hash "
    "FROM accounts ORDER BY id"
)
OFFICERS = {act for act, roles in RULES.items() if Role.PRODUCER not in roles}
GOODS = ("facilities", "products", "batches", "stamp_requests", "parties")


def extras(world: Any) -> dict[str, Any]:
    """What would make somebody more than she is, or hers what is not."""
    return {
        "id": 1,
        "role": "admin",
        "party_id": world.neighbour.party.id,
        "account_id": world.admin.actor.account_id,
        "state": "approved",
        "approved": True,
        "decided_by": world.officer.actor.account_id,
        "decided_at": "2026-01-01T00:00:00Z",
        "created_by": world.officer.actor.account_id,
        "closed_at": None,
        "demonstration": False,
        "hidden_codes": True,
        "key_id": "0" * 16,
        "password_hash": "x",
        "sign_in_name": "evil@example.vn",
        "is_admin": True,
        "__proto__": {"role": "admin"},
    }


def rows(world: Any, query: str) -> list[Any]:
    with world.edge.database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_a_field_that_a_body_does_not_have_is_refused_by_its_name(
    world: Any, things: Any, unchanged: Any
) -> None:
    given = extras(world)
    asked = 0
    with unchanged():
        for route in api.ROUTES:
            if route.method != "POST" or route.body is None:
                continue
            path = "/api/v1" + route.path
            for name, number in things.items():
                path = path.replace(f"<id:{name}>", str(number))
            foreign = [name for name in given if name not in route.body.model_fields]
            person = world.officer if route.act in OFFICERS else world.producer
            for n in range(0, len(foreign), 8):  # no more slips than these are told at once
                sent = {name: given[name] for name in foreign[n : n + 8]}
                answer = world.client().post(path, json=sent, headers=person.headers)
                assert answer.status_code == 422, (path, answer.text)
                assert set(sent) <= {each["field"] for each in answer.json["errors"]}, path
                asked += 1
    assert asked > 40


def test_an_approval_gives_what_was_asked_for_whatever_comes_with_it(world: Any) -> None:
    request_id = world.ask(20, world.batch())
    path = f"/api/v1/stamp-requests/{request_id}/approval"
    sent = {**extras(world), "quantity": 999_999, "first_serial": 1, "product_id": 1}
    answer = world.client().post(path, json=sent, headers=world.officer.headers)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert answer.json["run"]["quantity"] == 20
        assert answer.json["run"]["key_id"] == world.edge.stamp_keys.ring().newest.id


def test_no_form_of_a_producers_reaches_beyond_her(world: Any, things: Any, browse: Any) -> None:
    given = {
        **{name: "yes" if value is True else str(value) for name, value in extras(world).items()},
        **{"name": "Tên mới", "address": "Thôn 2", "net_content": "1 l", "kind": "fish_sauce"},
        **{"lot": "X-1", "quantity": "5", "produced_at": "01/06/2026", "expires_at": "01/06/2028"},
        **{"product_id": str(world.neighbour.product.id), "reason": "damaged", "note": "x"},
        **{"facility_id": str(world.producer.facility.id), "old": "x", "new": "y", "code": "1"},
    }
    accounts = rows(world, PRIVILEGED)
    theirs = {name: _of_the_neighbour(world, name) for name in GOODS}
    newest = {name: rows(world, f"SELECT max(id) FROM {name}")[0][0] for name in GOODS}
    browser = browse(world.producer)
    done = 0
    for route in web.ROUTES:
        if route.method == "POST" and Role.PRODUCER in route.audience.roles:
            path = route.audience.prefix + route.path
            for name, number in things.items():
                path = path.replace(f"<id:{name}>", str(number))
            sent = {**browser.hidden("/account"), **given}
            answer = browser.client.post(path, data=sent)
            assert answer.status_code < 500, path
            done += answer.status_code == 303
    assert done > 5  # some forms were complete, and did what they are for
    assert rows(world, PRIVILEGED) == accounts
    assert {name: _of_the_neighbour(world, name) for name in GOODS} == theirs
    for name in ("facilities", "products", "stamp_requests", "parties"):
        # Test labels are hers to make: their request waits for nobody.
        waits = "kind <> 'test'" if name == "stamp_requests" else "true"
        made = rows(world, f"SELECT state FROM {name} WHERE id > {newest[name] or 0} AND {waits}")
        assert {row[0] for row in made} <= {"submitted"}, name


def _of_the_neighbour(world: Any, table: str) -> list[Any]:
    theirs = world.neighbour.party.id
    own = {"parties": "id", "facilities": "party_id", "products": "party_id"}
    if table in own:
        return rows(world, f"SELECT * FROM {table} WHERE {own[table]} = {theirs} ORDER BY id")
    products = f"(SELECT id FROM products WHERE party_id = {theirs})"
    return rows(world, f"SELECT * FROM {table} WHERE product_id IN {products} ORDER BY id")


def test_whoever_joins_is_what_the_link_says(world: Any, browse: Any) -> None:
    with world.writing() as session:
        new = NewInvitation(role=Role.PRODUCER, name="Bà Tư")
        token = invite(session, world.officer.actor, new, days=14, now=world.now).token
    given = {name: str(value) for name, value in extras(world).items()}
    given |= {"name": "Bà Tư", "sign_in_name": "0912345678", "password": "mắm ngon cá cơm"}
    assert browse().post(f"/join/{token}", given).status_code == 303
    made = rows(world, "SELECT role, party_id, demonstration, sign_in_name FROM accounts")[-1]
    assert (made[0], made[1], made[3]) == ("producer", None, "0912345678")


def test_one_value_counts_where_a_form_has_two(world: Any, browse: Any) -> None:
    """A second value of a field slips past no check: what is read once is what is done."""
    browser = browse(world.producer)
    sent = browser.hidden("/producer/facilities/new")
    body = [("name", "Xưởng"), ("name", ""), ("address", "Thôn 1"), ("address", "x" * 5000)]
    body += [*sent.items(), ("csrf_token", "not ours")]
    newest = rows(world, "SELECT max(id) FROM facilities")
    answer = browser.client.post("/producer/facilities/new?name=Y", data=MultiDict(body))
    assert answer.status_code in (303, 422)
    made = rows(world, f"SELECT name, address FROM facilities WHERE id > {newest[0][0]}")
    assert made in ([], [("Xưởng", "Thôn 1")])
