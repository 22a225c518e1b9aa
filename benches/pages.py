"""How long the signed-in pages take: on the demonstration, and with a million scans.

    python benches/pages.py [--scans N] [--runs N] [--times N]

Every page is asked for by everybody who may open it, inside one process and without a network, so
that what is measured is the server's own time. Ends with 1 where a page's median is over LIMIT, or
where one does not open.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import click
import sqlalchemy as sa
from filling import Filling, Size
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from traceapp import build_app
from traceapp.demonstration import read_script, set_up
from traceapp.edge import Edge, open_edge, prepare, wall_clock
from traceapp.records.accounts import Account, Role
from traceapp.records.activations import Activation
from traceapp.records.alerts import Alert
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import CompromisedKey
from traceapp.records.corrections import Correction
from traceapp.records.facilities import Facility
from traceapp.records.holds import Hold
from traceapp.records.parties import Party
from traceapp.records.pictures import Picture
from traceapp.records.products import Product
from traceapp.records.recalls import Recall
from traceapp.records.scans import Scan, StampTotal
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.authority import RULES
from traceapp.services.people.signing_in import begin_sign_in
from traceapp.settings import Settings
from traceapp.web import ROUTES
from traceapp.web.routing import Route
from traceapp.web.sessions import cookie_name

LIMIT = 150  # milliseconds of server time that a page may take
TIMES = 20

# The table of each number that an address may hold. Its newest row is asked for.
TABLES: dict[str, Any] = {
    "account_id": Account,
    "alert_id": Alert,
    "activation_id": Activation,
    "batch_id": Batch,
    "compromised_key_id": CompromisedKey,
    "correction_id": Correction,
    "facility_id": Facility,
    "hold_id": Hold,
    "party_id": Party,
    "picture_id": Picture,
    "product_id": Product,
    "recall_id": Recall,
    "request_id": StampRequest,
    "run_id": StampRun,
    "void_id": Void,
}
OF_RUN = (Activation, Void)  # Their party is their run's.

# What is no page, and takes as long as there is of it.
FILES = frozenset(
    {
        "producer.labels",
        "producer.picture",
        "officer.picture_seen",
        "officer.scans_csv",
        "officer.scans_xlsx",
    }
)


@dataclass(frozen=True)
class Asked:
    """One address, asked for by one role."""

    role: Role
    address: str


@dataclass(frozen=True)
class Took:
    """Milliseconds that one page took, and the worst status of its answers.

    `busy` is the median of the processor's time: far below `middle`, others used the machine too.
    """

    middle: float
    worst: float
    busy: float
    status: int


@dataclass
class Installation:
    """An installation under measure, and who is signed in to it."""

    edge: Edge
    now: datetime

    def people(self) -> Iterator[tuple[Account, FlaskClient]]:
        """One person of each role, signed in. Of producers, the first."""
        app = build_app(self.edge)
        for role in Role:
            with self.edge.database.writing() as session:
                account = session.scalars(
                    sa.select(Account)
                    .where(Account.role == role, Account.demonstration)
                    .order_by(Account.id)
                ).first()
                assert account is not None, f"the demonstration has no {role}"
                text = begin_sign_in(session, account.id, timedelta(hours=9), self.now)
            client = app.test_client()
            client.set_cookie(cookie_name(self.edge.settings), text)
            yield account, client

    def addresses(self, account: Account) -> Iterator[str]:
        """Every page that a person may open, with numbers of what is hers to see."""
        with self.edge.database.reading() as session:
            for route in ROUTES:
                may = route.audience.roles & RULES[route.act]
                if route.method != "GET" or account.role not in may or route.endpoint in FILES:
                    continue
                path = self._path(session, route, account)
                if path is None:
                    continue
                yield path
                for query in self._queries(session, route.endpoint):
                    yield f"{path}?{urlencode(query)}"

    def _path(self, session: Session, route: Route, account: Account) -> str | None:
        """The path of a page; None where nothing is there that it could be about."""
        path = route.audience.prefix + route.path
        for name in re.findall(r"<id:(\w+)>", path):
            found = self._number(session, TABLES[name], account)
            if found is None:
                return None
            path = path.replace(f"<id:{name}>", str(found))
        return path

    def _number(self, session: Session, table: Any, account: Account) -> int | None:
        """The newest row that the person may see."""
        query = sa.select(sa.func.max(table.id))
        if account.party_id is not None:
            if table is Party:
                return account.party_id
            if table in OF_RUN:
                query = query.join(StampRun, StampRun.id == table.run_id)
                query = query.where(StampRun.party_id == account.party_id)
            elif hasattr(table, "party_id"):
                query = query.where(table.party_id == account.party_id)
        return session.scalar(query)

    def _queries(self, session: Session, endpoint: str) -> list[Mapping[str, Any]]:
        """What else is asked of a page: searches, filters, long times."""
        product = session.scalar(sa.select(sa.func.max(Scan.product_id)))
        hot = session.scalar(sa.select(StampTotal.serial).order_by(StampTotal.looks.desc()))
        today = self.now.date()
        year = {"days": 365}
        asked: dict[str, list[Mapping[str, Any]]] = {
            "officer.search": [
                {"q": "nuoc mam"},
                {"q": "ba lang 12"},
                {"q": "lo-1"},
                {"q": str(hot)},
                {"q": "0912345678"},
                {"q": "zzz"},
            ],
            "officer.stamp": [{"serial": hot}],
            "officer.scans": [
                {"verdict": "registered"},
                {"verdict": "unknown"},
                {"verdict": "no_hidden_code"},
                {"agent": "preview"},
                {"agent": "staff"},
                {"agent": "staff", "verdict": "unknown"},
                {"kind": "hidden_code"},
                {"product_id": product},
                {"product_id": product, "verdict": "unknown"},
                {"product_id": product, "agent": "staff"},
                {"serial": hot},
                {"since": today - timedelta(days=200), "until": today - timedelta(days=190)},
            ],
            "officer.totals": [year, {**year, "product_id": product}],
            "producer.totals": [year],
        }
        return asked.get(endpoint, [])

    def measure(self, times: int) -> dict[Asked, Took]:
        """How long each page takes, asked for so many times one after the other."""
        took = {}
        for account, client in self.people():
            for address in list(self.addresses(account)):
                took[Asked(account.role, address)] = _time(client, address, times)
        return took


def _time(client: FlaskClient, address: str, times: int) -> Took:
    spent, busy, status = [], [], 0
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(address)
        answer.get_data()
        spent.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
        status = max(status, answer.status_code)
    return Took(median(spent), max(spent), median(busy), status)


def _install(folder: Path, now: datetime) -> Edge:
    """An installation with the demonstration's data."""
    settings = Settings(
        data_dir=folder,
        base_url="http://tem.example.vn",
        demo=True,
        rate_limit_enabled=False,
    )
    edge = open_edge(settings, clock=lambda: now)
    prepare(edge)
    set_up(edge, read_script(), now)
    return edge


