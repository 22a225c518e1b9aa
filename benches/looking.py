"""A year's looks at the stamps of a filling: who looked, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from traceapp.database import Base
from traceapp.records.scan_days import Place
from traceapp.records.scans import LookCount, Scan, StampTotal

if TYPE_CHECKING:
    from filling import Filling

# How often each verdict is answered, of 10,000 looks.
VERDICTS = {
    "registered": 8270,
    "authenticated": 600,
    "already_authenticated": 300,
    "not_activated": 300,
    "expired": 200,
    "recalled": 120,
    "void": 100,
    "wrong_hidden_code": 50,
    "suspicious": 40,
    "forged": 17,
    "no_hidden_code": 2,
    "unknown": 1,
}
HIDDEN = {
    "authenticated": "first",
    "already_authenticated": "before",
    "wrong_hidden_code": "wrong",
    "no_hidden_code": "none",
}
PROVINCES = ("thanh-hoa", "ha-noi", "nghe-an", "hai-phong", "da-nang", "can-tho")


@dataclass
class Looks:
    """The looks at the runs of a filling."""

    of: Filling

    def fill(self) -> None:
        """Indexes are dropped and made again: a million rows enter them faster all at once."""
        indexes = [each for each in Base.metadata.tables["scans"].indexes if each.name is not None]
        for index in indexes:
            index.drop(self.of.connection)
        began = self.of.now - timedelta(days=self.of.size.days)
        step = timedelta(days=self.of.size.days) / self.of.size.scans
        first = self.of.after(Scan)
        totals: dict[int, list[Any]] = {}
        places: list[dict[str, Any]] = []
        verdicts = self.of.chance.choices(
            list(VERDICTS), weights=list(VERDICTS.values()), k=self.of.size.scans
        )

        def rows() -> Iterable[dict[str, Any]]:
            for n, verdict in enumerate(verdicts):
                row = self._look(first + n, began + n * step, verdict)
                if row["run_id"] is not None:
                    total = totals.setdefault(row["serial"], [0, row["at"], row["at"]])
                    total[0], total[2] = total[0] + 1, row["at"]
                    if n % 20 == 0 and row["agent"] == "person":
                        places.append(self._place(row))
                yield row

        self.of.put(Scan, rows())
        for index in indexes:
            index.create(self.of.connection)
        self.of.put(Place, places)
        self.of.put(
            StampTotal,
            (
                {"serial": serial, "looks": n, "sessions": n, "first_at": since, "last_at": last}
                for serial, (n, since, last) in totals.items()
            ),
        )
        counted = set(self.of.connection.scalars(sa.select(LookCount.minute)))
        minutes = {
            (began + timedelta(hours=3 * n)).replace(second=0, microsecond=0)
            for n in range(8 * self.of.size.days)
        }
        self.of.put(
            LookCount,
            (
                {"minute": minute, "verdict": "malformed", "looks": 5}
                for minute in sorted(minutes - counted)
            ),
        )

    def _look(self, scan_id: int, at: datetime, verdict: str) -> dict[str, Any]:
        chance = self.of.chance.random()
        if chance < 0.02:
            run, product, batch, serial = self.of.runs[1]  # One stamp that everybody looks at.
        else:
            run, product, batch, serial = self.of.runs[int(len(self.of.runs) * chance)]
            serial += int(900 * self.of.chance.random() ** 3)
        issued = verdict not in ("forged", "unknown")
        agent = "staff" if scan_id % 1000 == 0 else "preview" if scan_id % 15 == 0 else "person"
        return {
            "id": scan_id,
            "at": at,
            "kind": "hidden_code" if verdict in HIDDEN else "look",
            "agent": agent,
            "typed": scan_id % 50 == 0,
            "serial": serial,
            "verdict": verdict,
            "authentication": HIDDEN.get(verdict),
            "reasons": "" if verdict == "registered" else verdict,
            "run_id": run if issued else None,
            "product_id": product if issued else None,
            "batch_id": batch if issued else None,
            "link_gtin": None,
            "link_lot": None,
        }

    def _place(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "scan_id": row["id"],
            "at": row["at"],
            "serial": row["serial"],
            "product_id": row["product_id"],
            "province": self.of.chance.choice(PROVINCES),
        }
