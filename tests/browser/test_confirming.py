"""A buyer scratches and confirms in a real browser: typed, or read from the QR under the foil."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from stamps import hidden_link

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}

Take = Callable[[Page, str], None]

# As a browser inside a messenger may be: nothing can be kept, and asking for it is an error.
NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
Object.defineProperty(document, "cookie", {
  get() { throw new DOMException("no", "SecurityError"); },
  set() { throw new DOMException("no", "SecurityError"); },
});
"""


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


def _answer(page: Page, hidden: str | None, foil: str = "yes") -> str:
    """Fill in the form and send it; gives the headline of what comes."""
    if hidden is not None:
        page.locator("#hidden_code").fill(hidden)
    page.locator(f"input[name=foil_whole][value={foil}]").check()
    page.locator("form:has(#hidden_code) button").click()
    return page.locator("h1").inner_text()


def test_a_code_from_the_qr_under_the_foil_fills_its_field_and_travels_nowhere(
    world: Any, address: str, browser: Browser
) -> None:
    issued = world.issue()
    path, hidden = issued.link_path(), issued.hidden()
    context = browser.new_context(viewport=PHONE, locale="vi")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    link = hidden_link(f"{address}{path}", hidden)
    page.goto(link.replace(hidden, hidden.lower()))
    assert page.url == f"{address}{path}"
    assert page.locator("#hidden_code").input_value().replace("-", "") == hidden
    assert page.get_by_text("Đã đọc được mã từ mã QR dưới lớp phủ").is_visible()
    # It waits for its question to be answered, and is sent by a person alone.
    page.locator("form:has(#hidden_code) button").click()
    assert page.locator("h1").inner_text() == "Tem hợp lệ"
    shared = page.locator("#address").evaluate("link => link.href")
    assert shared.endswith(f"/S/{issued.code()}")
    assert not any(hidden.lower() in url.lower() for url in [*asked, shared])
    page.reload()
    assert page.locator("#hidden_code").input_value() == ""
    page.goto("about:blank")
    page.goto(link)
    assert _answer(page, None) == "Chính hãng"
    assert not any(hidden.lower() in url.lower() for url in asked)
    context.close()


def test_a_pasted_link_from_under_the_foil_leaves_its_hidden_code_behind(
    world: Any, address: str, browser: Browser
) -> None:
    issued = world.issue()
    page = browser.new_page(viewport=PHONE, locale="vi")
    page.goto(address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#code").fill(hidden_link(f"{address}{issued.link_path()}", issued.hidden()))
    page.locator("form:has(#code) button").click()
    assert page.locator("h1").inner_text() == "Tem hợp lệ"
    assert asked and not any(issued.hidden() in url for url in asked)
    page.close()


@pytest.mark.parametrize("fragment", ["#H", "#H-", "#H-1234567", "#h=%E0%A4%A", "#H-12345U78"])
def test_a_fragment_without_a_code_that_can_be_one_says_so_and_loses_nothing(
    world: Any, address: str, browser: Browser, fragment: str
) -> None:
    issued = world.issue()
    page = browser.new_page(viewport=PHONE, locale="vi")
    page.goto(f"{address}{issued.link_path()}{fragment}")
    assert "#" not in page.url
    assert page.locator("#hidden_code").input_value() == ""
    assert page.get_by_text("Chưa mất gì cả").is_visible()
    assert _answer(page, issued.hidden()) == "Chính hãng"
    page.close()


def test_a_buyer_confirms_in_a_browser_that_keeps_nothing(
    world: Any, address: str, browser: Browser
) -> None:
    issued = world.issue()
    path, hidden = issued.link_path(), issued.hidden()
    context = browser.new_context(viewport=PHONE, locale="vi", bypass_csp=True)
    context.add_init_script(NO_STORAGE)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(f"{address}{path}")
    context.clear_cookies()
    wrong = hidden[:-1] + ("0" if hidden[-1] != "0" else "1")
    assert _answer(page, wrong) == "Mã cào không khớp"
    assert page.get_by_text("Trong phút này còn 9 lần thử").is_visible()
    assert page.locator("#hidden_code").input_value() == wrong
    assert page.locator("#hidden_code").get_attribute("aria-invalid") == "true"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.clear_cookies()
    assert _answer(page, hidden, foil="no") == "Chưa xác thực được"
    page.goto(f"{address}{path}")
    context.clear_cookies()
    assert _answer(page, hidden) == "Chính hãng"
    context.clear_cookies()
    page.goto(f"{address}{path}")
    assert page.locator("h1").inner_text() == "Đã xác thực trước đó"
    assert broken == []
    context.close()
