"""Refusals as RFC 9457 problem details, in the reader's language. The API's only statuses."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response
from flask_babel import gettext
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from traceapp.edge import KeyTrouble
from traceapp.services.refusals import (
    Conflict,
    NotAllowed,
    NotNow,
    NotSignedIn,
    Refusal,
    TooMany,
    Unacceptable,
    Unknown,
    message,
)
from traceapp.services.slips import slips

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

STATUSES: dict[type[Refusal], HTTPStatus] = {
    Unknown: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    Unacceptable: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    NotNow: HTTPStatus.SERVICE_UNAVAILABLE,
}


class FieldProblem(BaseModel):
    """What is wrong with one field of a body or a query."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457. `title` says what to do; `code` names the reason for programs."""

    type: str
    title: str
    status: int
    code: str
    errors: list[FieldProblem] = Field(default_factory=list)
    data: dict[str, Any] = Field(default_factory=dict)


_TITLES: dict[int, str] = {
    400: message("The request cannot be read as JSON; check the body."),
    404: message("There is nothing at this address."),
    405: message("This address does not answer this method."),
    413: message("The body is too large."),
    415: message("Send the body as application/json."),
    429: message("Too many requests; wait a minute and try again."),
}


def problem(
    status: int,
    code: str,
    title: str,
    errors: list[FieldProblem] | None = None,
    data: dict[str, Any] | None = None,
) -> Response:
    """A problem as an answer. `title` is shown as it is."""
    told = Problem(
        type=f"urn:traceapp:problem:{code}",
        title=title,
        status=status,
        code=code,
        errors=errors or [],
        data=data or {},
    )
    response = Response(json.dumps(told.model_dump(), ensure_ascii=False), status)
    response.content_type = MEDIA_TYPE
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language"
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers["Retry-After"] = "60" if status == HTTPStatus.TOO_MANY_REQUESTS else "2"
    return response


def from_refusal(refusal: Refusal) -> Response:
    status = next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)
    title = gettext(refusal.title) % refusal.data
    errors = [FieldProblem(field=refusal.field, message=title)] if refusal.field else []
    return problem(status, refusal.code, title, errors, refusal.data)


def from_validation(error: ValidationError) -> Response:
    """A body or a query of the wrong shape: 400 where it is no JSON, else 422 by field."""
    if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
        return problem(HTTPStatus.BAD_REQUEST, "bad_json", gettext(_TITLES[400]))
    errors = [
        FieldProblem(field=each.field or "body", message=gettext(each.title) % each.data)
        for each in slips(error)
    ]
    title = gettext("Some fields cannot be used; see errors.")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "fields", title, errors)


def say_problems(blueprint: Blueprint) -> None:
    """Answer everything that goes wrong inside the API as a problem."""
    blueprint.register_error_handler(Refusal, from_refusal)
    blueprint.register_error_handler(ValidationError, from_validation)
    blueprint.register_error_handler(HTTPException, from_http)
    blueprint.register_error_handler(OperationalError, _busy)
    blueprint.register_error_handler(IntegrityError, _changed_meanwhile)
    blueprint.register_error_handler(KeyTrouble, _no_keys)


def from_http(error: HTTPException) -> Response:
    status = error.code or 500
    title = gettext(_TITLES[status]) if status in _TITLES else error.name
    response = problem(status, error.name.lower().replace(" ", "_"), title)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _busy(error: OperationalError) -> Response:
    log.error("records_away", trouble=str(error.orig).partition("\n")[0])
    title = gettext("The records are busy; nothing was changed. Try again in a moment.")
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", title)


def _changed_meanwhile(_: IntegrityError) -> Response:
    title = gettext("Somebody else changed this at the same moment; look again, then try again.")
    return problem(HTTPStatus.CONFLICT, "changed_meanwhile", title)


def _no_keys(trouble: KeyTrouble) -> Response:
    log.error("key_trouble", trouble=str(trouble))
    title = gettext("The server's keys cannot be read; its operator has to look at the log.")
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "keys", title)
