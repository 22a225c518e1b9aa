"""The sample settings are settings of this version, and say its defaults."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from traceapp.settings import Settings, read_settings

SAMPLE = Path(__file__).resolve().parents[2] / "config" / "deploy" / "traceapp.toml"
OTHER_THAN_THE_DEFAULT = {"hotline", "database_url", "workers"}


@pytest.fixture(autouse=True)
def no_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TRACEAPP_{name.upper()}", raising=False)
    for name in ("HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)


def test_the_sample_is_read_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEAPP_CONFIG", str(SAMPLE))
    found = read_settings()
    assert found.base_url == "https://tem.example.vn" and found.secure
    assert found.data_dir == Path("/var/lib/traceapp")
    assert found.url == "sqlite:////var/lib/traceapp/traceapp.db"
    assert found.trusted_proxies == 1
    assert found.demonstration is False


def test_whatever_is_taken_into_use_is_known_and_stands_at_its_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = re.sub(r"^# (\w+ = )", r"\1", SAMPLE.read_text(), flags=re.MULTILINE)
    taken = tmp_path / "traceapp.toml"
    taken.write_text(text)
    monkeypatch.setenv("TRACEAPP_CONFIG", str(taken))
    assert read_settings().url == "postgresql:///traceapp?host=/var/run/postgresql"
    said = set(tomllib.loads(text)) - set(tomllib.loads(SAMPLE.read_text()))
    assert len(said) > 8
    for name in said - OTHER_THAN_THE_DEFAULT:
        default = Settings.model_fields[name].default
        assert tomllib.loads(text)[name] == default, name
