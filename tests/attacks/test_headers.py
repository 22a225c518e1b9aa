"""What every answer says to browsers and caches: run nothing foreign, keep and frame nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

HTTPS = "https://tem.example.vn"


@pytest.fixture
def secure(world: Any) -> None:
    object.__setattr__(world.edge.settings, "base_url", HTTPS)


def answers(world: Any) -> dict[str, Any]:
    """An answer of every face, good and bad."""
    issued, waiting = world.issue(), world.issue(activate=False).run
    client, bearer = world.client(), world.officer.headers
    asked = ("/", "/privacy", issued.link_path(), "/S/x", "/sign-in", "/join/x", "/nothing")
    asked += ("/producer", "/home", "/ui/bootstrap.css", "/assets/style.css", "/assets/none.css")
    asked += ("/api/v1/parties", "/api/v1/nothing", "/api/openapi.json", "/healthz", "/readyz")
    asked += ("/metrics", f"/api/v1/stamp-runs/{waiting.id}/labels?format=csv", "/" + "x" * 5000)
    found = {path: client.get(path, headers=bearer, buffered=True) for path in asked}
    code = issued.code()
    found["no token"] = client.get("/api/v1/parties")
    found["form"] = client.post("/sign-in", data={})
    found["method"] = client.delete("/api/v1/parties")
    found["options"] = client.options("/")
    found["hidden"] = client.post(f"/S/{code}/hidden-code", json={"hidden_code": issued.hidden()})
    found["huge"] = client.post("/sign-in", data=b"x" * 1_000_001)
    found["json"] = client.get(f"/S/{code}", headers={"Accept": "application/json"})
    return found


def check(name: str, answer: Any) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, name
    assert "unsafe" not in policy and "*" not in policy, name
    if "sandbox" not in policy:
        assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy, name
    assert answer.headers["X-Content-Type-Options"] == "nosniff", name
    assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin"), name
    assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers, name
    if answer.content_type and answer.mimetype.startswith("text/"):
        assert "charset=utf-8" in answer.content_type, name
    assert answer.content_type or not answer.get_data(), name


def test_every_face_says_what_browsers_may_do(world: Any) -> None:
    for name, answer in answers(world).items():
        check(name, answer)
        assert "Strict-Transport-Security" not in answer.headers, name


def test_over_https_every_answer_asks_for_nothing_else(world: Any, secure: None) -> None:
    for name, answer in answers(world).items():
        found = re.fullmatch(r"max-age=([0-9]+)", answer.headers["Strict-Transport-Security"])
        assert found is not None and int(found[1]) >= 365 * 24 * 3600, name


def test_every_page_is_kept_out_of_caches_and_frames(pages: Any) -> None:
    count = 0
    for name, answer in pages():
        check(name, answer)
        assert answer.headers["Cache-Control"] == "no-store", name
        count += 1
    assert count > 60


def test_an_answer_with_a_persons_facts_is_in_no_cache(world: Any) -> None:
    public = ("/ui/bootstrap.css", "/assets/style.css", "/api/openapi.json", "options")
    for name, answer in answers(world).items():
        if name not in public:
            assert answer.headers.get("Cache-Control") == "no-store", name


def test_over_https_each_cookie_is_of_this_host_alone(
    world: Any, browse: Any, secure: None
) -> None:
    browser = browse()
    issued = world.issue()
    page = browser.client.get("/sign-in?lang=en", base_url=HTTPS)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    who = {"sign_in_name": world.producer.email, "password": world.producer.password}
    sent = {"csrf_token": token[1], **who, "remember": "yes"}
    signed = browser.client.post("/sign-in", data=sent, base_url=HTTPS)
    looked = browser.client.get(f"/S/{issued.code()}", base_url=HTTPS)
    found = [each for answer in (page, signed, looked) for each in _cookies(answer)]
    names = {each.partition("=")[0] for each in found}
    assert names == {
        *("__Host-session", "__Host-sign_in", "__Host-lang", "__Host-phone"),
        "__Secure-known",  # it is sent to the door alone, and so has a path
    }
    for each in found:
        parts = {part.strip() for part in each.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= parts, each
        assert "Domain" not in each and len(each) < 4096
        assert "Path=/" in parts or each.startswith("__Secure-known"), each
    again = browser.client.get("/producer", base_url=HTTPS)
    assert again.status_code == 200 and again.headers["Content-Language"] == "en"
    assert not _cookies(browser.client.get(f"/S/{issued.code()}", base_url=HTTPS))


def _cookies(answer: Any) -> list[str]:
    found: list[str] = answer.headers.getlist("Set-Cookie")
    return found
