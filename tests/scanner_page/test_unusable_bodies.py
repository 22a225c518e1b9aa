"""Hidden codes whose request cannot be used, or comes from another site: nothing is spent."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader

from traceapp.records.redemptions import Redemption
from traceapp.records.scans import Scan


def _spent(world: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Redemption)))


def _kept(world: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Scan)))


def test_json_that_cannot_be_read_spends_and_records_nothing(world: Any, visitor: Any) -> None:
    issued = world.issue()
    for body in (b"", b"{", b"[]", b'"x"', b"7", b"\xff", b"[" * 9000):
        answer = visitor.client.post(
            f"/S/{issued.code()}/hidden-code", data=body, content_type="application/json"
        )
        assert answer.status_code == 400
        told = answer.get_json()
        assert (told["verdict"], told["authentication"]) == ("registered", "none")
        assert "chưa được dùng đến" in told["message"]
    assert _kept(world) == 0


def test_a_large_body_is_refused_in_the_public_form(world: Any, visitor: Any) -> None:
    issued = world.issue()
    told = visitor.confirm(issued.code(), issued.hidden(), padding="x" * 17_000)
    assert told.status_code == 413
    assert told.get_json()["authentication"] == "none"
    page = visitor.submit(issued.code(), hidden_code=issued.hidden(), padding="x" * 17_000)
    assert page.status_code == 413
    assert "<h1" in page.text
    assert _spent(world) == 0


def test_a_large_body_that_does_not_tell_its_length_is_refused_too(
    world: Any, visitor: Any
) -> None:
    issued = world.issue()
    body = f"hidden_code={issued.hidden()}&padding={'x' * 17_000}"
    answer = visitor.client.post(
        f"/S/{issued.code()}/hidden-code",
        input_stream=BytesIO(body.encode()),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413
    assert _spent(world) == 0


def test_a_body_that_breaks_on_its_way_is_unreadable(world: Any, visitor: Any) -> None:
    issued = world.issue()
    body = f'{{"hidden_code": "{issued.hidden()}"}}'.encode()
    chunked = b"%x\r\n%s\r\n" % (len(body), body)
    broken = [b"zz\r\n", b"-1\r\nx\r\n", chunked, chunked + b"0\r\n", chunked + b"zz\r\n\r\n"]
    broken += [chunked[:-2] + b"xx0\r\n\r\n", b"5\r\nab"]
    for sent in [*broken, chunked + b"0\r\n\r\n"]:
        # Read by the server's own reader of chunks, as it would be from a socket.
        reader = Body(ChunkedReader(None, IterUnreader([sent])))
        answer = visitor.client.post(
            f"/S/{issued.code()}/hidden-code",
            content_type="application/json",
            headers={"Accept": "application/json"},
            environ_overrides={
                "wsgi.input": reader,
                "wsgi.input_terminated": True,
                "HTTP_TRANSFER_ENCODING": "chunked",
            },
        )
        whole = sent not in broken
        assert answer.status_code == (200 if whole else 400), sent
        assert answer.get_json()["authentication"] == ("first" if whole else "none")
    assert _spent(world) == _kept(world) == 1


def test_a_body_that_is_cut_short_is_unreadable(world: Any, visitor: Any) -> None:
    issued = world.issue()
    answer = visitor.client.post(
        f"/S/{issued.code()}/hidden-code",
        input_stream=BytesIO(f"hidden_code={issued.hidden()}".encode()),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": "1000"},
    )
    assert answer.status_code == 400
    assert "chưa được dùng đến" in answer.text
    assert _spent(world) == _kept(world) == 0


def test_a_form_on_another_site_spends_nothing(world: Any, visitor: Any) -> None:
    issued = world.issue()
    fields = {"hidden_code": issued.hidden(), "foil_whole": "yes"}
    address = f"/S/{issued.code()}/hidden-code"
    for site in ("cross-site", "same-site"):
        for accept in ("application/json", "text/html"):
            headers = {"Accept": accept, "Sec-Fetch-Site": site}
            answer = visitor.client.post(address, data=fields, headers=headers)
            assert answer.status_code == 403
            assert "ngay trên trang của hệ thống này" in answer.text
            assert "Set-Cookie" not in answer.headers
            if accept == "application/json":
                told = answer.get_json()
                assert (told["verdict"], told["authentication"]) == ("registered", "none")
    assert _spent(world) == _kept(world) == 0


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_form_of_our_own_proves(world: Any, visitor: Any, site: str) -> None:
    issued = world.issue()
    fields = {"hidden_code": issued.hidden(), "foil_whole": "yes"}
    address = f"/S/{issued.code()}/hidden-code"
    visitor.client.post(address, data=fields, headers={"Sec-Fetch-Site": site})
    assert _spent(world) == 1
