"""The pages for who installs and operates: what they tell people to type and to open is there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml
from flask import Flask

from traceapp.cli import main

ROOT = Path(__file__).resolve().parents[2]
MONITORING = (ROOT / "docs" / "monitoring.md").read_text()
PAGES = [
    ROOT / "docs" / name for name in ("install.md", "operating.md", "trouble.md", "monitoring.md")
]


def _typed(page: Path) -> list[str]:
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", page.read_text(), re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", page.read_text())
    return [line.strip() for block in blocks for line in block.splitlines()] + inline


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_is_a_command(page: Path) -> None:
    found = 0
    for line in _typed(page):
        for words in re.findall(r"(?:^|service )traceapp ((?:[a-z-]+ ?)+)", line):
            command: click.Command = main
            for word in words.split():
                if not isinstance(command, click.Group):
                    break
                assert word in command.commands, line
                command = command.commands[word]
            found += 1
    assert found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_that_is_named_is_an_option(page: Path) -> None:
    for line in _typed(page):
        match = re.match(r"traceapp ((?:[a-z-]+ )+)(.*--.*)", line)
        if match is None:
            continue
        command: click.Command = main
        for word in match[1].split():
            if isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
        known = {name for each in command.params for name in each.opts}
        assert set(re.findall(r"--[a-z-]+", match[2])) <= known | {"--help"}, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_place_of_ours_that_is_named_is_there(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(r"/opt/traceapp/((?:config|docs)[\w./-]*)", text):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"`(config/deploy[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
    for link, _, place in (found.partition("#") for found in re.findall(r"\]\(([^)]+)\)", text)):
        there = page.parent / link if link else page
        assert not place or place in _places(there), f"{link}#{place}"
        assert there.exists(), link


def _places(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def test_the_numbers_that_are_explained_are_those_that_are_told(app: Flask) -> None:
    told = app.test_client().get("/metrics").text
    # What one process tells by itself of when it began is not told by several.
    numbers = set(re.findall(r"^# TYPE (traceapp_\w+?)(?<!_created) ", told, re.MULTILINE))
    table = MONITORING.partition("| metric |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(traceapp_\w+)", table)) == numbers
    alerts = MONITORING.partition("```yaml\n")[2].partition("```")[0]
    asked = {name.removesuffix("_bucket") for name in re.findall(r"\btraceapp_\w+", alerts)}
    assert asked and asked < numbers
    assert yaml.safe_load(alerts)["groups"]


def test_the_events_that_are_explained_are_written_somewhere() -> None:
    sources = [*(ROOT / "traceapp").rglob("*.py"), *(ROOT / "scanner_page").rglob("*.py")]
    code = "".join(file.read_text() for file in sources)
    events = re.findall(r"^\| `(\w+)` \| (?:info|warning|error) ", MONITORING, re.MULTILINE)
    assert len(events) > 8
    for event in events:
        assert re.search(rf'_log\.\w+\(\s*"{event}"|\.info\(\s*"{event}"', code), event
