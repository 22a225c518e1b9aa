"""An officer's day in a real browser: phone and desk, both languages, light and dark."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from traceapp.services.registry.correctable import ProductCorrection
from traceapp.services.registry.correcting import Correcting, correct
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.picturing import PictureRoom, add_picture, read_picture
from traceapp.services.registry.registering import NewFacility, NewProduct, register_facility
from traceapp.services.registry.registering import register_product as send_product

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

Take = Callable[[Page, str], None]


@pytest.fixture
def desk(world: Any) -> dict[str, Any]:
    """A desk on which something of every kind waits; the page of each thing by its name."""
    producer = world.producer
    with world.writing() as session:
        kinds = world.edge.kinds
        new = NewProduct(
            party_id=producer.party.id, kind="fish_sauce", name="Mắm cốt", net_content="250 ml"
        )
        product = send_product(session, producer.actor, new, kinds, world.now)
        place = NewFacility(party_id=producer.party.id, name="Kho lạnh", address="Thôn 2")
        facility = register_facility(session, producer.actor, place, world.now)
        brand = ProductCorrection(brand="Năm Quyên", reason="Đã đăng ký nhãn hiệu")
        correcting = Correcting(kinds, world.edge.settings.spoilage_percent)
        correction = correct(
            session, producer.actor, producer.product.id, brand, correcting, world.now
        )
        room = PictureRoom(world.edge.settings.data_dir.absolute() / "pictures", 12_000_000)
        drawn = BytesIO()
        Image.new("RGB", (900, 700), (150, 90, 40)).save(drawn, "JPEG")
        picture = add_picture(
            session,
            producer.actor,
            producer.product.id,
            read_picture(drawn.getvalue(), room),
            "Chai 500 ml",
            room,
            world.now,
        )
    issued = world.issue(quantity=60)
    for n in range(3):
        world.client().get(issued.link_path(n))
    held = world.batch()
    with world.writing() as session:
        hold_batch(session, producer.actor, held.id, NewHold(reason="Nắp hở"), world.now)
    return {
        "issued": issued,
        "product": f"/officer/products/{product.id}",
        "facility": f"/officer/facilities/{facility.id}",
        "correction": f"/officer/corrections/{correction.id}",
        "picture": f"/officer/pictures/{picture.id}/decision",
        "request": f"/officer/requests/{world.ask(40, world.batch(), note='Cho chợ phiên')}",
        "hold": f"/officer/batches/{held.id}",
        "batch": f"/officer/batches/{issued.batch.id}",
        "run": f"/officer/runs/{issued.run.id}",
        "stamp": f"/officer/stamps?serial={issued.serial()}",
        "party": f"/officer/parties/{producer.party.id}",
        "desk": "/officer",
        "search": "/officer/search?q=nuoc+mam",
        "scans": "/officer/scans?verdict=registered",
        "scans-of": f"/officer/scans?batch_id={issued.batch.id}&run_id={issued.run.id}",
        "decided": f"/officer/products/{producer.product.id}?decided=product",
        "requests": "/officer/requests",
        "parties": "/officer/parties",
        "recalls": "/officer/recalls",
        "new-recall": f"/officer/recalls/new?batch_id={issued.batch.id}",
        "totals": "/officer/totals",
        "no-stamp": "/officer/stamps?serial=4999999",
    }


def _sign_in(page: Page, address: str, person: Any) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("input[name=sign_in_name]", person.email)
    page.fill("input[name=password]", person.password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture
def opened(
    world: Any, address: str, browser: Browser
) -> Iterator[Callable[..., tuple[BrowserContext, Page]]]:
    """A browser of the officer's, as wide and in such a language as asked for."""
    contexts: list[BrowserContext] = []

    def open_browser(**given: Any) -> tuple[BrowserContext, Page]:
        context = browser.new_context(**given)
        contexts.append(context)
        page = context.new_page()
        _sign_in(page, address, world.officer)
        return context, page

    yield open_browser
    for context in contexts:
        context.close()


def _pages(desk: dict[str, Any]) -> dict[str, str]:
    return {name: path for name, path in desk.items() if isinstance(path, str)}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_pictured_at_both_widths(
    desk: dict[str, Any], opened: Any, address: str, picture: Take, language: str
) -> None:
    _, page = opened(locale=language, java_script_enabled=False)
    for name, path in _pages(desk).items():
        page.goto(f"{address}{path}")
        expect(page.locator("h1"), name).to_have_count(1)
        for view in (PHONE, DESK):
            page.set_viewport_size(view)
            picture(page, f"officer-{name}-{language}-{view['width']}")


def test_a_screen_reader_finds_nothing_missing(
    desk: dict[str, Any], opened: Any, address: str, hear: Callable[..., None]
) -> None:
    _, page = opened(viewport=PHONE, locale="en")
    for name, path in _pages(desk).items():
        page.goto(f"{address}{path}")
        for details in page.locator("details:not([open]) > summary").all():
            details.click()
        hear(page, name, DESK, PHONE)


