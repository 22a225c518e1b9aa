"""`serve`, `db upgrade|downgrade` and `forget`: the service itself."""

from __future__ import annotations

import socket

import click
from alembic.util import CommandError

from traceapp import migrations
from traceapp.cli.opening import Trouble, check_not_newer, installation, tell, unprepared, write
from traceapp.edge import prepare
from traceapp.safekeeping import BackupTrouble, present
from traceapp.services.scans import forgetting
from traceapp.services.scans.adding_up import add_up
from traceapp.serving.server import run
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
        if edge.session_keys.absent:
            raise Trouble(
                f"{edge.session_keys.file} is missing: restore it from your copy of the keys, or "
                "run `traceapp db upgrade` to make a new one; then everybody signs in anew"
            )
        edge.session_keys.ring()
    # The database is closed again: a connection that lived through a fork would serve two
    # processes at once.
    _check_free(settings)
    try:
        with present(settings.data_dir):
            run(settings)
    except BackupTrouble as trouble:
        raise Trouble(str(trouble)) from None


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
    """The database: upgrade, downgrade."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version, and make the first keys of a new installation."""
    with unprepared() as edge:
        check_not_newer(edge)
        prepare(edge)
        version = migrations.version_of(edge.database)
    write(f"The database is at version {version}, the newest that this program knows.")


# `-1` is a number of versions here, and no option.
@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("revision", default="-1")
@click.option("--drop-rows", is_flag=True, help="Also where rows are lost that have no place then.")
def downgrade(revision: str, drop_rows: bool) -> None:
    """Take the database back: to the version before, or to REVISION, such as 0002 or -2.

    Stop the service first, and make a backup. The older program is installed afterwards.
    """
    with unprepared() as edge:
        check_not_newer(edge)
        if migrations.version_of(edge.database) is None:
            raise Trouble(f"There is nothing to go back from in {edge.database.place}")
        try:
            migrations.downgrade(edge.database, revision, drop_rows=drop_rows)
        except migrations.RowsWouldBeLost as lost:
            raise Trouble(
                f"Rows would be lost, and nothing was changed ({lost}): "
                "add --drop-rows where you do not need them"
            ) from None
        except CommandError:
            raise Trouble(f"The database has no version {revision} to go back to") from None
        version = migrations.version_of(edge.database)
    write(
        "The database is empty now."
        if version is None
        else f"The database is at version {version}: install the program of that version now."
    )


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
