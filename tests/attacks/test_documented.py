"""docs/security.md: what it names is there, and what it says of our files is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text("utf-8")

# The requirements of level 1 in ASVS 5.0, by section.
LEVEL_1 = {
    **{"1.2": 5, "1.3": 2, "1.5": 1, "2.1": 1, "2.2": 2, "2.3": 1, "3.2": 2, "3.3": 1, "3.4": 2},
    **{"3.5": 3, "4.1": 1, "4.4": 1, "5.2": 2, "5.3": 2, "6.1": 1, "6.2": 8, "6.3": 2, "6.4": 2},
    **{"7.2": 4, "7.4": 2, "8.1": 1, "8.2": 2, "8.3": 1, "9.1": 3, "9.2": 1, "10.4": 5, "11.3": 2},
    **{"11.4": 1, "12.1": 1, "12.2": 2, "13.4": 1, "14.2": 1, "14.3": 1, "15.1": 1, "15.2": 1},
    "15.3": 1,
}


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`([a-z0-9_/]+\.py)::(\w+)`", DOCUMENT))
    assert len(named) > 80
    missing = []
    for file, name in sorted(named):
        path = ROOT / "tests" / file
        if not path.is_file() or f"\ndef {name}(" not in path.read_text("utf-8"):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_file_that_is_named_is_there() -> None:
    named = set(
        re.findall(r"`((?:traceapp|config|docs|scanner_page|stamps)/[^`\s]+\.\w+)`", DOCUMENT)
    )
    named -= {each for each in named if "::" in each}
    assert len(named) > 5
    assert [each for each in sorted(named) if not (ROOT / each).is_file()] == []


def test_every_requirement_of_level_1_has_its_line() -> None:
    wanted = [f"{section}.{n}" for section, most in LEVEL_1.items() for n in range(1, most + 1)]
    assert len(wanted) == 70
    level_1 = DOCUMENT.partition("## Level 1")[2].partition("## Level 2")[0]
    lines = re.findall(r"^\| ([0-9]+\.[0-9]+\.[0-9]+) \|(.*)\|$", level_1, re.MULTILINE)
    assert [number for number, _ in lines] == wanted
    # Each is met, does not apply, or says that it is not.
    assert all(len(cells.split("|")) == 3 and cells.split("|")[1].strip() for _, cells in lines)


def test_nothing_in_the_service_runs_what_it_is_given() -> None:
    forbidden = {"subprocess", "pickle", "marshal", "shelve", "xml", "yaml", "http", "socket"}
    forbidden |= {"requests", "urllib3", "httpx", "ftplib", "smtplib", "code"}
    found = []
    for room in ("stamps", "traceapp", "scanner_page"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if (name := _dangerous(node, forbidden)) is not None:
                    found.append(f"{file.relative_to(ROOT)}: {name}")
    # What serves listens on a socket, and what waits for a silent database ends its connection:
    # they ask nobody anything.
    own = ("traceapp/serving/", "traceapp/cli/", "traceapp/patience.py: socket")
    assert [each for each in found if not each.startswith(own)] == []


def _dangerous(node: ast.AST, forbidden: set[str]) -> str | None:
    """The name of a module or a function that runs, unpacks or asks, where a node uses one."""
    if isinstance(node, ast.Import):
        names = [each.name for each in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id if node.func.id in {"eval", "exec", "compile", "__import__"} else None
    else:
        return None
    # The words for statuses are of a module that could also ask.
    used = {name.partition(".")[0] for name in names if name != "http"}
    return next(iter(used & forbidden), None)


@pytest.mark.parametrize("path", ["/sign-in", "/account"])
def test_fields_of_passwords_are_closed_to_eyes_and_open_to_helpers(
    world: Any, browse: Any, path: str
) -> None:
    browser = browse(None if path == "/sign-in" else world.producer)
    fields = re.findall(r"<input[^>]*>", browser.get(path).text)
    secret = [each for each in fields if re.search(r'name="(password|old|new)"', each)]
    assert secret
    for field in secret:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field), field
        assert "onpaste" not in field and "readonly" not in field


def test_the_sample_proxy_speaks_tls_alone() -> None:
    text = (ROOT / "config" / "deploy" / "nginx" / "traceapp.conf").read_text("utf-8")
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
    plain = [part for part in re.split(r"\nserver \{", text)[1:] if "listen 80" in part]
    assert plain and all("proxy_pass" not in part for part in plain)
    assert 'proxy_set_header X-Forwarded-Host "";' in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
