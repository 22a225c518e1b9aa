"""What waits for a producer on the page she opens on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from photos import photo

from traceapp.services.registry.deciding import Rejection, decide_product

Visit = Callable[..., Any]


def test_home_tells_what_waits_and_what_was_sent_back(world: Any, visit: Visit) -> None:
    issued = world.issue(1000, activate=False)
    world.batch(expires_at=world.now + timedelta(days=3))
    browser = visit(world.producer)
    goods = {
        "kind": "fish_sauce",
        "name": "Mắm tôm",
        "net_content": "1 hũ",
        "ocop_stars": "3",
        "ocop_until": "2026-08-01",
    }
    product = browser.post("/producer/products/new", goods).headers["Location"]
    with world.writing() as session:
        number = int(product.rpartition("/")[2])
        reason = Rejection(reason="Không phải nước mắm")
        decide_product(session, world.officer.actor, number, reason, world.now)
    home = browser.get("/producer").text
    assert "1,000 stamps" in home and f"/producer/stamps/{issued.run.id}" in home
    assert "until 18/06/2026" in home
    assert "Không phải nước mắm" in home and f"{product}/correction" in home
    file = {"picture": (photo(), "a.jpg")}
    refused = browser.post(f"{product}/pictures", file, on="/producer/party/correction")
    assert refused.status_code == 409 and "rejected" in refused.text


def test_home_says_first_which_batches_are_stopped(world: Any, visit: Visit) -> None:
    issued = world.issue(10)
    browser = visit(world.producer)
    assert 'id="stopped"' not in browser.get("/producer").text
    browser.post(f"/producer/batches/{issued.batch.id}/hold", {}, on="/account")
    home = browser.get("/producer").text
    assert home.index('id="stopped"') < home.index("Open a new batch")
    stopped = home[home.index('id="stopped"') :].partition("</section>")[0]
    assert f'href="/producer/batches/{issued.batch.id}"' in stopped
    assert "On hold" in stopped and "500 ml" in stopped and "not to use it for now" in stopped
    issued.recall("danger")
    assert "Take what is left off sale" in browser.get("/producer").text


def test_stars_that_lapse_are_told(world: Any, visit: Visit) -> None:
    browser = visit(world.producer)
    world.issue(1)
    goods = {"kind": "fish_sauce", "name": "Mắm", "net_content": "1 hũ", "ocop_stars": "3"}
    browser.post("/producer/products/new", goods | {"ocop_until": "2026-08-01"})
    assert "47 days left" in browser.get("/producer").text
    world.now += timedelta(days=50)
    assert "Lapsed" in visit(world.producer).get("/producer").text
