"""The OpenAPI 3.1 document, made from the routes: pydantic's JSON Schema is 3.1's own dialect."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from traceapp.api.problems import MEDIA_TYPE, Problem
from traceapp.services.authority import RULES
from traceapp.services.registry.product_kinds import ProductKinds

if TYPE_CHECKING:
    from traceapp.api.routing import Route

_PLACE = re.compile(r"<id:(\w+)>")
_REFERENCE = "#/components/schemas/{model}"
_DESCRIPTIONS = {
    400: "The body is no JSON.",
    401: "No token, or one that is not known.",
    304: "You have these very bytes; nothing was taken out.",
    403: "The account's role has no right to this, or not without proof.",
    404: "There is no such thing, or it is another party's.",
    409: "The state of things does not allow the act; nothing was changed.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "A value cannot be used; `errors` names the field.",
    429: "Too many requests.",
    503: "The records or keys are out of reach; nothing was changed.",
}


def document(routes: Iterable[Route], kinds: ProductKinds) -> dict[str, Any]:
    """The whole document. Every status that a route can answer with is in it."""
    routes = tuple(routes)
    schemas, components = _schemas(routes)
    _describe_kinds(components, kinds)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = "/api/v1" + _PLACE.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tem truy xuất: stamps that trace food",
            "version": "1",
            "description": "Signed QR stamps for production batches: request, approve, print, "
            "activate, void, recall, and read who looked at them.",
        },
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


Schemas = dict[tuple[Any, str], dict[str, Any]]


def _schemas(routes: tuple[Route, ...]) -> tuple[Schemas, dict[str, Any]]:
    """References by model and mode, and the components that they point to."""
    wanted: dict[tuple[type[BaseModel], Any], None] = {(Problem, "serialization"): None}
    for route in routes:
        for model, mode in ((route.answer, "serialization"), (route.body, "validation")):
            if model is not None:
                wanted[(model, mode)] = None
        if route.query is not None:
            wanted[(route.query, "validation")] = None
    references, shared = models_json_schema(list(wanted), ref_template=_REFERENCE)
    return {pair: dict(schema) for pair, schema in references.items()}, shared["$defs"]


def _describe_kinds(components: dict[str, Any], kinds: ProductKinds) -> None:
    """Write into the bodies what this installation's data says: kinds and their attributes."""
    components["NewProduct"]["properties"]["kind"]["enum"] = sorted(kinds)
    lines = [
        f"{kind.name}: " + ", ".join(f"{each.name} ({each.type})" for each in kind.attributes)
        for kind in kinds.values()
    ]
    components["NewBatch"]["properties"]["attributes"]["description"] = (
        "What the product's kind describes, by name and type; other names are kept and not shown "
        "to buyers. " + "; ".join(lines)
    )


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    summary = (inspect.getdoc(route.view) or "").partition("\n")[0]
    roles = ", ".join(sorted(RULES.get(route.act, ())))
    operation: dict[str, Any] = {
        "operationId": route.endpoint.replace(".", "_"),
        "summary": summary,
        "description": f"For: {roles}.",
        "tags": [route.endpoint.partition(".")[0]],
        "parameters": _parameters(route),
        "responses": {str(int(route.status)): _success(route, schemas)}
        | {str(status): _failure(status, schemas) for status in _failures(route)}
        | ({"304": {"description": _DESCRIPTIONS[304]}} if route.media else {}),
    }
    if route.body is not None:
        schema = schemas[(route.body, "validation")]
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": 1, "maximum": 10**15 - 1}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": number}
        for name in _PLACE.findall(route.path)
    ]
    if route.query is not None:
        schema = route.query.model_json_schema(ref_template=_REFERENCE)
        for name, each in schema["properties"].items():
            # A query has no null: what may be null may be left out.
            choices = [part for part in each.get("anyOf", []) if part.get("type") != "null"]
            shown = choices[0] if len(choices) == 1 else each
            found.append({"name": name, "in": "query", "required": False, "schema": shown})
    if route.media:
        shown = {"type": "string", "maxLength": 500}
        found.append({"name": "If-None-Match", "in": "header", "required": False, "schema": shown})
    if route.method == "POST":
        key = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return found


def _success(route: Route, schemas: Schemas) -> dict[str, Any]:
    described = {"description": HTTPStatus(route.status).phrase}
    if route.answer is None:
        binary = {"schema": {"type": "string", "format": "binary"}}
        return described | {"content": dict.fromkeys(route.media, binary)}
    schema = schemas[(route.answer, "serialization")]
    return described | {"content": {"application/json": {"schema": schema}}}


def _failure(status: int, schemas: Schemas) -> dict[str, Any]:
    schema = schemas[(Problem, "serialization")]
    return {
        "description": _DESCRIPTIONS[status],
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _failures(route: Route) -> list[int]:
    """Every status besides success that a route can answer with."""
    found = {401, 403, 429, 503}
    if "<id:" in route.path:
        found.add(404)
    if route.query is not None:
        found.add(422)
    if route.media:
        found.add(409)
    if route.method == "POST":
        found |= {409, 413, 422}
    if route.body is not None:
        found |= {400, 415}
    return sorted(found)
