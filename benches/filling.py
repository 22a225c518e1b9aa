"""An installation that has been in use for years: the demonstration's cast, and very much more.

Rows are inserted as they are and not by the services, which would take hours over a million looks.
What the database itself refuses, it refuses here too.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from looking import Looks

from stamps import BLOCK
from traceapp.database import Base
from traceapp.edge import Edge
from traceapp.records.accounts import Account, Role
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.corrections import Correction
from traceapp.records.facilities import Facility
from traceapp.records.folding import fold
from traceapp.records.holds import Hold
from traceapp.records.notices import Notice
from traceapp.records.parties import Party
from traceapp.records.pictures import Picture
from traceapp.records.products import Product
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void

AT_ONCE = 10_000  # rows in one statement

NAMES = ("Nước mắm", "Nem chua", "Mắm tôm", "Nước mắm cốt", "Nem nướng")
PLACES = ("Ba Làng", "Du Xuyên", "Khúc Phụ", "Cự Nham", "Hậu Lộc", "Hải Thanh")


@dataclass(frozen=True)
class Size:
    """How much there is. The last runs are rolls."""

    scans: int = 1_000_000
    runs: int = 10_000
    batches: int = 1_000
    products: int = 50
    parties: int = 20
    days: int = 365
    waiting: int = 300


@dataclass
class Filling:
    """What is inserted, in the order in which rows point at each other."""

    edge: Edge
    now: datetime
    size: Size = field(default_factory=Size)

    def fill(self) -> None:
        """Insert it all, in one transaction."""
        # Not for secrets: the same data each time, so that two measurements can be compared.
        self.chance = random.Random(3)  # noqa: S311
        engine = self.edge.database.engine.execution_options(writing=True)
        with engine.begin() as connection:
            self.connection = connection
            self.officer = connection.scalar(
                sa.select(Account.id).where(Account.role == Role.OFFICER, Account.demonstration)
            )
            self.producer, self.own_party = connection.execute(
                sa.select(Account.id, Account.party_id)
                .where(Account.party_id.is_not(None))
                .order_by(Account.id)
            ).first() or (self.officer, None)
            self._things()
            self._runs()
            Looks(self).fill()
            self._waiting()
            self._begin_after()

    def _begin_after(self) -> None:
        """On PostgreSQL, let new rows be numbered after those that brought their numbers along."""
        if self.edge.database.embedded:
            return
        for table in Base.metadata.sorted_tables:
            if "id" in table.c and table.c.id.autoincrement is not False:
                sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                newest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
                self.connection.execute(sa.select(sa.func.setval(sequence, newest)))

    def put(self, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
        every = iter(rows)
        while chunk := list(islice(every, AT_ONCE)):
            self.connection.execute(sa.insert(table), chunk)

    def after(self, table: Any) -> int:
        """The first id that is free."""
        return int(self.connection.scalar(sa.select(sa.func.max(table.id))) or 0) + 1

    def _decided(self, at: datetime, state: str = "approved") -> dict[str, Any]:
        done = state != "submitted"
        return {
            "state": state,
            "created_by": self.officer,
            "created_at": at,
            "decided_by": self.officer if done else None,
            "decided_at": at if done else None,
            "decision_reason": "Thiếu giấy tờ" if state == "rejected" else None,
        }

    def _things(self) -> None:
        began = self.now - timedelta(days=self.size.days + 30)
        first = self.after(Party)
        # The demonstration's producer owns the first share, so that her pages are full too.
        self.parties = [self.own_party, *range(first, first + self.size.parties - 1)]
        self.put(
            Party,
            (
                {
                    "id": each,
                    "kind": "household",
                    "name": f"Hộ {PLACES[each % 6]} {each}",
                    "address": f"Thôn {each}, Thanh Hóa",
                    "phone": f"09{each:08}",
                    "folded": fold(f"Hộ {PLACES[each % 6]} {each} Thôn {each}, Thanh Hóa"),
                    **self._decided(began),
                }
                for each in self.parties[1:]
            ),
        )
        place = self.after(Facility)
        self.facilities = {party: place + n for n, party in enumerate(self.parties)}
        self.put(
            Facility,
            (
                {
                    "id": each,
                    "party_id": party,
                    "name": f"Nhà ủ {each}",
                    "address": f"Thôn {each}",
                    "folded": fold(f"Nhà ủ {each} Thôn {each}"),
                    **self._decided(began),
                }
                for party, each in self.facilities.items()
            ),
        )
        first = self.after(Product)
        self.products = {
            first + n: self.parties[n % len(self.parties)] for n in range(self.size.products)
        }
        self.put(Product, (self._product(each, began) for each in self.products))
        first = self.after(Batch)
        products = list(self.products)
        self.batches = {first + n: products[n % len(products)] for n in range(self.size.batches)}
        self.put(Batch, (self._batch(each, began) for each in self.batches))

    def _product(self, each: int, at: datetime) -> dict[str, Any]:
        name = f"{NAMES[each % 5]} {PLACES[each % 6]} {each}"
        return {
            "id": each,
            "party_id": self.products[each],
            "kind": "fish_sauce",
            "name": name,
            "net_content": "500 ml",
            "folded": fold(name),
            **self._decided(at),
        }

    def _batch(self, each: int, at: datetime) -> dict[str, Any]:
        product = self.batches[each]
        party = self.products[product]
        return {
            "id": each,
            "product_id": product,
            "facility_id": self.facilities[party],
            "party_id": party,
            "lot": f"LO-{each}",
            "lot_folded": f"lo-{each}",
            "folded": f"lo-{each}",
            "produced_at": at,
            "expires_at": self.now + timedelta(days=each % 700),
            "expiries": [],
            "quantity": 100_000,
            "attributes": {},
            "created_by": self.officer,
            "created_at": at,
        }

    def _runs(self) -> None:
        began = self.now - timedelta(days=self.size.days + 20)
        request, run = self.after(StampRequest), self.after(StampRun)
        top = self.connection.scalar(sa.select(sa.func.max(StampRun.last_serial))) or 0
        block = top // BLOCK + 1
        batches = list(self.batches)
        self.runs: list[tuple[int, int, int, int]] = []  # run, product, batch, first serial
        requests, rows = [], []
        for n in range(self.size.runs):
            batch = batches[n % len(batches)]
            product = self.batches[batch]
            party, first = self.products[product], (block + n) * BLOCK
            shared = {
                "party_id": party,
                "product_id": product,
                "batch_id": batch,
                "quantity": 1000,
                "link_form": "short",
            }
            at = began + timedelta(minutes=n)
            requests.append({**shared, "id": request + n, "hidden_code": True, **self._decided(at)})
            rows.append(
                {
                    **shared,
                    "id": run + n,
                    "request_id": request + n,
                    "first_serial": first,
                    "last_serial": first + 999,
                    "key_id": self.edge.stamp_keys.ring().newest.id,
                    "hidden_key_id": self.edge.hidden_keys.ring().newest.id,
                    "origin": self.edge.settings.base_url,
                    "demonstration": True,
                    "created_by": self.officer,
                    "created_at": at,
                }
            )
            self.runs.append((run + n, product, batch, first))
        self.put(StampRequest, requests)
        self.put(StampRun, rows)
        active = [each for n, each in enumerate(self.runs) if n % 10]
        self.put(Activation, (self._range(each, 0, 899) | {"batch_id": each[2]} for each in active))
        self.put(
            Void, (self._range(each, 890, 899) | {"reason": "damaged"} for each in active[::5])
        )

    def _range(self, run: tuple[int, int, int, int], first: int, last: int) -> dict[str, Any]:
        return {
            "run_id": run[0],
            "run_first": run[3],
            "run_last": run[3] + 999,
            "first_serial": run[3] + first,
            "last_serial": run[3] + last,
            "created_by": self.officer,
            "created_at": self.now - timedelta(days=self.size.days + 1),
        }

    def _waiting(self) -> None:
        """What waits for people: at the officer's desk, and at the producer's own."""
        since = self.now - timedelta(days=3)
        request = self.after(StampRequest)
        products = list(self.products)[1 : 1 + self.size.waiting // 10]
        self.put(
            StampRequest,
            (
                {
                    "id": request + n,
                    "party_id": self.products[product],
                    "product_id": product,
                    "quantity": 500,
                    "link_form": "short",
                    "hidden_code": False,
                    **self._decided(since + timedelta(minutes=n), "submitted"),
                }
                for n in range(self.size.waiting)
                for product in [list(self.products)[n % len(self.products)]]
            ),
        )
        self.put(Correction, (self._correction(product, since) for product in products))
        self.put(Picture, (self._picture(product, since) for product in products))
        held = list(self.batches)[: len(products)]
        made = {"created_by": self.officer, "created_at": since}
        self.put(Hold, ({"batch_id": each, "reason": "Nắp phồng", **made} for each in held))
        mine = [each for each in self.runs if self.products[each[1]] == self.own_party][:20]
        self.put(
            Notice,
            (
                {
                    "party_id": self.own_party,
                    "kind": "not_activated",
                    "run_id": run,
                    "serial": first,
                    "looks": 3,
                    "first_at": since,
                    "last_at": since,
                }
                for run, _, _, first in mine
            ),
        )

    def _correction(self, product: int, at: datetime) -> dict[str, Any]:
        return {
            "noun": "product",
            "subject_id": product,
            "party_id": self.products[product],
            "before": {"storage": None},
            "after": {"storage": "Nơi mát"},
            "public": False,
            **self._decided(at, "submitted"),
        }

    def _picture(self, product: int, at: datetime) -> dict[str, Any]:
        return {
            "product_id": product,
            "party_id": self.products[product],
            "digest": f"{product:064x}",
            "width": 1080,
            "height": 810,
            "position": 0,
            **self._decided(at, "submitted"),
        }
