"""Opening the installation for a command, answering in JSON, and saying trouble in one line."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from pydantic import BaseModel
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError

from stamps import BadStamp
from traceapp.edge import Edge, open_edge
from traceapp.migrations import Standing, standing
from traceapp.records.counter import MarkAway, MarkTrouble
from traceapp.records.key_files import KeyTrouble
from traceapp.services.authority import Actor
from traceapp.services.people.acting import actor_of_account, create_operator, find_operator
from traceapp.services.people.sign_in_names import OPERATOR, fold_sign_in_name
from traceapp.services.refusals import Refusal
from traceapp.settings import PREFIX, Settings, WrongSetting, read_settings

F = TypeVar("F", bound=Callable[..., Any])


class Trouble(Exception):
    """What keeps a command from its work; the text says what to do."""


@contextmanager
def installation(settings: Settings | None = None) -> Iterator[Edge]:
    """This environment's installation, whose database is at this program's version.

    Raises Trouble, WrongSetting and what the database raises.
    """
    with unprepared(settings) as edge:
        check_prepared(edge)
        yield edge


@contextmanager
def unprepared(settings: Settings | None = None) -> Iterator[Edge]:
    """This environment's installation, whatever the state of its database."""
    edge = _open(settings or read_settings())
    try:
        yield edge
    finally:
        edge.database.close()


def _open(settings: Settings) -> Edge:
    try:
        return open_edge(settings)
    except (ArgumentError, ImportError):
        # SQLAlchemy's own words may quote the URL, and with it a password.
        raise Trouble(
            f"{PREFIX}DATABASE_URL cannot be used: write sqlite:///FILE or "
            "postgresql://USER:PASSWORD@HOST/NAME"
        ) from None


def check_prepared(edge: Edge) -> None:
    """Raises Trouble unless there is a data directory and a database at this program's version.

    It says where it looked: the usual mistake is a command in another folder.
    """
    folder = edge.settings.data_dir.absolute()
    if not folder.is_dir():
        raise Trouble(
            f"There is no data directory {folder}: name it by {PREFIX}DATA_DIR, "
            "or run `traceapp db upgrade` to make it"
        )
    if check_not_newer(edge) is Standing.BEHIND:
        where = f"The database {edge.database.place}"
        raise Trouble(f"{where} is not at this version yet: run `traceapp db upgrade`")


def check_not_newer(edge: Edge) -> Standing:
    """How the database stands. Raises Trouble where a newer program made it."""
    found = standing(edge.database)
    if found is Standing.AHEAD:
        where = f"The database {edge.database.place}"
        raise Trouble(f"{where} was made by a newer version of traceapp: install that version")
    return found


def acting_as(edge: Edge, email: str | None) -> Actor:
    """The account that a command acts for; the same rules apply to it as everywhere.

    Without a name the operator acts, whose account is made on first use.
    """
    named = None if email is None or fold_sign_in_name(email) == OPERATOR else email
    with edge.database.reading() as session:
        if named is not None:
            return actor_of_account(session, named, demonstration=edge.settings.demonstration)
        found = find_operator(session)
    if found is not None:
        return found
    with edge.database.writing() as session:
        return create_operator(session, edge.clock())


def actor_option(command: F) -> F:
    """`--as EMAIL`: the account that acts."""
    return click.option(
        "--as",
        "actor_email",
        metavar="EMAIL",
        envvar=f"{PREFIX}ACTOR",
        show_envvar=True,
        help="The account that acts; its role's rules apply. Without it the built-in operator "
        "acts, who is an officer.",
    )(command)


def tell(told: BaseModel | dict[str, Any]) -> None:
    """Write an answer as the API writes it: one line of JSON, in UTF-8 whatever the terminal's."""
    values = told.model_dump(mode="json") if isinstance(told, BaseModel) else told
    write(json.dumps(values, ensure_ascii=False))


def write(line: str) -> None:
    click.echo(line.encode("utf-8", "replace"))


class PlainGroup(click.Group):
    """A group of commands that ends in one clear line and status 1 where something is refused."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(_titled(refusal)) from None
        except (Trouble, WrongSetting, KeyTrouble, BadStamp) as trouble:
            raise click.ClickException(str(trouble)) from None
        except MarkAway as trouble:
            raise click.ClickException(
                f"{trouble}: see that the disk has room and may be written, then try again"
            ) from None
        except MarkTrouble as trouble:
            raise click.ClickException(
                f"{trouble}: move it away, then run `traceapp counter advance`"
            ) from None
        except IntegrityError:
            raise click.ClickException(
                "Somebody else changed this at the same moment; look again, then try again."
            ) from None
        except OperationalError as error:
            raise click.ClickException(
                f"The database cannot be used ({_reason(error)}); nothing was changed. "
                f"See that it runs and that {PREFIX}DATABASE_URL names it."
            ) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # Whoever read our output has read enough.
            where = f" ({error.filename})" if error.filename else ""
            raise click.ClickException(f"{error.strerror or error}{where}") from None


def _titled(refusal: Refusal) -> str:
    return f"{refusal} ({refusal.field})" if refusal.field else str(refusal)


def _reason(error: DBAPIError) -> str:
    """The database's first line, without what may be a part of a mistyped password."""
    first = str(error.orig).strip().partition("\n")[0]
    return re.sub(r"\S*@", "", first)
