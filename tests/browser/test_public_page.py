"""The public page in a real browser: with script and without, at any width, from nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from stamps import sign
from traceapp.records.corrections import Correction, Noun
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.services.registry import picturing
from traceapp.services.registry.holding import NewHold, hold_batch

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}

Take = Callable[[Page, str], None]


def _bottle(shade: int, size: tuple[int, int]) -> bytes:
    """A bottle on a table, as a phone would send it."""
    width, height = size
    picture = Image.new("RGB", size, (230, 220, shade))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, int(height * 0.8), width, height), fill=(150, 110, 70))
    middle, thick = width // 2, width // 9
    draw.rounded_rectangle(
        (middle - thick, height * 0.3, middle + thick, height * 0.88), 40, "#823c0f"
    )
    draw.rectangle(
        (middle - thick // 3, height * 0.1, middle + thick // 3, height * 0.4), "#823c0f"
    )
    draw.rectangle((middle - thick, height * 0.5, middle + thick, height * 0.7), "#f5ebd2")
    out = BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def _add_pictures(world: Any) -> None:
    room = picturing.PictureRoom(world.edge.settings.data_dir / "pictures", 5_000_000)
    sent = (
        (200, (1600, 1200), "Chai thủy tinh"),
        (170, (900, 1200), None),
        (140, (600, 400), None),
    )
    with world.writing() as session:
        for shade, size, caption in sent:
            picturing.add_picture(
                session,
                world.officer.actor,
                world.producer.product.id,
                picturing.read_picture(_bottle(shade, size), room),
                caption,
                room,
                world.now,
            )


def _correct(world: Any, batch_id: int) -> None:
    """A correction that buyers are told of."""
    with world.writing() as session:
        session.add(
            Correction(
                noun=Noun.BATCH,
                subject_id=batch_id,
                party_id=world.producer.party.id,
                before={"attributes.total_nitrogen_g_l": 42, "sold_as": None},
                after={"attributes.total_nitrogen_g_l": 40, "sold_as": "Để nơi mát"},
                reason="Ghi nhầm trên sổ mẻ",
                public=True,
                state=State.APPROVED,
                created_by=world.producer.actor.account_id,
                created_at=world.now,
                decided_at=world.now,
            )
        )


def _put_on_the_map(world: Any) -> None:
    with world.writing() as session:
        row = session.get_one(Facility, world.producer.facility.id)
        row.address, row.latitude, row.longitude = "Thôn 1, tỉnh Thanh Hóa", 19.8, 105.9


def _hold(world: Any, batch_id: int) -> None:
    with world.writing() as session:
        new = NewHold(reason="Có mùi lạ")
        hold_batch(session, world.producer.actor, batch_id, new, world.now)


def _paths(world: Any) -> dict[str, str]:
    """A path for every verdict of a look."""
    _add_pictures(world)
    _put_on_the_map(world)
    good = world.issue(attributes={"total_nitrogen_g_l": 40, "drawn_off_on": "2026-06-01"})
    printed = world.issue(activate=False)
    gone = world.issue()
    gone.void(0, "stolen")
    back = world.issue()
    back.recall("danger")
    linked = world.issue(gtin="8938500000010")
    used = world.issue()
    world.client().post(f"/S/{used.code()}/hidden-code", json={"hidden_code": used.hidden()})
    _correct(world, good.batch.id)
    stopped = world.issue()
    _hold(world, stopped.batch.id)
    old = world.issue(expires_at=world.now + timedelta(minutes=1))
    paths = {
        "registered": good.link_path(),
        "no_layer": world.issue(hidden_code=False).link_path(),
        "not_activated": printed.link_path(),
        "void": gone.link_path(),
        "recalled": back.link_path(),
        "on_hold": stopped.link_path(),
        "suspicious": linked.link_path().replace("8938500000010", "8938500000027"),
        "already_authenticated": used.link_path(),
        "forged": good.link_path()[:-1] + ("0" if good.code()[-1] != "0" else "1"),
        "unknown": f"/S/{sign(world.edge.stamp_keys.ring().newest, 4096 * 31)}",
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
            expect(page.locator("h1"), name).to_have_count(1)
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


def test_paper_shows_the_verdict_and_the_code_and_asks_nothing(
    world: Any, address: str, browser: Browser, picture: Take
) -> None:
    issued = world.issue()
    page = browser.new_page(viewport={"width": 760, "height": 1000}, locale="vi")
    page.goto(f"{address}{issued.link_path()}")
    page.emulate_media(media="print")
    picture(page, "registered-vi-print")
    assert page.locator("h1").is_visible()
    assert page.locator("#stamp ~ dl .code").first.is_visible()
    for gone in ("form", "button", "#address", ".switch"):
        assert not any(each.is_visible() for each in page.locator(gone).all()), gone
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_buyer_names_her_province_by_keyboard(
    world: Any, address: str, browser: Browser, picture: Take, scheme: Any
) -> None:
    path = world.issue(hidden_code=False).link_path()
    context = browser.new_context(viewport=PHONE, locale="vi", color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{address}{path}")
    page.get_by_label("Tỉnh, thành phố").select_option("thanh-hoa")
    page.get_by_label("Tỉnh, thành phố").press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/place")
    assert "Xin cảm ơn" in page.locator("h1").inner_text()
    picture(page, f"placed-vi-360-{scheme}")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("link", name="Trở lại trang của tem").click()
    assert "Tem hợp lệ" in page.locator("h1").inner_text()
    context.close()


def test_every_picture_is_drawn_and_opens_large(world: Any, address: str, browser: Browser) -> None:
    _add_pictures(world)
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{address}{world.issue().link_path()}")
    for image in page.locator(".pictures img").all():
        image.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=image.element_handle())
        assert image.evaluate("image => image.naturalWidth") > 0
        assert ".webp" in image.evaluate("image => image.currentSrc")
    page.locator(".pictures a").first.click()
    assert page.url.endswith("/1080.jpg")
    assert page.locator("img").evaluate("image => image.naturalWidth") == 1080
    page.close()


def test_the_letters_are_our_own(world: Any, address: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{address}{world.issue().link_path()}")
    page.evaluate("document.fonts.ready")
    drawn = "[...document.fonts].filter(face => face.status === 'loaded').map(face => face.weight)"
    assert set(page.evaluate(drawn)) == {"400", "600"}
    page.close()


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
