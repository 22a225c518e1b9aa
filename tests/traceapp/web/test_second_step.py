"""The second step at sign-in: asked for once it is on, not to be guessed, and who must have it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp


def enrol(world: Any, browser: Any) -> tuple[str, list[str]]:
    page = browser.get("/account/second-factor")
    secret = re.search(r'<p class="code">([A-Z2-7]+)</p>', page.text)
    assert secret is not None
    code = pyotp.TOTP(secret[1]).at(world.now)
    form = {"code": code, "password": world.officer.password}
    answer = browser.post("/account/second-factor", form)
    assert answer.status_code == 200, answer.text
    return secret[1], re.findall(r'<li class="code">([^<]+)</li>', answer.text)


def test_a_second_factor_is_asked_for_once_it_is_on(world: Any, visit: Any) -> None:
    secret, codes = enrol(world, visit(world.officer))
    assert len(codes) == 10
    form = {"sign_in_name": world.officer.email, "password": world.officer.password}
    browser = visit()
    asked = browser.post("/sign-in", form)
    assert asked.status_code == 200 and "sign_in=" not in str(asked.headers)
    assert browser.get("/officer").status_code == 303
    world.now += timedelta(seconds=60)
    wrong = browser.post("/sign-in/second-factor", {"code": "000000"})
    assert wrong.status_code == 422
    code = pyotp.TOTP(secret).at(world.now)
    assert browser.post("/sign-in/second-factor", {"code": code}).status_code == 303
    assert browser.get("/officer").status_code == 200
    # A code that was seen over a shoulder is worth nothing.
    other = visit()
    other.post("/sign-in", form)
    assert other.post("/sign-in/second-factor", {"code": code}).status_code == 422
    assert other.post("/sign-in/second-factor", {"code": codes[0].lower()}).status_code == 303
    third = visit()
    third.post("/sign-in", form)
    assert third.post("/sign-in/second-factor", {"code": codes[0]}).status_code == 422


def test_guessing_second_factors_is_stopped(world: Any, visit: Any) -> None:
    enrol(world, visit(world.officer))
    browser = visit()
    browser.post(
        "/sign-in", {"sign_in_name": world.officer.email, "password": world.officer.password}
    )
    statuses = [
        browser.post("/sign-in/second-factor", {"code": f"{n:06}"}).status_code for n in range(7)
    ]
    assert statuses[:4] == [422] * 4 and statuses[-1] == 429


def test_outside_the_demonstration_an_officer_must_have_a_second_factor(
    world: Any, visit: Any
) -> None:
    object.__setattr__(world.edge.settings, "demo", False)
    browser = visit(world.officer)
    for path in ("/officer", "/people", "/account"):
        assert browser.get(path).headers["Location"] == "/account/second-factor", path
    hidden = browser.hidden("/account/second-factor")
    form = {**hidden, "name": "Ai đó", "role": "producer"}
    refused = browser.client.post("/people/invitations", data=form)
    assert refused.headers["Location"] == "/account/second-factor"
    enrol(world, browser)
    assert browser.get("/officer").status_code == 200
    assert visit(world.producer).get("/producer").status_code == 200
