"""`traceapp`: the services for an operator on the server, and what only an operator does.

A command reads the clock and the settings once, opens one transaction, calls one service, commits,
then writes. Answers go to standard output; a refusal is one line on standard error and status 1,
wrong usage status 2.
"""

from __future__ import annotations

import click

from traceapp.cli import accounts, acts, demo, keys, labels, safekeeping, server
from traceapp.cli.opening import PlainGroup

__all__ = ["main"]


@click.group(cls=PlainGroup)
def main() -> None:
    """Signed QR stamps for batches of food: serve, and all that the API does."""


for command in (
    server.serve,
    server.db,
    server.forget,
    demo.demo,
    accounts.user,
    accounts.token,
    keys.keys,
    keys.counter,
    labels.labels,
    safekeeping.backup,
    safekeeping.restore,
    *acts.commands().values(),
):
    main.add_command(command)
