"""A disk that is full, and one that may only be read: what is said, and that it gets well again.

The disk is a small one of memory, which only root may make.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from traceapp.edge import open_edge

MEGABYTES = 8


@dataclass
class Disk:
    """A disk with nothing on it but the data directory."""

    folder: Path

    def fill(self) -> None:
        """Leave not a byte, of the space that a file has already neither."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            for size in (65_536, 4096, 1):
                try:
                    while ballast.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        (self.folder / "ballast").unlink()

    def allow(self, what: str) -> None:
        """ "ro" or "rw"."""
        subprocess.run(["mount", "-o", f"remount,{what}", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    folder = tmp_path_factory.mktemp("disk")
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    options = ["-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "none"]
    if subprocess.run(["mount", *options, str(folder)], capture_output=True).returncode != 0:
        pytest.skip("no disk may be mounted here")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def world_on_disk(world: Any, disk: Disk) -> Iterator[Any]:
    """The world, whose data directory lies on the small disk."""
    settings = world.edge.settings
    world.edge.database.close()
    data_dir = disk.folder / "data"
    shutil.copytree(settings.data_dir, data_dir)
    url = "" if settings.url.startswith("sqlite") else settings.url
    moved = type(settings)(
        **settings.model_dump(exclude={"data_dir", "database_url"}),
        data_dir=data_dir,
        database_url=url,
    )
    edge = open_edge(moved)
    yield type(world)(edge, people=world.people)
    edge.database.close()


def test_a_full_disk_is_told_and_all_goes_on_once_there_is_room(
    world_on_disk: Any, disk: Disk, operating: Any, whole: Any
) -> None:
    world = world_on_disk
    operator = operating(world)
    issued, waiting = world.issue(), world.ask(5, world.batch())
    path, proof = f"/S/{issued.code()}/hidden-code", {"hidden_code": issued.hidden()}
    approval = f"/api/v1/stamp-requests/{waiting}/approval"
    world.edge.database.close()
    running = operator.serve()
    assert running.look(issued.link_path()).json["verdict"] == "registered"
    disk.fill()
    embedded = world.edge.database.embedded
    # PostgreSQL keeps its rows elsewhere: only what issues serials needs the disk.
    status, verdict = (503, "unchecked") if embedded else (200, "registered")
    answer = running.look(issued.link_path())
    assert (answer.status, answer.json["verdict"]) == (status, verdict)
    refused = running.ask(approval, {}, **world.officer.headers)
    assert refused.status == 503, refused.text
    if embedded:
        assert running.ask(path, proof).json["verdict"] == "unchecked"
        troubles = {each["trouble"] for each in running.events("records_away")}
        assert troubles <= {"database or disk is full", "disk I/O error"} and troubles
    else:
        assert refused.json["code"] == "mark_away"
    assert "No space left" in operator.refused("keys", "rotate")
    workers = {each.pid for each in running.workers()}
    for strange in ("/nothing", "/S/no-code", "/api/v1/parties", "/sign-in", "/officer"):
        assert running.ask(strange).status != 500
    assert {each.pid for each in running.workers()} == workers
    running.workers()[0].kill()
    running.until(lambda: running.look(issued.link_path()).status == status)
    disk.free()
    assert running.look(issued.link_path()).json["verdict"] == "registered"
    assert running.ask(path, proof).json["authentication"] == "first"
    assert running.ask(approval, {}, **world.officer.headers).status == 200
    assert not list((world.edge.settings.data_dir / "keys").glob(".*"))
    assert whole(world)


def test_a_disk_that_may_only_be_read_stops_the_start_in_a_line(
    world_on_disk: Any, disk: Disk, operating: Any
) -> None:
    world = world_on_disk
    if not world.edge.database.embedded:
        pytest.skip("the rows are elsewhere")
    operator = operating(world)
    path = world.issue().link_path()
    world.edge.database.close()
    disk.allow("ro")
    said = operator.refused("serve")
    assert "cannot be used" in said
    assert operator.refused("db", "upgrade") and operator.refused("keys", "rotate")
    disk.allow("rw")
    assert operator.serve().look(path).json["verdict"] == "registered"
