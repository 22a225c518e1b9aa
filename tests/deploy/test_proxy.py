"""The sample proxy, run for real: what it lets through, what it adds, what it writes down."""

from __future__ import annotations

import http.client
import re
from pathlib import Path
from typing import Any

import pytest

from traceapp import LONGEST_BODY
from traceapp.web import ROUTES

SAMPLE = Path(__file__).resolve().parents[2] / "config" / "deploy" / "nginx" / "traceapp.conf"
HOST = "tem.example.vn"
CODE = "01TVSMAHHXGX2CC5MTKK"
PICTURES = "/producer/products/7/pictures"
TOKEN = "q8Zr3vXw_invitation-Qm4"
GROUPED = "01TVS-MAHHX-GX2CC-5MTKK"

STAMPS_AND_LINKS = [
    f"/S/{CODE}",
    f"/s/{CODE.lower()}",
    f"/S/{GROUPED}?x={CODE}",
    f"//S/{CODE}",
    f"/%53/{CODE}",
    f"/S%2F{CODE}",
    f"/./S/{CODE}",
    f"/officer/../S/{CODE}",
    f"/api/../S/{CODE}",
    f"/api/v1/..//S/{CODE}",
    f"/sign-in/%2e%2e/S/{CODE}",
    f"/S/{CODE}/hidden-code",
    f"/01/08938505974194/21/{CODE}",
    f"/01/08938505974194/10/LOT-7/21/{CODE}",
    f"/%30%31/08938505974194/21/{CODE}",
    f"/join/{TOKEN}",
    f"/JOIN/{TOKEN}",
    f"/%6aoin/{TOKEN}",
    f"//join/{TOKEN}",
    f"https://{HOST}/S/{CODE}",
    f"/{CODE}",
    f"/?{CODE}",
]
OTHERS = [
    f"/officer/stamps?code={CODE}",
    f"/sign-in?next=/S/{CODE}",
    f"/api/v1/scans?code={CODE}",
    f"/producer/range?code={CODE}",
]


@pytest.mark.parametrize("behind", ["proxy", "lonely_proxy"])
def test_no_code_and_no_link_is_written_down_in_any_spelling(
    behind: str, request: pytest.FixtureRequest
) -> None:
    proxy: Any = request.getfixturevalue(behind)
    told = {
        "Referer": f"https://{HOST}/S/{CODE}",
        "User-Agent": CODE,
        "X-Request-Id": CODE,
        "X-Forwarded-For": "203.0.113.5",
    }
    for path in STAMPS_AND_LINKS + OTHERS:
        proxy.ask("GET", path, headers=told)
        proxy.ask("POST", path, b"hidden_code=N9SP82KS", told)
    proxy.ask("BREW", f"/S/{CODE}", headers=told)
    assert len(proxy.lines()) == 2 * len(STAMPS_AND_LINKS + OTHERS) + 1
    assert not re.search(rf"(?i){CODE}|{GROUPED}|{TOKEN}|N9SP82KS|089385|203\.0", proxy.written())


@pytest.mark.parametrize("behind", ["proxy", "lonely_proxy"])
def test_no_address_is_written_down_for_stamps_and_invitations(
    behind: str, request: pytest.FixtureRequest
) -> None:
    proxy: Any = request.getfixturevalue(behind)
    for path in STAMPS_AND_LINKS:
        proxy.ask("GET", path)
    assert len(proxy.lines()) == len(STAMPS_AND_LINKS)
    assert proxy.client not in proxy.written()


def test_the_plain_port_leads_to_tls_and_writes_down_as_little(proxy: Any) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", proxy.plain_port, timeout=30, source_address=(proxy.client, 0)
    )
    connection.request("GET", f"/S/{CODE}?a=1", headers={"Host": HOST, "Connection": "close"})
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/S/{CODE}?a=1")
    assert len(proxy.lines()) == 1
    assert CODE not in proxy.written() and proxy.client not in proxy.written()


@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/scans?limit=5"])
def test_who_guesses_at_passwords_and_tokens_is_written_down(proxy: Any, path: str) -> None:
    proxy.ask("POST", path, b"")
    assert proxy.lines()[0]["address"] == proxy.client


def test_the_rooms_of_the_log_are_rooms_of_the_service_without_stamps_and_invitations(
    addresses: list[str],
) -> None:
    text = SAMPLE.read_text()
    found = re.search(r"\(\?<traceapp_named>([a-z|-]+)\)", text)
    assert found is not None
    rooms = set(found[1].split("|"))
    ours = {address.split("/")[1] for address in addresses}
    assert rooms == ours - {"", "s", "S", "01", "join", "metrics"}


def test_a_client_says_nothing_of_itself_that_the_service_would_believe(proxy: Any) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.5",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=203.0.113.5",
        "X-Request-Id": "chosen-by-a-client",
    }
    _, _, body = proxy.ask("GET", "/sign-in", headers=claims)
    told = body.decode()
    assert "203.0.113.5" not in told and "evil" not in told and "chosen" not in told
    assert f'"x-forwarded-for": "{proxy.client}"' in told
    assert '"x-forwarded-proto": "https"' in told
    request_id = proxy.lines()[0]["request_id"]
    assert re.fullmatch("[0-9a-f]{16}", request_id)
    assert f'"x-request-id": "{request_id}"' in told


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/METRICS"])
def test_metrics_are_not_passed_on(proxy: Any, path: str) -> None:
    assert proxy.ask("GET", path)[0] == 404
    assert proxy.lines()[0]["service_status"] == ""


def test_another_host_is_not_answered(proxy: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=30)
    connection.request("GET", "/", headers={"Host": "evil.example"})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_bodies_pass_up_to_what_the_service_takes(proxy: Any) -> None:
    largest = max(route.most_bytes for route in ROUTES)
    for path, most in (("/api/v1/parties", LONGEST_BODY), (PICTURES, largest)):
        assert proxy.ask("POST", path, bytes(most))[0] == 200
        announced = {"Content-Length": str(most + 1)}
        assert proxy.ask("POST", path, headers=announced)[0] == 413


def test_the_addresses_named_apart_are_addresses_of_the_service(addresses: list[str]) -> None:
    text = SAMPLE.read_text()
    patterns = re.findall(r"location ~\*? (\S+) \{", text)
    assert len(patterns) == 4
    for pattern in patterns:
        assert any(re.search(pattern, address) for address in addresses), pattern


def test_what_answers_carry_is_the_service_s_alone(proxy: Any) -> None:
    _, headers, _ = proxy.ask("GET", "/S/" + CODE)
    ours = {"content-security-policy", "strict-transport-security", "x-content-type-options"}
    assert not ours & set(headers)


def test_while_the_service_is_away_a_page_says_so_and_claims_no_verdict(
    lonely_proxy: Any,
) -> None:
    for method, body in (("GET", None), ("POST", b"hidden_code=N9SP82KS")):
        status, headers, page = lonely_proxy.ask(method, f"/S/{CODE}", body)
        text = page.decode()
        assert status == 503 and headers["retry-after"] == "60"
        assert headers["cache-control"] == "no-store"
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert "chưa biết" in text and "Nothing was checked" in text
        assert "Tem hợp lệ" not in text and "Chính hãng" not in text
