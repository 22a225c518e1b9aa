"""Addresses: anything after /S/ is answered, a printed link always, and links are relative."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urljoin

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stamps import LinkForm
from traceapp.records.scans import LookCount, Scan, StampTotal
from traceapp.records.traces import Trace


def test_upper_and_lower_case_are_one_address(world: Any, visitor: Any) -> None:
    code = world.issue().code()
    for path in (f"/S/{code}", f"/s/{code.lower()}", f"/S/{code[:5]}-{code[5:]}", f"/s/{code}/"):
        assert visitor.told(path)["verdict"] == "registered"


@pytest.mark.parametrize("form", [LinkForm.GS1, LinkForm.GS1_LOT])
def test_a_printed_gs1_link_is_answered_case_blind(world: Any, visitor: Any, form: Any) -> None:
    issued = world.issue(gtin="4006381333931", link_form=form, lot="LO-a1")
    path = issued.link_path()
    assert path.startswith("/01/04006381333931/")
    assert visitor.told(path)["verdict"] == "registered"
    assert visitor.told(path.lower())["verdict"] == "registered"


def test_an_altered_link_is_suspicious_for_that_look_only(world: Any, visitor: Any) -> None:
    issued = world.issue(gtin="4006381333931", link_form=LinkForm.GS1_LOT, lot="L7")
    for path in (
        f"/01/00000000000017/10/L7/21/{issued.code()}",
        f"/01/04006381333931/10/OTHER/21/{issued.code()}",
        f"/01/04006381333931/10/a/b/21/{issued.code()}",
    ):
        told = visitor.told(path)
        assert (told["verdict"], told["reasons"]) == ("suspicious", ["link_mismatch"])
        assert "Đường dẫn trên tem này đã bị sửa" in told["message"]
    assert visitor.told(issued.link_path())["verdict"] == "registered"
    assert visitor.told(f"/S/{issued.code()}")["verdict"] == "registered"


ODD = """
    /S /S/ /s /s/ /S// /S///a// /S/%2F /S/%00 /S/%FF%FE /S/%0A%0D /S/a%0Ab /S/. /S/%2e%2e/x /S/%
    /S/hidden-code /S/🐟 /S/x?lang=%ff /01/ /01// /01/123 /01/x/21/ /01/x/10/y /01//10//21//
    /01/a%0A/21/b
