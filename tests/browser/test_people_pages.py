"""Every page of coming in, of one's own account and of people, looked at in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from coming_in import (
    DESK,
    FIRST,
    FITS,
    PHONE,
    SMALL,
    Open,
    Take,
    code_now,
    fill,
    invited,
    press,
    sign_in,
)
from playwright.sync_api import Page, expect

from traceapp.services.lists import Role
from traceapp.services.people.accounts import NewAccount, create_account
from traceapp.services.people.inviting import Acceptance, accept, invite_to_reset

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

UNFOLD = "for (const each of document.querySelectorAll('details')) each.open = true"

# An address without a place to break a line at, as a commune's office may well have.
LONG = "nguyenthihoangoanh.vanphongthongke.xahoangthanh@thanhhoa.example.vn"


def reset(world: Any, person: Any) -> str:
    with world.writing() as session:
        made = invite_to_reset(session, world.admin.actor, person.actor.account_id, world.now)
    return made.token


def walk(world: Any, address: str, opened: Open, **given: Any) -> Iterator[tuple[str, Page]]:
    """Every page of coming in, of one's own account and of people, one after another."""
    officer = world.officer
    with world.writing() as session:
        create_account(session, NewAccount(LONG, Role.OFFICER, FIRST, None), world.now)
    used = invited(world)
    with world.writing() as session:
        joins = Acceptance(sign_in_name="hanh@example.vn", name="Lê Thị Hạnh", password=FIRST)
        accept(session, used, joins, world.now)

    page = opened(**given)
    page.goto(f"{address}/sign-in")
    yield "sign-in", page
    sign_in(page, address, officer.email, "sai mật khẩu rồi")
    yield "sign-in-failed", page
    path = f"/join/{invited(world)}"
    page.goto(address + path)
    yield "join", page
    fill(page, name="", sign_in_name="bà Tư", password="1234")
    press(page, path)
    yield "join-slips", page
    page.goto(f"{address}/join/{reset(world, world.producer)}")
    yield "reset", page
    assert page.goto(f"{address}/join/{used}").status == 409
    yield "link-used", page

    sign_in(page, address, LONG, FIRST)
    page.wait_for_url("**/officer")
    page.goto(f"{address}/account")
    yield "account", page
    press(page, "/account/password")
    yield "account-slips", page
    assert page.goto(f"{address}/officer/batches/999999").status == 404
    yield "not-found", page
    assert page.goto(f"{address}/producer").status == 403
    yield "not-allowed", page
    page.goto(f"{address}/people")
    yield "of-an-officer", page
    page.goto(f"{address}/account/second-factor")
    yield "second-factor-offer", page
    secret = page.locator(".symbol ~ .code").inner_text()
    fill(page, code="12", password=FIRST)
    press(page, "/account/second-factor")
    yield "second-factor-slips", page
    fill(page, code=code_now(world, secret), password=FIRST)
    press(page, "/account/second-factor")
    yield "recovery-codes", page
    page.goto(f"{address}/account")
    yield "account-with-second-step", page
    press(page, "/sign-out")
    page.wait_for_url("**/sign-in")
    sign_in(page, address, LONG, FIRST)
    yield "second-step", page
    fill(page, code="000000")
    press(page, "/second-factor")
    yield "second-step-failed", page

    page = opened(**given)
    sign_in(page, address, world.admin.email, world.admin.password)
    page.wait_for_url("**/people")
    yield "people", page
    press(page, "/people/invitations")
    yield "people-slips", page
    fill(page, name="Trần Thị Bưởi")
    press(page, "/people/invitations")
    yield "link", page
    page.goto(f"{address}/people")
    page.get_by_role("link", name=LONG).click()
    yield "person", page
    page.locator("details:has(form[action$='/closure'])").evaluate("each => { each.open = true; }")
    press(page, "/closure")
    yield "person-closed", page


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_pictured_without_script(
    world: Any, opened: Open, address: str, picture: Take, language: str
) -> None:
    for name, page in walk(world, address, opened, locale=language, java_script_enabled=False):
        expect(page.locator("h1"), name).to_have_count(1)
        assert page.locator("html").get_attribute("lang") == language, name
        for view in (DESK, PHONE):
            page.set_viewport_size(view)
            picture(page, f"people-{name}-{language}-{view['width']}")


@pytest.mark.parametrize(
    ("language", "heard_at"), [("vi", ()), ("en", (PHONE, DESK))], ids=["vi", "en"]
)
def test_every_page_fits_a_small_phone_and_large_text_and_a_screen_reader(
    world: Any,
    opened: Open,
    address: str,
    picture: Take,
    hear: Callable[..., None],
    language: str,
    heard_at: Any,
) -> None:
    wide = []
    for name, page in walk(world, address, opened, viewport=SMALL, locale=language):
        page.evaluate(UNFOLD)
        if heard_at:
            hear(page, name, *heard_at)
            page.set_viewport_size(SMALL)
        if not page.evaluate(FITS):
            wide.append(name)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if not page.evaluate(FITS):
            wide.append(f"{name} with large text")
        picture(page, f"people-{name}-large-{language}-320")
        page.evaluate("document.documentElement.style.fontSize = ''")
    assert wide == []
