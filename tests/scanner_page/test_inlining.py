"""What stands in every page: the policy names exactly it, and browsers may run and apply it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from scanner_page.inlining import SCRIPT, STYLE

PATHS = ("/", "/privacy", "/S/XYZ", "/nothing")


def _allowed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_the_policy_names_what_a_page_holds(world: Any, visitor: Any) -> None:
    for path in (*PATHS, world.issue().link_path()):
        answer = visitor.page(path)
        for tag, rule in (("style", "style-src"), ("script", "script-src")):
            held = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
            assert len(held) == 1, path
            allowed = re.search(rf"{rule} ([^;]*)", answer.headers["Content-Security-Policy"])
            assert allowed is not None
            assert _allowed(held[0]) in allowed[1].split()


def test_no_comment_travels_and_nothing_ends_its_tag_early() -> None:
    for text in (STYLE, SCRIPT):
        assert "/*" not in text
        assert "</" not in text
        assert "\n " not in text
        assert not re.search(r"(^|\n)//", text)


def test_the_script_keeps_and_sends_nothing() -> None:
    sending = ("fetch", "XMLHttp", "sendBeacon", "WebSocket", "new Image", ".src")
    keeping = ("localStorage", "sessionStorage", "indexedDB", "cookie", "caches")
    for word in (*sending, *keeping, "submit", "innerHTML", "eval"):
        assert word not in SCRIPT, word


def test_the_script_forgets_the_hidden_code_before_all_else() -> None:
    first, rest = SCRIPT.split("history.replaceState", 1)
    assert "function" not in first.partition("(function () {")[2]
    assert "location.pathname + location.search" in rest.partition("}")[0]
