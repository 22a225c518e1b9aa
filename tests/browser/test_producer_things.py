"""A producer at her own things in a real browser: from the invitation to a batch that she stops."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, expect

from traceapp.services.people.inviting import NewInvitation, invite
from traceapp.services.registry.correctable import BatchCorrection
from traceapp.services.registry.correcting import Correcting, correct
from traceapp.services.registry.deciding import Rejection, decide_facility
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.picturing import PictureRoom, add_picture, read_picture
from traceapp.services.registry.registering import NewFacility, register_facility

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
UNFOLD = "document.querySelectorAll('main details').forEach(each => { each.open = true })"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

Take = Callable[[Page, str], None]


def photo(colour: str = "#a5531b") -> bytes:
    """A JPEG as a phone would send it: upright, of a bottle."""
    drawn = Image.new("RGB", (900, 1200), "#efe7d8")
    pen = ImageDraw.Draw(drawn)
    pen.rounded_rectangle((330, 380, 570, 1080), 50, fill=colour)
    pen.rectangle((410, 180, 490, 400), fill=colour)
    pen.rectangle((330, 640, 570, 880), fill="#fffdf5")
    out = BytesIO()
    drawn.save(out, "JPEG")
    return out.getvalue()


def invitation(world: Any) -> str:
    """The path of a one-time link that an officer made."""
    with world.writing() as session:
        new = NewInvitation(role="producer", name="Bà Lê Thị Tư")
        made = invite(session, world.officer.actor, new, 14, world.now)
    return f"/join/{made.token}"


def press(page: Page, action: str) -> None:
    """Press the button of the form that leads to an address ending so."""
    page.locator(f"main form[action$='{action}'] button[type=submit]").click()


def enter(browser: Browser, address: str, person: Any, **given: Any) -> BrowserContext:
    """A browser in which somebody of the cast has signed in."""
    context = browser.new_context(**given)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator("input[name=sign_in_name]").fill(person.email)
    page.locator("input[name=password]").fill(person.password)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url("**/producer*")
    page.close()
    return context


@pytest.mark.parametrize(("language", "view"), [("vi", PHONE), ("vi", DESK), ("en", PHONE)])
def test_a_new_producer_comes_from_her_link_to_a_batch_and_stops_it(
    world: Any, address: str, browser: Browser, picture: Take, language: str, view: Any
) -> None:
    context = browser.new_context(viewport=view, locale=language)
    page = context.new_page()

    def keep(name: str) -> None:
        # A field that has the focus would be scrolled to, late, after the picture changed the size.
        page.evaluate("document.activeElement.blur()")
        picture(page, f"producer-{name}-{language}-{view['width']}")
        assert page.evaluate(FITS), f"{name} scrolls sideways"

    page.goto(address + invitation(world))
    page.locator("input[name=sign_in_name]").fill("0912 345 678")
    page.locator("input[name=password]").fill("biển xanh cát trắng")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/producer")
    assert page.locator(".steps .done").count() == 0
    keep("first-steps")

    page.locator(".steps .next a").click()
    page.locator("input[name=name]").fill("Hộ bà Tư Nem")
    page.locator("input[name=address]").fill("Số 9, thôn Trung Hòa, xã Hoằng Thanh")
    page.locator("select[name=province]").select_option("Thanh Hóa")
    page.locator("input[name=tax_code]").fill("12")
    keep("party-new")
    press(page, "/producer/party")
    # A slip is told beside its field, and nothing that was typed is lost.
    expect(page.locator("input[name=tax_code][aria-invalid=true]")).to_have_count(1)
    assert page.locator("input[name=name]").input_value() == "Hộ bà Tư Nem"
    keep("party-slip")
    page.locator("input[name=tax_code]").fill("038162000001")
    press(page, "/producer/party")
    page.wait_for_url("**/producer")
    expect(page.locator(".steps .done")).to_have_count(1)

    page.locator(".steps .next a").click()
    page.locator("input[name=name]").fill("Bếp nem nhà bà Tư")
    page.locator("summary").click()
    page.locator("input[name=position]").fill("19.8021, 105.9312")
    keep("facility-new")
    press(page, "/facilities/new")
    page.wait_for_url(re.compile("/facilities/[0-9]+$"))
    keep("facility")

    page.locator("main .btn-primary").click()
    page.locator("select[name=kind]").select_option("nem_nam")
    page.locator("input[name=name]").fill("Nem nắm bà Tư")
    page.locator("input[name=net_content]").fill("10 cái x 50 g")
    page.locator("input[name=shelf_life_days]").fill("2")
    keep("product-new")
    press(page, "/products/new")
    page.wait_for_url(re.compile("/products/[0-9]+$"))
    page.locator("input[name=picture]").set_input_files(
        {"name": "nem.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    page.locator("input[name=caption]").fill("Nem nắm gói lá chuối")
    press(page, "/pictures")
    page.wait_for_url("**#pictures")
    shown = page.locator(".shelf img")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    keep("product")

    page.goto(f"{address}/producer")
    page.locator(".steps .next a").click()
    page.wait_for_url("**/new-batch")
    page.locator("input[name=quantity]").fill("1.200")
    produced = page.locator("input[name=produced_at]").input_value()
    assert produced == "2026-06-15"
    page.locator("input[name='expiries.0.condition']").fill("Ngăn mát 0 đến 4 °C")
    page.locator("input[name='expiries.0.expires_at']").fill("2026-06-19")
    page.locator("details details summary").click()
    page.locator("input[name='expiries.1.condition']").fill("Để ngoài")
    page.locator("input[name='expiries.1.expires_at']").fill("2026-06-16")
    page.locator("input[name='expiries.1.expires_at_clock']").fill("20:00")
    page.locator("input[name=sold_row][value='0']").check()
    page.locator("input[name='attributes.pork_supplier']").fill("Lò mổ Hoằng Thanh")
    page.locator("input[name='attributes.mixed_at']").fill("2026-06-15")
    page.locator("input[name='attributes.mixed_at_clock']").fill("04:30")
    keep("batch-new")
    press(page, "/new-batch")
    page.wait_for_url(re.compile("/batches/[0-9]+$"))
    text = page.locator("main").inner_text()
    assert "19/06/2026 23:59" in text and "16/06/2026 20:00" in text and "15/06/2026 04:30" in text
    assert page.locator("#checklist .gap").count() > 0
    keep("batch")
    page.goto(f"{address}/producer")
    keep("waits-for-officer")
    page.goto(f"{address}/producer/batches")
    keep("batches")
    page.locator(".lines a").first.click()

    page.locator("#stop summary").click()
    page.locator("#stop textarea").fill("Khách báo nem có mùi lạ")
    keep("batch-stop")
    press(page, "/hold")
    expect(page.locator(".state.bad")).to_have_count(1)
    assert page.locator("#stop").count() == 0
    keep("batch-held")
    context.close()


def things(world: Any) -> dict[str, str]:
    """A producer's things in every state, and the page of each."""
    issued = world.issue(60, activate=False, attributes={"species": "Cá cơm", "vat": "Chum 3"})
    issued.activate(0, 19)
    issued.void(3)
    stopped = world.issue(20)
    recalled = world.issue(20)
    recalled.recall("danger")
    old = world.batch(
        expires_at=world.now + timedelta(days=3),
        expiries=[{"condition": "Tủ mát", "expires_at": world.now + timedelta(days=3)}],
        sold_as="Tủ mát",
    )
    room = PictureRoom(world.edge.settings.data_dir.absolute() / "pictures", 12_000_000)
    rules = Correcting(world.edge.kinds, 5)
    producer = world.producer
    with world.writing() as session:
        for colour, caption in (("#7a3b12", "Chai 500 ml"), ("#c98a2b", None)):
            prepared = read_picture(photo(colour), room)
            add_picture(
                session, producer.actor, producer.product.id, prepared, caption, room, world.now
            )
        hold_batch(
            session, producer.actor, stopped.batch.id, NewHold(reason="Nắp bị hở"), world.now
        )
        place = register_facility(
            session,
            producer.actor,
            NewFacility(party_id=producer.party.id, name="Kho", address="Thôn 2"),
            world.now,
        )
        decide_facility(
            session, world.officer.actor, place.id, Rejection(reason="Thiếu số nhà"), world.now
        )
        wished = BatchCorrection(attributes={"species": "Cá nục"}, reason="Ghi nhầm loài cá")
        asked = correct(session, producer.actor, issued.batch.id, wished, rules, world.now)
    product = producer.product.id
    return {
        "home": "/producer",
        "party": "/producer/party",
        "party-correction": "/producer/party/correction",
        "facility-new": "/producer/facilities/new",
        "facility": f"/producer/facilities/{producer.facility.id}",
        "facility-sent-back": f"/producer/facilities/{place.id}",
        "facility-correction": f"/producer/facilities/{place.id}/correction",
        "products": "/producer/products",
        "product-new": "/producer/products/new",
        "product": f"/producer/products/{product}",
        "product-correction": f"/producer/products/{product}/correction",
        "batches": "/producer/batches",
        "batch-new": f"/producer/products/{product}/new-batch",
        "batch": f"/producer/batches/{issued.batch.id}",
        "batch-held": f"/producer/batches/{stopped.batch.id}",
        "batch-recalled": f"/producer/batches/{recalled.batch.id}",
        "batch-correction": f"/producer/batches/{issued.batch.id}/correction",
        "batch-correction-rows": f"/producer/batches/{old.id}/correction",
        "correction": f"/producer/corrections/{asked.id}",
    }


