"""A worker that hands a request to a thread only once it has arrived whole.

gunicorn's threaded worker gives a connection to a thread at its first byte, so that as many slow
senders as there are threads hold the server. Here the loop that waits for connections reads them,
without blocking; slow senders hold a place in it and nothing else. What slow readers have not read
is kept by the system, as far as a page or a style sheet is long.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from selectors import EVENT_READ
from typing import Any

import structlog
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from traceapp.gathering import Round
from traceapp.serving.arriving import Arrival, Limits, NoRoom, SpoolRoom, Standing
from traceapp.serving.connections import Connection, Kept
from traceapp.serving.plain_answers import PlainAnswers

PIECE = 64 * 1024  # bytes that are read at a time
TAKEN_AT_ONCE = 2  # new connections; the others are for other processes
LARGE_BODIES = 8  # that arrive at once, in temporary files
SWEEP_EVERY = 0.5  # seconds between two looks for who is late
COMPLAINS_EVERY = 60.0  # seconds at least between two such lines in the log
LEAVES_WITHIN = 2.0  # seconds that a client is given to read our last words
MOST_DRAINED = 8_000_000  # bytes that it may still send: a browser sends all, then reads
HELD_FOR_READERS = 200_000  # bytes of an answer that the system keeps for who reads slowly
MOST_UNREAD = 50_000  # bytes of earlier answers that who is answered with others has not read
STALLED = 30  # seconds after which whoever stopped reading a longer answer is given up
GO_AHEAD = b"HTTP/1.1 100 Continue\r\n\r\n"

_NOT_NOW = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED})
_NO_FILE_LEFT = frozenset({errno.EMFILE, errno.ENFILE})

_log = structlog.get_logger(__name__)


class ReadingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Everything but `handle` and `handle_request` runs in the loop's own thread."""

    limits = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._room = SpoolRoom(LARGE_BODIES)
        self._plain_answers = PlainAnswers(self.cfg)
        self._gathered: list[Connection] = []  # whose requests have arrived
        self._polled: set[Connection] = set()  # connections that arrive or leave
        self._next_sweep = 0.0
        self._next_complaint = 0.0

    # What the loop of gunicorn's worker calls.

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(timeout)
        if self._gathered:
            self._answer_gathered()

    def enqueue_req(self, conn: Connection) -> None:
        """Hand a request that has arrived to a thread, or keep it to be answered with others."""
        # For who does not read what was said before, a thread waits.
        if self.gathers(conn.arrival.kept) and conn.unread(MOST_UNREAD) < MOST_UNREAD:
            self._gathered.append(conn)
        else:
            conn.said = MOST_UNREAD  # The thread does not tell how much that is.
            super().enqueue_req(conn)

    def gathers(self, request: bytes | bytearray) -> bool:
        """Whether a request is answered here, with those that come with it, and in little time."""
        return False

    def _answer_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        Round().work_on([partial(self._answer_shortly, each) for each in gathered])

    def _answer_shortly(self, conn: Connection) -> None:
        """Answer as a thread would, but for the sending: the loop waits for no reader."""
        socket_ = conn.sock
        conn.sock = answer = Kept(socket_)
        try:
            kept_alive = self.handle(conn)
        finally:
            conn.sock = socket_
        data = bytes(answer.data)
        try:
            sent = socket_.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent, kept_alive = len(data), False
        conn.said += sent
        if sent == len(data):
            finished: Future[bool] = Future()
            finished.set_result(kept_alive)
            self.finish_request(conn, finished)
        else:
            rest = self.tpool.submit(self._send_rest, conn, data[sent:], kept_alive)
            rest.add_done_callback(
                lambda sent: self.method_queue.defer(self.finish_request, conn, sent)
            )

    @staticmethod
    def _send_rest(conn: Connection, data: bytes, kept_alive: bool) -> bool:
        conn.sock.setblocking(True)
        conn.sock.sendall(data)
        return kept_alive

    def accept(self, listener: socket.socket) -> None:
        """Take in those who stand in a socket's queue: who came together may be answered so."""
        for _ in range(TAKEN_AT_ONCE):
            if self.nr_conns >= self.worker_connections or not self._accept_next(listener):
                break

    def _accept_next(self, listener: socket.socket) -> bool:
        """Take in whoever is next in a socket's queue; whether somebody was."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _NO_FILE_LEFT:
                self._send_somebody_away()
            elif error.errno not in _NOT_NOW:
                raise
            return False
        self.nr_conns += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD_FOR_READERS)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", STALLED, 0))
        connection = Connection(self.cfg, client, address, listener.getsockname())
        self._begin(connection)
        self._read(connection)
        return True

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """The next request on a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._begin(conn)
        self._read(conn)

    def murder_pending(self) -> None:
        """Answer 408 to requests that are late, and close who does not leave."""
        now = time.monotonic()
        if now < self._next_sweep:
            return
        self._next_sweep = now + SWEEP_EVERY
        for connection in [each for each in self._polled if each.deadline() <= now]:
            if connection.leaves_by is None and connection.arrival.begun:
                self._refuse(connection, HTTPStatus.REQUEST_TIMEOUT)
            else:
                self._close(connection)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Close the sockets when the server stops: who comes then is answered by another worker.

        Whoever is in their queue already is taken in first; left there, they would wait in vain.
        """
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            while listener.fileno() >= 0 and self._accept_next(listener):
                pass
            listener.close()

    def _cap_keepalive(self, deadline: float) -> None:
        """The server stops: everybody has to hurry."""
        super()._cap_keepalive(deadline)
        for connection in list(self._polled):
            connection.stops_by = deadline

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        beyond = conn.arrival.beyond
        conn.arrival.close()
        kept = not fs.cancelled() and fs.exception() is None and bool(fs.result())
        if not kept or not conn.parser.unreader.empty:
            self._see_off(conn)
        elif beyond:
            self._begin(conn)
            conn.sock.setblocking(False)
            self._take(conn, beyond)
        else:
            super().finish_request(conn, fs)

    # What a thread does.

    def handle(self, conn: Connection) -> bool:
        try:
            conn.hand_over()
        except OSError:
            return False
        kept = bool(super().handle(conn))
        return kept and conn.arrival.standing is Standing.WHOLE

    def handle_request(self, req: Any, conn: Connection) -> Any:
        req._expected_100_continue = False  # The loop has said it: the body is here.
        if conn.arrival.standing is Standing.CUT:
            req.force_close()
        try:
            if req.plain:
                return self._answer_plainly(req, conn)
            return super().handle_request(req, conn)
        except BlockingIOError:  # STALLED is over
            raise StopIteration from None

    def _answer_plainly(self, req: Any, conn: Connection) -> bool:
        """Run the application, and say whether the connection is kept."""
        full = len(self.keepalived_conns) >= self.max_keepalived
        closes = full or not self.alive or not self.cfg.keepalive or req.should_close()
        conn.sock.sendall(self._plain_answers.answer(self.wsgi, req, conn, closes=closes))
        return not closes

    # How a request arrives.

    def _begin(self, connection: Connection) -> None:
        now = time.monotonic()
        connection.arrival = Arrival(self._room, self.limits, now)
        if not self.alive:
            connection.stops_by = now + STOP_KEEPALIVE_LINGER

    def _read(self, connection: Connection, _socket: object = None) -> None:
        try:
            data = connection.sock.recv(PIECE)
        except BlockingIOError:
            self._poll(connection)
            return
        except OSError:
            data = b""
        if not data:  # Whoever goes before everything was said has asked for nothing.
            self._close(connection)
        elif connection.leaves_by is None:
            self._take(connection, data)
        else:
            connection.drained += len(data)
            if connection.drained > MOST_DRAINED:
                self._close(connection)

    def _take(self, connection: Connection, data: bytes) -> None:
        arrival = connection.arrival
        try:
            arrival.take(data)
        except NoRoom:
            self._refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE)
            self._complain()
            return
        if arrival.standing is not Standing.ARRIVING:
            self._forget(connection)
            self.enqueue_req(connection)
            return
        if arrival.waits_for_leave:
            arrival.waits_for_leave = False
            self._say(connection, GO_AHEAD)
        self._poll(connection)

    def _complain(self) -> None:
        """Say it in the log, now and then: strangers must not fill the disk with their refusals."""
        now = time.monotonic()
        if now >= self._next_complaint:
            self._next_complaint = now + COMPLAINS_EVERY
            _log.warning("no_room_for_large_bodies")

    # How a connection ends.

    def _refuse(self, connection: Connection, status: HTTPStatus) -> None:
        """Answer without a thread, and hear no more."""
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
        more = "Retry-After: 5\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
        self._say(connection, f"{head}{more}Content-Length: 0\r\n\r\n".encode("ascii"))
        connection.arrival.close()
        self._see_off(connection)

    def _see_off(self, connection: Connection) -> None:
        """Close our side, and theirs once they have read our answer (RFC 9112, section 9.6).

        gunicorn waits for that here, and with it everybody else.
        """
        connection.leaves_by = time.monotonic() + LEAVES_WITHIN
        try:
            connection.sock.setblocking(False)
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
        else:
            self._poll(connection)

    def _send_somebody_away(self) -> None:
        """Make room for a file: of those who arrive or leave, the one whose time is over first."""
        if self._polled:
            self._close(min(self._polled, key=Connection.deadline))

    def _say(self, connection: Connection, words: bytes) -> None:
        # Whoever does not listen is met again by the next read, or by the sweep.
        with suppress(OSError):
            connection.sock.send(words)

    def _poll(self, connection: Connection) -> None:
        if not connection.polled:
            self.poller.register(connection.sock, EVENT_READ, partial(self._read, connection))
            connection.polled = True
            self._polled.add(connection)

    def _forget(self, connection: Connection) -> None:
        if connection.polled:
            self.poller.unregister(connection.sock)
            connection.polled = False
            self._polled.discard(connection)

    def _close(self, connection: Connection) -> None:
        """Closed twice where one event's work closed a connection that has an event of its own."""
        if connection.closed:
            return
        connection.closed = True
        self._forget(connection)
        connection.arrival.close()
        connection.close()
        self.nr_conns -= 1
