"""`/healthz` and `/readyz`: is this process alive, and can this installation do its work."""

from __future__ import annotations

import shutil
from collections import namedtuple
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pydantic import SecretStr

CHECKS = ["database", "keys", "serials", "pictures", "disk"]


def broken(client: FlaskClient) -> list[str]:
    """The checks that are not well, each told without saying where anything is."""
    answer = client.get("/readyz")
    told = answer.get_json()
    assert list(told["checks"]) == CHECKS
    names = [name for name, said in told["checks"].items() if said != "ok"]
    assert answer.status_code == (503 if names else 200)
    assert told["status"] == ("not ready" if names else "ok")
    assert "/" not in "".join(told["checks"].values())
    return names


def test_an_installation_that_is_well_is_ready(world: Any) -> None:
    assert broken(world.client()) == []
    assert broken(world.client()) == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_asking_needs_and_leaves_nothing(world: Any, unchanged: Any, path: str) -> None:
    with unchanged():
        for method in ("get", "head"):
            answer = getattr(world.client(), method)(path)
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"
            assert bool(answer.data) is (method == "get")


def test_nobody_is_limited_in_asking(asked: Any) -> None:
    client = asked(rate_limit_enabled=True, api_rate_limit="1 per hour")
    assert {client.get("/readyz").status_code for _ in range(5)} == {200}


def test_a_process_is_alive_without_its_database(asked: Any) -> None:
    away = SecretStr("postgresql://nobody:secret@127.0.0.1:1/none")
    client = asked(database_url=away)
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert broken(client) == ["database"]
    told = client.get("/metrics").text
    assert 'traceapp_ready{check="database"} 0.0' in told
    assert "traceapp_recalls_open" not in told


@pytest.mark.own_database
def test_a_database_of_another_version_is_told(world: Any) -> None:
    client = world.client()
    assert broken(client) == []
    with world.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert broken(client) == ["database"]
    with world.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert broken(client) == ["database"]


def test_a_key_file_that_others_can_read_is_told(world: Any) -> None:
    client = world.client()
    world.edge.stamp_keys.file.chmod(0o644)
    assert broken(client) == ["keys"]
    world.edge.stamp_keys.file.chmod(0o600)
    assert broken(client) == []
    world.edge.hidden_keys.file.unlink()
    assert broken(client) == ["keys"]


def test_a_damaged_mark_is_told(world: Any) -> None:
    world.edge.mark.file.write_text("many\n")
    assert broken(world.client()) == ["serials"]


def test_pictures_that_cannot_be_kept_are_told(world: Any) -> None:
    world.edge.pictures.folder.write_text("no folder")
    assert broken(world.client()) == ["pictures"]


def test_a_disk_that_is_nearly_full_is_told(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 10**8))
    assert broken(world.client()) == ["disk"]
    assert "traceapp_disk_free_bytes 1e+08" in world.client().get("/metrics").text
