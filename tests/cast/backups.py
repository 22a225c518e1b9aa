"""Backups as tests look at them, and as somebody may alter them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from traceapp.edge import Edge
from traceapp.safekeeping import BackupTrouble

# On PostgreSQL the database has no part in a backup.
SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, but the lock that tells who is at work in it."""
    return {
        str(file.relative_to(folder)): file.read_bytes() if file.is_file() else None
        for file in folder.rglob("*")
        if file.name != "serving.lock"
    }


def refused(desk: Any, edge: Edge, **wish: Any) -> str:
    """Restores what must be refused, and leave everything as it was."""
    folder = edge.settings.data_dir
    before = tree(folder.parent)
    with pytest.raises(BackupTrouble) as caught:
        desk.restore(edge, **wish)
    after = tree(folder.parent)
    after.pop(folder.name, None), before.pop(folder.name, None)
    assert after == before
    return str(caught.value)


def rewrite(file: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Change members of a backup, and make its manifest tell of them as they are now."""
    with tarfile.open(file) as tar:
        members = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    change(members)
    manifest = json.loads(members.pop("manifest.json"))
    manifest["members"] = [
        {"name": name, "bytes": len(data), "sha256": sha256(data).hexdigest()}
        for name, data in members.items()
    ]
    members["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(file, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            tar.addfile(header, BytesIO(data))


def set_in_manifest(file: Path, **values: Any) -> None:
    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        manifest["database"] |= values
        members["manifest.json"] = json.dumps(manifest).encode()

    rewrite(file, change)
