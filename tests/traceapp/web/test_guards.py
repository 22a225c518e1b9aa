"""Every page and act, for everybody: who gets in, who does not, and that nothing changes for those.

What is written here is not read from the rules: a route that is new has to be thought about here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from traceapp.web import ROUTES

PRODUCER, OFFICER, ADMIN = "producer", "officer", "admin"

# Who gets in, by audience; a page of an officer's is an administrator's to read.
PAGES = {
    "account": {PRODUCER, OFFICER, ADMIN},
    "producer": {PRODUCER},
    "officer": {OFFICER, ADMIN},
    "people": {OFFICER, ADMIN},
}
ACTS = {
    "account": {PRODUCER, OFFICER, ADMIN},
    "producer": {PRODUCER},
    "officer": {OFFICER},
    "people": {OFFICER, ADMIN},
}
# What differs from its audience, with its reason.
OTHERS = {
    "officer.new_recall": {OFFICER},  # a form that an administrator cannot send
    "officer.opening": {OFFICER},
    "people.appoint_to": {ADMIN},
    "people.drop_factor": {ADMIN},
}
# Pages and acts at somebody else's things: a neighbour finds nothing there.
OWN = {"party_id", "facility_id", "product_id", "batch_id", "request_id", "run_id"} | {
    *("activation_id", "void_id", "picture_id", "correction_id", "notice_id")
}


@pytest.fixture
def things(one_of_each: Any) -> Any:
    return one_of_each("Năm Quyên")


def allowed(route: Any) -> set[str]:
    table = PAGES if route.method == "GET" else ACTS
    return OTHERS.get(route.endpoint, table[route.audience.name])


def asked(route: Any, path: str, visitor: Any) -> Any:
    """The answer to this visitor, who sends the hidden fields of a page of her own."""
    if route.method == "GET":
        return visitor.get(path)
    return visitor.client.post(path, data=visitor.hidden("/account"))


def named(routes: Any) -> list[str]:
    return [f"{each.method} {each.endpoint}" for each in routes]


def test_every_route_has_a_name_of_its_own() -> None:
    names = named(ROUTES)
    assert len(names) == len(set(names))
    assert set(OTHERS) <= {each.endpoint for each in ROUTES}


def test_nobody_gets_in_without_signing_in(world: Any, things: Any, visit: Any) -> None:
    for route in ROUTES:
        path = things.path_of(route)
        client = world.client()
        if route.method == "GET":
            answer = client.get(path)
            assert answer.status_code == 303, route.endpoint
            assert answer.headers["Location"].startswith("/sign-in?next=")
        else:
            answer = client.post(path, data={"reason": "x"})
            assert answer.status_code == 401, route.endpoint
        stolen = world.client()
        stolen.set_cookie("sign_in", "A" * 43)
        assert stolen.open(path, method=route.method).status_code in (303, 401)


@pytest.mark.parametrize("who", [PRODUCER, OFFICER, ADMIN])
def test_a_role_is_kept_out_of_what_is_not_for_it(
    world: Any, things: Any, visit: Any, unchanged: Any, who: str
) -> None:
    visitor = visit(getattr(world, who))
    with unchanged():
        for route in ROUTES:
            if who not in allowed(route):
                answer = asked(route, things.path_of(route), visitor)
                assert answer.status_code == 403, (who, route.endpoint)
                assert "<h1>" in answer.text


def test_a_neighbour_finds_nothing_of_anothers(
    world: Any, things: Any, visit: Any, unchanged: Any
) -> None:
    visitor = visit(world.neighbour)
    with unchanged():
        for route in own_routes():
            answer = asked(route, things.path_of(route), visitor)
            assert answer.status_code == 404, route.endpoint


def own_routes() -> Iterator[Any]:
    for route in ROUTES:
        if route.audience.name == "producer" and any(f"<id:{name}>" in route.path for name in OWN):
            yield route


@pytest.mark.parametrize("who", [PRODUCER, OFFICER, ADMIN])
def test_a_page_opens_for_whom_it_is_for(world: Any, things: Any, visit: Any, who: str) -> None:
    visitor = visit(getattr(world, who))
    for route in ROUTES:
        if route.method == "GET" and who in allowed(route):
            answer = visitor.get(things.path_of(route))
            # Labels of stamps that are in use need a leave.
            leave_missing = route.endpoint == "producer.labels" and answer.status_code == 409
            fine = leave_missing or answer.status_code in (200, 303)
            assert fine, (route.endpoint, answer.status_code)
            assert answer.status_code != 303 or "/sign-in" not in answer.headers["Location"]


@pytest.mark.parametrize("who", [PRODUCER, OFFICER, ADMIN])
def test_an_act_without_its_token_does_nothing(
    world: Any, things: Any, visit: Any, unchanged: Any, who: str
) -> None:
    visitor = visit(getattr(world, who))
    with unchanged():
        for route in ROUTES:
            if route.method == "POST" and who in allowed(route):
                path = things.path_of(route)
                answer = visitor.client.post(path, data={"reason": "x", "csrf_token": "y"})
                assert answer.status_code in (303, 400), (route.endpoint, answer.status_code)


@pytest.mark.parametrize("who", [PRODUCER, OFFICER, ADMIN])
def test_whoever_comes_back_to_an_act_sees_its_page(
    world: Any, things: Any, visit: Any, who: str
) -> None:
    visitor = visit(getattr(world, who))
    for route in ROUTES:
        if route.method == "POST" and who in allowed(route):
            answer = visitor.get(things.path_of(route))
            assert answer.status_code in (200, 303), (route.endpoint, answer.status_code)
