"""The fixed cast of this room: two root keys and a neighbour of theirs."""

import tomllib
from pathlib import Path

import pytest

from stamps import Key, Sheet


@pytest.fixture(scope="session")
def stamp_key() -> Key:
    return Key(bytes(range(32)))


@pytest.fixture(scope="session")
def hidden_key() -> Key:
    return Key(bytes(range(32, 64)))


@pytest.fixture(scope="session")
def other_key() -> Key:
    return Key(bytes(range(64, 96)))


@pytest.fixture(scope="session")
def a4_40() -> Sheet:
    text = (Path(__file__).parents[2] / "config" / "sheets.toml").read_text("utf-8")
    tables = tomllib.loads(text)["sheet"]
    return next(Sheet(**table) for table in tables if table["name"] == "a4-40")