def test_a_screen_reader_finds_nothing_missing(
    world: Any, address: str, browser: Browser, hear: Callable[..., None]
) -> None:
    paths = things(world)
    context = enter(browser, address, world.producer, viewport=PHONE, locale="vi")
    page = context.new_page()
    for name, path in paths.items():
        page.goto(address + path)
        expect(page.locator("h1"), name).to_have_count(1)
        page.evaluate(UNFOLD)
        hear(page, name, PHONE)
    context.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_fits_every_width_and_text_of_twice_the_size(
    world: Any, address: str, browser: Browser, picture: Take, language: str
) -> None:
    paths = things(world)
    context = enter(browser, address, world.producer, locale=language)
    page = context.new_page()
    for name, path in paths.items():
        page.goto(address + path)
        for view in (DESK, PHONE, SMALL):
            page.set_viewport_size(view)
            page.emulate_media(color_scheme="dark" if view is SMALL else "light")
            picture(page, f"producer-own-{name}-{language}-{view['width']}")
            assert page.evaluate(FITS), f"{name} scrolls sideways at {view['width']}"
        page.evaluate(UNFOLD)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(FITS), f"{name} scrolls sideways in large letters"
    context.close()


def test_a_batch_is_opened_and_corrected_without_script(
    world: Any, address: str, browser: Browser
) -> None:
    given = {"viewport": PHONE, "locale": "vi", "java_script_enabled": False}
    context = enter(browser, address, world.producer, **given)
    page = context.new_page()
    page.goto(f"{address}/producer/batches/new")
    page.locator("input[name=quantity]").fill("500")
    page.locator("input[name=expires_at]").fill("2028-06-15")
    press(page, "/new-batch")
    page.wait_for_url(re.compile("/batches/[0-9]+$"))
    page.locator("a[href$='/correction']").last.click()
    page.locator("input[name='attributes.species']").fill("Cá cơm than")
    press(page, "/correction")
    page.wait_for_url(re.compile("/batches/[0-9]+$"))
    assert "Cá cơm than" in page.locator(".facts").inner_text()
    assert "Cá cơm than" in page.locator("#corrections").inner_text()
    context.close()
