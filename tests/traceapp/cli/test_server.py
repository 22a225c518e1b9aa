"""`serve`: the production server in a process of its own, from its start to SIGTERM."""

from __future__ import annotations

import csv
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import psutil
import pytest

OFFICER = "officer@example.vn"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
STOPS_WITHIN = 10  # seconds


@dataclass
class Running:
    """A server's process. What it said is in `log` once it has stopped."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        return self._request("GET", path, None, headers)

    def send(
        self, path: str, body: str, kind: str, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        return self._request("POST", path, body, {"Content-Type": kind, **headers})

    def _request(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, headers)
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

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> float:
        """Seconds from SIGTERM to the end, which must be a good one."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(3 * STOPS_WITHIN) == 0, self.log.read_text()
        return time.monotonic() - started


@pytest.fixture
def start(traceapp: Any, tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Starts a server of two workers, which is gone at the end of the test."""
    with ExitStack() as opened:

        def run_server() -> Running:
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
            running = Running(process, port, log)
            opened.callback(running.kill)
            return running

        yield run_server


@pytest.fixture
def server(start: Callable[[], Running]) -> Running:
    return start()


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


def test_its_workers_count_together_and_what_they_counted_outlives_them(server: Running) -> None:
    server.wait_until(server.answers)
    for _ in range(20):
        assert server.ask("/healthz")[0] == 200
    before = counted(server)
    workers = psutil.Process(server.process.pid).children()
    assert len(workers) == 2
    workers[0].kill()
    workers[0].wait()
    server.wait_until(server.answers)
    # An answer is counted once it was sent: the last one may not be there yet.
    assert counted(server) >= before >= 19
    # Only the request that asks is under way: what a dead worker was doing is over.
    server.wait_until(lambda: "\ntraceapp_requests_under_way 1.0\n" in server.ask("/metrics")[2])


def counted(server: Running) -> float:
    """How many requests for /healthz and /metrics all workers counted."""
    line = re.search(
        r'^traceapp_requests_total\{face="health",method="GET",status="200"\} (.*)$',
        server.ask("/metrics")[2],
        re.MULTILINE,
    )
    return float(line[1]) if line else 0


def test_what_a_server_counted_before_is_no_part_of_what_it_counts_now(
    server: Running, traceapp: Any
) -> None:
    kept = traceapp.data_dir / "run" / f"metrics-{server.port}"
    server.wait_until(server.answers)
    assert kept.is_dir() and kept.stat().st_mode & 0o077 == 0
    assert {each.name.partition("_")[0] for each in kept.iterdir()} == {
        "counter",
        "gauge",
        "histogram",
    }


def test_it_serves_where_there_is_no_room_for_metrics(
    traceapp: Any, start: Callable[[], Running]
) -> None:
    (traceapp.data_dir / "run").write_text("in the way")
    server = start()
    server.wait_until(server.answers)
    assert server.ask("/metrics")[0] == 200
    assert server.stop() < STOPS_WITHIN
    assert '"metrics_not_shared"' in server.log.read_text()


def test_neither_log_nor_metrics_hold_what_people_sent(
    server: Running, traceapp: Any, run: dict[str, Any], tmp_path: Path
) -> None:
    traceapp("labels", run["id"], "--format", "csv", "--output", tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(newline="") as lines:
        label = next(csv.DictReader(lines))
    code, hidden = label["code"], label["hidden_code"]
    token = traceapp("token", "add", OFFICER, "--hidden-codes").stdout.strip()
    server.wait_until(server.answers)
    agent = "Mozilla/5.0 (Linux; Android 14; SM-Secret)"
    sent = [
        "con cá vàng bơi",
        "mật khẩu sai",
        OFFICER,
        code,
        hidden,
        token,
        "SM-Secret",
        "wrongtoken",
    ]
    sent += ["thitheother", "privatenote", "127.0.0.1", "203.0.113.9", "secret-kind"]

    page = server.ask("/sign-in", **{"User-Agent": agent})
    cookies = page[1]["Set-Cookie"].partition(";")[0]
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page[2])
    assert csrf is not None
    sent += [cookies.partition("=")[2], csrf[1]]
    for password, status in (("mật khẩu sai", 422), ("con cá vàng bơi", 303)):
        form = {"csrf_token": csrf[1], "sign_in_name": OFFICER, "password": password}
        told = server.send("/sign-in?next=thitheother", urlencode(form), FORM, Cookie=cookies)
        assert told[0] == status, told
    for path in (
        f"/S/{code}",
        f"/s/{code.lower()}",
        f"/S/{code[:-1]}0?privatenote",
        "/01/1/21/" + code,
    ):
        server.ask(path, **{"User-Agent": agent, "X-Forwarded-For": "203.0.113.9"})
    body = json.dumps({"hidden_code": hidden, "nonce": "privatenote"})
    assert server.send(f"/S/{code}/hidden-code", body, JSON)[0] == 200
    assert server.ask("/api/v1/parties", Authorization=f"Bearer {token}")[0] == 200
    assert server.ask("/api/v1/parties", Authorization="Bearer wrongtoken")[0] == 401
    note = json.dumps({"kind": "household", "name": "privatenote", "address": "privatenote"})
    assert server.send("/api/v1/parties", note, JSON, Authorization=f"Bearer {token}")[0] == 201
    assert (
        server.send("/api/v1/parties", "{privatenote", JSON, Authorization=f"Bearer {token}")[0]
        == 400
    )

    # What nobody foresaw: the page breaks, and the traceback's error quotes the row.
    with sqlite3.connect(traceapp.data_dir / "traceapp.db") as database:
        database.execute("UPDATE products SET kind = 'secret-kind'")
    broken = server.ask(f"/S/{code}")
    assert broken[0] == 500
    request_id = broken[1]["X-Request-Id"]
    metrics = server.ask("/metrics")[2]
    assert server.stop() < STOPS_WITHIN

    log = server.log.read_text().replace("//127.0.0.1", "")
    for text in sent:
        for form in (text, quote(text), quote_plus(text), text.lower(), json.dumps(text)[1:-1]):
            assert form not in log and form not in metrics, form
    lines = [json.loads(line) for line in log.splitlines()]
    about = [each["event"] for each in lines if each.get("request_id") == request_id]
    assert about == ["request_broke", "request_failed"]
    assert next(each for each in lines if each["event"] == "request_broke")["error"] == "KeyError"
