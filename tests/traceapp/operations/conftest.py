"""The service as strangers operate it: real processes over a real database, and what befalls them.

Nothing waits for luck: `until` waits for a condition, and fails with what was logged when the
condition does not come.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from traceapp.edge import wall_clock
from traceapp.settings import Settings

PATIENCE = 40  # seconds that a condition is waited for; on an idle machine it takes a fraction
STOPS_WITHIN = 10  # seconds, which is what the service promises
PROGRAM = "from traceapp.cli import main; main()"


@dataclass(frozen=True)
class Answer:
    """What a client received, whole."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Running:
    """A server and its workers. What they said is in `log`."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    processes: list[psutil.Process] = field(default_factory=list)

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log's entries of a name."""
        lines = [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]
        return [each for each in lines if each.get("event") == name]

    def until(self, condition: Callable[[], Any], *, patience: float = PATIENCE) -> Any:
        """What the condition gives, once it gives something."""
        deadline = time.monotonic() + patience
        while True:
            if found := condition():
                return found
            assert time.monotonic() < deadline, f"waited in vain; log:\n{self.said()[-4000:]}"
            time.sleep(0.02)

    def ask(self, path: str, body: Any = None, **headers: str) -> Answer:
        """One request on a connection of its own. Raises OSError and HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            sent = None if body is None else json.dumps(body)
            kind = {} if body is None else {"Content-Type": "application/json"}
            connection.request("GET" if body is None else "POST", path, sent, kind | headers)
            return read_answer(connection)
        finally:
            connection.close()

    def look(self, path: str) -> Answer:
        return self.ask(path, Accept="application/json")

    def answers(self) -> bool:
        try:
            return self.ask("/").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def workers(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children()
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """Kill the server and its workers with no chance to say goodbye, and see them gone."""
        every = [psutil.Process(self.process.pid), *self.workers()] if self.lives() else []
        for each in every:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait(PATIENCE)
        psutil.wait_procs(every, PATIENCE)

    def lives(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> float:
        """Seconds from SIGTERM to the end, which must be a good one."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(3 * STOPS_WITHIN) == 0, self.said()
        return time.monotonic() - started


def read_answer(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    text = response.read().decode("utf-8", "replace")
    return Answer(response.status, dict(response.getheaders()), text)


def environment_of(settings: Settings, **given: str) -> dict[str, str]:
    """What makes a command find the installation of these settings, and nothing else."""
    own = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith("TRACEAPP_") and name not in ("HOST", "PORT")
    }
    return own | {
        "TRACEAPP_DATA_DIR": str(settings.data_dir),
        "TRACEAPP_DATABASE_URL": settings.url,
        "TRACEAPP_BASE_URL": settings.base_url,
        "TRACEAPP_DEMO": "true",
        "TRACEAPP_RATE_LIMIT_ENABLED": "false",
        "TRACEAPP_WORKERS": "2",
        **given,
    }


class Operator:
    """Runs commands and servers of one installation, each in a process of its own."""

    def __init__(self, world: Any, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.started: list[Running] = []

    def traceapp(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *map(str, arguments)],
            env=environment_of(self.world.edge.settings, **environment),
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
        )

    def refused(self, *arguments: object) -> str:
        """The one line of a command that must be refused."""
        done = self.traceapp(*arguments)
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1, done.stderr
        return done.stderr

    def serve(self, port: int | None = None, **environment: str) -> Running:
        """A server, which answers."""
        port = port or free_port()
        log = self.folder / f"log-{len(self.started)}"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "serve", "--port", str(port)],
                env=environment_of(self.world.edge.settings, **environment),
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        running = Running(process, port, log)
        self.started.append(running)
        running.until(lambda: not running.lives() or running.answers())
        assert running.lives(), running.said()
        return running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def operating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Any], Operator]]:
    """Makes the operator of a world, whose clock is everybody's. Servers end with the test."""
    made: list[Operator] = []

    def operate(world: Any) -> Operator:
        world.now = wall_clock()
        made.append(Operator(world, tmp_path_factory.mktemp("logs")))
        return made[-1]

    yield operate
    for operator in made:
        for running in operator.started:
            running.kill()


@pytest.fixture
def operator(world: Any, operating: Callable[[Any], Operator]) -> Operator:
    return operating(world)


@pytest.fixture
def whole(world: Any) -> Callable[..., bool]:
    """Whether the embedded database finds no fault with itself; PostgreSQL sees to that alone."""

    def check(of: Any = world) -> bool:
        database = of.edge.database
        if not database.embedded:
            return True
        with database.engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            strangers = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        return list(found) == ["ok"] and strangers == []

    return check
