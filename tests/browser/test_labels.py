"""Labels in a real browser: designed with a live picture, downloaded, and what came back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from traceapp.services.runs.label_files import LABELS_A_PART
from traceapp.services.runs.reading_runs import show_run

# Pages look the same on both databases: SQLite stands for them.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

Open = Callable[..., Page]


def _sign_in(page: Page, address: str, person: Any) -> Page:
    page.goto(f"{address}/sign-in")
    page.locator("input[name=sign_in_name]").fill(person.email)
    page.locator("input[name=password]").fill(person.password)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.locator(".rooms").wait_for()
    return page


def _design(page: Page, address: str, issued: Any) -> None:
    page.goto(f"{address}/producer/stamps/{issued.run.id}")
    page.get_by_role("link", name="Print labels", exact=True).click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_the_design_by_the_download_to_what_was_spoiled(
    world: Any, address: str, opened: Open, script: bool
) -> None:
    issued = world.issue(quantity=100, activate=False)
    page = opened(viewport=PHONE, locale="en", java_script_enabled=script)
    _sign_in(page, address, world.producer)
    _design(page, address, issued)
    picture = page.get_by_role("img", name="The label", exact=True)
    before = picture.get_attribute("src")

    page.get_by_label("Roll of 30").check()
    page.get_by_label("Under foil on the label").check()
    show = page.get_by_role("button", name="Show the picture")
    if script:
        expect(show).to_be_hidden()
    else:
        show.click()
    page.get_by_text("100 labels · 200 pages · Roll of 30").wait_for()
    assert picture.get_attribute("src") != before
    assert picture.evaluate("each => each.naturalWidth > 0") if script else True
    page.get_by_role("img", name="The hidden code, on a page of its own").wait_for()

    # Hidden codes ask for the password, and nothing that was chosen is lost.
    page.get_by_role("button", name="Download").click()
    page.get_by_label("Password").fill("sai")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("This is not your password.").first.wait_for()
    page.get_by_label("Password").fill(world.producer.password)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("press Download").wait_for()
    expect(page.get_by_label("Roll of 30")).to_be_checked()
    with page.expect_download() as printed:
        page.get_by_role("button", name="Download").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF")
    assert printed.value.suggested_filename.endswith(".pdf")

    page.goto(f"{address}/producer/stamps/{issued.run.id}")
    page.get_by_role("link", name="Tell what came back").click()
    page.get_by_label("First stamp").nth(1).fill(issued.code(10))
    page.get_by_label("Last stamp").nth(1).fill(str(issued.serial(14)))
    page.get_by_label("Why?").first.select_option("misprinted")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("95 came back good, 5 are spoiled").wait_for()
    with world.reading() as session:
        told = show_run(session, world.producer.actor, issued.run.id)
    assert (told.active, told.waiting, told.void) == (0, 95, 5)


def test_the_picture_is_asked_for_once_after_many_changes(
    world: Any, address: str, opened: Open
) -> None:
    issued = world.issue(activate=False, hidden_code=False)
    page = _sign_in(opened(viewport=DESK, locale="en"), address, world.producer)
    _design(page, address, issued)
    asked: list[str] = []
    page.on("request", lambda each: "/preview" in each.url and asked.append(each.url))
    page.get_by_label("A4 sheet, 24 labels").focus()
    with page.expect_response(lambda each: "/preview" in each.url):
        for _ in range(6):
            page.keyboard.press("ArrowDown")
    page.get_by_text("20 labels · 20 pages · Roll of 20\u00a0×\u00a030\u00a0mm, PDF").wait_for()
    assert len(asked) == 1 and "sheet=roll-20x30" in asked[0]
    # What she sees is in the address: a reload keeps it.
    page.reload()
    expect(page.get_by_label("Roll of 20\u00a0×\u00a030\u00a0mm")).to_be_checked()


def test_the_parts_of_a_large_run_come_one_after_the_other_and_are_counted(
    world: Any, address: str, opened: Open
) -> None:
    issued = world.issue(
        quantity=2 * LABELS_A_PART + 7, roll=True, hidden_code=False, activate=False
    )
    page = _sign_in(opened(viewport=PHONE, locale="en"), address, world.producer)
    page.goto(f"{address}/producer/stamps/{issued.run.id}/design?format=csv")
    kept: list[str] = []
    page.on("download", lambda each: kept.append(each.suggested_filename))
    # The second part breaks off; what is here stays.
    page.route("**/labels?*part=2*", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="All parts, one after the other").click()
    page.get_by_text("It broke off.").wait_for()
    assert page.locator("progress").evaluate("each => each.value") == LABELS_A_PART
    page.get_by_role("button", name="All parts, one after the other").click()
    page.get_by_text("All parts are here.").wait_for()
    bar = page.locator("progress")
    assert bar.evaluate("each => each.value") == issued.run.quantity
    ends = [0, LABELS_A_PART, 2 * LABELS_A_PART]
    assert [each.split("-")[1] for each in kept] == [str(issued.serial(n)) for n in ends]


def test_ten_test_labels_are_downloaded_with_one_form(
    world: Any, address: str, opened: Open
) -> None:
    page = _sign_in(opened(viewport=PHONE, locale="en"), address, world.producer)
    page.goto(f"{address}/producer/products/{world.producer.product.id}")
    page.get_by_role("link", name="Print 10 test labels").click()
    page.get_by_label("Roll of 25").check()
    with page.expect_download() as printed:
        page.get_by_role("button", name="Download").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF")


def _paths(world: Any) -> dict[str, dict[str, str]]:
    """Every page about labels, with something on it, by whose it is."""
    issued = world.issue(quantity=100, activate=False)
    issued.activate(0, 29)
    issued.leave(0, 9)
    roll = world.issue(quantity=25_000, roll=True)
    world.test_labels()
    run, product = f"/producer/stamps/{issued.run.id}", world.producer.product.id
    return {
        "producer": {
            "design": f"{run}/design?hidden=foil&sheet=a4-24",
            "design-refused": f"{run}/design?sheet=roll-15x15&hidden=foil",
            "design-in-use": f"{run}/design?first={issued.serial(0)}&hidden=none",
            "design-parts": f"/producer/stamps/{roll.run.id}/design?hidden=none",
            "password": f"/producer/labels/password?run_id={issued.run.id}",
            "testing": f"/producer/products/{product}/test-labels",
            "tests": "/producer/test-labels",
            "print-report": f"{run}/print-report",
            "redraw": f"{run}/redraw",
            "run": run,
        },
        "officer": {
            "labels": f"/officer/runs/{issued.run.id}/labels",
            "leave": "/officer/redraw-leaves/1",
        },
    }


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_about_labels_reads_well_at_every_width(
    world: Any,
    address: str,
    opened: Open,
    picture: Callable[[Page, str], None],
    hear: Callable[..., None],
    language: str,
) -> None:
    for who, pages in _paths(world).items():
        page = _sign_in(opened(locale=language), address, getattr(world, who))
        refused: list[str] = []
        page.on(
            "console", lambda told, kept=refused: told.type == "error" and kept.append(told.text)
        )
        for name, path in pages.items():
            answer = page.goto(f"{address}{path}")
            assert answer is not None and answer.status == 200, name
            expect(page.locator("h1"), name).to_have_count(1)
            for view in (DESK, PHONE, SMALL):
                page.set_viewport_size(view)
                picture(page, f"labels-{name}-{language}-{view['width']}")
                assert page.evaluate(FITS), f"{name} scrolls sideways at {view['width']}"
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate(FITS), f"{name} scrolls sideways with large text"
            page.evaluate("document.documentElement.style.fontSize = ''")
            if language == "en":
                hear(page, name, PHONE)
        assert not refused
