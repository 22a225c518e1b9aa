"""Searches, filters and addresses of lists: what is typed there is looked for, and nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from traceapp.web import ROUTES

TYPED = (
    *("'", "''", '"', "\\", "%", "_", "%%", "' OR '1'='1", "1 OR 1=1", "1; DROP TABLE parties;--"),
    *(
        "') UNION SELECT password_hash FROM accounts--",
        "1)) --",
        "$1",
        "?",
        ":name",
        "{0}",
        "%(x)s",
    ),
    *("\x00", "\x1a", "a\x00b", "\ud7ff", "\U0010ffff", "9" * 400, "-1", "0", "1e9", "NaN", "٣"),
    *(
        "../",
        "*",
        "[a-",
        "(?:a+)+$",
        "a" * 5000,
        "{{7*7}}",
        "${7*7}",
        "\r\n",
        " ",
        "\u202e",
        "ﷺ" * 99,
    ),
)
ASKED = (
    *("q", "cursor", "state", "lot", "serial", "since", "until", "verdict", "agent", "kind"),
    *("product_id", "batch_id", "run_id", "days", "older", "voids", "decided", "format", "sheet"),
    *("first", "last", "draft", "recall_id"),
)


@pytest.fixture
def secret(world: Any) -> str:
    """What stands in the database and belongs on no page."""
    with world.edge.database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT password_hash FROM accounts").scalar()
    return str(found)


def test_no_page_takes_what_is_typed_for_a_command(
    world: Any, things: Any, browse: Any, unchanged: Any, secret: str
) -> None:
    browsers = {"producer": browse(world.producer), "officer": browse(world.officer)}
    browsers["people"] = browse(world.admin)
    lists = [
        (browsers[route.audience.name], route.audience.prefix + route.path)
        for route in ROUTES
        if route.method == "GET" and "<" not in route.path and route.audience.name in browsers
    ]
    with unchanged():
        for browser, path in lists:
            # Each time another text at each name, so that one that is refused hides no other.
            for n in range(0, len(TYPED), 4):
                texts = [TYPED[(n + place) % len(TYPED)] for place in range(len(ASKED))]
                query = "&".join(map("{}={}".format, ASKED, map(quote, texts)))
                answer = browser.get(f"{path}?{query}")
                assert answer.status_code in (200, 303, 404, 409, 422), (path, query)
                assert secret not in answer.get_data(as_text=False).decode("latin-1")


@pytest.mark.parametrize("name", ["q", "lot"])
def test_each_sign_stands_for_itself(world: Any, browse: Any, name: str) -> None:
    world.batch(lot="A_1%")
    officer = browse(world.officer)
    where = {"q": "/officer/search?q=", "lot": "/officer/scans?lot="}[name]
    for text in TYPED:
        answer = officer.get(where + quote(text))
        assert answer.status_code in (200, 422), text
        if name == "q" and text in ("%%", "' OR '1'='1", "1 OR 1=1"):
            assert "HTX nem Huân Hồng" not in answer.text, text


def test_no_list_of_the_api_takes_a_filter_for_a_command(
    world: Any, unchanged: Any, secret: str
) -> None:
    headers, client = world.officer.headers, world.client()
    own = {row["id"] for row in _items(world, "/parties", world.producer.headers)}
    with unchanged():
        for path in ("/parties", "/scans", "/batches", "/stamp-runs", "/corrections"):
            for text in TYPED:
                for name in ("cursor", "since", "verdict"):
                    address = f"/api/v1{path}?{name}={quote(text)}"
                    answer = client.get(address, headers=headers)
                    assert answer.status_code in (200, 422), (path, name, text)
                    assert secret not in answer.text
        for text in TYPED:
            address = f"/api/v1/parties?cursor={quote(text)}"
            told = client.get(address, headers=world.producer.headers)
            if told.status_code == 200:
                assert {row["id"] for row in told.json["items"]} <= own


def _items(world: Any, path: str, headers: Any) -> list[Any]:
    items: list[Any] = world.client().get(f"/api/v1{path}", headers=headers).json["items"]
    return items


def test_no_name_at_the_door_is_a_command(world: Any, browse: Any) -> None:
    client = world.client()
    for text in TYPED[:12:2]:
        sent = {"sign_in_name": text, "password": text}
        assert browse().post("/sign-in", sent).status_code in (422, 429)
    for text in TYPED:
        bearer = {"Authorization": f"Bearer {quote(text)}"}
        assert client.get("/api/v1/parties", headers=bearer).status_code == 401
        assert client.get(f"/join/{quote(text, safe='')}").status_code == 404
