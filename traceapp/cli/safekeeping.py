"""`backup` and `restore`: an installation in a file, and its keys in another."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from traceapp.cli.opening import Trouble, installation, tell, unprepared
from traceapp.safekeeping import BackupTrouble, RestoreWish, restore_backup, take_backup

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--keys",
    "keys_file",
    type=_FILE,
    metavar="FILE",
    help="Copy the keys into this file. Whoever has it can print stamps: keep it apart.",
)
def backup(file: Path, keys_file: Path | None) -> None:
    """Take a backup into FILE, while the service serves: the database and the pictures.

    On PostgreSQL the pictures alone: take the database by `pg_dump --format=custom` just before.
    FILE must not be there yet, and can be read by its owner alone.
    """
    with installation() as edge, _plain(), _bar() as bar:
        taken = take_backup(edge, file.absolute(), keys_file and keys_file.absolute(), bar)
        embedded = edge.database.embedded
    if not embedded:
        _note("The database is not in it: that is `pg_dump`'s, and is to be taken first.")
    if keys_file is None:
        _note("The keys are not in it: `--keys FILE` copies them, once and after each rotation.")
    elif keys_file.absolute().parent == file.absolute().parent:
        _note(f"Keys beside the backup protect nothing: take {keys_file} to another place.")
    if taken.missing_keys:
        _note(f"Keys that runs need are not here to be copied: {', '.join(taken.missing_keys)}.")
    manifest = taken.manifest
    tell(
        {
            "file": str(file),
            "keys": None if keys_file is None else str(keys_file),
            "database": embedded,
            "picture_files": len(manifest.pictures),
            "bytes": file.stat().st_size,
            "taken_at": manifest.taken_at.isoformat(),
            "next_serial": manifest.database.next_serial,
        }
    )


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--keys",
    "keys_file",
    type=_FILE,
    metavar="FILE",
    help="The copy of the keys, where they are not here already.",
)
@click.option(
    "--without-keys", is_flag=True, help="Restore even where printed stamps need keys not here."
)
def restore(file: Path, keys_file: Path | None, without_keys: bool) -> None:
    """Put the backup in FILE into the data directory, which must have no database.

    On PostgreSQL the pictures alone: put the database back by `pg_restore`. The serials'
    high-water mark is never touched. `next` tells the commands that come next.
    """
    with unprepared() as edge, _plain(), _bar() as bar:
        restored = restore_backup(edge, RestoreWish(file, keys_file, without_keys), bar)
        place = edge.database.place if edge.database.embedded else None
    steps = {
        "traceapp db upgrade": restored.upgrade or place is None,
        "traceapp counter advance": restored.advance,
    }
    if not restored.advance:
        _note(
            "Serials go on after this machine's own mark. Were any given out elsewhere since the "
            "backup, run `traceapp counter advance`."
        )
    if restored.missing_keys:
        _note(f"Stamps of these keys cannot be verified: {', '.join(restored.missing_keys)}.")
    manifest = restored.manifest
    tell(
        {
            "file": str(file),
            "database": place,
            "picture_files": len(manifest.pictures),
            "taken_at": manifest.taken_at.isoformat(),
            "next_serial": manifest.database.next_serial,
            "next": [step for step, wanted in steps.items() if wanted],
        }
    )


@contextmanager
def _plain() -> Iterator[None]:
    """Trouble in one line; and whoever is told to stop takes half files along."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except BackupTrouble as trouble:
        raise Trouble(str(trouble)) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_number: int, _frame: Any) -> None:
    raise Trouble("Stopped before the end; nothing was kept")


def _bar() -> Any:
    # `disable=None` shows the bar on a terminal and nowhere else.
    return tqdm(total=0, unit="B", unit_scale=True, disable=None)


def _note(line: str) -> None:
    click.echo(line, err=True)
