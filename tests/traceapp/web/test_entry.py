"""Coming in: passwords, second factors, one-time links; and whoever tries without them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from traceapp.services.authority import Actor
from traceapp.services.lists import Role
from traceapp.services.people.accounts import show_account

GOOD = "mắm ngon cá cơm than"


def cookies(answer: Any, name: str) -> str:
    return next(
        each for each in answer.headers.getlist("Set-Cookie") if each.startswith(f"{name}=")
    )


def test_a_sign_in_leads_home_and_its_cookie_is_kept_from_scripts(world: Any, visit: Any) -> None:
    nobody = visit()
    answer = nobody.post(
        "/sign-in", {"sign_in_name": " Producer@Example.vn ", "password": world.producer.password}
    )
    assert answer.status_code == 303 and answer.headers["Location"] == "/home"
    kept = cookies(answer, "sign_in")
    assert "HttpOnly" in kept and "SameSite=Lax" in kept and "Path=/" in kept
    assert "Max-Age" not in kept and "Secure" not in kept
    assert nobody.get("/home").headers["Location"] == "/producer"


def test_everybody_has_a_first_page(world: Any, visit: Any) -> None:
    for person, path in (
        (world.producer, "/producer"),
        (world.officer, "/officer"),
        (world.admin, "/people"),
    ):
        browser = visit(person)
        assert browser.get("/home").headers["Location"] == path
        assert browser.get(path).status_code == 200


def test_over_https_the_cookies_are_secure_and_of_this_host_alone(world: Any, visit: Any) -> None:
    object.__setattr__(world.edge.settings, "base_url", "https://tem.example.vn")
    nobody = visit()
    page = nobody.client.get("/sign-in", base_url="https://tem.example.vn")
    assert "Secure" in cookies(page, "__Host-session")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    answer = nobody.client.post(
        "/sign-in",
        base_url="https://tem.example.vn",
        data={
            "csrf_token": token[1],
            "sign_in_name": world.producer.email,
            "password": world.producer.password,
            "remember": "yes",
        },
    )
    kept = cookies(answer, "__Host-sign_in")
    assert "Secure" in kept and "HttpOnly" in kept and "Domain" not in kept
    assert f"Max-Age={30 * 24 * 3600}" in kept


def test_an_officer_is_never_remembered_for_long(world: Any, visit: Any) -> None:
    answer = visit().post(
        "/sign-in",
        {
            "sign_in_name": world.officer.email,
            "password": world.officer.password,
            "remember": "yes",
        },
    )
    assert "Max-Age" not in cookies(answer, "sign_in")
    world.now += timedelta(hours=12)
    browser = visit(world.officer)
    world.now += timedelta(hours=12, seconds=1)
    assert browser.get("/officer").headers["Location"].startswith("/sign-in")


def test_a_wrong_password_and_an_unknown_name_are_told_alike(world: Any, visit: Any) -> None:
    said = set()
    for name in (world.producer.email, "nobody@example.vn"):
        answer = visit().post("/sign-in", {"sign_in_name": name, "password": "sai rồi nhé"})
        assert answer.status_code == 422
        assert "sai rồi nhé" not in answer.text
        said.add(re.search(r'role="alert".*?</div>', answer.text, re.S)[0])  # type: ignore[index]
    assert len(said) == 1


def test_guessing_is_stopped_for_every_process_and_waiting_helps(world: Any, visit: Any) -> None:
    browser = visit()
    form = {"sign_in_name": world.producer.email, "password": "sai rồi nhé"}
    statuses = [browser.post("/sign-in", form).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    right = {"sign_in_name": world.producer.email, "password": world.producer.password}
    # Another process has the same answer: nothing of it is kept in one.
    del world.__dict__["app"]
    other = visit()
    assert other.post("/sign-in", right).status_code == 429
    world.now += timedelta(minutes=16)
    assert other.post("/sign-in", right).status_code == 303


def test_a_form_without_its_token_is_not_believed(world: Any, visit: Any) -> None:
    form = {"sign_in_name": world.producer.email, "password": world.producer.password}
    answer = world.client().post("/sign-in", data=form)
    assert answer.status_code == 400
    assert not any("sign_in=" in each for each in answer.headers.getlist("Set-Cookie"))


def test_a_sign_in_gets_a_cookie_that_nobody_knew_before(world: Any, visit: Any) -> None:
    browser = visit()
    browser.client.set_cookie("sign_in", "a-cookie-that-somebody-planted-here-before")
    browser.post(
        "/sign-in",
        {"sign_in_name": world.producer.email, "password": world.producer.password},
    )
    kept = browser.client.get_cookie("sign_in")
    assert kept is not None and "planted" not in kept.value and len(kept.value) >= 43


def test_signing_out_ends_the_cookie_itself(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    stolen = browser.client.get_cookie("sign_in").value
    assert browser.post("/sign-out", on="/account").status_code == 303
    thief = world.client()
    thief.set_cookie("sign_in", stolen)
    assert thief.get("/producer").headers["Location"].startswith("/sign-in")


def test_another_site_cannot_sign_somebody_out(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    browser.client.post("/sign-out")
    assert browser.get("/producer").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "http:/evil.example",
    ],
)
def test_a_sign_in_leads_to_no_other_host(world: Any, visit: Any, path: str) -> None:
    answer = visit().post(
        "/sign-in",
        {
            "sign_in_name": world.producer.email,
            "password": world.producer.password,
            "next": path,
        },
    )
    assert answer.headers["Location"] == "/home"


def test_a_page_asks_to_sign_in_and_is_shown_afterwards(world: Any, visit: Any) -> None:
    browser = visit()
    asked = browser.get("/people?cursor=1")
    assert asked.status_code == 303
    place = asked.headers["Location"]
    answer = browser.post(
        "/sign-in",
        {
            "sign_in_name": world.officer.email,
            "password": world.officer.password,
            "next": "/people?cursor=1",
        },
        on=place,
    )
    assert answer.headers["Location"] == "/people?cursor=1"


def test_what_was_typed_survives_an_ended_sign_in(world: Any, visit: Any) -> None:
    browser = visit(world.officer)
    hidden = browser.hidden("/people")
    world.now += timedelta(hours=13)
    typed = {**hidden, "name": "Bà Năm <ở> thôn Đông", "role": "producer"}
    ended = browser.client.post("/people/invitations", data=typed)
    assert ended.status_code == 401
    draft = re.search(r'name="draft" value="([^"]+)"', ended.text)
    assert draft is not None and "csrf" not in draft[1]
    import html

    answer = browser.post(
        "/sign-in",
        {
            "sign_in_name": world.officer.email,
            "password": world.officer.password,
            "next": "/people",
            "draft": html.unescape(draft[1]),
        },
    )
    assert answer.headers["Location"] == "/people?draft=1"
    page = browser.get("/people?draft=1")
    assert "Bà Năm &lt;ở&gt; thôn Đông" in page.text
    assert "Nothing was changed yet" in page.text
    with world.reading() as session:
        from traceapp.services.paging import PageWish
        from traceapp.services.people.inviting import list_invitations

        assert not list_invitations(session, world.officer.actor, PageWish()).items
    assert "Bà Năm" not in browser.get("/people?draft=1").text


def test_a_form_of_another_site_leaves_no_draft(world: Any) -> None:
    ended = world.client().post(
        "/people/invitations", data={"name": "Mồi"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert ended.status_code == 401 and "Mồi" not in ended.text


def test_a_form_sent_twice_acts_once(world: Any, visit: Any) -> None:
    browser = visit(world.officer)
    person = f"/people/{world.producer.actor.account_id}"
    hidden = browser.hidden(person)
    first = browser.client.post(f"{person}/closure", data=hidden)
    again = browser.client.post(f"{person}/closure", data=hidden)
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]


def test_a_password_is_changed_only_with_the_old_one(world: Any, visit: Any) -> None:
    browser, other = visit(world.producer), visit(world.producer)
    wrong = browser.post("/account/password", {"old": "không phải", "new": GOOD}, on="/account")
    assert wrong.status_code == 422 and GOOD not in wrong.text
    right = {"old": world.producer.password, "new": GOOD}
    assert browser.post("/account/password", right, on="/account").status_code == 303
    assert browser.get("/producer").status_code == 200
    assert other.get("/producer").status_code == 303


def test_a_name_is_ones_own_to_change(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    answer = browser.post("/account/name", {"name": "Bà Năm Quyên"}, on="/account")
    assert answer.status_code == 303
    assert "<h1>Bà Năm Quyên</h1>" in browser.get("/account").text


def test_a_browser_left_alone_is_no_place_to_guess_the_password(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    form = {"old": "không phải", "new": GOOD}
    statuses = [
        browser.post("/account/password", form, on="/account").status_code for _ in range(7)
    ]
    assert statuses[0] == 422 and statuses[-1] == 429


def test_a_closed_account_is_out_at_once(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    officer = visit(world.officer)
    person = f"/people/{world.producer.actor.account_id}"
    assert officer.post(f"{person}/closure", on=person).status_code == 303
    assert browser.get("/producer").status_code == 303
    answer = visit().post(
        "/sign-in",
        {"sign_in_name": world.producer.email, "password": world.producer.password},
    )
    assert answer.status_code == 422


def test_an_administrator_appoints_and_an_officer_does_not(world: Any, visit: Any) -> None:
    person = f"/people/{world.producer.actor.account_id}"
    officer = visit(world.officer)
    refused = officer.post(f"{person}/role", {"role": "officer"}, on=person)
    assert refused.status_code == 403
    admin = visit(world.admin)
    assert admin.post(f"{person}/role", {"role": "officer"}, on=person).status_code == 303
    with world.reading() as session:
        told = show_account(session, world.admin.actor, world.producer.actor.account_id)
    assert told.role is Role.OFFICER and told.party_id is None


def test_an_officer_reaches_no_officers_account(world: Any, visit: Any) -> None:
    officer = visit(world.officer)
    assert officer.get(f"/people/{world.admin.actor.account_id}").status_code == 403
    answer = officer.post("/people/invitations", {"name": "X", "role": "admin"}, on="/people")
    assert answer.status_code == 403


def test_every_signed_in_page_forbids_frames_scripts_from_elsewhere_and_caches(
    world: Any, visit: Any
) -> None:
    for path in ("/account", "/people", "/officer"):
        answer = visit(world.officer).get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "http" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Cookie" in answer.headers["Vary"]


def test_an_actor_of_a_page_takes_no_hidden_codes_out(world: Any, visit: Any) -> None:
    from traceapp.services.people.signing_in import signed_in

    browser = visit(world.officer)
    text = browser.client.get_cookie("sign_in").value
    with world.reading() as session:
        found = signed_in(session, text, world.now, demonstration=True)
    assert found is not None
    assert found.actor == Actor(world.officer.actor.account_id, Role.OFFICER, None)


def test_pages_asked_for_at_the_same_moment_share_their_token(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    at_sign_in = browser.client.get_cookie("session")
    first = browser.hidden("/account")["csrf_token"]
    after_first = browser.client.get_cookie("session")
    browser.client.set_cookie("session", at_sign_in.value)
    second = browser.hidden("/account")["csrf_token"]
    browser.client.set_cookie("session", after_first.value)
    for token in (first, second):
        form = {"csrf_token": token, "name": "Bà Năm Quyên"}
        assert browser.post("/account/name", form, on="/account").status_code == 303


def test_what_changes_nothing_leaves_the_session_as_it_is(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    for path in ("/account", "/producer", "/ui/style.css"):
        with browser.get(path) as answer:
            assert "session=" not in str(answer.headers.getlist("Set-Cookie"))
