"""The fixed cast of this room: root keys, the designs in config, a producer's labels."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from stamps import Key, LabelDesign, LabelFace, Link, read_designs

LABELS = Path(__file__).parents[2] / "config" / "labels.toml"


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
def designs() -> Mapping[str, LabelDesign]:
    return read_designs(LABELS.read_text("utf-8"))


@pytest.fixture(scope="session")
def short() -> Link:
    return Link("https://tem.example.vn")


@pytest.fixture(scope="session")
def face() -> LabelFace:
    return LabelFace(
        "Nước mắm Năm Quyên",
        "Hộ kinh doanh Năm Quyên",
        "tem.example.vn",
        "0237 388 6868",
        stars=3,
    )
