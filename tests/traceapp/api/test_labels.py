"""Taking labels out over HTTP: as CSV, as PDF, in parts, and read back by a camera."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp

from stamps import LinkForm
from traceapp.records.acts import ActRecord
from traceapp.services.people import tokens

GTIN = "8938505974194"


def take(world: Any, run: Any, query: str = "", who: Any = None) -> Any:
    headers = (who or world.officer).headers
    return world.client().get(f"/api/v1/stamp-runs/{run.id}/labels?{query}", headers=headers)


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(StringIO(answer.text)))


def acts(world: Any) -> list[Any]:
    drawn = sa.select(ActRecord).where(ActRecord.name == "stamp_run.draw").order_by(ActRecord.id)
    with world.reading() as session:
        found = session.scalars(drawn).all()
    return [
        (each.account_id, each.subject_id, {**each.details, "drawing_id": each.id > 0})
        for each in found
    ]


def test_a_csv_holds_every_stamp_with_its_link_and_hidden_code(world: Any) -> None:
    issued = world.issue(30, activate=False)
    answer = take(world, issued.run, "format=csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text.startswith("serial,code,url,hidden_code\r\n")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="stamps-0-29.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    for n, row in enumerate(rows(answer)):
        assert row == {
            "serial": str(issued.serial(n)),
            "code": issued.code(n),
            "url": f"HTTP://TEM.EXAMPLE.VN/S/{issued.code(n)}",
            "hidden_code": issued.hidden(n),
        }
    assert len(rows(answer)) == 30


def test_csv_is_what_is_taken_where_nothing_is_said(world: Any) -> None:
    issued = world.issue(3, activate=False)
    assert take(world, issued.run).text == take(world, issued.run, "format=csv").text


@pytest.mark.parametrize(
    ("form", "path"),
    [(LinkForm.GS1, f"01/0{GTIN}"), (LinkForm.GS1_LOT, f"01/0{GTIN}/10/L%6F%2B1")],
)
def test_the_links_are_those_of_the_runs_form(world: Any, form: LinkForm, path: str) -> None:
    issued = world.issue(2, gtin=GTIN, link_form=form, lot="Lo+1", activate=False)
    (first, _) = rows(take(world, issued.run))
    assert first["url"] == f"HTTP://TEM.EXAMPLE.VN/{path}/21/{issued.code()}"


def test_hidden_codes_are_left_out_for_a_token_without_the_permission(world: Any) -> None:
    with world.writing() as session:
        token = tokens.create_token(session, world.officer.email, hidden_codes=False, now=world.now)
    world.officer.token = token
    issued = world.issue(3, activate=False)
    answer = take(world, issued.run)
    assert [row["hidden_code"] for row in rows(answer)] == ["", "", ""]
    assert issued.hidden() not in answer.text
    assert acts(world)[-1][2]["hidden_codes"] is False


def test_a_run_without_hidden_codes_has_an_empty_column(world: Any) -> None:
    issued = world.issue(2, hidden_code=False, activate=False)
    assert [row["hidden_code"] for row in rows(take(world, issued.run))] == ["", ""]


def test_a_part_is_taken_out_by_its_serials(world: Any) -> None:
    world.issue(5, activate=False)
    issued = world.issue(30, activate=False)
    first, last = issued.serial(10), issued.serial(14)
    part = rows(take(world, issued.run, f"first={first}&last={last}"))
    assert [int(row["serial"]) for row in part] == list(range(first, last + 1))
    assert len(rows(take(world, issued.run, f"first={issued.serial(28)}"))) == 2
    assert len(rows(take(world, issued.run, f"last={issued.serial(0)}"))) == 1


def test_a_part_drawn_later_is_the_same_as_before(world: Any) -> None:
    issued = world.issue(45, activate=False)
    first, pdf = take(world, issued.run).text, take(world, issued.run, "format=pdf").data
    world.now += timedelta(days=400)
    world.edge.stamp_keys.rotate()
    world.edge.hidden_keys.rotate()
    assert take(world, issued.run).text == first
    assert take(world, issued.run, "format=pdf").data == pdf


@pytest.mark.parametrize(("quantity", "pages"), [(1, 1), (40, 1), (41, 2), (85, 3)])
def test_a_pdf_has_as_many_pages_as_its_labels_need(world: Any, quantity: int, pages: int) -> None:
    answer = take(world, world.issue(quantity, hidden_code=False, activate=False).run, "format=pdf")
    assert answer.content_type == "application/pdf" and answer.data.startswith(b"%PDF-")
    assert len(pypdfium2.PdfDocument(answer.data)) == pages


def test_a_sheet_without_room_is_refused_before_the_download_begins(
    world: Any, unchanged: Any
) -> None:
    narrow = replace(world.edge.sheets["a4-40"], name="narrow", label_width_mm=12.0)
    object.__setattr__(world.edge, "sheets", {"narrow": narrow, **world.edge.sheets})
    run = world.issue(3, activate=False).run
    with unchanged():
        answer = take(world, run, "format=pdf&sheet=narrow")
    assert (answer.status_code, answer.json["code"]) == (422, "no_room")
    assert answer.json["errors"][0]["field"] == "sheet"


def test_labels_whose_key_is_missing_are_refused(world: Any, unchanged: Any) -> None:
    run = world.issue(3, activate=False).run
    world.edge.stamp_keys.file.unlink()
    world.edge.stamp_keys.create()
    with unchanged():
        answer = take(world, run)
    assert (answer.status_code, answer.json["code"]) == (409, "key_missing")
    assert answer.json["data"] == {"key_id": run.key_id}


def test_who_took_which_labels_out_is_written_down(world: Any) -> None:
    issued = world.issue(30, activate=False)
    take(world, issued.run, f"first={issued.serial(3)}&last={issued.serial(5)}")
    take(world, issued.run, "format=pdf", world.producer)
    take(world, issued.run, "format=pdf", world.neighbour)
    first, last = issued.serial(0), issued.serial(29)
    assert acts(world) == [
        (
            world.officer.actor.account_id,
            issued.run.id,
            {"first_serial": first + 3, "last_serial": first + 5}
            | {"format": "csv", "hidden_codes": True, "drawing_id": True},
        ),
        (
            world.producer.actor.account_id,
            issued.run.id,
            {"first_serial": first, "last_serial": last, "format": "pdf"}
            | {"hidden_codes": True, "drawing_id": True},
        ),
    ]


def camera(pdf: bytes) -> list[str]:
    """Every QR code on the pages, rasterised at 300 dots per inch."""
    seen: list[str] = []
    for page in pypdfium2.PdfDocument(pdf):
        image = page.render(scale=300 / 72, grayscale=True).to_numpy()
        read = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
        seen += [each.text for each in read]
    return seen


@pytest.mark.parametrize("form", [LinkForm.SHORT, LinkForm.GS1, LinkForm.GS1_LOT])
def test_every_printed_stamp_is_read_followed_and_answered(world: Any, form: LinkForm) -> None:
    gtin = None if form is LinkForm.SHORT else GTIN
    issued = world.issue(43, gtin=gtin, link_form=form, lot="Lo-7", activate=False)
    links = camera(take(world, issued.run, "format=pdf&sheet=a4-40&hidden=none").data)
    assert len(links) == len(set(links)) == 43
    assert sorted(links) == sorted(row["url"] for row in rows(take(world, issued.run)))
    client = world.client()

    def verdicts() -> dict[int, str]:
        answers = {}
        for link in links:
            answer = client.get(urlsplit(link).path, headers={"Accept": "application/json"})
            answers[answer.json["stamp"]["serial"]] = answer.json["verdict"]
        return answers

    serials = range(issued.run.first_serial, issued.run.last_serial + 1)
    assert verdicts() == dict.fromkeys(serials, "not_activated")
    issued.activate()
    assert verdicts() == dict.fromkeys(serials, "registered")


def test_asking_for_the_head_alone_takes_no_labels_out(world: Any, unchanged: Any) -> None:
    issued = world.issue(4, activate=False)
    path = f"/api/v1/stamp-runs/{issued.run.id}/labels?format=csv"
    with unchanged():
        answer = world.client().head(path, headers=world.producer.headers)
    assert (answer.status_code, answer.data) == (200, b"")


def test_an_address_of_the_api_has_no_trailing_slash(world: Any, unchanged: Any) -> None:
    with unchanged():
        answer = world.client().post(
            "/api/v1/parties/",
            json={"kind": "household", "name": "Hộ", "address": "Thôn 1"},
            headers=world.officer.headers,
        )
    assert answer.status_code == 404
