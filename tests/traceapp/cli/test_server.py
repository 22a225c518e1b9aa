"""`serve`: the production server in a process of its own, from its start to SIGTERM."""

from __future__ import annotations

import csv
import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config

from traceapp.serving import JsonLogger, hide_stamps

CODE = "01TVSMAHHXGX2CC5MTKK"
STOPS_WITHIN = 10  # seconds


@dataclass
class Running:
    """A server's process. What it said is in `log` once it has stopped."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        answer = response.status, dict(response.getheaders()), response.read().decode()
        connection.close()
        return answer

    def wait_until(self, ready: Any) -> None:
        deadline = time.monotonic() + 30
        while not ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def answers(self) -> bool:
        try:
            return self.ask("/")[0] == 200
        except OSError:
            return False

    def stop(self) -> float:
        """Seconds from SIGTERM to the end, which must be a good one."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(3 * STOPS_WITHIN) == 0, self.log.read_text()
        return time.monotonic() - started


@pytest.fixture
def server(traceapp: Any, tmp_path: Path) -> Iterator[Running]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    program = "from traceapp.cli import main; main()"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", str(port)],
            env=os.environ | {"TRACEAPP_WORKERS": "2"},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            text=True,
        )
    yield Running(process, port, log)
    if process.poll() is None:
        process.kill()
        process.wait()


def test_it_answers_a_stamp_and_stops_at_once(
    server: Running, traceapp: Any, run: Any, tmp_path: Path
) -> None:
    traceapp.json("labels", run["id"], "--output", tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(newline="") as lines:
        code = next(csv.DictReader(lines))["code"]
    server.wait_until(server.answers)
    status, headers, body = server.ask(f"/S/{code}", Accept="application/json")
    assert (status, json.loads(body)["verdict"]) == (200, "not_activated")
    assert not any(letter.isdigit() for letter in headers["Server"])
    assert server.ask(f"/S/{'A' * 5000}")[0] == 414
    assert server.ask(f"/S/{'A' * 9000}")[0] == 414
    assert server.stop() < STOPS_WITHIN
    log = server.log.read_text()
    assert code not in log and "127.0.0.1" not in log.replace("//127.0.0.1", "")
    assert all(json.loads(line)["event"] for line in log.splitlines())


def test_it_stops_while_its_workers_are_starting(server: Running) -> None:
    server.wait_until(lambda: "serving" in server.log.read_text())
    assert server.stop() < STOPS_WITHIN


def test_it_says_where_it_cannot_listen(empty: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = empty.refused("serve", "--port", taken.getsockname()[1])
    assert "in use" in said and "--port" in said
    assert "Cannot serve on" in empty.refused("serve", "--host", "no.such.host.invalid")


def test_the_log_holds_no_stamp() -> None:
    event = {
        "event": f"Exception on /S/{CODE} [GET]",
        "exception": f"Traceback: look at {CODE[:5]}-{CODE[5:10]}-{CODE[10:15]}-{CODE[15:]}, "
        f"/01/08938500000010/21/{CODE.lower()}?x=1",
        "serial": 7,
    }
    told = hide_stamps(None, "", event)
    assert told["event"] == "Exception on /S/… [GET]"
    assert told["exception"] == "Traceback: look at …, /01/…?x=1"
    assert told["serial"] == 7


def test_the_servers_own_messages_hold_nothing_that_strangers_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = JsonLogger(Config())
    with caplog.at_level(logging.WARNING):
        logger.warning(f"Invalid request from ip=203.0.113.9: /S/{CODE}")
        logger.exception("Error handling request %s %s", "GET", f"/S/{CODE}")
    assert [record.getMessage() for record in caplog.records] == [
        "Invalid request",
        "Error handling request",
    ]
