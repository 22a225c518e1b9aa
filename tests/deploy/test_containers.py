"""The sample containers. Nothing builds them here: this reads the files alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from traceapp.cli import main
from traceapp.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "config" / "deploy"


@pytest.fixture
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"])


@pytest.fixture
def built() -> str:
    return (DEPLOY / "Dockerfile").read_text()


def test_the_service_is_set_by_settings_that_there_are(
    services: dict[str, Any], built: str
) -> None:
    names = set(services["service"]["environment"]) | set(re.findall(rf"{PREFIX}\w+", built))
    assert names
    for name in names:
        assert name.removeprefix(PREFIX).lower() in Settings.model_fields, name


def test_data_and_keys_lie_in_volumes_apart(services: dict[str, Any], built: str) -> None:
    places = dict(each.split(":")[:2] for each in services["service"]["volumes"])
    assert places["data"] == "/var/lib/traceapp"
    assert places["keys"] == "/var/lib/traceapp/keys"
    assert f"TRACEAPP_DATA_DIR={places['data']}" in built


def test_the_image_runs_the_server_as_nobody_in_particular_and_asks_whether_it_lives(
    built: str,
) -> None:
    assert re.search(r"^USER traceapp$", built, re.MULTILINE)
    assert "--require-hashes" in built
    assert "127.0.0.1:8000/healthz" in built
    (command,) = re.findall(r'^CMD \["(\w+)"\]$', built, re.MULTILINE)
    assert command in main.commands


def test_what_the_image_leaves_out_is_not_needed_and_what_it_takes_is_there() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    taken = {line[1:] for line in lines if line.startswith("!")}
    assert taken == {path for path in taken if (ROOT / path).exists()}
    assert {"config", "scanner_page", "stamps", "traceapp", "setup.cfg"} < taken


def test_nginx_reaches_the_service_where_the_sample_says(services: dict[str, Any]) -> None:
    assert services["proxy"]["network_mode"] == "service:service"
    for place in services["proxy"]["volumes"]:
        here = DEPLOY / place.split(":")[0]
        assert here.exists() or here.name in ("site.conf", "letsencrypt", "html")
