"""Everything the API does, for an operator on the server: a command for each of its routes.

The declaration of a route is its guard, its body and its service already; here it gets options
instead of a request, and the account that `--as` names, or else the operator, instead of a token.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import click
from pydantic import BaseModel

from traceapp.api import ROUTES
from traceapp.api.routing import Call, Route
from traceapp.cli.fields import Fields, singular
from traceapp.cli.opening import acting_as, actor_option, installation, tell
from traceapp.services.authority import permit

_PLACE = re.compile(r"<id:(\w+)>")
_VERBS = {"create": "add", "index": "list", "one": "show"}
_NOUNS = {
    "batches": "batch",
    "compromised_keys": "compromised-key",
    "drawn_ranges": "drawn-range",
    "good_prints": "good-print",
    "label_parts": "label-part",
    "print_report": "print-report",
    "redraw_leave": "redraw-leave",
    "redraw_leaves": "redraw-leave",
    "stamp_requests": "request",
    "stamp_runs": "run",
    "test_runs": "test-run",
}


def commands() -> dict[str, click.Group]:
    """The commands of every route that answers in JSON, by noun. Files have their own command."""
    groups: dict[str, click.Group] = {}
    for route in ROUTES:
        if route.media:
            continue
        noun, verb = name_of(route)
        group = groups.setdefault(noun, click.Group(noun))
        group.add_command(_command(route, verb))
    for noun, group in groups.items():
        group.help = f"{noun.capitalize()}: {', '.join(sorted(group.commands))}."
    return groups


def name_of(route: Route) -> tuple[str, str]:
    """The noun and the verb of a route's command, from its view's name and its file's."""
    room, _, view = route.endpoint.partition(".")
    word, _, noun = view.partition("_")
    noun = noun or room
    return _NOUNS.get(noun, singular(noun)), _VERBS.get(word, word)


def _command(route: Route, verb: str) -> click.Command:
    numbers = _PLACE.findall(route.path)
    sent = {
        name: Fields(model)
        for name, model in (("body", route.body), ("query", route.query))
        if model is not None
    }

    def run(actor_email: str | None, **values: Any) -> None:
        given: dict[str, Any] = {name: values[name] for name in numbers}
        given |= {name: fields.read(values) for name, fields in sent.items()}
        tell(_answer(route, actor_email, given))

    params: list[click.Parameter] = [_number(name) for name in numbers]
    for fields in sent.values():
        params += fields.options()
    command = click.Command(verb, params=params, help=inspect.getdoc(route.view), callback=run)
    return _with_actor(command)


def _number(name: str) -> click.Argument:
    kind = click.IntRange(1, 10**15 - 1)
    return click.Argument([name], type=kind, metavar=name.removesuffix("_id").upper())


def _with_actor(command: click.Command) -> click.Command:
    asked: Callable[..., Any] = actor_option(lambda: None)
    command.params += asked.__click_params__  # type: ignore[attr-defined]
    return command


def _answer(route: Route, email: str | None, given: dict[str, Any]) -> BaseModel:
    with installation() as edge:
        now = edge.clock()
        actor = acting_as(edge, email)
        permit(actor, route.act)
        reads = route.method == "GET"
        with edge.database.reading() if reads else edge.database.writing() as session:
            told: BaseModel = route.view(Call(session, actor, now, edge), **given)
        return told
