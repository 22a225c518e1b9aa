"""`serve`, `db upgrade` and `forget`: the service itself."""

from __future__ import annotations

import socket

import click

from traceapp.cli.opening import Trouble, installation, tell, unprepared, write
from traceapp.edge import prepare
from traceapp.services.scans import forgetting
from traceapp.services.scans.adding_up import add_up
from traceapp.serving import run
from traceapp.settings import Settings, read_settings


@click.command()
@click.option("--host", help="Instead of TRACEAPP_HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of TRACEAPP_PORT.")
def serve(host: str | None, port: int | None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    given = {"host": host, "port": port}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    with installation(settings) as edge:
        edge.stamp_keys.ring()
        edge.hidden_keys.ring()
    # The database is closed again: a connection that lived through a fork would serve two
    # processes at once.
    _check_free(settings)
    run(settings)


def _check_free(settings: Settings) -> None:
    """Raises Trouble where nobody could listen on the host and port.

    The server itself would try for five seconds, and then say it in the log.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        kind, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Trouble(
            f"Cannot serve on {where}: {error.strerror or error}. "
            "Choose others with --host and --port"
        ) from None


@click.group()
def db() -> None:
    """The database: upgrade."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version, and make the first keys of a new installation."""
    with unprepared() as edge:
        prepare(edge)
    write("The database is at this version.")


@click.command()
def forget() -> None:
    """Forget what scans left of phones, when its time is over, and add up the days for plots.

    To be run once a day.
    """
    with installation() as edge:
        with edge.database.writing() as session:
            forgotten = forgetting.forget(session, edge.clock())
        days = 1
        while days:
            with edge.database.writing() as session:
                days = add_up(session, edge.clock())
        tell(forgotten)
