"""A producer and her stamps in a real browser: from asking for them to undoing a slip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from stamps import sign

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

Take = Callable[[Page, str], None]


def _sign_in(context: BrowserContext, address: str, person: Any) -> Page:
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator("input[name=sign_in_name]").fill(person.email)
    page.locator("input[name=password]").fill(person.password)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    return page


def _headline(browser: Browser, url: str) -> str:
    """What a buyer, who is somebody else, is told in Vietnamese."""
    context = browser.new_context(viewport=PHONE, locale="vi")
    page = context.new_page()
    page.goto(url)
    told = page.locator("h1").inner_text()
    context.close()
    return told


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("view", [PHONE, DESK], ids=["phone", "desk"])
def test_from_asking_for_stamps_to_undoing_a_slip(
    world: Any, address: str, browser: Browser, view: Any, script: bool
) -> None:
    batch = world.batch(quantity=100)
    context = browser.new_context(viewport=view, locale="en", java_script_enabled=script)
    page = _sign_in(context, address, world.producer)

    page.goto(f"{address}/producer/requests/new?batch_id={batch.id}")
    page.get_by_label("How many?").fill("60")
    page.get_by_label("Yes, with a hidden code").check()
    page.get_by_role("button", name="Send the request").click()
    page.get_by_text("waits for an officer").wait_for()
    told = page.url
    run = world.approve(int(told.rpartition("/")[2]))
    page.goto(told)
    page.get_by_role("link", name="To the stamps").click()

    page.get_by_role("link", name="Print labels", exact=True).click()
    page.get_by_label("Not printed").check()
    with page.expect_download() as printed:
        page.get_by_role("button", name="Download").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF")

    codes = _codes(world, run)
    page.goto(f"{address}/S/{codes[0]}")
    page.get_by_role("button", name="This is the first one", exact=True).click()
    page.get_by_text(f"First stamp: {run.first_serial}").wait_for()
    page.goto(f"{address}/S/{codes[39]}")
    page.get_by_role("button", name="This is the last one").click()
    page.get_by_text(f": 40 stamps for lot {batch.lot}").wait_for()
    assert _headline(browser, f"{address}/S/{codes[50]}").startswith("Tem chưa kích hoạt")
    page.get_by_role("button", name="Yes, put them to use").click()
    page.get_by_text(f"are in use now, for lot {batch.lot}").wait_for()
    assert _headline(browser, f"{address}/S/{codes[20]}") == "Tem hợp lệ"

    page.get_by_role("link", name="Take stamps out of use").click()
    page.get_by_label("First stamp").fill(codes[30])
    page.get_by_label("Last stamp").fill(str(run.first_serial + 34))
    page.get_by_role("button", name="Look at this range").click()
    page.get_by_label("Misprinted").check()
    page.get_by_role("button", name="Yes, take them out of use").click()
    page.get_by_text("are out of use now").wait_for()
    page.locator("li[id^=void-]").get_by_role("link").click()
    page.get_by_label("What was wrong?").fill("Bấm nhầm")
    page.get_by_role("button", name="Undo it").click()
    page.get_by_text("are as they were before").wait_for()
    assert _headline(browser, f"{address}/S/{codes[30]}") == "Tem hợp lệ"

    # The buyer who scanned the fifty-first stamp is told of on every page.
    page.get_by_role("alert").get_by_role("link").click()
    page.get_by_text(f"stamp {run.first_serial + 50} was scanned").wait_for()
    page.get_by_role("link", name="put them to use now").click()
    page.get_by_label("First stamp").fill(str(run.first_serial + 40))
    page.get_by_label("Last stamp").fill(str(run.last_serial))
    page.get_by_role("button", name="Look at this range").click()
    page.get_by_role("button", name="Yes, put them to use").click()
    assert page.get_by_role("alert").count() == 0
    assert _headline(browser, f"{address}/S/{codes[50]}") == "Tem hợp lệ"
    context.close()


def _codes(world: Any, run: Any) -> list[str]:
    key = world.edge.stamp_keys.ring().get(run.key_id)
    return [sign(key, serial) for serial in range(run.first_serial, run.last_serial + 1)]


def test_a_slip_in_a_range_is_where_the_focus_goes(
    world: Any, address: str, browser: Browser
) -> None:
    issued = world.issue(activate=False)
    context = browser.new_context(viewport=PHONE, locale="en")
    page = _sign_in(context, address, world.producer)
    page.goto(f"{address}/producer/stamps/{issued.run.id}/activation")
    page.get_by_label("First stamp").fill(str(issued.serial(9)))
    page.get_by_label("Last stamp").fill(str(issued.serial(2)))
    page.keyboard.press("Enter")
    assert page.locator(".slips").evaluate("each => each === document.activeElement")
    assert page.get_by_label("Last stamp").input_value() == str(issued.serial(2))
    described = page.get_by_label("Last stamp").get_attribute("aria-describedby")
    assert described is not None
    assert "swap them" in page.locator(f"#{described}").inner_text()
    context.close()


def _paths(world: Any) -> dict[str, str]:
    """Every page of a producer about stamps, with something on it."""
    issued = world.issue(quantity=60, activate=False)
    issued.activate(0, 29)
    gone = issued.void(20, last=24, note="Ướt khi vận chuyển")
    roll = world.issue(quantity=25_000, roll=True)
    for n in (0, 1, 21, 40):
        world.client().get(f"/S/{issued.code(n)}")
    waiting = world.ask(30, world.batch(), note="Cho Tết")
    run, first = f"/producer/stamps/{issued.run.id}", issued.serial
    ends = f"first_serial={first(40)}&last_serial={first(49)}"
    rolled = f"first_serial={roll.serial(0)}&last_serial={roll.serial(9)}"
    return {
        "stamps": "/producer/stamps",
        "run": run,
        "roll": f"/producer/stamps/{roll.run.id}",
        "asking": "/producer/requests/new",
        "asking-batch": f"/producer/requests/new?batch_id={issued.batch.id}",
        "asking-roll": f"/producer/requests/new?product_id={issued.run.product_id}",
        "request": f"/producer/requests/{waiting}",
        "activation": f"{run}/activation",
        "activation-confirm": f"{run}/activation?{ends}",
        "activation-slip": f"{run}/activation?first_serial={first(9)}&last_serial={first(2)}",
        "activation-roll": f"/producer/stamps/{roll.run.id}/activation?{rolled}",
        "void": f"{run}/void",
        "void-confirm": f"{run}/void?{ends}",
        "undo": f"/producer/voids/{gone.id}/undo",
        "range": "/producer/range",
        "notices": "/producer/notices",
        "totals": "/producer/totals",
        "totals-year": "/producer/totals?days=365",
        "own-stamp": f"/S/{issued.code(45)}",
        "own-stamp-active": f"/S/{issued.code(3)}",
    }


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_reads_well_at_every_width(
    world: Any, address: str, browser: Browser, picture: Take, language: str
) -> None:
    context = browser.new_context(locale=language)
    page = _sign_in(context, address, world.producer)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    refused: list[str] = []
    page.on("console", lambda told: told.type == "error" and refused.append(told.text))
    for name, path in _paths(world).items():
        answer = page.goto(f"{address}{path}")
        assert answer is not None and answer.status == 200, name
        assert page.locator("html").get_attribute("lang") == language
        expect(page.locator("h1"), name).to_have_count(1)
        for view in (DESK, PHONE, SMALL):
            page.set_viewport_size(view)
            page.emulate_media(color_scheme="dark" if view is SMALL else "light")
            picture(page, f"producer-{name}-{language}-{view['width']}")
            assert page.evaluate(FITS), f"{name} scrolls sideways at {view['width']}"
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(FITS), f"{name} scrolls sideways with large text"
    assert all(each.startswith(address) for each in asked), asked
    assert not refused
    context.close()


def test_a_screen_reader_finds_nothing_missing(
    world: Any, address: str, browser: Browser, hear: Callable[..., None]
) -> None:
    context = browser.new_context(viewport=PHONE)
    page = _sign_in(context, address, world.producer)
    for name, path in _paths(world).items():
        page.goto(f"{address}{path}")
        for more in page.locator("details").all():
            more.evaluate("each => each.open = true")
        assert page.evaluate(FITS), f"{name} scrolls sideways"
        hear(page, name, PHONE)
    context.close()
