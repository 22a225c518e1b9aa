"""`user add`, and `token add`, `list` and `revoke`: who may sign in, and the tokens of programs."""

from __future__ import annotations

import sys

import click

from traceapp.cli.opening import Trouble, installation, tell, write
from traceapp.records.accounts import Role
from traceapp.services.signing_in import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    NewAccount,
    create_account,
    create_token,
    list_tokens,
    revoke_token,
)

LONGEST_LINE = 4096  # bytes of standard input that are looked at for a password


@click.group()
def user() -> None:
    """Accounts: add."""


@user.command(
    "add",
    help="Create an account. The password comes from standard input, or is asked for twice; it "
    f"has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
)
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--party", "party_id", type=click.IntRange(1, 10**15 - 1), metavar="ID")
def add_user(email: str, role: str, party_id: int | None) -> None:
    with installation() as edge:
        new = NewAccount(email, Role(role), _password(), party_id)
        with edge.database.writing() as session:
            told = create_account(session, new, edge.clock())
    tell(told)


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.buffer.readline(LONGEST_LINE)
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Trouble("The password on standard input is not UTF-8; nothing was changed") from None


@click.group()
def token() -> None:
    """Bearer tokens of programs: add, list, revoke."""


@token.command("add")
@click.argument("email")
@click.option("--hidden-codes", is_flag=True, help="Labels come with their hidden codes.")
def add_token(email: str, hidden_codes: bool) -> None:
    """Make a token for an account and write it, this once, and nothing else."""
    with installation() as edge:
        with edge.database.writing() as session:
            text = create_token(session, email, hidden_codes=hidden_codes, now=edge.clock())
        write(text)


@token.command("list")
@click.argument("email", required=False)
def show_tokens(email: str | None) -> None:
    """Every token that works, oldest first, or those of one account. Never their texts."""
    with installation() as edge, edge.database.reading() as session:
        items = [told.model_dump(mode="json") for told in list_tokens(session, email)]
    tell({"items": items, "next_cursor": None})


@token.command("revoke")
@click.argument("token_id", type=click.IntRange(1, 10**15 - 1), metavar="ID")
def drop_token(token_id: int) -> None:
    """Take a token away, by its number in `token list`; it stops working at once."""
    with installation() as edge, edge.database.writing() as session:
        told = revoke_token(session, token_id)
    tell(told)
