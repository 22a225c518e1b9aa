"""Playing the script: every act and every look, in the order of time, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import Link, hidden_code, sign
from traceapp.demonstration.buyers import Code, Hidden, Visit, plan_visits
from traceapp.demonstration.changing import Changes
from traceapp.demonstration.script import (
    Act,
    Activation,
    CorrectionTold,
    HoldTold,
    PictureTold,
    Player,
    RecallTold,
    Request,
    Script,
    Thing,
    instant,
)
from traceapp.edge import Edge
from traceapp.records.accounts import Account
from traceapp.records.batches import Batch
from traceapp.records.counter import lock_counter
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.stamp_runs import StampRun
from traceapp.records.traces import TraceKey
from traceapp.services.authority import Actor
from traceapp.services.people.accounts import NewAccount, create_account
from traceapp.services.people.acting import actor_of_account
from traceapp.services.refusals import Conflict, Refusal
from traceapp.services.registry import deciding, registering
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.opening_batches import NewBatch, open_batch
from traceapp.services.registry.recalling import Closure, NewRecall, close_recall, open_recall
from traceapp.services.runs.activating import NewActivation, activate
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.reading_runs import RunTold
from traceapp.services.runs.requesting import NewStampRequest, reject_request, request_stamps
from traceapp.services.runs.voiding import NewVoid, void_stamps
from traceapp.services.scans.adding_up import add_up
from traceapp.services.scans.confirming import Confirming, HiddenAttempt, confirm
from traceapp.services.scans.looks import Look
from traceapp.services.scans.placing import name_place
from traceapp.services.scans.scanning import scan

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32

# A session forgets rows that nobody holds; these would be read again for each of the looks.
HELD = (Account, Party, Facility, Product, Batch, StampRun, TraceKey)

_REGISTER: dict[str, tuple[Any, Any, Any]] = {
    "parties": (registering.NewParty, registering.register_party, deciding.decide_party),
    "facilities": (
        registering.NewFacility,
        registering.register_facility,
        deciding.decide_facility,
    ),
    "products": (registering.NewProduct, registering.register_product, deciding.decide_product),
}


class NotEmpty(Conflict):
    """This installation holds data that is not the demonstration's."""

    def __init__(self) -> None:
        super().__init__(
            "not_empty",
            "This installation holds real data; demonstration data needs an empty one.",
        )


def set_up(edge: Edge, script: Script, now: datetime) -> None:
    """Turn demonstration mode on and play the script, in an installation without parties.

    All of it is one transaction: what was interrupted leaves nothing but the mode, and is done
    again from the start. Raises NotEmpty where there are parties, and Refusal, without turning the
    mode on, where an act is refused, as for an account's address that is taken.
    """
    with edge.database.writing() as session:
        # Two that start together wait for each other here; the second finds the parties.
        lock_counter(session)
        if session.scalar(sa.select(Party.id).limit(1)) is not None:
            raise NotEmpty
        mark = edge.settings.demonstration_mark
        marked = mark.exists()
        # Before the first run is issued, which remembers that it is a demonstration's.
        mark.touch(mode=0o600)
        try:
            _Stage(edge, session, script, now).play()
        except Refusal:
            if not marked:
                mark.unlink()
            raise
    while True:
        with edge.database.writing() as session:
            if not add_up(session, now):
                return


def other_letter(code: str, place: int = -1) -> str:
    """A code with one letter changed, so that it is well-formed and somebody else's."""
    letters = list(code)
    letters[place] = ALPHABET[(ALPHABET.index(letters[place]) + 1) % len(ALPHABET)]
    return "".join(letters)


