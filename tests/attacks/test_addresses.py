"""Addresses that lead elsewhere: to a file, to another host, into a header, or to a secret."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import quote

import pytest

from traceapp.services.lists import Role
from traceapp.services.people.inviting import NewInvitation, invite

EVIL = "evil.example"
FILES = ("setup.cfg", "etc/passwd", "keys/stamp.keys", "traceapp.db", ".git/config")
STEPS = ("../", "..%2f", "%2e%2e/", "..%5c", "....//", "%252e%252e%252f", "..%c0%af", "/", "%00/")
FOLDERS = ("/assets/", "/ui/", "/pictures/", "/pictures/%s/480.", "/producer/pictures/", "/")
ELSEWHERE = (
    *(f"https://{EVIL}", f"//{EVIL}", f"///{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"https:{EVIL}"),
    *(f"/\t/{EVIL}", f"\t//{EVIL}", f" //{EVIL}", f"/\r\n/{EVIL}", f"http:///{EVIL}", f"@{EVIL}"),
    *(f"/\x00/{EVIL}", f"/\x0b/{EVIL}", f"\u3000//{EVIL}", f"javascript://{EVIL}/%0aalert(1)"),
    *(f"//tem.example.vn@{EVIL}", f"https://tem.example.vn.{EVIL}", f"data:text/html,{EVIL}"),
)
# Ways of our own that only look as if they led away: the browser stays here.
STAYS = (f"/%09/{EVIL}", f"/%2f%2f{EVIL}", f"/@{EVIL}", f"/.{EVIL}", f"/producer?x=//{EVIL}")
BREAKS = ("\r\nX-Evil: 1", "\nX-Evil: 1", "\r\n\r\n<html>", "\u010d\u010aX-Evil: 1", "\x00")


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_address_leads_to_a_file(world: Any, browse: Any, folder: str) -> None:
    for browser in (browse(), browse(world.producer)):
        for step in STEPS:
            for file in FILES:
                way = step * 6 + file
                path = folder % way if "%s" in folder else folder + way
                answer = browser.get(path)
                assert answer.status_code in (404, 414), path
                assert "[metadata]" not in answer.text and "root:" not in answer.text


def test_a_sign_in_leads_to_no_other_host(world: Any, browse: Any) -> None:
    who = {"sign_in_name": world.producer.email, "password": world.producer.password}
    for wished in ELSEWHERE:
        browser = browse()
        answer = browser.post("/sign-in", {**who, "next": wished})
        assert answer.headers["Location"] == "/home", wished
        again = browser.get(f"/sign-in?next={quote(wished)}")
        assert again.headers["Location"] == "/home", wished
        asked = browse().get(f"/sign-in?next={quote(wished)}")
        assert asked.status_code == 200 and 'name="next"' not in asked.text
        leads = re.findall(r'(?:href|action|src)="([^"]*)"', asked.text)
        assert leads and all(re.match(r"[/?#](?![/\\])", each) for each in leads), leads


def test_a_way_of_our_own_is_kept_on_our_own_host(world: Any, browse: Any) -> None:
    who = {"sign_in_name": world.producer.email, "password": world.producer.password}
    for wished in STAYS:
        place = browse().post("/sign-in", {**who, "next": wished}).headers["Location"]
        assert re.match(r"/[^/\\]", place), place


def test_what_breaks_lines_ends_in_no_header(world: Any, browse: Any) -> None:
    issued = world.issue()
    browser = browse(world.producer)
    for text in BREAKS:
        sent = quote(text)
        paths = (
            *(f"/?lang=vi{sent}", f"/sign-in?lang={sent}", f"/?code={sent}", f"/S/{sent}"),
            *(f"/S/{sent}/hidden-code", f"/01/0{sent}/10/{sent}/21/{issued.code()}"),
            *(f"/sign-in?next=/{sent}", f"/producer?x={sent}", f"/join/{sent}", f"/{sent}"),
            f"/producer/stamps/{issued.run.id}/labels?format=csv{sent}&sheet={sent}",
            f"/officer/scans.csv?lot={sent}",
        )
        for path in paths:
            for each in (browser, browse()):
                answer = each.get(path, headers={"Accept": "text/html"})
                assert answer.status_code < 500, path
                assert "X-Evil" not in answer.headers
                for name, value in answer.headers.items():
                    assert not re.search(r"[\r\n\x00]", name + value), path


def test_the_name_of_a_download_is_ours_alone(world: Any, browse: Any) -> None:
    issued = world.issue(lot='a";x=y', activate=False)
    path = f"/producer/stamps/{issued.run.id}/labels?format=csv"
    for answer in (
        browse(world.producer).get(path),
        browse(world.officer).get("/officer/scans.csv"),
        world.client().get(
            f"/api/v1/stamp-runs/{issued.run.id}/labels?format=csv",
            headers=world.officer.headers,
            buffered=True,
        ),
    ):
        named = answer.headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.csv"', named), named


def test_a_strange_host_changes_nothing(world: Any, browse: Any) -> None:
    """Absolute addresses come from the settings: no link of ours is turned by who asks for it."""
    issued = world.issue(activate=False)
    strange = {
        "Host": EVIL,
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Server": EVIL,
        "X-Host": EVIL,
        "Forwarded": f"host={EVIL};proto=https",
        "X-Forwarded-Prefix": f"/{EVIL}",
        "X-Original-URL": f"/{EVIL}",
        "X-Rewrite-URL": f"/{EVIL}",
    }
    officer = browse(world.officer)
    sent = {**officer.hidden("/people"), "role": "producer", "name": "Bà Tư"}
    for name in ("sign_in", "session"):
        officer.client.set_cookie(name, officer.client.get_cookie(name).value, domain=EVIL)
    made = officer.client.post("/people/invitations", data=sent, headers=strange)
    assert made.status_code == 200
    links = re.findall(r"https?://[^\"<\s]+/join/", html.unescape(made.text))
    assert links and set(links) == {"http://tem.example.vn/join/"}
    assert EVIL not in made.text
    for path in ("/", issued.link_path(), "/sign-in", "/producer", "/nothing", "/api/v1/parties"):
        for accept in ("text/html", "application/json"):
            answer = world.client().get(path, headers={**strange, "Accept": accept})
            assert EVIL not in answer.text and EVIL not in str(answer.headers)
    labels = world.client().get(
        f"/api/v1/stamp-runs/{issued.run.id}/labels?format=csv",
        headers={**world.officer.headers, **strange},
        buffered=True,
    )
    assert "HTTP://TEM.EXAMPLE.VN/S/" in labels.text and EVIL not in labels.text.lower()


def test_no_token_is_taken_from_an_address(world: Any, browse: Any) -> None:
    token, cookie = world.producer.token, browse(world.producer).client.get_cookie("sign_in").value
    for name in ("access_token", "token", "bearer", "authorization", "Authorization", "api_key"):
        assert world.client().get(f"/api/v1/parties?{name}={token}").status_code == 401
        assert world.client().get(f"/api/v1/parties?{name}=Bearer%20{token}").status_code == 401
        posted = world.client().post("/api/v1/parties", data={name: token})
        assert posted.status_code == 401
    for name in ("sign_in", "session", "sid", "token"):
        answer = world.client().get(f"/producer?{name}={cookie}")
        assert answer.headers["Location"].startswith("/sign-in")
    # What opens the one does not open the other.
    crossed = world.client().get("/api/v1/parties", headers={"Authorization": f"Bearer {cookie}"})
    assert crossed.status_code == 401
    thief = world.client()
    thief.set_cookie("sign_in", token)
    assert thief.get("/producer").status_code == 303


def test_a_link_to_join_leaks_through_no_page(world: Any, browse: Any) -> None:
    with world.writing() as session:
        new = NewInvitation(role=Role.PRODUCER, name="Bà Tư")
        token = invite(session, world.officer.actor, new, days=14, now=world.now).token
    page = browse().get(f"/join/{token}")
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "https://" not in page.text.replace("https://tem.example.vn", "")
    kept = browse(world.officer).get("/people")
    assert token not in kept.text
    refused = browse().post(f"/join/{token}", {"password": "x"})
    assert token not in str(refused.headers) and refused.headers["Referrer-Policy"] == "no-referrer"
