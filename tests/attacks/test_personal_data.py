"""What a whole life leaves of the people in it: in rows, logs, headers and sums, and for how long.

People come from given addresses with phones of their own, look, scratch, name a province, sign in,
forget passwords and join. Then everything that is kept or said is searched for them.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from traceapp.attending import merge_facts
from traceapp.database import Base
from traceapp.services.lists import Role
from traceapp.services.people.inviting import NewInvitation, invite
from traceapp.services.scans.forgetting import forget

ROOT = Path(__file__).resolve().parents[2]
BUYERS = ("203.0.113.77", "198.51.100.23", "2001:db8:77:1::5")
OFFICE = "192.0.2.14"
GUESSER = "198.51.100.200"
AGENT = "Mozilla/5.0 (Linux; Android 14; SM-A155F) geheime-kennung-4711"
LATITUDE, LONGITUDE = "19.807012", "105.776998"
TAX_CODE = "038012345678"
TELEPHONE = "0987654321"
PASSWORD = "mắm ngon cá cơm"
NONCE = "nonce-of-one-phone-0815"
WRONG_NAME = "somebody.else@example.net"


@dataclass
class Life:
    """What was sent, which must not turn up, and what was said."""

    addresses: tuple[str, ...] = (*BUYERS, OFFICE, GUESSER)
    phones: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    public: list[Any] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    log: list[Any] = field(default_factory=list)
    issued: Any = None


@pytest.fixture
def life(world: Any, browse: Any, caplog: pytest.LogCaptureFixture) -> Life:
    lived = Life()
    with world.edge.database.engine.begin() as connection:
        query = f"UPDATE parties SET tax_code = '{TAX_CODE}' WHERE id = {world.producer.party.id}"
        connection.exec_driver_sql(query)
    lived.issued = world.issue()
    with capture_logs(processors=[merge_facts]) as said:
        _buy(world, lived)
        _work(world, lived, browse)
    lived.log = [*map(repr, said), caplog.text]
    assert any("key_trouble" in each for each in lived.log)  # there is something to search
    return lived


def _buy(world: Any, lived: Life) -> None:
    issued = lived.issued
    for n, address in enumerate(BUYERS):
        client = world.client()
        client.environ_base["REMOTE_ADDR"] = address
        given = {"User-Agent": AGENT, "Accept-Language": "en", "Referer": f"https://a.vn/{AGENT}"}
        for path in (issued.link_path(), issued.link_path(1), "/S/AAAAABBBBBCCCCCDDDDD", "/S/x"):
            lived.public.append(client.get(path, headers={**given, "Accept": "text/html"}))
            lived.public.append(client.get(path, headers={**given, "Accept": "application/json"}))
        cookie = client.get_cookie("phone").value
        lived.phones += [cookie, cookie.partition(".")[0]]
        page = next(each for each in reversed(lived.public) if 'name="ticket"' in each.text)
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
        assert ticket is not None
        placed = {"ticket": ticket[1], "province": "thanh-hoa"}
        placed |= {"latitude": LATITUDE, "longitude": LONGITUDE, "position": LATITUDE}
        path = f"/S/{issued.code()}/place"
        lived.public.append(client.post(path, data=placed, headers=given))
        sent = {"hidden_code": issued.hidden(n), "nonce": f"{NONCE}{n}", "latitude": LATITUDE}
        path = f"/S/{issued.code(n)}/hidden-code"
        lived.public.append(client.post(path, json=sent, headers=given))
        lived.secrets += [issued.hidden(n), f"{NONCE}{n}"]
    lived.answers += lived.public


def _work(world: Any, lived: Life, browse: Any) -> None:
    guesser = browse()
    guesser.client.environ_base["REMOTE_ADDR"] = GUESSER
    for name in (WRONG_NAME, world.producer.email):
        sent = {"sign_in_name": name, "password": "geratenes Wort"}
        lived.answers.append(guesser.post("/sign-in", sent))
    lived.secrets += ["geratenes Wort"]
    with world.writing() as session:
        new = NewInvitation(role=Role.PRODUCER, name="Bà Tư")
        token = invite(session, world.officer.actor, new, days=14, now=world.now).token
    joiner = browse()
    joiner.client.environ_base["REMOTE_ADDR"] = OFFICE
    form = {"name": "Bà Tư", "sign_in_name": TELEPHONE, "password": PASSWORD}
    lived.answers.append(joiner.post(f"/join/{token}", form))
    lived.secrets += [token, PASSWORD, joiner.client.get_cookie("sign_in").value]
    for person in (world.producer, world.officer, world.admin):
        browser = browse()
        browser.client.environ_base["REMOTE_ADDR"] = OFFICE
        who = {"sign_in_name": person.email, "password": person.password}
        lived.answers.append(browser.post("/sign-in", who))
        lived.secrets += [browser.client.get_cookie("sign_in").value, person.token]
        lived.answers.append(browser.post("/account/name", {"name": "Tên"}, on="/account"))
    for path in ("/officer/scans", "/people"):
        lived.answers.append(browser.get(path))
    hidden_keys = world.edge.settings.data_dir / "keys" / "hidden.keys"
    lived.secrets.append(lived.issued.hidden(9))
    path, sent = f"/S/{lived.issued.code(9)}/hidden-code", {"hidden_code": lived.secrets[-1]}
    hidden_keys.chmod(0o644)
    lived.answers.append(browser.client.post(path, json=sent))
    hidden_keys.chmod(0o600)
    headers = {**world.officer.headers, "Idempotency-Key": "k" * 20}
    body = {"party_id": world.producer.party.id, "name": "Xưởng", "address": "Thôn"}
    for _ in range(2):
        answer = world.client().post("/api/v1/facilities", json=body, headers=headers)
        lived.answers.append(answer)
    lived.answers.append(world.client().get("/api/v1/scans", headers=world.officer.headers))


def spellings(address: str) -> list[bytes]:
    """An address as it could be written down; hashed without a key, all of them can be tried."""
    read = ipaddress.ip_address(address)
    network = str(ipaddress.ip_network((int(read) >> 64 << 64, 64))) if read.version == 6 else ""
    texts = [each for each in (address, read.exploded, network) if each]
    plain = [text.encode() for text in texts] + [read.packed]
    hashed = [
        hashlib.new(name, text).digest()[:16]
        for name in ("md5", "sha1", "sha256", "blake2b")
        for text in plain
    ]
    return [*plain, *hashed, *(each.hex().encode() for each in hashed)]


def written(rows: dict[str, list[tuple[Any, ...]]]) -> bytes:
    """Every column of every row, texts and bytes as they are."""
    found = []
    for table in rows.values():
        for row in table:
            for value in row:
                found.append(bytes(value) if isinstance(value, bytes | memoryview) else b"")
                found.append(str(value).encode())
    return b"\n".join(found)


def test_no_row_holds_an_address_a_position_or_what_follows_a_phone(
    world: Any, life: Life, kept: Any
) -> None:
    rows = written(kept())
    assert world.producer.email.encode() in rows  # the search finds what is there
    for address in life.addresses:
        for each in spellings(address):
            assert each not in rows, address
    for each in (*life.phones, *life.secrets, AGENT, "SM-A155F", LATITUDE, LONGITUDE, WRONG_NAME):
        assert each.encode() not in rows
        assert hashlib.sha256(each.encode()).hexdigest().encode() not in rows
    for phone in life.phones:
        assert hashlib.sha256(phone.encode()).digest()[:16] not in rows
    _check_that_no_phone_is_followed(world)


def _check_that_no_phone_is_followed(world: Any) -> None:
    """After two days nothing that is kept is the same for two stamps."""
    world.now += timedelta(hours=49)
    with world.writing() as session:
        forget(session, world.now)
    with world.edge.database.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT serial, source, phone, day FROM traces")).all()
    assert len({row.serial for row in rows}) >= 2
    for name in ("source", "phone"):
        of_stamp: dict[bytes, set[int]] = {}
        for row in rows:
            of_stamp.setdefault(bytes(getattr(row, name)), set()).add(row.serial)
        assert {len(serials) for serials in of_stamp.values()} == {1}, name
    assert {row.day for row in rows} == {None}


def test_no_log_no_sum_and_no_header_holds_somebody(world: Any, life: Life) -> None:
    _check_headers(life)
    _check_cookies(life)
    metrics = world.client().get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    said = "\n".join([*life.log, metrics.text if metrics.status_code == 200 else ""])
    names = [person.email for person in world.people.values()]
    names += [TELEPHONE, WRONG_NAME, TAX_CODE, "Bà Tư", AGENT, "SM-A155F", LATITUDE]
    codes = [life.issued.code(n) for n in range(3)]
    for each in (*life.addresses, *life.phones, *life.secrets, *names, *codes):
        assert each not in said, each
        assert each.replace("-", "") not in said


def _check_headers(life: Life) -> None:
    for answer in life.answers:
        for name, value in answer.headers.items():
            if name == "Set-Cookie":
                # A cookie goes back to the phone that it is of, and to nobody else.
                assert not any(each in value for each in (*life.addresses, TELEPHONE, AGENT))
                continue
            for each in (*life.addresses, *life.phones, *life.secrets, TELEPHONE, TAX_CODE, AGENT):
                assert each not in value, name


def test_nobody_is_told_of_the_people_behind_stamps(world: Any, life: Life, browse: Any) -> None:
    """A household's tax code is its owner's own number: neither public nor exported."""
    names = [person.email for person in world.people.values()]
    for answer in life.public:
        for each in (TAX_CODE, TELEPHONE, WRONG_NAME, *names, *life.addresses, *life.phones):
            assert each not in answer.text
        assert "argon2" not in answer.text
    table = world.client().get("/api/v1/scans", headers=world.officer.headers).text
    exported = browse(world.officer).get("/officer/scans.csv").get_data().decode("utf-8-sig")
    for text in (table, exported):
        assert str(life.issued.serial()) in text
        for each in (TAX_CODE, TELEPHONE, *names, *life.addresses, *life.phones, *life.secrets):
            assert each not in text


def test_when_its_time_is_over_nothing_is_left_but_totals(
    world: Any, life: Life, kept: Callable[[], Any]
) -> None:
    with world.edge.database.engine.connect() as connection:
        key = bytes(connection.exec_driver_sql("SELECT key FROM trace_keys").scalar())
    totals, scans, places = (kept()[each] for each in ("stamp_totals", "scans", "places"))
    assert totals and scans and places and kept()["traces"]
    lasting = {"stamp_totals": totals, "scans": scans, "places": places}
    stays = {  # what is kept of traces and counts, by the time that has passed
        timedelta(hours=49): {
            "confirmations": 0,
            "hidden_tries": 0,
            "wrong_codes": 0,
            "forged_kept": 0,
        },
        timedelta(days=16): {"trace_keys": 0, "sign_in_tries": 0, "idempotency_keys": 0},
        timedelta(days=31): {"sign_ins": 0},
        timedelta(days=90, seconds=1): {"traces": 0},
    }
    began = world.now
    for passed, empty in stays.items():
        world.now = began + passed
        with world.writing() as session:
            forget(session, world.now)
        rows = kept()
        assert {name: len(rows[name]) for name in empty} == empty, passed
        assert {name: rows[name] for name in lasting} == lasting, passed
        if passed >= timedelta(days=16):
            assert key not in written(rows)
    left = {name for name, table in kept().items() for row in table if _has_bytes(row)}
    assert left <= {"accounts", "tokens", "invitations", "recovery_codes"}, left


def _has_bytes(row: tuple[Any, ...]) -> bool:
    return any(isinstance(value, bytes | memoryview) for value in row)


def _check_cookies(life: Life) -> None:
    """None outlives what is said of it."""
    longest = {"phone": 30, "sign_in": 30, "session": 31, "known": 365, "lang": 365}
    met = set()
    for answer in life.answers:
        for cookie in answer.headers.getlist("Set-Cookie"):
            name = cookie.partition("=")[0]
            age = re.search(r"Max-Age=([0-9]+)", cookie)
            days = 0 if age is None else int(age[1]) / 86_400
            assert days <= longest[name], cookie
            met.add(name)
    assert {"phone", "sign_in", "session", "known"} <= met
    # A phone's number is not renewed by another look: after 30 days it is another phone's.
    given = [each for each in life.public if "phone=" in str(each.headers.getlist("Set-Cookie"))]
    assert len(given) == len(BUYERS)


def test_every_column_of_bytes_is_one_that_was_thought_about() -> None:
    """A new column that could hold an identifier has to be named here, and above."""
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.c
        if isinstance(column.type, sa.LargeBinary)
    }
    assert found == {
        *("traces.source", "traces.phone", "traces.day", "trace_keys.key", "forged_kept.source"),
        "wrong_codes.source",
        *("sign_in_tries.key", "confirmations.nonce", "idempotency_keys.body_digest"),
        *("sign_ins.digest", "tokens.digest", "invitations.digest", "recovery_codes.digest"),
        "accounts.totp_nonce",
    }


def test_the_sample_access_log_tells_of_no_stamp_and_no_buyer() -> None:
    text = (ROOT / "config" / "deploy" / "nginx" / "traceapp.conf").read_text("utf-8")
    written = re.search(r"log_format traceapp [^;]*;", text)
    assert written is not None
    names = set(re.findall(r"\$([a-z_]+)", written[0]))
    telling = {"remote_addr", "binary_remote_addr", "remote_user", "realip_remote_addr"}
    telling |= {"request", "request_uri", "uri", "document_uri", "args", "query_string"}
    telling |= {name for name in names if name.startswith(("http_", "cookie_", "arg_", "sent_"))}
    assert not names & telling
    # An address is written for what guesses at passwords and tokens alone, and for no stamp.
    address = re.search(r"map \$request_uri \$traceapp_address \{(.*?)\}", text, re.DOTALL)
    assert address is not None and 'default "-";' in address[1]
    patterns = re.findall(r'"~(\S+)"\s+\$remote_addr', address[1])
    for path in ("/S/AAAAA-BBBBB", "/01/0/21/AAAAA", "/s/x", "/", "/privacy", "/join/token"):
        assert not any(re.search(each, path) for each in patterns), path
    assert "combined" not in text
