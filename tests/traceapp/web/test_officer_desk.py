"""The officer's desk and search: what waits, and finding anything by one box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.registering import NewProduct, register_product

Visit = Callable[..., Any]


def _sent_in(world: Any, name: str = "Nước mắm cốt") -> Any:
    """A product that a producer sent in, and that waits."""
    new = NewProduct(
        party_id=world.producer.party.id, kind="fish_sauce", name=name, net_content="250 ml"
    )
    with world.writing() as session:
        return register_product(session, world.producer.actor, new, world.edge.kinds, world.now)


def test_an_empty_desk_says_so(world: Any, visit: Visit) -> None:
    answer = visit(world.officer).get("/officer")
    assert answer.status_code == 200
    assert "Nothing waits." in answer.text


def test_what_waits_leads_to_its_page(world: Any, visit: Visit) -> None:
    product = _sent_in(world)
    request_id = world.ask(10, world.batch())
    batch = world.batch()
    with world.writing() as session:
        hold = hold_batch(
            session, world.producer.actor, batch.id, NewHold(reason="Nắp hở"), world.now
        )
    officer = visit(world.officer)
    text = officer.get("/officer").text
    assert "3 things wait for you" in text
    for path in (f"/officer/products/{product.id}", f"/officer/requests/{request_id}"):
        assert f'href="{path}"' in text
        assert officer.get(path).status_code == 200
    led = officer.get(f"/officer/holds/{hold.id}")
    assert led.headers["Location"] == f"/officer/batches/{batch.id}#hold"
    assert "Nắp hở" in officer.get(f"/officer/batches/{batch.id}").text


def test_open_recalls_and_today_stand_beside_what_waits(world: Any, visit: Visit) -> None:
    issued = world.issue()
    issued.recall()
    world.client().get(issued.link_path())
    text = visit(world.officer).get("/officer").text
    assert "Nothing waits." in text
    assert "Open recalls" in text and "Sai nhãn" in text
    assert "Under recall: 1" in text


def test_producers_are_kept_out(world: Any, visit: Visit) -> None:
    producer = visit(world.producer)
    for path in ("/officer", "/officer/search?q=a", "/officer/scans", "/officer/stamps?serial=0"):
        assert producer.get(path).status_code == 403


def test_an_administrator_reads_along_and_is_offered_no_act(world: Any, visit: Visit) -> None:
    product = _sent_in(world)
    issued = world.issue()
    request_id = world.ask(10, world.batch())
    recall = issued.recall()
    admin = visit(world.admin)
    pages = [
        "/officer",
        f"/officer/products/{product.id}",
        f"/officer/parties/{world.producer.party.id}",
        f"/officer/facilities/{world.producer.facility.id}",
        f"/officer/requests/{request_id}",
        f"/officer/stamps?serial={issued.serial()}",
        f"/officer/batches/{issued.batch.id}",
        f"/officer/runs/{issued.run.id}",
        f"/officer/recalls/{recall.id}",
        "/officer/recalls",
        "/officer/parties",
        "/officer/requests",
        "/officer/scans",
        "/officer/totals",
    ]
    for path in pages:
        answer = admin.get(path)
        assert answer.status_code == 200, path
        assert 'method="post"' not in answer.text, path
    refused = admin.post(
        f"/officer/products/{product.id}/approval", on="/account", follow_redirects=False
    )
    assert refused.status_code == 403


def test_an_exact_stamp_leads_straight_to_its_story(world: Any, visit: Visit) -> None:
    issued = world.issue()
    officer = visit(world.officer)
    for text in (issued.code(), f"http://tem.example.vn{issued.link_path()}"):
        answer = officer.get("/officer/search", query_string={"q": text})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/officer/stamps?serial={issued.serial()}"


def test_names_are_found_without_their_accents(world: Any, visit: Visit) -> None:
    answer = visit(world.officer).get("/officer/search?q=nuoc mam")
    assert "Nước mắm Hộ bà Năm Quyên" in answer.text
    assert f'href="/officer/products/{world.producer.product.id}"' in answer.text


def test_a_serial_finds_its_stamp_among_other_numbers(world: Any, visit: Visit) -> None:
    issued = world.issue()
    text = visit(world.officer).get(f"/officer/search?q={issued.serial(3)}").text
    assert f'href="/officer/stamps?serial={issued.serial(3)}"' in text


def test_a_forged_code_is_shown_as_a_claim(world: Any, visit: Visit) -> None:
    issued = world.issue()
    code = issued.code()
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    answer = visit(world.officer).get(f"/officer/search?q={forged}")
    assert answer.status_code == 200
    assert "The signature is wrong" in answer.text


@pytest.mark.parametrize(
    ("text", "said"), [("zzzz", "Nothing was found for “zzzz”."), ("z", "at least two letters")]
)
def test_nothing_found_says_what_can_be_searched(
    world: Any, visit: Visit, text: str, said: str
) -> None:
    answer = visit(world.officer).get(f"/officer/search?q={text}")
    assert said in answer.text
    assert "Accents may be left out" in answer.text
