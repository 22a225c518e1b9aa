"""Requests that are too large, too deep, of another kind than they say, or made by another site."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from traceapp.web import ROUTES

JSON = {"Content-Type": "application/json"}
TYPES = (
    *(None, "", "text/plain", "text/plain; application/json", "application/xml", "text/json"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"),
)
DEEP = 100_000


@pytest.fixture
def facility(world: Any) -> dict[str, Any]:
    return {"party_id": world.producer.party.id, "name": "Xưởng", "address": "Thôn 1"}


def ask(world: Any, body: Any, **headers: str) -> Any:
    given = {**world.producer.headers, **JSON, **headers}
    return world.client().post("/api/v1/facilities", data=body, headers=given)


def test_a_huge_body_is_refused_before_it_is_read(world: Any, browse: Any) -> None:
    huge = b"x" * 1_000_001
    issued = world.issue()
    assert ask(world, huge).status_code == 413
    for path in ("/sign-in", f"/S/{issued.code()}/hidden-code", "/producer/facilities/new"):
        answer = world.client().post(path, data={"password": huge})
        assert answer.status_code == 413, path
    form = {"name": "x" * 300_000, "address": "Thôn"}
    assert browse(world.producer).post("/producer/facilities/new", form).status_code == 413
    many = {f"f{n}": "x" for n in range(5_000)}
    assert world.client().post("/sign-in", data=many).status_code in (400, 413)
    part = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = world.client().post("/sign-in", data=part * 5_000 + b"--x--\r\n", headers=headers)
    assert answer.status_code in (400, 413)


def test_a_compressed_body_is_not_blown_up(world: Any, facility: dict[str, Any]) -> None:
    bomb = b'{"name": "' + b"x" * 50_000_000 + b'"}'
    for name, packed in (("gzip", gzip.compress(bomb)), ("deflate", zlib.compress(bomb))):
        assert len(packed) < 100_000
        answer = ask(world, packed, **{"Content-Encoding": name})
        assert answer.status_code in (400, 415)
    issued = world.issue()
    headers = {**JSON, "Content-Encoding": "gzip", "Accept": "application/json"}
    path = f"/S/{issued.code()}/hidden-code"
    answer = world.client().post(path, data=gzip.compress(b"{}"), headers=headers)
    assert answer.status_code in (400, 415)


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_json_that_is_deep_breaks_nothing(world: Any, brackets: str) -> None:
    begin, end = (brackets[0], brackets[1]) if brackets == "[]" else ('{"a":', "}")
    whole = begin * DEEP + "1" + end * DEEP
    issued = world.issue()
    for body in (whole, begin * DEEP):
        assert ask(world, body).status_code == 400
        path, headers = f"/S/{issued.code()}/hidden-code", {**JSON, "Accept": "application/json"}
        assert world.client().post(path, data=body, headers=headers).status_code in (400, 413)
        short = body[:15_000]
        assert world.client().post(path, data=short, headers=headers).status_code == 400
    inner = begin * 50 + "1" + end * 50
    nested = f'{{"product_id": 1, "attributes": {{"species": {inner}}}}}'
    given = {**world.producer.headers, **JSON}
    assert world.client().post("/api/v1/batches", data=nested, headers=given).status_code == 422


def test_a_field_that_comes_twice_counts_as_it_came_last(
    world: Any, facility: dict[str, Any]
) -> None:
    """One reader reads each body, so that nothing is checked by one value and done by another."""
    theirs, own = world.neighbour.party.id, world.producer.party.id
    text = '{"party_id": %d, "party_id": %d, "name": "X", "address": "Y"}'
    assert ask(world, text % (own, theirs)).status_code == 422
    assert ask(world, text % (theirs, own)).json["party_id"] == own
    issued = world.issue()
    body = f'{{"hidden_code": "{issued.hidden()}", "hidden_code": "AAAAAAAA"}}'
    headers = {**JSON, "Accept": "application/json"}
    path = f"/S/{issued.code()}/hidden-code"
    told = world.client().post(path, data=body, headers=headers).json
    assert told["authentication"] == "wrong"


def test_a_body_is_taken_as_what_it_says_it_is(
    world: Any, facility: dict[str, Any], unchanged: Any
) -> None:
    body = json.dumps(facility)
    with unchanged():
        for each in TYPES:
            headers = dict(world.producer.headers)
            if each is not None:
                headers["Content-Type"] = each
            answer = world.client().post("/api/v1/facilities", data=body, headers=headers)
            assert answer.status_code == 415, each
        for encoding in ("utf-16", "utf-32"):
            assert ask(world, body.encode(encoding)).status_code in (400, 422), encoding
        form = world.client().post("/api/v1/facilities", data=facility)
        assert form.status_code == 401


def test_no_page_reads_json(world: Any, browse: Any, unchanged: Any) -> None:
    browser = browse(world.producer)
    sent = {**browser.hidden("/producer/facilities/new"), "name": "X", "address": "Y"}
    with unchanged():
        answer = browser.client.post("/producer/facilities/new", json=sent)
        assert answer.status_code == 400


def test_no_header_and_no_field_changes_a_method(
    world: Any, things: Any, browse: Any, unchanged: Any
) -> None:
    recall = f"/api/v1/recalls/{things['recall_id']}"
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    browser = browse(world.producer)
    with unchanged():
        for name in names:
            headers = {**world.officer.headers, name: "POST", **JSON}
            address = f"{recall}/closure?_method=POST"
            assert world.client().get(address, headers=headers).status_code == 405
            headers[name] = "DELETE"
            answer = world.client().get(recall, headers=headers)
            assert answer.status_code == 200
        hold = f"/producer/batches/{things['batch_id']}/hold?_method=POST"
        assert browser.get(hold, {names[0]: "POST"}).status_code in (200, 303)


def test_nothing_answers_a_method_that_it_does_not_serve(world: Any, things: Any) -> None:
    paths = {*(f"/api/v1/{name}" for name in ("parties", "scans")), "/", "/sign-in", "/S/x"}
    paths |= {route.audience.prefix + route.path for route in ROUTES if "<" not in route.path}
    secret = {"Cookie": "sign_in=geheim", "Authorization": "Bearer geheim"}
    for path in sorted(paths):
        for method in ("TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "XYZZY"):
            answer = world.client().open(path, method=method, headers=secret)
            assert answer.status_code == 405, (method, path)
            assert "geheim" not in answer.text
        answer = world.client().open(path, method="OPTIONS", headers=secret)
        assert answer.status_code == 200 and answer.text == ""
        assert "geheim" not in str(answer.headers)


def test_no_other_site_is_let_in(world: Any, things: Any, browse: Any) -> None:
    """No answer to CORS: a browser then keeps from other sites' scripts all that we tell."""
    asks = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "Authorization, Content-Type",
    }
    issued = world.issue()
    browser = browse(world.producer)
    for path in ("/", issued.link_path(), "/producer", "/sign-in", "/api/v1/parties", "/nothing"):
        for method in ("GET", "OPTIONS"):
            given = {**asks, **world.producer.headers}
            answer = browser.client.open(path, method=method, headers=given)
            assert not [name for name, _ in answer.headers if "access-control" in name.lower()]
    # What a form of another site can send without asking first is no JSON.
    plain = {"Content-Type": "text/plain", **world.producer.headers}
    assert world.client().post("/api/v1/facilities", data="{}", headers=plain).status_code == 415


def test_a_header_that_claims_an_address_is_believed_of_nobody(world: Any, browse: Any) -> None:
    """Without proxies in front, nobody chooses what his tries are counted by."""
    browser = browse()
    sent = {"sign_in_name": world.producer.email, "password": "sai rồi nhé"}
    statuses = []
    for n in range(7):
        fields = {**browser.hidden("/sign-in"), **sent}
        claims = dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "Client-IP"), f"192.0.2.{n}")
        claims["Forwarded"] = f"for=192.0.2.{n}"
        statuses.append(browser.client.post("/sign-in", data=fields, headers=claims).status_code)
    assert statuses[:5] == [422] * 5 and statuses[-1] == 429