def test_nothing_scrolls_sideways_on_a_small_phone_or_with_large_text(
    desk: dict[str, Any], opened: Any, address: str
) -> None:
    _, page = opened(viewport=SMALL, locale="vi")
    for name, path in _pages(desk).items():
        page.goto(f"{address}{path}")
        for details in page.locator("details:not([open]) > summary").all():
            details.click()
        assert page.evaluate(FITS), f"{name} scrolls sideways"
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(FITS), f"{name} scrolls sideways with large text"


def test_an_officer_clears_the_desk(desk: dict[str, Any], opened: Any, address: str) -> None:
    _, page = opened(viewport=PHONE, locale="en")
    page.goto(f"{address}/officer")
    assert "6 things wait for you" in page.locator(".summary").inner_text()
    page.get_by_role("link", name="Mắm cốt").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    assert "Approved." in page.inner_text(".said")
    page.get_by_role("link", name="Next: Stamp requests").click()
    assert page.url == f"{address}{desk['request']}"
    page.locator("summary", has_text="Reject it").click()
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.locator("details[open] .invalid-feedback")).to_have_count(1)
    page.get_by_label("Why not?").fill("Thiếu hồ sơ công bố")
    page.get_by_role("button", name="Reject", exact=True).click()
    assert "Thiếu hồ sơ công bố" in page.inner_text("main")
    page.goto(f"{address}/officer")
    assert "4 things wait for you" in page.locator(".summary").inner_text()


def test_an_officer_finds_a_stamp_and_takes_its_scans_away(
    desk: dict[str, Any], opened: Any, address: str, tmp_path: Path
) -> None:
    issued = desk["issued"]
    _, page = opened(viewport=PHONE, locale="en", accept_downloads=True)
    page.goto(f"{address}/officer/search")
    page.keyboard.type("nuoc mam")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Nước mắm Hộ bà Năm Quyên").first.click()
    assert "/officer/products/" in page.url

    page.goto(f"{address}/S/{issued.code()}")
    assert page.url.endswith(f"/officer/stamps?serial={issued.serial()}")
    page.get_by_role("link", name="All of them in the scan log").click()
    page.get_by_label("Who", exact=True).select_option("person")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)

    with page.expect_download() as waited:
        page.get_by_role("link", name="CSV").click()
    waited.value.save_as(tmp_path / "scans.csv")
    rows = list(csv.DictReader(StringIO((tmp_path / "scans.csv").read_text("utf-8-sig"))))
    assert [(row["Serial"], row["Verdict"]) for row in rows] == [(str(issued.serial()), "Valid")]
    with page.expect_download() as waited:
        page.get_by_role("link", name="XLSX").click()
    waited.value.save_as(tmp_path / "scans.xlsx")
    book = openpyxl.load_workbook(tmp_path / "scans.xlsx", read_only=True)
    assert len(list(book.active.iter_rows())) == 2
    book.close()


@pytest.mark.parametrize("view", [PHONE, DESK], ids=["phone", "desk"])
def test_a_recall_is_previewed_opened_seen_by_a_buyer_and_closed(
    desk: dict[str, Any],
    opened: Any,
    address: str,
    browser: Browser,
    picture: Take,
    view: Any,
) -> None:
    issued = desk["issued"]
    _, page = opened(viewport=view, locale="en")
    page.goto(f"{address}{desk['stamp']}")
    page.get_by_role("link", name="Open a recall over its batch").click()
    page.get_by_label("Reason").fill("Có độc tố")
    page.get_by_label("Lot, product or producer").fill("lo-2")
    page.keyboard.press("Enter")
    assert page.get_by_label("Reason").input_value() == "Có độc tố"
    page.get_by_label("Danger").check()
    page.get_by_label("Notice to buyers").fill("Đừng ăn. Gọi 0237 000 0001.")
    page.get_by_role("button", name="See what buyers will read").click()
    assert "The recall is not open yet." in page.inner_text("main")
    picture(page, f"officer-recall-preview-en-{view['width']}")
    page.reload()
    page.get_by_role("button", name="Open the recall now").click()
    picture(page, f"officer-recall-en-{view['width']}")

    buyer = browser.new_page(locale="en")
    buyer.goto(f"{address}{issued.link_path()}")
    assert "under recall" in buyer.locator("h1").inner_text()
    assert "Gọi 0237 000 0001." in buyer.inner_text("main")

    page.get_by_label("Withdrawn").check()
    page.get_by_label("Why?").fill("Nhầm lô")
    page.get_by_role("button", name="Close the recall").click()
    assert "It is withdrawn" in page.inner_text("main")
    buyer.goto(f"{address}{issued.link_path()}")
    assert "The stamp is valid" in buyer.locator("h1").inner_text()
    buyer.close()
