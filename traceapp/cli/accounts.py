"""`user` and `token`: who may sign in, links to join, and the tokens of programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import click
from pydantic import ValidationError
from sqlalchemy.orm import Session

from traceapp.cli.opening import Trouble, acting_as, installation, tell, write
from traceapp.edge import Edge
from traceapp.records.accounts import Role
from traceapp.services.authority import Actor
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.people.accounts import (
    Appointment,
    NewAccount,
    appoint,
    close_account,
    create_account,
    list_accounts,
    reopen_account,
)
from traceapp.services.people.inviting import Invited, NewInvitation, invite, invite_to_reset
from traceapp.services.people.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from traceapp.services.people.second_factor import drop_for
from traceapp.services.people.sign_in_names import look_up
from traceapp.services.people.tokens import create_token, list_tokens, revoke_token
from traceapp.services.refusals import unknown

LONGEST_LINE = 4096  # bytes of standard input that are looked at for a password

F = TypeVar("F", bound=Callable[..., Any])
_ID = click.IntRange(1, 10**15 - 1)


def _role_option(*, required: bool) -> Callable[[F], F]:
    return click.option(
        "--role", type=click.Choice([each.value for each in Role]), required=required
    )


def _party_option(command: F) -> F:
    return click.option("--party", "party_id", type=_ID, metavar="ID")(command)


_named = click.argument("named", metavar="SIGN_IN_NAME|ID")


@click.group()
def user() -> None:
    """Accounts: add, appoint, close, drop-second-factor, invite, list, reopen, reset."""


@user.command(
    "add",
    help="Create an account. The password comes from standard input, or is asked for twice; it "
    f"has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters. SIGN_IN_NAME is a telephone "
    "number or an e-mail address.",
)
@click.argument("sign_in_name")
@_role_option(required=True)
@_party_option
@click.option("--name", help="The person's name.")
def add_user(sign_in_name: str, role: str, party_id: int | None, name: str | None) -> None:
    with installation() as edge:
        new = NewAccount(sign_in_name, Role(role), _password(), party_id, name=name)
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


def _owner(edge: Edge) -> Actor:
    """Who acts on accounts here: the operator, with an administrator's rights.

    In all else the operator is an officer. But whoever runs these commands can write the database
    and read its keys: to be asked for an administrator would keep out nobody, and would leave no
    way back where every administrator is gone.
    """
    return replace(acting_as(edge, None), role=Role.ADMIN)


def _find(session: Session, named: str) -> int:
    """The id of the account that is named; a telephone number is no id. Raises Unknown."""
    account = look_up(session, named)
    if account is not None:
        return account.id
    if not re.fullmatch(r"[1-9][0-9]{0,14}", named):
        raise unknown("account")
    return int(named)


@contextmanager
def _changing(named: str) -> Iterator[Changing]:
    """One transaction in which the account that is named is changed. Raises Unknown."""
    with installation() as edge:
        actor = _owner(edge)
        with edge.database.writing() as session:
            yield Changing(session, actor, _find(session, named), edge.clock(), edge)


@dataclass(frozen=True)
class Changing:
    """What a command that changes an account works with."""

    session: Session
    actor: Actor
    account_id: int
    now: datetime
    edge: Edge


@user.command("list")
@_role_option(required=False)
@click.option("--cursor", help="The next_cursor of the page before.")
@click.option("--limit", type=click.IntRange(1, LONGEST_PAGE), default=50, show_default=True)
def show_users(role: str | None, cursor: str | None, limit: int) -> None:
    """Accounts, oldest first, the closed ones too; those of one role where it is named."""
    wish = PageWish(limit=limit, cursor=None if cursor is None else cursor[:80])
    with installation() as edge:
        actor = _owner(edge)
        with edge.database.reading() as session:
            told = list_accounts(session, actor, wish, None if role is None else Role(role))
    tell(told)


@user.command("close")
@_named
def close_user(named: str) -> None:
    """Close an account: nobody signs in with it, and its tokens stop working."""
    with _changing(named) as to:
        told = close_account(to.session, to.actor, to.account_id, to.now)
    tell(told)


@user.command("reopen")
@_named
def reopen_user(named: str) -> None:
    """Open a closed account again."""
    with _changing(named) as to:
        told = reopen_account(to.session, to.actor, to.account_id, to.now)
    tell(told)


@user.command("appoint")
@_named
@_role_option(required=True)
@_party_option
def appoint_user(named: str, role: str, party_id: int | None) -> None:
    """Give an account a role, and a producer her party. Its tokens are revoked."""
    appointment = Appointment(role=Role(role), party_id=party_id)
    with _changing(named) as to:
        told = appoint(to.session, to.actor, to.account_id, appointment, to.now)
    tell(told)


@user.command("drop-second-factor")
@_named
def drop_factor(named: str) -> None:
    """Turn off the second factor of somebody who lost it; its sign-ins end."""
    with _changing(named) as to:
        told = drop_for(to.session, to.actor, to.account_id, to.now)
    tell(told)


@user.command("reset")
@_named
def reset_user(named: str) -> None:
    """Write a link that works once, within 24 hours, to choose a new password; nothing else."""
    with _changing(named) as to:
        invited = invite_to_reset(to.session, to.actor, to.account_id, to.now)
        link = _link(to.edge, invited)
    write(link)


@user.command("invite")
@click.argument("name")
@_role_option(required=True)
@_party_option
def invite_user(name: str, role: str, party_id: int | None) -> None:
    """Write a link by which somebody joins, and nothing else. NAME says for whom it is."""
    try:
        new = NewInvitation(role=Role(role), name=name, party_id=party_id)
    except ValidationError:
        raise Trouble("NAME has 1 to 100 letters; nothing was changed") from None
    with installation() as edge:
        actor = _owner(edge)
        with edge.database.writing() as session:
            days = edge.settings.invitation_days
            invited = invite(session, actor, new, days, edge.clock())
        write(_link(edge, invited))


def _link(edge: Edge, invited: Invited) -> str:
    return f"{edge.settings.base_url}/join/{invited.token}"


@click.group()
def token() -> None:
    """Bearer tokens of programs: add, list, revoke."""


@token.command("add")
@click.argument("sign_in_name")
@click.option("--hidden-codes", is_flag=True, help="Labels come with their hidden codes.")
def add_token(sign_in_name: str, hidden_codes: bool) -> None:
    """Make a token for an account and write it, this once, and nothing else."""
    with installation() as edge:
        with edge.database.writing() as session:
            now = edge.clock()
            text = create_token(session, sign_in_name, hidden_codes=hidden_codes, now=now)
        write(text)


@token.command("list")
@click.argument("sign_in_name", required=False)
def show_tokens(sign_in_name: str | None) -> None:
    """Every token, oldest first, or those of one account. Never their texts."""
    with installation() as edge, edge.database.reading() as session:
        items = [told.model_dump(mode="json") for told in list_tokens(session, sign_in_name)]
    tell({"items": items, "next_cursor": None})


@token.command("revoke")
@click.argument("token_id", type=_ID, metavar="ID")
def drop_token(token_id: int) -> None:
    """Take a token away, by its number in `token list`; it stops working at once."""
    with installation() as edge, edge.database.writing() as session:
        told = revoke_token(session, token_id)
    tell(told)
