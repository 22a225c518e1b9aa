"""The edge: what every face and command is given to do its work with.

A face reads the clock, the settings and the keys here once, opens one transaction, calls one
service, and renders after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stamps import Sheet
from traceapp.database import Database
from traceapp.migrations import upgrade
from traceapp.records.counter import HighWaterMark
from traceapp.records.key_files import KeyStore
from traceapp.records.stamp_runs import highest_serial
from traceapp.services.confirming import Confirming
from traceapp.services.drawing import DrawingRoom, read_sheets
from traceapp.services.issuing import Issuing
from traceapp.services.product_kinds import ProductKinds, read_kinds
from traceapp.services.requesting import Allowance
from traceapp.services.scanning import Scanning
from traceapp.settings import CONFIG, Settings

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
    mark: HighWaterMark
    kinds: ProductKinds
    sheets: Mapping[str, Sheet]
    clock: Clock

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
        )

    @property
    def confirming(self) -> Confirming:
        return Confirming(
            scanning=self.scanning,
            hidden_keys=self.hidden_keys.ring(),
            tries_per_minute=self.settings.hidden_tries_per_minute,
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
    def drawing(self) -> DrawingRoom:
        return DrawingRoom(
            stamp_keys=self.stamp_keys.ring(),
            hidden_keys=self.hidden_keys.ring(),
            sheets=self.sheets,
            hotline=self.settings.hotline,
        )


def open_edge(settings: Settings, clock: Clock = wall_clock) -> Edge:
    """Open an installation. Its database and keys are made by `prepare`, never here."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = settings.data_dir / "keys"
    stamp_keys = KeyStore(folder / "stamp.keys", settings.stamp_keys.get_secret_value())
    hidden_keys = KeyStore(folder / "hidden.keys", settings.hidden_keys.get_secret_value())
    return Edge(
        settings=settings,
        database=Database(settings.url),
        stamp_keys=stamp_keys,
        hidden_keys=hidden_keys,
        mark=HighWaterMark(settings.data_dir / "serials.highwater"),
        kinds=read_kinds(CONFIG / "product_kinds"),
        sheets=read_sheets(CONFIG / "sheets.toml"),
        clock=clock,
    )


def prepare(edge: Edge) -> None:
    """Bring the database to this version, and make the first keys of a new installation.

    Keys are made only while no stamp was issued: a missing key file is never papered over by a
    new key, under which every printed stamp would read as forged. The high-water mark begins with
    the first keys: keys without a mark are a restored installation, whose counter nobody can
    vouch for.
    """
    upgrade(edge.database)
    with edge.database.reading() as session:
        new = highest_serial(session) < 0
    if new:
        if edge.stamp_keys.absent or edge.settings.stamp_keys.get_secret_value():
            edge.mark.raise_to(0)
        edge.stamp_keys.create()
        edge.hidden_keys.create()
