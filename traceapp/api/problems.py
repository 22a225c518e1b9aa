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

# pydantic's error types, by how they begin, and what to do instead. The longest beginning counts.
_FIELD_MESSAGES: dict[str, str] = {
    "missing": message("This field is missing."),
    "extra_forbidden": message("There is no such field."),
    "string_type": message("Write a text."),
    "string_unicode": message("Write a text."),
    "string_too_short": message("Write something here."),
    "string_too_long": message("Write at most %(max_length)s characters."),
    "string_pattern_mismatch": message("This does not have the right form."),
    "int": message("Write a whole number."),
    "float": message("Write a number."),
    "finite_number": message("Write a number."),
    "bool": message("Write true or false."),
    "greater_than_equal": message("The least value is %(ge)s."),
    "less_than_equal": message("The greatest value is %(le)s."),
    "enum": message("Choose one of: %(expected)s."),
    "datetime": message("Write an existing time with its zone, as 2026-03-01T08:00:00+07:00."),
    "timezone": message("Write an existing time with its zone, as 2026-03-01T08:00:00+07:00."),
    "date": message("Write an existing date, as 2026-03-01."),
    "list_type": message("Write a list."),
    "too_short": message("The list needs at least %(min_length)s entries."),
    "too_long": message("The list has at most %(max_length)s entries."),
    "dict_type": message("Write an object with names and values."),
    "model": message("Write an object with names and values."),
}

# Error types of our own validators, whose words are messages already.
_OWN_VALIDATORS = frozenset({"plain_text", "gtin", "year"})


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
    found = error.errors(include_url=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return problem(HTTPStatus.BAD_REQUEST, "bad_json", gettext(_TITLES[400]))
    errors = [
        FieldProblem(
            field=".".join(str(part) for part in each["loc"])[:100] or "body",
            message=_field_message(each["type"], each["msg"]) % each.get("ctx", {}),
        )
        for each in found[:20]
    ]
    title = gettext("Some fields cannot be used; see errors.")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "fields", title, errors)


def _field_message(kind: str, written: str) -> str:
    """Our words for a kind of error; `written` are those of our own validators."""
    beginnings = [each for each in _FIELD_MESSAGES if kind.startswith(each)]
    if beginnings:
        return str(gettext(_FIELD_MESSAGES[max(beginnings, key=len)]))
    if kind in _OWN_VALIDATORS:
        return str(gettext(written)).replace("%", "%%")
    return str(gettext("This value cannot be used."))


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


def _busy(_: OperationalError) -> Response:
    title = gettext("The records are busy; nothing was changed. Try again in a moment.")
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", title)


def _changed_meanwhile(_: IntegrityError) -> Response:
    title = gettext("Somebody else changed this at the same moment; look again, then try again.")
    return problem(HTTPStatus.CONFLICT, "changed_meanwhile", title)


def _no_keys(trouble: KeyTrouble) -> Response:
    log.error("key_trouble", trouble=str(trouble))
    title = gettext("The server's keys cannot be read; its operator has to look at the log.")
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "keys", title)