def _report(name: str, took: Mapping[Asked, Took]) -> bool:
    """Print what each page took, the slowest first; true where all is well."""
    click.echo(f"\n{name}: median, worst and processor's median, in milliseconds of server time")
    well = True
    for asked, each in sorted(took.items(), key=lambda item: -item[1].middle):
        opened = each.status < 400
        fine = opened and each.middle <= LIMIT
        mark = " " if fine else "!"
        status = "" if opened else f"  did not open: {each.status}"
        click.echo(
            f"{mark} {each.middle:8.1f} {each.worst:8.1f} {each.busy:8.1f}  "
            f"{asked.role:8}  {asked.address}{status}"
        )
        well = well and fine
    return well


@click.command(help="How long the signed-in pages take.")
@click.option("--scans", default=Size.scans, show_default=True)
@click.option("--runs", default=Size.runs, show_default=True)
@click.option("--times", default=TIMES, show_default=True, help="How often each page is asked for.")
def main(scans: int, runs: int, times: int) -> None:
    logging.disable(logging.CRITICAL)  # A page that fails is told of once, by its status.
    now = wall_clock()
    well = True
    with TemporaryDirectory(prefix="traceapp-bench-") as folder:
        for name, size in (("demonstration", None), ("large", Size(scans=scans, runs=runs))):
            began = time.perf_counter()
            edge = _install(Path(folder) / name, now)
            if size is not None:
                Filling(edge, now, size).fill()
                name = f"{scans:,} scans and {runs:,} runs"
            click.echo(f"made {name} in {time.perf_counter() - began:.0f} s")
            well = _report(name, Installation(edge, now).measure(times)) and well
            edge.database.close()
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
