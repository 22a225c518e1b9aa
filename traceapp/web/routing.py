"""How a page and an act are declared: the act of the rules, which is the guard, and the audience.

An act names the page that shows its form. What cannot be done is told there, beside the field that
it is about, with everything that was typed still in place; what was done leads on by a redirect.
A form that is sent twice does its act once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict

from traceapp.edge import Edge
from traceapp.services.authority import Act, Actor
from traceapp.services.lists import Role
from traceapp.services.people.signing_in import SignedIn
from traceapp.services.registry.product_kinds import ProductKind
from traceapp.services.repeating import Repeatable
from traceapp.web.forms import PLUMBING, SECRET, Form, read, shown

B = TypeVar("B", bound=BaseModel)

EVERYBODY = frozenset(Role)
LARGEST_FORM = 256 * 1024  # bytes
LONGEST_CURSOR = 80


@dataclass(frozen=True)
class Call:
    """One request of somebody signed in: who, when, in which transaction, on which installation.

    `again` is the form of the page that could not be used, or that an ended sign-in cut off.
    """

    session: Session
    signed_in: SignedIn
    now: datetime
    edge: Edge
    query: MultiDict[str, str]
    sent: MultiDict[str, str] = field(default_factory=MultiDict)
    files: Mapping[str, FileStorage] = field(default_factory=dict)
    again: Form | None = None

    @property
    def actor(self) -> Actor:
        return self.signed_in.actor

    def form(
        self, name: str, told: BaseModel | Mapping[str, Any] | None = None, **more: Any
    ) -> Form:
        """A form of the page: as it was sent, where it is shown again; else holding `told`."""
        if self.again is not None and self.again.name == name:
            return self.again
        return shown(name, told, **more)

    def read(self, model: type[B], *, kind: ProductKind | None = None, clearing: bool = False) -> B:
        """What was sent, as a service takes it. Raises Slipped."""
        return read(model, self.sent, kind=kind, clearing=clearing)

    @property
    def cursor(self) -> str | None:
        """Where a list goes on, as its address says."""
        return self.query.get("cursor", "")[:LONGEST_CURSOR] or None


@dataclass(frozen=True)
class Page:
    """A page to be rendered after its transaction ended: a template below templates/web/."""

    template: str
    context: Mapping[str, Any]
    status: int = HTTPStatus.OK


def page(template: str, **context: Any) -> Page:
    return Page(template, context)


@dataclass(frozen=True)
class Done:
    """An act that was done: where to go on, and what to say there."""

    to: str
    said: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        return json.dumps({"to": self.to, "said": self.said, "data": dict(self.data)})


def done(to: str, said: str = "", **data: Any) -> Done:
    """`said` is a message of the catalogue; `data` fills its places."""
    return Done(to, said, data)


@dataclass(frozen=True)
class File:
    """An answer that is a file, made while it is sent."""

    media_type: str
    filename: str
    chunks: Iterable[bytes]
    inline: bool = False


Answer = Page | Done | File
View = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """One page or act. `on` is the page that shows the form of an act.

    `guesses` marks an act that asks for a password or a code again: its tries are counted. Without
    `once` a form that comes twice is done twice: for slow acts, which then lock nothing early.
    """

    method: str
    path: str
    act: Act
    view: View
    audience: Audience
    on: View | None = None
    form: str = ""
    most_bytes: int = LARGEST_FORM
    guesses: bool = False
    once: bool = True

    @property
    def endpoint(self) -> str:
        return f"{self.audience.name}.{self.view.__name__}"

    def of_page(self, numbers: Mapping[str, int]) -> dict[str, int]:
        """The numbers of this act's path that its page's path has too."""
        wanted = set(re.findall(r"<id:(\w+)>", self.audience.path_of(self.on)))
        return {name: value for name, value in numbers.items() if name in wanted}


class Audience:
    """The pages of one kind of people, below one prefix. `roles` alone get in."""

    def __init__(self, name: str, prefix: str, roles: frozenset[Role]) -> None:
        self.name = name
        self.prefix = prefix
        self.roles = roles
        self.routes: list[Route] = []

    def page(self, path: str, act: Act) -> Callable[[View], View]:
        """Declare a page, or a file to download."""

        def keep(view: View) -> View:
            self.routes.append(Route("GET", path, act, view, self))
            return view

        return keep

    def act(
        self,
        path: str,
        act: Act,
        on: View,
        most_bytes: int = LARGEST_FORM,
        *,
        guesses: bool = False,
        once: bool = True,
    ) -> Callable[[View], View]:
        """Declare an act. Its form stands on the page `on`, under the name of the view."""

        def keep(view: View) -> View:
            form = view.__name__
            self.routes.append(
                Route("POST", path, act, view, self, on, form, most_bytes, guesses, once)
            )
            return view

        return keep

    def path_of(self, view: View | None) -> str:
        return next(each.path for each in self.routes if each.view is view)

    def page_of(self, route: Route) -> Route:
        """The page on which an act's form stands."""
        return next(each for each in self.routes if each.view is route.on and each.method == "GET")


def repeatable(actor: Actor, path: str, sent: MultiDict[str, str]) -> Repeatable | None:
    """What tells that a form comes a second time: the number it was shown with, and its content."""
    once = sent.get("once", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}", once):
        return None
    # A fast hash of a password would undo what the slow one is for.
    unread = PLUMBING | SECRET
    items = sorted((key, text) for key, text in sent.items(multi=True) if key not in unread)
    return Repeatable(
        account_id=actor.account_id,
        method="POST",
        path=path[:200],
        key=once,
        body_digest=hashlib.sha256(json.dumps(items).encode()).digest(),
    )
