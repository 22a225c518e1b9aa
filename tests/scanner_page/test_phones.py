"""Phones: a random first-party id, and robots that count for nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from scanner_page.agents import agent_of
from traceapp import build_app
from traceapp.edge import open_edge
from traceapp.services.lists import Agent


def _cookie(answer: Any) -> str:
    found = re.match(r"phone=([^;]+)", answer.headers["Set-Cookie"])
    assert found
    return found[1]


def test_a_new_phone_is_given_an_id_that_no_script_and_no_other_site_reads(
    world: Any, visitor: Any
) -> None:
    cookie = visitor.page(world.issue().link_path()).headers["Set-Cookie"]
    assert re.fullmatch(
        r"phone=[\w-]{22}\.[\w-]{43}; "
        r"Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax",
        cookie,
    )
    assert "Set-Cookie" not in visitor.page("/S/XYZ").headers


def test_an_id_that_we_did_not_give_is_replaced(world: Any, visitor: Any) -> None:
    path = world.issue().link_path()
    good = _cookie(visitor.page(path))
    odd = ["x", "a" * 22, "a" * 2000, f"{'a' * 22}.{'a' * 43}", f"{'a' * 22}{good[22:]}"]
    odd += [good[:22], good[:-1], f"{good[:30]}{'a' if good[30] != 'a' else 'b'}{good[31:]}"]
    for each in odd:
        visitor.client.set_cookie("phone", each)
        assert "phone=" in visitor.page(path).headers["Set-Cookie"]
    visitor.client.set_cookie("phone", good)
    assert "Set-Cookie" not in visitor.page(path).headers


def test_made_up_phones_are_no_sessions(world: Any) -> None:
    path = world.issue().link_path()
    for n in range(5):
        maker = world.client()
        maker.set_cookie("phone", f"{n:022}")
        told = maker.get(path, headers={"Accept": "application/json"}).get_json()
    assert told["scans"]["sessions"] == 1


def test_a_phone_is_known_after_the_keys_were_rotated_and_on_another_machine(
    world: Any, visitor: Any
) -> None:
    path = world.issue().link_path()
    cookie = _cookie(visitor.page(path))
    world.edge.session_keys.rotate()
    other = build_app(open_edge(world.edge.settings, world.edge.clock))
    machine = other.test_client()
    machine.set_cookie("phone", cookie)
    assert "Set-Cookie" not in machine.get(path).headers
    other.extensions["traceapp"].database.close()


def test_without_keys_every_phone_is_fresh_and_none_gets_a_cookie(world: Any, visitor: Any) -> None:
    path = world.issue().link_path()
    file = world.edge.session_keys.file
    aside = file.rename(file.with_suffix(".aside"))
    assert "Set-Cookie" not in visitor.page(path).headers
    aside.rename(file)
    assert "Set-Cookie" in visitor.page(path).headers


def test_one_phone_is_one_session_and_another_is_another(
    world: Any, visitor: Any, stranger: Any
) -> None:
    path = world.issue().link_path()
    visitor.told(path)
    world.now += timedelta(minutes=10)
    assert visitor.told(path)["scans"]["sessions"] == 1
    assert "Đây là lần đầu tem này được quét" in visitor.page(path).text
    assert stranger.told(path)["scans"]["sessions"] == 2
    assert "scanned 2 times, first on 15/06/2026 12:00" in stranger.page(path).text


def test_a_preview_robot_is_answered_and_not_counted(world: Any, visitor: Any) -> None:
    path = world.issue().link_path()
    robot = {"User-Agent": "facebookexternalhit/1.1"}
    assert world.client().get(path, headers=robot).status_code == 200
    world.now += timedelta(minutes=10)
    assert visitor.told(path)["scans"]["sessions"] == 1


ROBOTS = [
    "facebookexternalhit/1.1",
    "WhatsApp/2.23",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0",
    "Mozilla/5.0 (compatible; Discordbot/2.0)",
    "LinkedInBot/1.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1)",
    "bingbot/2.0",
    "Zalo-Preview/1",
    "some crawler",
    "Baiduspider",
    "SkypeUriPreview Preview/0.5",
]

PEOPLE = [
    "",
    "Mozilla/5.0 (Linux; Android 13; SM-A125F) Chrome/120.0 Mobile Zalo android/23",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) [FBAN/FBIOS;FBAV/440.0]",
    "Mozilla/5.0 (Linux; Android 10; CUBOT_X30) Chrome/110.0 Mobile",
    "Mozilla/5.0 (Linux; Android 10; CUBOT KINGKONG) coc_coc_browser/110",
]


@pytest.mark.parametrize("name", ROBOTS)
def test_robots_are_told_by_their_names(name: str) -> None:
    assert agent_of(name) is Agent.PREVIEW


@pytest.mark.parametrize("name", PEOPLE)
def test_people_inside_a_messenger_are_people(name: str) -> None:
    assert agent_of(name) is Agent.PERSON
