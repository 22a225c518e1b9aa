"""The sample files of `config/deploy`, and their proxy before a service that tells what it got."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from traceapp import build_app
from traceapp.edge import open_edge, prepare
from traceapp.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "config" / "deploy"
HOST = "tem.example.vn"
CLIENT = "127.0.0.77"  # an address that nothing else here has


class Telling(BaseHTTPRequestHandler):
    """Stands where the service would, and answers what reached it."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = json.dumps({"path": self.path, "headers": headers, "bytes": len(body)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_HEAD = do_POST = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Proxy:
    """A running nginx with the sample file, and the folder of all that it writes."""

    port: int
    plain_port: int
    logs: Path
    client: str = CLIENT

    def end(self) -> None:
        """Let nginx finish: it writes a request down after the answer."""
        pid_file = self.logs.parent / "nginx.pid"
        if pid_file.exists():
            master = os.pidfd_open(int(pid_file.read_text()))
            signal.pidfd_send_signal(master, signal.SIGQUIT)
            assert select.select([master], [], [], 30)[0], "nginx does not end"
            os.close(master)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.sock = self._named()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in ({"Host": HOST, "Connection": "close"} | (headers or {})).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, told, answer.read()
        finally:
            connection.close()

    def _named(self) -> ssl.SSLSocket:
        """A connection that asks for the host by name, from the client's own address."""
        plain = socket.create_connection(("127.0.0.1", self.port), 30, (self.client, 0))
        return _trusting().wrap_socket(plain, server_hostname=HOST)

    def lines(self) -> list[dict[str, Any]]:
        self.end()
        text = (self.logs / "traceapp.log").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def written(self) -> str:
        self.end()
        return "".join(file.read_text() for file in self.logs.iterdir())


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The service of an empty installation."""
    folder = tmp_path_factory.mktemp("installation")
    edge = open_edge(Settings(data_dir=folder, base_url=f"https://{HOST}", demo=False))
    prepare(edge)
    yield build_app(edge)
    edge.database.close()


@pytest.fixture(scope="session")
def addresses(app: Flask) -> list[str]:
    """Every address that the service answers, 7 for what varies."""
    return [re.sub(r"<[^>]+>", "7", str(rule)) for rule in app.url_map.iter_rules()]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    command += ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def service() -> Iterator[int]:
    """The port of what stands behind the proxy."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Telling) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(service: int, certificate: Path, tmp_path: Path) -> Iterator[Proxy]:
    """The sample proxy before a service."""
    yield from Site(certificate, service).served(tmp_path)


@pytest.fixture
def lonely_proxy(certificate: Path, tmp_path: Path) -> Iterator[Proxy]:
    """The sample proxy before nobody."""
    yield from Site(certificate, free_port()).served(tmp_path)


@dataclass(frozen=True)
class Site:
    """The sample file for other ports and folders, and for nothing else changed."""

    certificate: Path
    service: int

    def served(self, folder: Path) -> Iterator[Proxy]:
        proxy = Proxy(free_port(), free_port(), folder / "logs")
        proxy.logs.mkdir()
        (folder / "site.conf").write_text(self._text(proxy))
        (folder / "nginx.conf").write_text(_around(folder, proxy.logs))
        command = ["nginx", "-e", str(proxy.logs / "error.log"), "-c", str(folder / "nginx.conf")]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        subprocess.run(command, check=True)  # It opens its ports, then goes to the background.
        try:
            yield proxy
        finally:
            proxy.end()

    def _text(self, proxy: Proxy) -> str:
        text = (DEPLOY / "nginx" / "traceapp.conf").read_text()
        changes = {
            r"^ *listen \[::\].*\n": "",
            r"\blisten 80\b": f"listen 127.0.0.1:{proxy.plain_port}",
            r"\blisten 443\b": f"listen 127.0.0.1:{proxy.port}",
            r"/etc/letsencrypt/live/tem\.example\.vn": str(self.certificate),
            r"/var/log/nginx": str(proxy.logs),
            r"/var/www/traceapp": str(DEPLOY / "nginx"),
            r"\b127\.0\.0\.1:8000\b": f"127.0.0.1:{self.service}",
        }
        for pattern, instead in changes.items():
            text, count = re.subn(pattern, instead, text, flags=re.MULTILINE)
            assert count, pattern
        return text


def _around(folder: Path, logs: Path) -> str:
    """What Debian's nginx.conf says, as far as it touches this."""
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in paths)
    return (
        f"{'user root;' if os.geteuid() == 0 else ''}\npid {folder}/nginx.pid;\n"
        f"error_log {logs}/error.log;\nevents {{}}\nhttp {{\n{temporary}"
        f"    access_log {logs}/access.log;\n    include {folder}/site.conf;\n}}\n"
    )
