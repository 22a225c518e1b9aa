"""A small application under the real workers, in a process of its own, and raw connections to it.

It answers what it was sent: method, path, how long the body was, and its digest.
"""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

# Two threads, so that two slow senders would hold a server that gives them one each.
PROGRAM = """
import hashlib, json, logging, os, sys
from gunicorn.app.base import BaseApplication
from traceapp.gathering import Gathering
from traceapp.serving.arriving import Limits
from traceapp.serving.reading import ReadingWorker

class Worker(ReadingWorker):
    limits = Limits(largest_body=8_000_000, within=float(sys.argv[2]))

    def gathers(self, request):
        return request.startswith(b"GET /together")

def answer_all(paths):
    # Held up here until a file tells it to go on.
    while paths[0].endswith(".wait") and not os.path.exists(paths[0][len("/together"):-5]):
        pass
    return [(len(paths), path) for path in paths]

gathering = Gathering(answer_all)

class Small(BaseApplication):
    def load_config(self):
        for name, value in {
            "bind": f"127.0.0.1:{sys.argv[1]}", "worker_class": Worker, "workers": 1, "threads": 2,
            "worker_connections": 800, "graceful_timeout": 8, "control_socket_disable": True,
            "loglevel": "error",
        }.items():
            self.cfg.set(name, value)

    def load(self):
        return answer

def answer(environ, start_response):
    body = environ["wsgi.input"].read() if environ["PATH_INFO"] != "/unread" else b""
    told = json.dumps({
        "method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"], "length": len(body),
        "digest": hashlib.sha256(body).hexdigest(),
    }).encode()
    print(told.decode(), flush=True)
    if environ["PATH_INFO"].startswith("/together"):
        told = json.dumps(gathering.ask(environ["PATH_INFO"])).encode()
        if environ["PATH_INFO"].endswith("broken"):
            raise ZeroDivisionError
        told += b" " * 40_000 * environ["PATH_INFO"].endswith("long")
    if environ["PATH_INFO"] == "/long":
        told = b"x" * 150_000
    start_response("200 OK", [("Content-Length", str(len(told)))])
    return [told]

Small().run()
"""


@dataclass
class Raw:
    """One connection, byte by byte."""

    socket: socket.socket
    _file: Any = field(init=False)

    def __post_init__(self) -> None:
        self._file = self.socket.makefile("rb")

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> Raw:
        self.socket.sendall(data)
        return self

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: its status, its headers in lower case, its body."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.strip().decode()
        return status, headers, self._file.read(int(headers.get("content-length", 0)))

    def told(self) -> Any:
        """What the application says of the request, which must have reached it."""
        status, _, body = self.answer()
        assert status == 200
        return json.loads(body)

    def at_its_end(self) -> bool:
        """Whether the server has closed its side."""
        try:
            return bool(self._file.read(1) == b"")
        except ConnectionResetError:
            return True


@dataclass
class Small:
    """The running server."""

    port: int
    process: subprocess.Popen[str]
    opened: ExitStack

    def connect(self, window: int = 0) -> Raw:
        """A new connection; `window` is how many bytes it takes in before they are read."""
        plain = self.opened.enter_context(socket.socket())
        if window:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        plain.settimeout(60)
        plain.connect(("127.0.0.1", self.port))
        made = Raw(plain)
        self.opened.callback(made.close)
        return made

    def ask(self, request: bytes) -> Any:
        return self.connect().send(request).told()

    def seen(self) -> list[str]:
        """The path of every request that reached the application. The server is stopped for it."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=30)
        return [json.loads(line)["path"] for line in out.splitlines()]


@contextmanager
def _start(within: float) -> Iterator[Small]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, str(port), str(within)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        with ExitStack() as opened:
            server = Small(port, process, opened)
            deadline = time.monotonic() + 60
            while True:
                try:
                    server.ask(b"GET /started HTTP/1.1\r\nHost: x\r\n\r\n")
                    break
                except OSError:
                    assert process.poll() is None and time.monotonic() < deadline
                    time.sleep(0.02)
            yield server
        process.kill()


@pytest.fixture(scope="module")
def shared() -> Iterator[Small]:
    """A server for all tests of a file."""
    with _start(within=60) as server:
        yield server


@pytest.fixture
def small(shared: Small) -> Iterator[Small]:
    """The shared server. The connections of a test are closed at its end."""
    with ExitStack() as opened:
        yield Small(shared.port, shared.process, opened)


@pytest.fixture
def own() -> Iterator[Small]:
    """A server that a test may stop."""
    with _start(within=60) as server:
        yield server


@pytest.fixture
def hasty() -> Iterator[Small]:
    """A server that gives a request one second."""
    with _start(within=1) as server:
        yield server


@pytest.fixture
def digest() -> Callable[[bytes], str]:
    return lambda body: hashlib.sha256(body).hexdigest()
