"""Who may sign in, in a real browser: links that work once, roles, and the second step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from coming_in import (
    DESK,
    FIRST,
    FITS,
    PHONE,
    SECOND,
    SMALL,
    Open,
    Take,
    code_now,
    fill,
    invited,
    press,
    sign_in,
    symbol_of,
)
from playwright.sync_api import Page, expect

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def link_of(page: Page) -> str:
    """The path of the link that a page shows; its symbol must say the same."""
    link = page.locator(".link").inner_text()
    assert symbol_of(page) == link
    return urlsplit(link).path


@pytest.mark.parametrize("view", [PHONE, DESK], ids=["phone", "desk"])
def test_an_administrator_brings_somebody_in_and_sees_to_her_account(
    world: Any, opened: Open, address: str, picture: Take, view: Any
) -> None:
    admin, her = (opened(viewport=view, locale="vi") for _ in range(2))

    def keep(page: Page, name: str) -> None:
        assert page.evaluate(FITS), f"{name} scrolls sideways"
        picture(page, f"people-{name}-vi-{view['width']}")

    sign_in(admin, address, world.admin.email, world.admin.password)
    admin.wait_for_url("**/people")
    fill(admin, name="Lê Thị Hạnh")
    admin.locator("select[name=role]").select_option("officer")
    press(admin, "/people/invitations")
    keep(admin, "journey-link")

    her.goto(address + link_of(admin))
    assert "Lê Thị Hạnh" in her.locator("h1").inner_text()
    fill(her, sign_in_name="0912 345 678", password="12345678")
    press(her, urlsplit(her.url).path)
    # What she typed is still there but for the password, and the slip is beside it.
    expect(her.locator("input[name=password][aria-invalid=true]")).to_have_count(1)
    assert her.locator("input[name=sign_in_name]").input_value() == "0912 345 678"
    assert her.locator("input[name=password]").input_value() == ""
    keep(her, "journey-join-slip")
    fill(her, password=FIRST)
    press(her, urlsplit(her.url).path)
    her.wait_for_url("**/sign-in")
    sign_in(her, address, "0912345678", FIRST)
    her.wait_for_url("**/officer")

    admin.goto(f"{address}/people")
    admin.get_by_role("link", name="Lê Thị Hạnh").click()
    person = admin.url
    admin.locator("select[name=role]").select_option("admin")
    press(admin, "/role")
    expect(admin.locator(".said")).to_have_count(1)
    keep(admin, "journey-role")
    # Her old role is over at once, in the browser that she left open too.
    her.goto(f"{address}/officer")
    assert "/sign-in" in her.url
    sign_in(her, address, "0912345678", FIRST)
    her.wait_for_url("**/people")

    admin.locator("details:has(form[action$='/closure']) > summary").click()
    press(admin, "/closure")
    expect(admin.locator("form[action$='/reopening']")).to_have_count(1)
    keep(admin, "journey-closed")
    her.goto(f"{address}/people")
    assert "/sign-in" in her.url
    sign_in(her, address, "0912345678", FIRST)
    expect(her.locator(".slips")).to_have_count(1)
    press(admin, "/reopening")
    expect(admin.locator("form[action$='/closure']")).to_have_count(1)
    assert admin.url == person

    press(admin, "/password")
    keep(admin, "journey-reset")
    path = link_of(admin)
    her.goto(address + path)
    fill(her, password=SECOND)
    press(her, path)
    her.wait_for_url("**/sign-in")
    sign_in(her, address, "0912345678", FIRST)
    expect(her.locator(".slips")).to_have_count(1)
    sign_in(her, address, "0912345678", SECOND)
    her.wait_for_url("**/people")
    assert her.goto(address + path).status == 409


@pytest.mark.parametrize("view", [PHONE, DESK], ids=["phone", "desk"])
def test_an_officer_switches_the_second_step_on_and_comes_in_by_it(
    world: Any, opened: Open, address: str, view: Any
) -> None:
    officer = world.officer
    page = opened(viewport=view, locale="vi")
    sign_in(page, address, officer.email, officer.password)
    page.wait_for_url("**/officer")
    page.goto(f"{address}/account")
    page.locator("main a[href$='/account/second-factor']").click()
    secret = page.locator(".symbol ~ .code").inner_text()
    assert pyotp.parse_uri(symbol_of(page)).secret == secret
    # A wrong code is told, and the app need not read another symbol for that.
    fill(page, code="000000", password=officer.password)
    press(page, "/account/second-factor")
    expect(page.locator("input[name=code][aria-invalid=true]")).to_have_count(1)
    assert page.locator(".symbol ~ .code").inner_text() == secret
    fill(page, code=code_now(world, secret), password=officer.password)
    press(page, "/account/second-factor")
    kept = page.locator(".codes li").all_inner_texts()
    assert len(set(kept)) == 10
    page.locator("main a.btn-primary").click()
    page.wait_for_url("**/officer")

    page.goto(f"{address}/account")
    press(page, "/sign-out")
    page.wait_for_url("**/sign-in")
    page.goto(f"{address}/officer")
    assert "/sign-in" in page.url

    sign_in(page, address, officer.email, officer.password)
    fill(page, code=code_now(world, secret))
    press(page, "/second-factor")
    # That code switched the second step on; a code is good for one thing.
    expect(page.locator(".slips")).to_have_count(1)
    world.now += timedelta(seconds=30)
    fill(page, code=code_now(world, secret))
    press(page, "/second-factor")
    page.wait_for_url("**/officer")

    other = opened(viewport=view, locale="vi")
    sign_in(other, address, officer.email, officer.password)
    fill(other, code=kept[3].lower().replace("-", " "))
    press(other, "/second-factor")
    other.wait_for_url("**/officer")
    third = opened(viewport=view, locale="vi")
    sign_in(third, address, officer.email, officer.password)
    fill(third, code=kept[3])
    press(third, "/second-factor")
    expect(third.locator(".slips")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_link_and_a_secret_can_be_read_by_a_camera_on_every_screen(
    world: Any, opened: Open, address: str, picture: Take, scheme: str
) -> None:
    page = opened(viewport=SMALL, locale="vi", color_scheme=scheme)
    sign_in(page, address, world.admin.email, world.admin.password)
    page.wait_for_url("**/people")
    fill(page, name="Trần Thị Bưởi")
    press(page, "/people/invitations")
    assert link_of(page).startswith("/join/")
    picture(page, f"people-link-{scheme}-vi-320")
    page.goto(f"{address}/account/second-factor")
    assert symbol_of(page).startswith("otpauth://totp/")
    picture(page, f"people-second-factor-offer-{scheme}-vi-320")


def focus_is_on(page: Page, selector: str) -> bool:
    return bool(page.evaluate(f"document.activeElement.matches({selector!r})"))


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if focus_is_on(page, selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def test_somebody_without_a_mouse_signs_in(world: Any, opened: Open, address: str) -> None:
    page = opened(viewport=DESK, locale="vi")
    page.goto(f"{address}/sign-in")
    page.keyboard.press("Tab")
    assert focus_is_on(page, ".skip") and page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert focus_is_on(page, "#main")
    page.keyboard.press("Tab")
    assert focus_is_on(page, "[name=sign_in_name]")
    page.keyboard.type(world.officer.email)
    page.keyboard.press("Tab")
    page.keyboard.type("sai mật khẩu rồi")
    page.keyboard.press("Enter")
    page.locator(".slips").wait_for()
    # What is wrong is where the focus is, and the form comes next.
    assert focus_is_on(page, ".slips")
    page.keyboard.press("Tab")
    assert focus_is_on(page, "[name=sign_in_name]")
    assert page.locator("[name=sign_in_name]").input_value() == world.officer.email
    page.keyboard.press("Tab")
    page.keyboard.type(world.officer.password)
    tab_to(page, "main button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/officer")


def test_slips_lead_to_their_fields_by_the_keyboard(world: Any, opened: Open, address: str) -> None:
    page = opened(viewport=PHONE, locale="vi")
    page.goto(f"{address}/join/{invited(world)}")
    tab_to(page, "[name=sign_in_name]")
    page.keyboard.type("tu@example.vn")
    page.keyboard.press("Tab")
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    page.locator(".slips").wait_for()
    assert focus_is_on(page, ".slips")
    page.keyboard.press("Tab")
    assert focus_is_on(page, ".slips a")
    page.keyboard.press("Enter")
    assert focus_is_on(page, "[name=password]")
    page.keyboard.type(FIRST)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")
