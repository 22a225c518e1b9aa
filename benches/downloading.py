"""Who downloads labels from a server: how long the first bytes take, or over and over."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click


@dataclass(frozen=True)
class Downloading:
    """Who downloads labels from a server."""

    port: int
    token: str
    query: str

    def first_bytes(self, run: int) -> float:
        """Seconds until they are here; the rest is not waited for."""
        began = time.perf_counter()
        connection, answer = self._ask(run)
        answer.read(1)
        seconds = time.perf_counter() - began
        connection.close()
        return seconds

    def _ask(self, run: int) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        path = f"/api/v1/stamp-runs/{run}/labels?{self.query}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise click.ClickException(
                f"A download was answered {answer.status}: {answer.read()!r}"
            )
        return connection, answer

    @contextmanager
    def under_way(self, runs: list[int]) -> Iterator[list[int]]:
        """Downloads of these runs, over and over; how many bytes each has brought."""
        brought, over = [0] * len(runs), threading.Event()

        def go_on(place: int, run: int) -> None:
            while not over.is_set():
                connection, answer = self._ask(run)
                while not over.is_set() and (piece := answer.read(1 << 16)):
                    brought[place] += len(piece)
                connection.close()

        threads = [threading.Thread(target=go_on, args=each) for each in enumerate(runs)]
        for thread in threads:
            thread.start()
        try:
            yield brought
        finally:
            over.set()
            for thread in threads:
                thread.join()
