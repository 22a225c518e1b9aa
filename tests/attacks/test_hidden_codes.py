"""Guessing at hidden codes: the odds that the documents tell, and what phones send by mistake."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from traceapp.services.scans.limiting_tries import Tried, TryLimits, room_for
from traceapp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CODES = 2**40
HOURS = 365 * 24
NOON = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)
JSON = {"Accept": "application/json"}


def tries_in_an_hour(stamps: int, networks: int, limits: TryLimits) -> int:
    """The most that guessers with so many stamps and networks get compared in an hour.

    What they get until the brake stands, and while it stands; then their first tries, one for each
    stamp and one for each network.
    """

    def beyond(limits: TryLimits) -> int:
        return min(stamps * 60 * limits.per_minute, networks * limits.of_source)

    unbraked = min(beyond(limits), limits.of_all)
    return unbraked + beyond(limits.braked()) + stamps + networks


def odds(tries: int) -> str:
    """The chance of a year of such hours, as the table writes it: one in a round number."""
    one_in = CODES / (tries * HOURS)
    size = 10 ** (len(str(int(one_in))) - 2)
    return f"1 in {int(one_in) // size * size:,}"


def test_the_odds_that_are_told_follow_from_the_settings() -> None:
    settings = Settings()
    limits = TryLimits(
        settings.hidden_tries_per_minute,
        settings.wrong_codes_of_source,
        settings.wrong_codes_brake,
    )
    text = (ROOT / "docs/security.md").read_text("utf-8")
    told = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| (.+?) \|$", text, re.MULTILINE)
    assert len(told) == 9
    for row in told:
        stamps, networks, tries = (int(each.replace(",", "")) for each in row[:3])
        found = tries_in_an_hour(stamps, networks, limits)
        assert (tries, row[3]) == (found, odds(found)), row


@pytest.mark.parametrize(("stamps", "networks"), [(1, 1), (2, 3), (5, 1), (4, 40)])
def test_guessers_never_get_more_compared_than_the_odds_count(stamps: int, networks: int) -> None:
    """They try every stamp from every network in every minute of an hour, by the service's rule."""
    limits = TryLimits(10, 30, 100)
    first_at: set[int] = set()
    wrong, in_all = [0] * networks, 0
    for minute in range(60):
        tries = [0] * stamps
        for _ in range(15):
            for network in range(networks):
                for stamp in range(stamps):
                    tries[stamp] += 1
                    first = stamp not in first_at
                    first_at.add(stamp)
                    tried = Tried(tries[stamp], first, wrong[network], in_all)
                    moment = NOON + timedelta(minutes=minute)
                    if room_for(tried, limits, moment).again_at is None:
                        wrong[network] += 1
                        in_all += 1
    most = tries_in_an_hour(stamps, networks, limits)
    assert most / 4 < in_all <= most  # The bound holds, and is no idle one.


def confirm(world: Any, code: str, hidden: str, **sent: Any) -> dict[str, Any]:
    answer = world.client().post(
        f"/S/{code}/hidden-code",
        json={"hidden_code": hidden, **sent},
        headers={**JSON, **sent.pop("headers", {})},
    )
    told: dict[str, Any] = answer.get_json()
    return told


def test_a_nonce_of_another_stamp_repeats_nothing(world: Any) -> None:
    issued = world.issue(3)
    assert confirm(world, issued.code(), issued.hidden(), nonce="n")["authentication"] == "first"
    # The same nonce at another stamp is a request of its own, right or wrong.
    assert confirm(world, issued.code(1), issued.hidden(), nonce="n")["authentication"] == "wrong"
    told = confirm(world, issued.code(1), issued.hidden(1), nonce="n")
    assert (told["authentication"], told["stamp"]["serial"]) == ("first", issued.serial(1))
    again = confirm(world, issued.code(), issued.hidden(), nonce="n")
    assert (again["authentication"], again["stamp"]["serial"]) == ("first", issued.serial())


@pytest.mark.parametrize("hidden", ["", "1234567", "123456789", "12345-6", "U1234567", "12345 67é"])
def test_a_code_of_a_wrong_length_or_letter_costs_nothing_and_says_what_one_is(
    world: Any, hidden: str
) -> None:
    issued = world.issue(1)
    for _ in range(12):
        told = confirm(world, issued.code(), hidden)
        assert told["verdict"] == "wrong_hidden_code" and "tries_left" not in told
        assert "8 chữ" in told["message"]
    assert confirm(world, issued.code(), issued.hidden())["authentication"] == "first"


@pytest.mark.parametrize("year", [2024, 2027, 2038])
def test_a_phone_whose_clock_is_years_off_is_answered_like_any_other(world: Any, year: int) -> None:
    """Nothing that a phone says of the time is read. A cookie's life is told in seconds, which rule
    where its end is told as well (RFC 6265, 4.1.2.2)."""
    issued = world.issue(2)
    wrong = f"Mon, 15 Jun {year} 05:00:00 GMT"
    sent = {"Date": wrong, "If-Modified-Since": wrong, "If-Unmodified-Since": wrong}
    client = world.client()
    for path in (f"/S/{issued.code()}", "/"):
        page = client.get(path, headers={"Accept": "text/html", **sent})
        assert page.status_code == 200 and page.text
        for cookie in page.headers.getlist("Set-Cookie"):
            assert "Max-Age=" in cookie
    assert (
        client.get(f"/S/{issued.code()}", headers={**JSON, **sent}).json["scans"]["sessions"] == 1
    )
    answer = client.post(
        f"/S/{issued.code()}/hidden-code",
        json={"hidden_code": issued.hidden()},
        headers={**JSON, **sent},
    )
    assert answer.json["authentication"] == "first"
    assert answer.json["authenticated_at"] == "2026-06-15T12:00:00+07:00"
