"""What a database says of itself: its version, its counter, the keys and pictures it needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from traceapp import migrations
from traceapp.records.counter import Counter, embedded
from traceapp.records.pictures import Picture
from traceapp.records.stamp_runs import StampRun, runs_by_key
from traceapp.safekeeping.archive import Facts
from traceapp.services.registry.reading_pictures import (
    WIDTHS,
    PictureKind,
    PictureRoom,
    picture_file,
)


def read_facts(session: Session) -> Facts:
    context = MigrationContext.configure(session.connection())
    return Facts(
        kind="sqlite" if embedded(session) else "postgresql",
        revision=context.get_current_revision() or "",
        next_serial=session.scalars(sa.select(Counter.next_serial)).one(),
        stamp_keys=tuple(sorted(runs_by_key(session, StampRun.key_id))),
        hidden_keys=tuple(sorted(runs_by_key(session, StampRun.hidden_key_id))),
    )


def picture_names(session: Session) -> list[str]:
    """The files of every picture that has a row, removed and rejected ones too.

    As paths below the data directory, in their order.
    """
    room = PictureRoom(Path("pictures"), 0)
    digests = session.scalars(sa.select(Picture.digest).distinct().order_by(Picture.digest))
    return [
        picture_file(room, digest, width, kind).as_posix()
        for digest in digests
        for width in WIDTHS
        for kind in PictureKind
    ]


def revisions() -> list[str]:
    """Every version of the database that this program knows, newest first."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    return [each.revision for each in scripts.walk_revisions()]


@contextmanager
def reading_copy(file: Path) -> Iterator[Session]:
    """A copy of an SQLite database that nobody else opens: read without a lock, log or change."""
    address = f"file:{quote(str(file.absolute()))}?immutable=1"
    engine = sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=sa.NullPool
    )
    with Session(engine) as session:
        yield session


def check_whole(session: Session) -> str:
    """What SQLite finds wrong with a copy: an empty text where it is whole."""
    said = session.scalar(sa.text("PRAGMA integrity_check(1)"))
    return "" if said == "ok" else str(said)