@dataclass
class _Stage:
    """The play under way: what was made so far, by the keys of the script."""

    edge: Edge
    session: Session
    script: Script
    now: datetime
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    runs: dict[str, RunTold] = field(default_factory=dict)
    held: set[Any] = field(default_factory=set)

    def play(self) -> None:
        self.confirming: Confirming = self.edge.confirming
        self.changes = Changes(self.edge, self.session)
        self.sign_in_names = {each.key: each.sign_in_name for each in self.script.accounts}
        for at, act in sorted(self._acts(), key=lambda step: step[0]):
            act(at)
            self.held |= {
                row for row in self.session.identity_map.values() if isinstance(row, HELD)
            }

    def _acts(self) -> list[tuple[datetime, Callable[[datetime], None]]]:
        """Every step with its moment. Sorting keeps the order of steps of one moment."""
        steps: list[tuple[str, Callable[[datetime], None]]] = []
        for player in self.script.accounts:
            steps.append((player.at, _bound(self._account, player)))
        for noun in _REGISTER:
            for thing in getattr(self.script, noun):
                steps.append((thing.at, _bound(self._register, noun, thing)))
                if thing.approved:
                    steps.append((thing.approved, _bound(self._approve, noun, thing)))
        for batch in self.script.batches:
            steps.append((batch.at, _bound(self._batch, batch)))
        for request in self.script.requests:
            steps += self._request_steps(request)
        for recall in self.script.recalls:
            steps.append((recall.at, _bound(self._recall, recall)))
            if recall.closed:
                steps.append((recall.closed, _bound(self._close, recall)))
        steps += self._change_steps()
        looks = [
            (visit.at, _bound(self._visit, visit)) for visit in plan_visits(self.script, self.now)
        ]
        return [(instant(at, self.now), act) for at, act in steps] + looks

    def _change_steps(self) -> list[tuple[str, Callable[[datetime], None]]]:
        steps: list[tuple[str, Callable[[datetime], None]]] = []
        for picture in self.script.pictures:
            steps.append((picture.at, _bound(self._picture, picture)))
        for correction in self.script.corrections:
            steps.append((correction.at, _bound(self._correct, correction)))
            if correction.approved:
                steps.append((correction.approved, _bound(self._make_correction, correction)))
        for hold in self.script.holds:
            steps.append((hold.at, _bound(self._hold, hold)))
        return steps

    def _request_steps(self, request: Request) -> list[tuple[str, Callable[[datetime], None]]]:
        steps = [(request.at, _bound(self._ask, request))]
        if request.approved:
            steps.append((request.approved, _bound(self._issue, request)))
        if request.rejected:
            steps.append((request.rejected, _bound(self._refuse, request)))
        steps += [(each.at, _bound(self._void, request, each)) for each in request.voids]
        steps += [(each.at, _bound(self._activate, request, each)) for each in request.activations]
        return steps

    def _actor(self, key: str) -> Actor:
        return actor_of_account(self.session, self.sign_in_names[key], demonstration=True)

    @property
    def _officer(self) -> Actor:
        return self._actor(self.script.officer.key)

    def _fields(self, told: Any) -> dict[str, Any]:
        """The body's fields; the keys of other tables become ids."""
        fields: dict[str, Any] = told.fields(self.now)
        for name, noun in (
            ("party", "parties"),
            ("product", "products"),
            ("facility", "facilities"),
            ("batch", "batches"),
        ):
            if name in fields:
                fields[f"{name}_id"] = self.ids[noun, fields.pop(name)]
        return fields

    def _account(self, player: Player, at: datetime) -> None:
        party_id = None if player.party is None else self.ids["parties", player.party]
        new = NewAccount(
            sign_in_name=player.sign_in_name,
            name=player.name,
            role=player.role,
            password=player.password,
            party_id=party_id,
            demonstration=True,
        )
        create_account(self.session, new, at)

    def _register(self, noun: str, thing: Thing, at: datetime) -> None:
        body, register, _ = _REGISTER[noun]
        new = body.model_validate(self._fields(thing))
        kinds = (self.edge.kinds,) if noun == "products" else ()
        told = register(self.session, self._actor(thing.by), new, *kinds, at)
        self.ids[noun, thing.key] = told.id

    def _approve(self, noun: str, thing: Thing, at: datetime) -> None:
        decide = _REGISTER[noun][2]
        decide(self.session, self._officer, self.ids[noun, thing.key], None, at)

    def _batch(self, batch: Thing, at: datetime) -> None:
        fields = self._fields(batch)
        produced = datetime.fromisoformat(fields["produced_at"])
        fields["lot"] = fields["lot"].format(date=f"{produced:%y%m%d}")
        new = NewBatch.model_validate(fields)
        told = open_batch(self.session, self._actor(batch.by), new, self.edge.kinds, at)
        self.ids["batches", batch.key] = told.id

    def _ask(self, request: Request, at: datetime) -> None:
        new = NewStampRequest.model_validate(self._fields(request))
        actor = self._actor(request.by)
        told = request_stamps(self.session, actor, new, self.edge.allowance, at)
        self.ids["requests", request.key] = told.id

    def _issue(self, request: Request, at: datetime) -> None:
        request_id = self.ids["requests", request.key]
        issuing = self.edge.issuing
        told = approve_request(self.session, self._officer, request_id, issuing, at)
        self.runs[request.key] = told.run

    def _refuse(self, request: Request, at: datetime) -> None:
        assert request.reason is not None
        rejection = Rejection(reason=request.reason)
        request_id = self.ids["requests", request.key]
        reject_request(self.session, self._officer, request_id, rejection, at)

    def _range(self, request: Request, act: Act) -> dict[str, int]:
        first = self.runs[request.key].first_serial
        return {"first_serial": first + act.first - 1, "last_serial": first + act.last - 1}

    def _activate(self, request: Request, act: Activation, at: datetime) -> None:
        batch_id = None if act.batch is None else self.ids["batches", act.batch]
        new = NewActivation(
            **self._range(request, act), batch_id=batch_id, destination=act.destination
        )
        run_id, percent = self.runs[request.key].id, self.edge.settings.spoilage_percent
        activate(self.session, self._actor(request.by), run_id, new, percent, at)

    def _void(self, request: Request, act: Act, at: datetime) -> None:
        new = NewVoid.model_validate({**self._range(request, act), **(act.model_extra or {})})
        void_stamps(self.session, self._actor(request.by), self.runs[request.key].id, new, at)

    def _recall(self, recall: RecallTold, at: datetime) -> None:
        batch_ids = [self.ids["batches", each] for each in recall.batches]
        new = NewRecall.model_validate({**self._fields(recall), "batch_ids": batch_ids})
        self.ids["recalls", recall.key] = open_recall(self.session, self._officer, new, at).id

    def _close(self, recall: RecallTold, at: datetime) -> None:
        assert recall.outcome is not None and recall.closure_reason is not None
        closure = Closure(outcome=recall.outcome, reason=recall.closure_reason)
        close_recall(self.session, self._officer, self.ids["recalls", recall.key], closure, at)

    def _picture(self, picture: PictureTold, at: datetime) -> None:
        product_id = self.ids["products", picture.product]
        self.changes.add_picture(self._actor(picture.by), product_id, picture, at)

    def _correct(self, correction: CorrectionTold, at: datetime) -> None:
        noun = "products" if correction.batch is None else "batches"
        subject_id = self.ids[noun, correction.batch or correction.product or ""]
        actor = self._actor(correction.by)
        made = self.changes.correct(actor, subject_id, correction, at)
        self.ids["corrections", correction.key] = made

    def _make_correction(self, correction: CorrectionTold, at: datetime) -> None:
        self.changes.approve(self._officer, self.ids["corrections", correction.key], at)

    def _hold(self, hold: HoldTold, at: datetime) -> None:
        self.changes.hold(self._actor(hold.by), self.ids["batches", hold.batch], hold, at)

    def _visit(self, visit: Visit, at: datetime) -> None:
        run = self.runs[visit.request]
        serial = run.first_serial + visit.stamp - 1
        link = Link.printed(run.origin, run.link_form, run.gtin, run.lot)
        look = Look(
            text=self._text(visit, run, serial),
            phone=visit.phone.id,
            source=visit.phone.source,
            fresh=visit.fresh,
            gtin=link.gtin,
            lot=link.lot,
            typed=visit.typed,
            agent=visit.agent,
        )
        if visit.hidden is None:
            answer = scan(self.session, look, self.confirming.scanning, at)
            if visit.province is not None and answer.scan_id is not None:
                provinces = self.edge.provinces
                name_place(self.session, answer.scan_id, visit.province, provinces, at)
            return
        hidden = hidden_code(self.confirming.hidden_keys.newest, serial)
        if visit.hidden is Hidden.WRONG:
            hidden = other_letter(hidden, place=3)
        confirm(self.session, HiddenAttempt(look, hidden), self.confirming, at)

    def _text(self, visit: Visit, run: RunTold, serial: int) -> str:
        if visit.code is Code.NONE:
            return "TEM-NAY-KHONG-DOC-DUOC"
        key = self.confirming.scanning.stamp_keys.newest
        code = sign(key, serial)
        return other_letter(code) if visit.code is Code.FORGED else code


def _bound(act: Callable[..., None], *told: Any) -> Callable[[datetime], None]:
    return lambda at: act(*told, at)
