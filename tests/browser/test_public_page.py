"""The public page in a real browser: no script, nothing from elsewhere, readable at any width."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}

Take = Callable[[Page, str], None]


def _paths(world: Any) -> dict[str, str]:
    """A path for every verdict of a look."""
    good = world.issue(attributes={"total_nitrogen_g_l": 40, "drawn_off_on": "2026-06-01"})
    printed = world.issue(activate=False)
    gone = world.issue()
    gone.void(0, "stolen")
    back = world.issue()
    back.recall("danger")
    linked = world.issue(gtin="8938500000010")
    used = world.issue()
    world.client().post(f"/S/{used.code()}/hidden-code", json={"hidden_code": used.hidden()})
    old = world.issue(expires_at=world.now + timedelta(minutes=1))
    paths = {
        "registered": good.link_path(),
        "no_layer": world.issue(hidden_code=False).link_path(),
        "not_activated": printed.link_path(),
        "void": gone.link_path(),
        "recalled": back.link_path(),
        "suspicious": linked.link_path().replace("8938500000010", "8938500000027"),
        "already_authenticated": used.link_path(),
        "forged": good.link_path()[:-1] + ("0" if good.code()[-1] != "0" else "1"),
        "malformed": "/S/KHONG-PHAI-MA",
        "lost": "/khong/co",
        "home": "/",
        "privacy": "/privacy",
    }
    world.now += timedelta(minutes=2)
    return paths | {"expired": old.link_path()}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_reads_well_at_every_width(
    world: Any, address: str, browser: Browser, picture: Take, language: str
) -> None:
    paths = _paths(world)
    for view in (PHONE, SMALL, DESK):
        context = browser.new_context(
            viewport=view,
            locale=language,
            color_scheme="dark" if view is SMALL else "light",
            java_script_enabled=False,
        )
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        for name, path in paths.items():
            page.goto(f"{address}{path}")
            picture(page, f"{name}-{language}-{view['width']}")
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator("h1").count() == 1, name
        assert all(each.startswith(address) for each in asked), asked
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_finds_nothing_missing(
    world: Any, address: str, browser: Browser, scheme: Any
) -> None:
    # The checker is itself a script, which the page's own policy would rightly refuse.
    context = browser.new_context(viewport=PHONE, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for name, path in _paths(world).items():
        page.goto(f"{address}{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(fits), f"{name} scrolls sideways"
    context.close()


def test_text_of_twice_the_size_still_fits(world: Any, address: str, browser: Browser) -> None:
    context = browser.new_context(viewport=SMALL)
    page = context.new_page()
    for name, path in _paths(world).items():
        page.goto(f"{address}{path}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(fits), f"{name} scrolls sideways"
    context.close()


def test_a_buyer_scratches_and_confirms_without_script(
    world: Any, address: str, browser: Browser, picture: Take
) -> None:
    issued = world.issue()
    context = browser.new_context(viewport=PHONE, locale="vi", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{issued.link_path()}")
    # As people type: lower case, with a space in the middle.
    typed = issued.hidden().lower()
    page.locator("input[name=hidden_code]").fill(f"{typed[:4]} {typed[4:]}")
    for choice in page.locator("input[name=foil_whole][value=yes]").all():
        choice.check()
    page.locator("form:has(input[name=hidden_code]) button").click()
    picture(page, "authenticated-vi-360")
    assert "Chính hãng" in page.locator("h1").inner_text()
    page.go_back()
    page.goto(f"{address}{issued.link_path()}")
    assert "Đã xác thực" in page.locator("h1").inner_text()
    context.close()


def test_a_code_typed_at_the_front_door_leads_to_its_page(
    world: Any, address: str, browser: Browser
) -> None:
    issued = world.issue()
    page = browser.new_page(locale="vi")
    page.goto(address)
    code = issued.code()
    page.locator("input[name=code]").fill(f" {code[:5]}-{code[5:10]} {code[10:].lower()} ")
    page.locator("form:has(input[name=code]) button").click()
    assert "Tem hợp lệ" in page.locator("h1").inner_text()
    page.close()


def test_words_for_a_typed_slip_are_for_our_own_form_only(
    world: Any, address: str, browser: Browser
) -> None:
    page = browser.new_page(locale="vi")
    page.goto(address)
    page.locator("input[name=code]").fill("ABCDEABCDEABCDEABCDE")
    page.locator("form:has(input[name=code]) button").click()
    assert "Xin xem lại từng chữ" in page.locator("h1").inner_text()
    page.locator("a.switch").click()
    assert "check the letters" in page.locator("h1").inner_text()
    # As a camera opens what is printed in a QR code.
    for printed in ("/S/ABCDEABCDEABCDEABCDE?typed=1", "/?code=ABCDEABCDEABCDEABCDE"):
        page.goto(f"{address}{printed}")
        assert "Không do hệ thống phát hành" in page.locator("h1").inner_text()
        page.locator("a.switch").click()
        assert "Not issued by this system" in page.locator("h1").inner_text()
    page.close()