"""


def test_whatever_follows_is_answered_with_a_verdict(world: Any, visitor: Any) -> None:
    for path in ODD.split():
        answer = visitor.look(path)
        assert answer.status_code == 400, path
        assert answer.get_json()["verdict"] == "malformed"
        assert visitor.page(path).status_code == 400


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=st.text(max_size=400), door=st.sampled_from(["/S/", "/s/", "/01/", "/01/1/21/"]))
def test_any_text_is_answered_and_nothing_breaks(
    world: Any, visitor: Any, text: str, door: str
) -> None:
    path = door + quote(text.encode("utf-8", "surrogatepass"), safe="/")
    for answer in (visitor.look(path), visitor.page(path)):
        assert answer.status_code in (200, 303, 400, 404, 414)
    posted = visitor.client.post(f"{path}/hidden-code", data={"hidden_code": text[:50]})
    assert posted.status_code in (400, 404, 405, 414)


def test_a_path_past_4000_bytes_is_too_long(world: Any, visitor: Any) -> None:
    for letter in ("a", "0", "/", "%00", "%F0%9F%90%9F"):
        room = (4000 - len("/S/")) // len(letter)
        assert visitor.look("/S/" + letter * room).status_code in (400, 404)
        told = visitor.look("/S/" + letter * (room + 1))
        assert told.status_code == 414
        assert told.get_json()["verdict"] == "malformed"
        page = visitor.page("/S/" + letter * (room + 1))
        assert page.status_code == 414
        assert len(page.text) < 100


def test_head_answers_like_get_and_records_nothing(world: Any, visitor: Any) -> None:
    paths = [world.issue().link_path(), "/S/XYZ", "/S/ABCDEABCDEABCDEABCDE", "/S/XYZ/hidden-code"]
    heads = [world.client().head(path) for path in paths]
    with world.reading() as session:
        for table in (Scan, Trace, StampTotal, LookCount):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    for path, head in zip(paths, heads, strict=True):
        got = visitor.page(path)
        assert head.data == b""
        assert head.status_code == got.status_code
        assert set(head.headers.keys()) == set(got.headers.keys())
        visitor.client.delete_cookie("phone")


def test_html_is_the_answer_unless_json_is_liked_better(world: Any, visitor: Any) -> None:
    path = world.issue().link_path()
    pages = [None, "*/*", "text/html", "text/html,application/xhtml+xml,*/*;q=0.8"]
    pages += ["application/json;q=0.5,text/html", "image/png", "garbage"]
    pages += ["application/json,text/html", "application/json;q=0,*/*", "text/*", "text/plain"]
    pages += ["text/html,application/json;q=0.9,*/*;q=0.8"]
    for accept in pages:
        headers = {} if accept is None else {"Accept": accept}
        assert visitor.client.get(path, headers=headers).mimetype == "text/html"
    for accept in (
        "application/json",
        "application/json,*/*;q=0.1",
        "text/html;q=0.2,application/json",
        "application/json, text/plain, */*",
        "application/json, text/javascript, */*; q=0.01",
        "application/json;q=0.5,text/*",
        "Application/JSON; charset=utf-8",
        "text/html;q=0,*/*",
    ):
        answer = visitor.client.get(path, headers={"Accept": accept})
        assert answer.mimetype == "application/json"


def test_the_language_is_vietnamese_unless_english_is_liked_better(
    world: Any, visitor: Any
) -> None:
    path = world.issue().link_path()
    vietnamese = ["", "vi", "vi,en", "fr", "*", "en;q=0.5,vi", "en,vi", "zh-CN,zh"]
    english = ["en", "en-US,en;q=0.9", "en-GB,vi;q=0.8", "fr,en;q=0.3"]
    for wanted, accepts in (("vi", vietnamese), ("en", english)):
        for accept in accepts:
            answer = visitor.client.get(path, headers={"Accept-Language": accept})
            assert answer.headers["Content-Language"] == wanted, accept
    assert visitor.page(f"{path}?lang=en").headers["Content-Language"] == "en"
    assert visitor.page(f"{path}?lang=xx").headers["Content-Language"] == "vi"


def test_the_switch_shows_the_same_stamp_and_opens_no_session(world: Any, visitor: Any) -> None:
    path = world.issue(gtin="4006381333931").link_path()
    page = visitor.page(path).text
    switch = re.search(r'class="switch" href="([^"]+)"', page)
    assert switch
    assert urljoin(path, switch[1]) == f"{path}?lang=en"
    visitor.page(urljoin(path, switch[1]))
    assert visitor.told(path)["scans"]["sessions"] == 1


def test_a_typed_code_leads_to_its_stamp(world: Any, visitor: Any) -> None:
    code = world.issue().code()
    typed = {
        code.lower(): f"/S/{code}?typed=1",
        f" {code[:5]} - {code[5:]} ": f"/S/{code}?typed=1",
        f"HTTPS://TEM.EXAMPLE.VN/S/{code}": f"/S/{code}?typed=1",
        f"https://x.vn/01/04006381333931/21/{code}?a=b": f"/S/{code}?typed=1",
        "a/../b?c#d": "/S/a%2F..%2Fb%3Fc%23d?typed=1",
        "//evil.example": "/S/%2F%2Fevil.example?typed=1",
    }
    for text, address in typed.items():
        answer = visitor.client.get("/", query_string={"code": text})
        assert (answer.status_code, answer.headers["Location"]) == (303, address)
    kept = visitor.client.get("/", query_string={"code": code, "lang": "en"})
    assert kept.headers["Location"] == f"/S/{code}?typed=1&lang=en"
    assert visitor.page("/?code=%20").status_code == 200


def _reached(path: str, link: str) -> str:
    """Where a browser goes (WHATWG URL): an empty segment is a segment, which urljoin forgets."""
    if link.startswith("?"):
        return path + link
    segments = path.split("/")[:-1]
    while link.startswith(("../", "./")):
        if link.startswith("../") and len(segments) > 1:
            segments.pop()
        link = link.partition("/")[2]
    return "/".join([*segments, link])


@pytest.mark.parametrize(
    "path", ["/", "/privacy", "/S/{code}", "/s/a/b//c", "/S/a%2Fb", "/S", "/S/", "/01/1/21/{code}"]
)
def test_our_own_links_are_relative_and_arrive(world: Any, visitor: Any, path: str) -> None:
    path = path.format(code=world.issue().code())
    page = visitor.page(path).text
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert not any(re.match(r"[a-z]+:|/", link) for link in links)
    found = {address: visitor.page(address) for address in (_reached(path, each) for each in links)}
    for known in ("/assets/icon.svg", "/assets/style.css", "/privacy", "/"):
        assert any(address.partition("?")[0] == known for address in found), known
    for address, answer in found.items():
        if "lang=" not in address and not re.search("/(hidden-code|place)$", address):
            assert answer.status_code == 200, address
