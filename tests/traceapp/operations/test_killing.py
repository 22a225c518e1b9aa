"""kill -9 and SIGTERM while many people use the service: what was answered is kept."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import sqlalchemy as sa

from traceapp.records.accounts import SignIn
from traceapp.records.activations import Activation
from traceapp.records.redemptions import Redemption
from traceapp.records.scans import Scan, ScanKind
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun
from traceapp.services.people.tokens import digest_of

STOPS_WITHIN = 10  # seconds, which is what the service promises
LOOKED_AT = 40  # stamps that people only look at
PROVEN = 1000  # stamps whose hidden code is tried, each once
SIGN_INS = 80  # from one address within the window, fewer than what is too many


class NotAnswered(Exception):
    """A request to which no whole answer came."""


@dataclass
class Client(threading.Thread):
    """Somebody who asks on, until told to stop. `answered` is what she received whole.

    `unanswered` counts requests that had been sent whole and got no answer.
    """

    crowd: Crowd
    work: Callable[[Client], Any]
    keeps_alive: bool = True
    answered: list[Any] = field(default_factory=list)
    unanswered: int = 0
    broke: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._connection: http.client.HTTPConnection | None = None

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            self.work(self)
        except NotAnswered:
            pass
        except BaseException as error:  # noqa: BLE001  (the test looks at it)
            self.broke = error

    @property
    def wanted(self) -> bool:
        return not self.crowd.over.is_set()

    def ask(self, path: str, body: str = "", **headers: str) -> tuple[int, Any, str]:
        """One request, once. Raises NotAnswered."""
        sent = False
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self.crowd.port, timeout=30
                )
            self._connection.request("POST" if body else "GET", path, body or None, headers)
            sent = True
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.unanswered += sent
            self.hang_up()
            raise NotAnswered from error
        if not self.keeps_alive or response.will_close:
            self.hang_up()
        return response.status, response.headers, text

    def insist(self, path: str, body: str = "", **headers: str) -> tuple[int, Any, str]:
        """One request, sent again until it is answered. Raises NotAnswered when all is over."""
        while True:
            try:
                return self.ask(path, body, **headers)
            except NotAnswered:
                if self.crowd.over.wait(0.02):
                    raise

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


@dataclass
class Crowd:
    """Many clients of one server."""

    port: int
    clients: list[Client] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def add(self, work: Callable[[Client], Any], **how: Any) -> None:
        client = Client(self, work, **how)
        self.clients.append(client)
        client.start()

    def answers(self) -> list[int]:
        for client in self.clients:
            assert client.broke is None, client.broke
        return [len(client.answered) for client in self.clients]

    def has_more_than(self, before: list[int], more: int) -> bool:
        return all(
            now >= then + more or not client.is_alive()
            for client, now, then in zip(self.clients, self.answers(), before, strict=True)
        )

    def end(self) -> None:
        self.over.set()
        for client in self.clients:
            client.join(60)
            assert not client.is_alive()
            client.hang_up()
        self.answers()


@dataclass
class Load:
    """What the crowd does, and whether all of it that was answered is kept."""

    world: Any
    operator: Any
    crowd: Crowd
    issued: Any
    proven: Any
    asked: Any

    def begin(self) -> None:
        for n in range(4):
            self.crowd.add(self._look, keeps_alive=n % 2 == 0)
        for n in range(2):
            serials = iter(range(n, PROVEN, 2))
            self.crowd.add(lambda client, serials=serials: self._prove(client, serials))
        for _ in range(2):
            self.crowd.add(self._act)
        self.crowd.add(self._sign_in)

    def _look(self, client: Client) -> None:
        codes = cycle([(self.issued.serial(n), self.issued.link_path(n)) for n in range(LOOKED_AT)])
        while client.wanted:
            serial, path = next(codes)
            try:
                status, _, text = client.ask(path, Accept="application/json")
            except NotAnswered:
                client.crowd.over.wait(0.02)
                continue
            told = json.loads(text)
            assert told["verdict"] in ("registered", "unchecked"), text
            if status == 200:
                client.answered.append((serial, told["verdict"]))

    def _prove(self, client: Client, stamps: Iterator[int]) -> None:
        for n in stamps:
            if not client.wanted:
                return
            body = json.dumps({"hidden_code": self.proven.hidden(n), "nonce": uuid4().hex})
            told: dict[str, Any] = {"verdict": "unchecked"}
            while told["verdict"] == "unchecked":
                path = f"/S/{self.proven.code(n)}/hidden-code"
                _, _, text = client.insist(path, body, **{"Content-Type": "application/json"})
                told = json.loads(text)
            assert told["authentication"] == "first", text
            client.answered.append(self.proven.serial(n))

    def _act(self, client: Client) -> None:
        """Ask for stamps, approve them, put them to use: each once, however often it is sent."""
        for n in count():
            if not client.wanted:
                return
            note = f"{id(client)}-{n}"
            wish = {"product_id": self.asked.product_id, "batch_id": self.asked.id, "quantity": 1}
            request = self._post(client, "/stamp-requests", {**wish, "note": note})
            run = self._post(client, f"/stamp-requests/{request['id']}/approval", {})["run"]
            ends = {"first_serial": run["first_serial"], "last_serial": run["last_serial"]}
            done = self._post(client, f"/stamp-runs/{run['id']}/activations", ends)
            client.answered.append((note, request["id"], run["first_serial"], done["id"]))

    def _post(self, client: Client, path: str, body: Any) -> Any:
        headers = self.world.officer.headers | {
            "Content-Type": "application/json",
            "Idempotency-Key": uuid4().hex,
        }
        while True:
            status, _, text = client.insist(f"/api/v1{path}", json.dumps(body), **headers)
            told = json.loads(text)
            if status < 300:
                return told
            if told["code"] == "counter_not_trusted" and not self.world.edge.database.embedded:
                # A kill between the high-water mark and the commit looks like an older copy of
                # PostgreSQL's database: the README says what to do.
                assert self.operator.traceapp("counter", "advance").returncode == 0
            else:
                assert status == 503, text

    def _sign_in(self, client: Client) -> None:
        people = cycle(self.world.people.values())
        for person in (next(people) for _ in range(SIGN_INS)):
            if not client.wanted:
                return
            _, headers, page = client.insist("/sign-in")
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            assert token is not None
            form = {"csrf_token": token[1], "sign_in_name": person.email}
            status, headers, page = client.insist(
                "/sign-in",
                urlencode(form | {"password": person.password}),
                **{
                    "Cookie": _cookie(headers, "session"),
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
            if status != 503:
                assert status == 303, page
                client.answered.append(_cookie(headers, "sign_in"))

    def check(self) -> None:
        """All that was answered is kept; what was sent again was done once."""
        of_kind: dict[str, list[Any]] = {}
        for client in self.crowd.clients:
            of_kind.setdefault(client.work.__name__, []).extend(client.answered)
        with self.world.reading() as session:
            self._check_looks(session, of_kind["_look"])
            self._check_proofs(session, of_kind["<lambda>"])
            self._check_acts(session, of_kind["_act"])
            kept = set(session.scalars(sa.select(SignIn.digest)))
        assert {digest_of(text.partition("=")[2]) for text in of_kind["_sign_in"]} <= kept

    def _check_looks(self, session: Any, answered: list[Any]) -> None:
        query = sa.select(Scan.serial, Scan.verdict).where(Scan.kind == ScanKind.LOOK)
        kept = Counter(map(tuple, session.execute(query)))
        short = Counter(answered) - kept
        assert not short, f"answered and not in the log: {short}"

    def _check_proofs(self, session: Any, answered: list[int]) -> None:
        kept = set(session.scalars(sa.select(Redemption.serial)))
        assert set(answered) <= kept
        query = sa.select(Scan.serial).where(
            Scan.kind == ScanKind.HIDDEN_CODE, Scan.authentication == "first"
        )
        first = Counter(session.scalars(query))
        assert set(first) == kept and set(first.values()) == {1}

    def _check_acts(self, session: Any, answered: list[Any]) -> None:
        notes = Counter(session.scalars(sa.select(StampRequest.note)))
        runs = dict(
            tuple(row)
            for row in session.execute(sa.select(StampRun.request_id, StampRun.first_serial))
        )
        active = dict(
            tuple(row) for row in session.execute(sa.select(Activation.id, Activation.first_serial))
        )
        for note, request_id, first_serial, activation_id in answered:
            assert notes[note] == 1
            assert runs[request_id] == first_serial == active[activation_id]
        assert len(set(runs.values())) == len(runs)


def _cookie(headers: Any, name: str) -> str:
    """A cookie that came with an answer, as it is sent back."""
    found = [each for each in headers.get_all("Set-Cookie", []) if each.startswith(f"{name}=")]
    assert found, headers
    return str(found[0].partition(";")[0])


@pytest.fixture
def load(world: Any, operator: Any) -> Iterator[Load]:
    """A crowd at a server of two workers, everybody of whom got some answers already."""
    issued = world.issue(LOOKED_AT)
    proven = world.issue(PROVEN)
    asked = world.batch(quantity=100_000)
    running = operator.serve()
    load = Load(world, operator, Crowd(running.port), issued, proven, asked)
    load.begin()
    running.until(lambda: load.crowd.has_more_than([0] * len(load.crowd.clients), 2))
    yield load
    load.crowd.end()


@pytest.fixture
def running(operator: Any, load: Load) -> Any:
    return operator.started[0]


def test_a_killed_worker_takes_nothing_along_and_is_replaced(
    running: Any, load: Load, whole: Any
) -> None:
    for _ in range(2):
        before = load.crowd.answers()
        worker = running.until(running.workers)[0]
        os.kill(worker.pid, signal.SIGKILL)
        running.until(
            lambda gone=worker: len(running.workers()) == 2 and gone not in running.workers()
        )
        running.until(lambda then=before: load.crowd.has_more_than(then, 2))
    load.crowd.end()
    load.check()
    assert whole()


def test_a_killed_server_starts_again_with_all_that_it_answered(
    operator: Any, running: Any, load: Load, whole: Any
) -> None:
    running.kill()
    load.check()
    before = load.crowd.answers()
    again = operator.serve(port=running.port)
    again.until(lambda: load.crowd.has_more_than(before, 2))
    load.crowd.end()
    load.check()
    assert whole()


def test_a_server_that_is_stopped_answers_what_it_was_asked(
    running: Any, load: Load, whole: Any
) -> None:
    assert running.stop() < STOPS_WITHIN
    load.crowd.end()
    assert sum(client.unanswered for client in load.crowd.clients) == 0
    load.check()
    assert whole()
