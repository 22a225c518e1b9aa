"""An installation of a test's own, reached as an operator reaches it: by environment and command.

`traceapp` runs a command in an installation with an officer in it, on SQLite.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from traceapp.cli import main

PASSWORD = "con cá vàng bơi"
OFFICER = "officer@example.vn"


class Traceapp:
    """Runs commands. What it returns has `exit_code`, `stdout` and `stderr`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def __call__(self, *arguments: object, given: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], input=given)

    def json(self, *arguments: object, given: str | None = None) -> Any:
        """The answer of a command that must succeed."""
        result = self(*arguments, given=given)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def refused(self, *arguments: object) -> str:
        """The one line of a command that must be refused."""
        result = self(*arguments)
        assert result.exit_code == 1, (result.stdout, result.exception)
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
        return result.stderr

    def misused(self, *arguments: object) -> str:
        """What is said of wrong usage."""
        result = self(*arguments)
        assert result.exit_code == 2, (result.stdout, result.stderr)
        assert result.stdout == ""
        return result.stderr


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No setting but a data directory that is not there yet."""
    for name in list(os.environ):
        if name.startswith("TRACEAPP_") or name in ("HOST", "PORT"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACEAPP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TRACEAPP_BASE_URL", "https://tem.example.vn")
    return tmp_path / "data"


@pytest.fixture
def empty(environment: Path, empty_template: Path) -> Traceapp:
    """A migrated installation with keys, and nobody in it."""
    shutil.copytree(empty_template, environment)
    return Traceapp(environment)


@pytest.fixture
def traceapp(
    environment: Path, issued_template: Issued, monkeypatch: pytest.MonkeyPatch
) -> Traceapp:
    """An installation with an officer, who acts, and the run that she issued."""
    shutil.copytree(issued_template.folder, environment)
    monkeypatch.setenv("TRACEAPP_ACTOR", OFFICER)
    return Traceapp(environment)


@pytest.fixture
def run(issued_template: Issued) -> dict[str, Any]:
    """The run of `traceapp`: 20 stamps with hidden codes, for a batch of 20, approved."""
    return issued_template.run


@dataclass(frozen=True)
class Issued:
    """A data directory that tests copy, and the run in it."""

    folder: Path
    run: dict[str, Any]


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACEAPP_DATA_DIR", str(folder))
        assert Traceapp(folder)("db", "upgrade").exit_code == 0
    return folder


@pytest.fixture(scope="session")
def issued_template(empty_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    folder = tmp_path_factory.mktemp("issued") / "data"
    shutil.copytree(empty_template, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACEAPP_DATA_DIR", str(folder))
        patch.setenv("TRACEAPP_BASE_URL", "https://tem.example.vn")
        patch.setenv("TRACEAPP_ACTOR", OFFICER)
        traceapp = Traceapp(folder)
        traceapp.json("user", "add", OFFICER, "--role", "officer", given=f"{PASSWORD}\n")
        return Issued(folder, issue(traceapp))


def issue(traceapp: Traceapp) -> dict[str, Any]:
    party = traceapp.json(
        *("party", "add", "--kind", "household", "--name", "Hộ Năm Quyên", "--address", "Thôn 2")
    )
    facility = traceapp.json(
        *("facility", "add", "--party-id", party["id"], "--name", "Nhà ủ", "--address", "Thôn 2")
    )
    product = traceapp.json(
        *("product", "add", "--party-id", party["id"], "--kind", "fish_sauce"),
        *("--name", "Nước mắm", "--net-content", "500 ml"),
    )
    batch = traceapp.json(
        *("batch", "add", "--product-id", product["id"], "--facility-id", facility["id"]),
        *("--lot", "A1", "--quantity", 20),
        *("--produced-at", "2026-01-01T08:00:00+07:00"),
        *("--expires-at", "2099-01-01T08:00:00+07:00"),
    )
    asked = traceapp.json(
        *("request", "add", "--product-id", product["id"], "--batch-id", batch["id"]),
        *("--quantity", 20, "--hidden-code"),
    )
    approved: dict[str, Any] = traceapp.json("request", "approve", asked["id"])["run"]
    return approved


@pytest.fixture
def issued() -> Callable[[Traceapp], dict[str, Any]]:
    return issue
