"""Every page and act, for everybody: who gets in, who does not, and that nothing changes for those.

What is written here is not read from the rules: a route that is new has to be thought about here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from traceapp.services.lists import Role
from traceapp.services.people.inviting import NewInvitation, invite
from traceapp.services.registry.correctable import ProductCorrection
from traceapp.services.registry.correcting import correct
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.picturing import add_picture
from traceapp.services.registry.reading_pictures import read_picture
from traceapp.services.scans.noticing import list_notices
from traceapp.services.scans.scanning import Look, scan
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
def things(world: Any, jpeg: bytes) -> dict[str, int]:
    """The number of something of the producer's for every place in a path."""
    issued = world.issue(activate=False)
    with world.writing() as session:
        asks = (session, world.producer.actor)
        product_id = world.producer.product.id
        prepared = read_picture(jpeg, world.edge.pictures)
        picture = add_picture(*asks, product_id, prepared, None, world.edge.pictures, world.now)
        body = ProductCorrection(brand="Năm Quyên", reason="Thiếu nhãn hiệu")
        correction = correct(*asks, product_id, body, world.edge.correcting, world.now)
        scan(session, Look(issued.code(), "phone", "192.0.2.1"), world.edge.scanning, world.now)
        notice = list_notices(*asks, only_unseen=True)[0]
        new = NewInvitation(role=Role.PRODUCER, name="Bà Tư")
        invitation = invite(session, world.officer.actor, new, days=14, now=world.now)
    activation, void = issued.activate(0, 4), issued.void(10)
    recall = world.issue().recall()
    held = world.batch()
    with world.writing() as session:
        hold = hold_batch(session, world.producer.actor, held.id, NewHold(), world.now)
    return {
        "party_id": world.producer.party.id,
        "facility_id": world.producer.facility.id,
        "product_id": product_id,
        "batch_id": issued.batch.id,
        "request_id": issued.run.request_id,
        "run_id": issued.run.id,
        "activation_id": activation.id,
        "void_id": void.id,
        "picture_id": picture.id,
        "correction_id": correction.id,
        "notice_id": notice.id,
        "recall_id": recall.id,
        "hold_id": hold.id,
        "account_id": world.neighbour.actor.account_id,
        "invitation_id": invitation.id,
        "alert_id": world.alert(issued),
        "compromised_key_id": world.compromise(world.edge.hidden_keys.ring().newest.id).id,
    }


def path_of(route: Any, numbers: dict[str, int]) -> str:
    path = route.audience.prefix + route.path
    for name, number in numbers.items():
        path = path.replace(f"<id:{name}>", str(number))
    assert "<" not in path, f"no {path} in the scene"
    return path


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
        path = path_of(route, things)
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
                answer = asked(route, path_of(route, things), visitor)
                assert answer.status_code == 403, (who, route.endpoint)
                assert "<h1>" in answer.text


def test_a_neighbour_finds_nothing_of_anothers(
    world: Any, things: Any, visit: Any, unchanged: Any
) -> None:
    visitor = visit(world.neighbour)
    with unchanged():
        for route in own_routes():
            answer = asked(route, path_of(route, things), visitor)
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
            answer = visitor.get(path_of(route, things))
            assert answer.status_code in (200, 303), (route.endpoint, answer.status_code)
            assert answer.status_code == 200 or "/sign-in" not in answer.headers["Location"]


@pytest.mark.parametrize("who", [PRODUCER, OFFICER, ADMIN])
def test_an_act_without_its_token_does_nothing(
    world: Any, things: Any, visit: Any, unchanged: Any, who: str
) -> None:
    visitor = visit(getattr(world, who))
    with unchanged():
        for route in ROUTES:
            if route.method == "POST" and who in allowed(route):
                path = path_of(route, things)
                answer = visitor.client.post(path, data={"reason": "x", "csrf_token": "y"})
                assert answer.status_code in (303, 400), (route.endpoint, answer.status_code)


@pytest.mark.parametrize("who", [PRODUCER, OFFICER, ADMIN])
def test_whoever_comes_back_to_an_act_sees_its_page(
    world: Any, things: Any, visit: Any, who: str
) -> None:
    visitor = visit(getattr(world, who))
    for route in ROUTES:
        if route.method == "POST" and who in allowed(route):
            answer = visitor.get(path_of(route, things))
            assert answer.status_code in (200, 303), (route.endpoint, answer.status_code)
