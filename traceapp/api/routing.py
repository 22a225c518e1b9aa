"""How a route is declared: its act, which is its guard; its body, its query and its answer.

One declaration is the guard, the reader and the document, so that none can differ from the others.
A route without an act cannot be written.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, get_type_hints

from flask import Blueprint, Response, current_app, request
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.orm import Session
from werkzeug.exceptions import UnsupportedMediaType

from traceapp.api.openapi import document
from traceapp.attending import tell
from traceapp.edge import Edge
from traceapp.services import repeating
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.people.tokens import actor_of_token
from traceapp.services.refusals import NotSignedIn, message
from traceapp.services.registry.product_kinds import ProductKinds


@dataclass(frozen=True)
class Call:
    """One request, read: who asks, when, in which transaction, on which installation."""

    session: Session
    actor: Actor
    now: datetime
    edge: Edge


@dataclass(frozen=True)
class Download:
    """An answer that is a file, made while it is sent. The same `etag` means the same bytes."""

    media_type: str
    filename: str
    chunks: Iterable[bytes]
    etag: str


@dataclass(frozen=True)
class Route:
    """One call of the API. `path` is Flask's, below /api/v1; `media` for an answer that is a file.

    A view takes the Call, the path's numbers, and, where it names them, `body` and `query`.
    """

    method: str
    path: str
    act: Act
    view: Callable[..., Any]
    status: HTTPStatus
    answer: type[BaseModel] | None
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    media: tuple[str, ...] = ()

    @property
    def endpoint(self) -> str:
        return f"{self.view.__module__.rpartition('.')[2]}.{self.view.__name__}"


class Routes(list[Route]):
    """The routes of one file, in the order they are written."""

    def get(self, path: str, act: Act, media: tuple[str, ...] = ()) -> Callable[..., Any]:
        return self._declare("GET", path, act, HTTPStatus.OK, media)

    def post(
        self, path: str, act: Act, status: HTTPStatus = HTTPStatus.CREATED
    ) -> Callable[..., Any]:
        return self._declare("POST", path, act, status, ())

    def _declare(
        self, method: str, path: str, act: Act, status: HTTPStatus, media: tuple[str, ...]
    ) -> Callable[..., Any]:
        def keep(view: Callable[..., Any]) -> Callable[..., Any]:
            hints = get_type_hints(view)
            self.append(
                Route(
                    method=method,
                    path=path,
                    act=act,
                    view=view,
                    status=status,
                    answer=None if media else hints["return"],
                    body=hints.get("body"),
                    query=hints.get("query"),
                    media=media,
                )
            )
            return view

        return keep


def publish(blueprint: Blueprint, routes: tuple[Route, ...], kinds: ProductKinds) -> None:
    """Add every route to the blueprint, behind its guard, and the document beside them."""
    for route in routes:
        blueprint.add_url_rule(
            f"/v1{route.path}",
            route.endpoint.replace(".", "_"),
            _guarded(route),
            methods=[route.method],
            strict_slashes=True,
        )

    @cache
    def text() -> str:
        # Written when it is first asked for: a process that serves stamps may never be.
        return json.dumps(document(routes, kinds), ensure_ascii=False)

    def openapi() -> Response:
        return Response(text(), content_type="application/json")

    blueprint.add_url_rule("/openapi.json", "openapi", openapi, strict_slashes=True)


def _guarded(route: Route) -> Callable[..., Response]:
    def answer(**numbers: int) -> Response:
        edge: Edge = current_app.extensions["traceapp"]
        now = edge.clock()
        actor = _actor(edge)
        permit(actor, route.act)
        given: dict[str, Any] = dict(numbers)
        if route.body is not None:
            given["body"] = _body(route.body)
        if route.query is not None:
            given["query"] = TypeAdapter(route.query).validate_strings(_query())
        if request.method == "HEAD" or (route.method == "GET" and not route.media):
            # What a reading transaction writes is never kept: HEAD takes no labels out.
            with edge.database.reading() as session:
                told = route.view(Call(session, actor, now, edge), **given)
            return (
                _file(replace(told, chunks=())) if route.media else _json(_text(told), route.status)
            )
        repeatable = _repeatable(actor)
        with edge.database.writing() as session:
            call = Call(session, actor, now, edge)
            if repeatable is not None:
                stored = repeating.begin(session, repeatable, now)
                if stored is not None:
                    return _json(stored.answer, stored.status)
            told = route.view(call, **given)
            if isinstance(told, Download) and request.if_none_match.contains(told.etag):
                session.rollback()  # Whoever has these very bytes takes nothing out.
                return _unchanged(told)
            if isinstance(told, BaseModel):
                text = _text(told)
                if repeatable is not None:
                    repeating.finish(session, repeatable, route.status, text)
        if isinstance(told, Download):
            return _file(told)
        return _json(text, route.status)

    answer.__doc__ = inspect.getdoc(route.view)
    return answer


def _actor(edge: Edge) -> Actor:
    """Who asks, by bearer token (RFC 6750). Raises NotSignedIn."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn(
            "no_token", message("Send your token in the header: Authorization: Bearer <token>.")
        )
    with edge.database.reading() as session:
        actor = actor_of_token(session, token.strip(), demonstration=edge.settings.demonstration)
    tell(account=actor.account_id)
    return actor


def _body(model: type[BaseModel]) -> BaseModel:
    """The body that was sent; none at all will do where every field may be left out."""
    if not request.get_data(cache=True) and not model.model_json_schema().get("required"):
        return model()
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return model.model_validate_json(request.get_data(cache=True), strict=True)


# In a query a bare + means a space, and a zone such as +07:00 is often sent bare.
_BARE_PLUS = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})$")


def _query() -> Mapping[str, str]:
    return {name: _BARE_PLUS.sub(r"\1+\2", value) for name, value in request.args.items()}


def _repeatable(actor: Actor) -> repeating.Repeatable | None:
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return None
    return repeating.Repeatable(
        account_id=actor.account_id,
        method=request.method,
        path=request.path,
        key=key,
        body_digest=hashlib.sha256(request.get_data(cache=True)).digest(),
    )


def _text(told: BaseModel) -> str:
    return json.dumps(told.model_dump(mode="json"), ensure_ascii=False)


def _json(text: str, status: int) -> Response:
    response = Response(text, status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _unchanged(told: Download) -> Response:
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    response.set_etag(told.etag)
    response.headers["Cache-Control"] = "no-store"
    return response


def _file(told: Download) -> Response:
    response = Response(told.chunks, content_type=told.media_type)
    response.set_etag(told.etag)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="{told.filename}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
