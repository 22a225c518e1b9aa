"""The edge: what every face and command is given to do its work with.

A face reads the clock, the settings and the keys here once, opens one transaction, calls one
service, and renders after the commit.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from stamps import LabelDesign
from traceapp.database import Database
from traceapp.migrations import upgrade
from traceapp.records.compromised_keys import KeyPurpose
from traceapp.records.counter import HighWaterMark
from traceapp.records.key_files import KeyStore, KeyTrouble
from traceapp.records.late_looks import LateLooks
from traceapp.scan_writer import ScanWriter, Surroundings
from traceapp.services.preparing import begin
from traceapp.services.registry.correcting import Correcting
from traceapp.services.registry.product_kinds import ProductKinds, read_kinds
from traceapp.services.registry.provinces import Provinces, read_provinces
from traceapp.services.registry.reading_pictures import PictureRoom
from traceapp.services.runs.choosing_designs import read_label_designs
from traceapp.services.runs.drawing import DrawingRoom
from traceapp.services.runs.issuing import Issuing
from traceapp.services.runs.requesting import Allowance
from traceapp.services.runs.testing import Testing
from traceapp.services.runs.undoing import UndoLimits
from traceapp.services.scans.confirming import Confirming
from traceapp.services.scans.grounds import Grounds
from traceapp.services.scans.limiting_tries import TryLimits
from traceapp.services.scans.looks import Scanning
from traceapp.settings import CONFIG, Settings

__all__ = ["Edge", "KeyTrouble", "open_edge", "prepare", "wall_clock"]

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Edge:
    """One installation, opened: its settings, database, keys, product kinds and clock."""

    settings: Settings
    database: Database
    stamp_keys: KeyStore
    hidden_keys: KeyStore
    session_keys: KeyStore
    mark: HighWaterMark
    kinds: ProductKinds
    sheets: Mapping[str, LabelDesign]
    provinces: Provinces
    clock: Clock
    grounds: Grounds = field(default_factory=Grounds)

    @cached_property
    def scan_writer(self) -> ScanWriter:
        return ScanWriter(
            Surroundings(
                database=lambda: self.database,
                scanning=lambda: self.scanning,
                clock=lambda: self.clock(),
                late=LateLooks(self.settings.data_dir / "late-looks"),
            )
        )

    @property
    def allowance(self) -> Allowance:
        return Allowance(
            spoilage_percent=self.settings.spoilage_percent, roll_limit=self.settings.roll_limit
        )

    @property
    def scanning(self) -> Scanning:
        return Scanning(
            stamp_keys=self.stamp_keys.ring(),
            kinds=self.kinds,
            session_minutes=self.settings.session_minutes,
            forged_kept_per_hour=self.settings.forged_kept_per_hour,
            demonstration=self.settings.demonstration,
            grounds=self.grounds,
        )

    @property
    def try_limits(self) -> TryLimits:
        settings = self.settings
        return TryLimits(
            per_minute=settings.hidden_tries_per_minute,
            of_source=settings.wrong_codes_of_source,
            of_all=settings.wrong_codes_brake,
        )

    @property
    def confirming(self) -> Confirming:
        return Confirming(
            scanning=self.scanning,
            hidden_keys=self.hidden_keys.ring(),
            limits=self.try_limits,
        )

    @property
    def issuing(self) -> Issuing:
        return Issuing(
            stamp_keys=self.stamp_keys.ring(),
            hidden_keys=self.hidden_keys.ring(),
            mark=self.mark,
            origin=self.settings.base_url,
            demonstration=self.settings.demonstration,
            spoilage_percent=self.settings.spoilage_percent,
        )

    @property
    def testing(self) -> Testing:
        return Testing(issuing=self.issuing, per_day=self.settings.test_runs_per_day)

    @property
    def pictures(self) -> PictureRoom:
        megabytes = self.settings.picture_megabytes
        return PictureRoom(self.settings.data_dir.absolute() / "pictures", megabytes * 1_000_000)

    @property
    def correcting(self) -> Correcting:
        return Correcting(kinds=self.kinds, spoilage_percent=self.settings.spoilage_percent)

    @property
    def undo_limits(self) -> UndoLimits:
        settings = self.settings
        return UndoLimits(days=settings.undo_days, spoilage_percent=settings.spoilage_percent)

    @property
    def key_stores(self) -> Mapping[KeyPurpose, KeyStore]:
        return {KeyPurpose.STAMP: self.stamp_keys, KeyPurpose.HIDDEN: self.hidden_keys}

    @property
    def drawing(self) -> DrawingRoom:
        return DrawingRoom(
            stamp_keys=self.stamp_keys.ring(),
            hidden_keys=self.hidden_keys.ring(),
            sheets=self.sheets,
            hotline=self.settings.hotline,
        )


def open_edge(settings: Settings, clock: Clock = wall_clock) -> Edge:
    """Open an installation. Its folders, database and keys are made by `prepare`, never here."""
    folder = settings.data_dir / "keys"
    stamp_keys = KeyStore(folder / "stamp.keys", settings.stamp_keys.get_secret_value())
    hidden_keys = KeyStore(folder / "hidden.keys", settings.hidden_keys.get_secret_value())
    session_keys = KeyStore(folder / "session.keys", settings.session_keys.get_secret_value())
    return Edge(
        settings=settings,
        database=Database(settings.url),
        stamp_keys=stamp_keys,
        hidden_keys=hidden_keys,
        session_keys=session_keys,
        mark=HighWaterMark(settings.data_dir / "serials.highwater"),
        kinds=read_kinds(CONFIG / "product_kinds"),
        sheets=read_label_designs(),
        provinces=read_provinces(CONFIG / "provinces.toml"),
        clock=clock,
    )


def make_room(edge: Edge) -> None:
    """Make the data directory, and keep others out of it: it holds keys and what phones left.

    Another account's directory, and one that is shared by intent as /tmp is, keeps its mode.
    """
    folder = edge.settings.data_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.stat()
    if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)
    edge.database.make_room()


def prepare(edge: Edge) -> None:
    """Bring the database to this version, and begin what is new; see `services.preparing`."""
    make_room(edge)
    upgrade(edge.database)
    edge.session_keys.create()  # Lost ones cost a sign-in, and no stamp: they may be made anew.
    with edge.database.writing() as session:
        begin(session, edge.stamp_keys, edge.hidden_keys, edge.mark)
