"""A producer's labels: designed with a picture, taken out whole, in parts, or for a test."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import pytest
import sqlalchemy as sa

from traceapp.services.runs.label_files import LABELS_A_PART

ZEROS = "00000-00000-00000-00000"


def _path(issued: Any, what: str = "") -> str:
    return f"/producer/stamps/{issued.run.id}{what}"


def _drawn(world: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.text("SELECT count(*) FROM drawings")))


def _pictures(page: str) -> list[str]:
    """The drawings that a page shows, as SVG."""
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return [b64decode(each).decode("ascii") for each in found]


# The designer and its picture.


def test_the_first_label_is_shown_with_a_code_of_zeros_and_nothing_is_taken_out(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=50, hidden_code=False, activate=False)
    page = visit(world.producer).get(_path(issued, "/design")).text
    (picture,) = _pictures(page)
    assert f"<title>{ZEROS}</title>" in picture
    assert f"<title>{issued.serial()}</title>" in picture
    assert issued.code() not in page
    assert 'value="a4-40" checked' in page
    assert "50 labels · 2 pages · A4 sheet, 40 labels, PDF" in page
    assert _drawn(world) == 0


def test_the_picture_follows_the_wish(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(quantity=50, activate=False)
    visitor = visit(world.producer)
    wish = f"sheet=roll-30x50&hidden=inside&language=both&first={issued.serial(3)}&dpi=203"
    answer = visitor.get(_path(issued, f"/labels/preview?{wish}"))
    assert answer.status_code == 200
    assert "<html" not in answer.text
    face, hidden = _pictures(answer.text)
    assert "<title>0000-0000</title>" in hidden and "<title>0000-0000</title>" not in face
    assert f"<title>{issued.serial(3)}</title>" in face
    assert issued.hidden(3) not in answer.text and issued.code(3) not in answer.text
    assert "asked for your password" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    shown = visitor.get(_path(issued, f"/design?{wish}")).text
    assert _pictures(shown) == [face, hidden]
    assert 'value="roll-30x50" checked' in shown and 'value="inside" checked' in shown
    assert _drawn(world) == 0


def test_what_cannot_be_read_is_told_in_the_pictures_place_with_what_would_do(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False, gtin="04006381333931")
    answer = visit(world.producer).get(
        _path(issued, "/labels/preview?sheet=roll-15x15&format=zpl&dpi=203&hidden=none")
    )
    assert answer.status_code == 200
    assert not _pictures(answer.text)
    assert "would be too small to read" in answer.text
    assert "Roll of 20\u00a0×\u00a030\u00a0mm" in unescape(answer.text)
    assert "Download" not in answer.text


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("sheet=a0", "sheet", "There is no sheet of this name"),
        ("format=zpl&sheet=a4-24&dpi=203", "sheet", "A label printer takes rolls"),
        ("format=zpl&sheet=roll-30x50", "dpi", "Choose the resolution"),
        ("first=abc", "first", "Write a whole number"),
        ("last=9000000", "last", "is not in this run"),
        ("hidden=foil&sheet=roll-20x20", "hidden", "no place for hidden codes of this kind"),
        ("dpi=96", "dpi", "203, 300"),
    ],
)
def test_a_wish_that_cannot_be_is_told_beside_its_field_and_kept(
    world: Any, visit: Callable[..., Any], query: str, field: str, said: str
) -> None:
    issued = world.issue(activate=False)
    page = unescape(visit(world.producer).get(_path(issued, f"/design?{query}")).text)
    slip = re.search(rf'id="f-labels-{field}-slip">([^<]+)<', page)
    assert slip is not None and said in slip[1]
    for name, (text,) in parse_qs(query).items():
        if name in ("first", "last"):
            assert f'name="{name}" type="text" inputmode="numeric" value="{text}"' in page


def test_hidden_codes_are_offered_where_a_run_has_them(
    world: Any, visit: Callable[..., Any]
) -> None:
    visitor = visit(world.producer)
    without = world.issue(hidden_code=False, activate=False)
    assert "Where does the hidden code go?" not in visitor.get(_path(without, "/design")).text
    page = visitor.get(_path(world.issue(activate=False), "/design")).text
    assert "Where does the hidden code go?" in page and "say where they go" in page
    # Nothing is chosen for her.
    assert not re.search(r'name="hidden"[^>]* checked', page)


def test_pictures_without_end_are_stopped(world: Any, visit: Callable[..., Any]) -> None:
    settings = world.edge.settings.model_copy(
        update={"rate_limit_enabled": True, "preview_rate_limit": "3 per minute"}
    )
    object.__setattr__(world.edge, "settings", settings)
    issued = world.issue(activate=False)
    visitor = visit(world.producer)
    path = _path(issued, "/labels/preview?hidden=none")
    assert [visitor.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = visitor.get(_path(issued, "/design"))
    assert refused.status_code == 429 and "wait a minute" in refused.text
    assert visitor.get(_path(issued)).status_code == 200


# Taking labels out.


def test_labels_are_downloaded_without_hidden_codes_and_it_is_written_down(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=3, hidden_code=True, activate=False)
    visitor = visit(world.producer)
    table = visitor.get(_path(issued, "/labels?format=csv"))
    assert table.headers["Content-Type"].startswith("text/csv")
    assert table.text.splitlines()[1].startswith(f"{issued.serial()},{issued.code()},")
    assert issued.hidden() not in table.text
    printed = visitor.get(_path(issued, "/labels?format=pdf&sheet=a4-40&hidden=none"))
    assert printed.data.startswith(b"%PDF")
    assert "attachment" in printed.headers["Content-Disposition"]
    assert _drawn(world) == 2
    visitor.client.head(_path(issued, "/labels?format=csv"))
    assert _drawn(world) == 2
    page = visitor.get(_path(issued, "/design?hidden=none")).text
    assert "Taken out lately" in page and "finished" in page
    assert "were taken out before" in page


def test_what_cannot_be_taken_out_is_told_on_the_designer(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=3)
    visitor = visit(world.producer)
    for query, status in (
        ("format=docx", 422),
        ("format=pdf", 422),
        ("format=csv", 409),
        ("sheet=a0&format=pdf", 422),
        ("first=1&last=900", 422),
        ("first=abc", 422),
        (f"first={issued.serial(2)}&last={issued.serial(0)}", 422),
    ):
        answer = visitor.get(_path(issued, f"/labels?{query}"))
        assert answer.status_code == status, query
        assert 'id="design"' in answer.text, query
        assert 'role="alert"' in answer.text, query
    assert _drawn(world) == 0


def test_a_field_that_is_left_out_does_not_lose_the_others(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(activate=False)
    answer = visit(world.producer).get(
        _path(issued, f"/labels?sheet=a4-24&language=both&format=pdf&first={issued.serial(4)}")
    )
    assert answer.status_code == 422
    assert "Say where they go" in answer.text
    assert 'value="a4-24" checked' in answer.text and 'value="both" checked' in answer.text
    assert f'value="{issued.serial(4)}"' in answer.text


def test_a_large_run_comes_in_parts_and_as_one_zip(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(
        quantity=2 * LABELS_A_PART + 5, activate=False, roll=True, hidden_code=False
    )
    visitor = visit(world.producer)
    page = visitor.get(_path(issued, "/design?format=csv")).text
    assert "3 parts" in page and 'name="zip" value="true"' in page
    links = [unescape(each) for each in re.findall(r'<li><a href="([^"]+part=[^"]+)"', page)]
    assert [parse_qs(urlsplit(each).query)["part"] for each in links] == [["1"], ["2"], ["3"]]
    last = visitor.get(links[2])
    assert len(last.text.splitlines()) == 6
    assert visitor.get(links[2]).data == last.data
    whole = visitor.get(_path(issued, "/labels?format=csv&zip=true"))
    assert whole.headers["Content-Type"] == "application/zip"
    names = ZipFile(BytesIO(whole.data)).namelist()
    assert len(names) == 4 and names[-1] == "manifest.json"


# Hidden codes ask for the password again.


def test_hidden_codes_are_taken_out_after_the_password_and_for_a_while(
    world: Any, visit: Callable[..., Any]
) -> None:
    issued = world.issue(quantity=3, activate=False)
    visitor = visit(world.producer)
    asked = visitor.get(_path(issued, "/labels?format=csv&hidden=foil"))
    assert asked.status_code == 303
    proving = asked.headers["Location"]
    assert proving.startswith("/producer/labels/password?")
    wrong = visitor.post(proving, {"password": "sai"})
    assert wrong.status_code == 422 and "This is not your password." in wrong.text
    assert "sai" not in wrong.text
    right = visitor.post(proving, {"password": world.producer.password})
    assert right.status_code == 303
    back = right.headers["Location"]
    assert urlsplit(back).path == _path(issued, "/design")
    assert parse_qs(urlsplit(back).query) == {"format": ["csv"], "hidden": ["foil"]}
    assert "press Download" in visitor.get(back).text
    table = visitor.get(_path(issued, "/labels?format=csv&hidden=foil"))
    assert issued.hidden() in table.text
    other = visit(world.producer).get(_path(issued, "/labels?format=csv&hidden=foil"))
    assert other.status_code == 303


def test_passwords_are_not_tried_without_end(world: Any, visit: Callable[..., Any]) -> None:
    issued = world.issue(quantity=3, activate=False)
    visitor = visit(world.producer)
    proving = f"/producer/labels/password?run_id={issued.run.id}"
    statuses = {visitor.post(proving, {"password": "sai"}).status_code for _ in range(12)}
    assert statuses == {422, 429}
    answer = visitor.post(proving, {"password": world.producer.password})
    assert answer.status_code == 429


def test_the_address_of_the_password_page_leads_nowhere_else(
    world: Any, visit: Callable[..., Any]
) -> None:
    visitor = visit(world.producer)
    odd = "_external=1&_scheme=javascript&_anchor=x&run_id=7%20&next=//evil.example"
    page = visitor.get(f"/producer/labels/password?{odd}").text
    assert "evil" not in page.partition("<main")[2] and "javascript:" not in page
    sent = visitor.post(f"/producer/labels/password?{odd}", {"password": world.producer.password})
    assert sent.headers["Location"] == "/producer/stamps"


# Test labels.


def test_ten_test_labels_are_made_and_downloaded_at_once(
    world: Any, visit: Callable[..., Any]
) -> None:
    visitor = visit(world.producer)
    path = f"/producer/products/{world.producer.product.id}/test-labels"
    assert "void for ever" in visitor.get(path).text
    body = {"sheet": "roll-30x50", "format": "svg", "dpi": "203", "language": "vi"}
    made = visitor.post(path, body | {"hidden": "none"})
    assert made.status_code == 303
    download = visitor.get(made.headers["Location"])
    assert len(ZipFile(BytesIO(download.data)).namelist()) == 10
    listed = visitor.get("/producer/test-labels").text
    (again,) = set(re.findall(r"/producer/stamps/[0-9]+/design", listed))
    assert "void for ever" in visitor.get(again).text
    run = visitor.get(again.removesuffix("/design")).text
    assert "void for ever" in run and "Tell what came back" not in run
    assert again.removesuffix("/design") not in visitor.get("/producer/stamps").text


def test_test_labels_that_would_not_come_out_are_not_made(
    world: Any, visit: Callable[..., Any]
) -> None:
    visitor = visit(world.producer)
    path = f"/producer/products/{world.producer.product.id}/test-labels"
    body = {"sheet": "roll-15x15", "format": "pdf", "language": "vi", "hidden": "foil", "dpi": ""}
    for wrong, field in (({}, "hidden"), ({"format": "zpl", "hidden": "none"}, "dpi")):
        answer = visitor.post(path, body | wrong)
        assert answer.status_code == 422
        assert f'id="f-print_test-{field}-slip"' in answer.text
        assert 'value="roll-15x15" checked' in answer.text
    with world.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM stamp_runs")) == 0


def test_test_labels_have_a_share_a_day(world: Any, visit: Callable[..., Any]) -> None:
    visitor = visit(world.producer)
    path = f"/producer/products/{world.producer.product.id}/test-labels"
    body = {"sheet": "a4-40", "format": "csv", "language": "vi", "hidden": "none"}
    share = world.edge.settings.test_runs_per_day
    assert [visitor.post(path, body).status_code for _ in range(share + 1)] == [303] * share + [429]
    assert visit(world.neighbour).post(path, body, on="/account").status_code == 404
