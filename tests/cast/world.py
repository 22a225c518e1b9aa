"""The fixed cast: a producer, her neighbour, an officer, an administrator, on a real database.

What a world makes, it makes through the services, with a clock that stands where the test puts it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from stamps import Link, LinkForm, hidden_code, sign
from traceapp import build_app
from traceapp.edge import Edge
from traceapp.records.accounts import Role
from traceapp.records.alerts import Alert, AlertKind, Cause, add_cause
from traceapp.records.recalls import Severity
from traceapp.records.redraw_leaves import RedrawReason
from traceapp.records.voids import VoidReason
from traceapp.services.authority import Actor
from traceapp.services.people import accounts, tokens
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
from traceapp.services.runs.granting_leaves import NewRedrawLeave, RedrawLeaveTold, ask_redraw
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.reading_runs import RunTold
from traceapp.services.runs.requesting import NewStampRequest, request_stamps
from traceapp.services.runs.testing import NewTestRun, make_test_run
from traceapp.services.runs.voiding import NewVoid, VoidTold, void_stamps

NOON = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam
PASSWORD = "con cá vàng bơi"


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

    def test_labels(self, hidden_code: bool = True, gtin: str | None = None) -> Issued:
        """Ten test labels of the producer's, which she makes herself."""
        product = self.producer.product if gtin is None else self.product(gtin)
        assert product is not None
        new = NewTestRun(product_id=product.id, hidden_code=hidden_code)
        with self.writing() as session:
            actor, testing = self.producer.actor, self.edge.testing
            return Issued(self, make_test_run(session, actor, new, testing, self.now), None)

    def alert(self, issued: Issued | None = None) -> int:
        """An alert about a run of the producer's, as a look at one of its stamps raises it."""
        run = (issued or self.issue()).run
        cause = Cause(AlertKind.WRONG_KEY, run.first_serial, run.id, run.party_id)
        with self.writing() as session:
            add_cause(session, cause, self.now)
            return int(session.execute(sa.select(sa.func.max(Alert.id))).scalar_one())

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

    def leave(
        self, first: int = 0, last: int | None = None, hidden_codes: bool = True
    ) -> RedrawLeaveTold:
        """An officer's leave to draw labels of stamps in use again."""
        with self.world.writing() as session:
            new = NewRedrawLeave(
                first_serial=self.serial(first),
                last_serial=self._last(last),
                reason=RedrawReason.DAMAGED,
                hidden_codes=hidden_codes,
            )
            asks = (session, self.world.officer.actor, self.run.id)
            return ask_redraw(*asks, new, self.world.edge.settings.redraw_days, self.world.now)

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
