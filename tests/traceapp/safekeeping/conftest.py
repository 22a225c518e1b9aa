"""What tests of backups share: pictures with rows, a bar that watches, a place to restore to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from traceapp.edge import Edge, open_edge
from traceapp.safekeeping import RestoreWish, restore_backup, take_backup
from traceapp.services.registry.picturing import PictureTold, add_picture, read_picture
from traceapp.settings import Settings


@dataclass
class Bar:
    """A bar that remembers, and does something at the moment when the copying begins."""

    begin: Callable[[], object] = lambda: None
    total: int = 0
    done: int = 0

    def reset(self, total: int) -> None:
        self.total, self.done = total, 0
        self.begin()

    def update(self, n: int) -> None:
        self.done += n


@dataclass
class Desk:
    """An installation that is backed up, and another place to restore it to."""

    world: Any
    folder: Path
    bar: Bar = field(default_factory=Bar)

    @property
    def file(self) -> Path:
        return self.folder / "backup.tar"

    @property
    def keys_file(self) -> Path:
        return self.folder / "keys.json"

    @property
    def data_dir(self) -> Path:
        return self.world.edge.settings.data_dir

    def add_picture(self, shade: int = 100) -> PictureTold:
        out = BytesIO()
        Image.new("RGB", (240, 210), (shade, 50, 50)).save(out, "PNG")
        prepared = read_picture(out.getvalue(), self.world.edge.pictures)
        with self.world.writing() as session:
            producer = self.world.producer
            return add_picture(
                session,
                producer.actor,
                producer.product.id,
                prepared,
                None,
                self.world.edge.pictures,
                self.world.now,
            )

    def picture_files(self, folder: Path | None = None) -> dict[str, bytes]:
        root = (folder or self.data_dir) / "pictures"
        return {
            file.relative_to(root).as_posix(): file.read_bytes()
            for file in root.rglob("*")
            if file.is_file()
        }

    def take(self, keys: bool = True) -> Any:
        return take_backup(self.world.edge, self.file, self.keys_file if keys else None, self.bar)

    def restore(self, edge: Edge, keys: bool = True, **wish: Any) -> Any:
        keys_file = self.keys_file if keys else None
        return restore_backup(edge, RestoreWish(self.file, keys_file, **wish), self.bar)


@pytest.fixture
def desk(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(world, tmp_path_factory.mktemp("backups"))


@pytest.fixture
def other(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """An installation on another machine: no data directory yet, and on SQLite no database."""
    folder = tmp_path_factory.mktemp("other") / "data"
    edge = open_edge(settings.model_copy(update={"data_dir": folder}))
    yield edge
    edge.database.close()
