"""The OpenAPI document: valid, complete, and kept by every answer to whatever it allows."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import (
    GenerationConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from traceapp.api import ROUTES
from traceapp.services.authority import RULES
from traceapp.services.registry.correctable import PartyCorrection
from traceapp.services.registry.correcting import Correcting, correct
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.label_wishes import DrawingWish
from traceapp.services.scans.scanning import Look, scan

ADDRESSES = [(route.method, "/api/v1" + route.path) for route in ROUTES]
EXAMPLES = 20  # of each operation; a third of them where a database other than SQLite answers
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def document(world: Any) -> dict[str, Any]:
    answer = world.client().get("/api/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    return dict(answer.json)


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_it_describes_every_route_and_nothing_else(document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == {(method, templated(path)) for method, path in ADDRESSES}


def test_every_operation_has_a_name_of_its_own_a_summary_and_its_roles(
    document: dict[str, Any],
) -> None:
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names) == len(ROUTES)
    assert all(each["summary"].endswith(".") for each in operations)
    for route in ROUTES:
        operation = document["paths"][templated("/api/v1" + route.path)][route.method.lower()]
        assert all(role.value in operation["description"] for role in RULES[route.act])
    assert document["security"] == [{"bearer": []}]


def templated(path: str) -> str:
    """Flask's way of writing a place in a path, as OpenAPI writes it."""
    return path.replace("<id:", "{").replace(">", "}")


def real_values(world: Any) -> dict[str, Any]:
    """Objects that are there, for every place in a path and for the fields that name one."""
    issued = world.issue(200, activate=False)
    with world.writing() as session:
        scan(session, Look(issued.code(), "phone", "source"), world.edge.scanning, world.now)
    with world.writing() as session:
        correction = correct(
            session,
            world.producer.actor,
            world.producer.party.id,
            PartyCorrection(address="Thôn 9", reason="Ghi nhầm"),
            Correcting(world.edge.kinds, world.edge.settings.spoilage_percent),
            world.now,
        )
        asks = (session, world.producer.actor, issued.run.id)
        drawing = draw_labels(*asks, DrawingWish(), world.edge.drawing, world.now)
    return {
        "attributes": {"total_nitrogen_g_l": 30},
        "batch_ids": [issued.batch.id],
        "first_serial": issued.serial(30),
        "last_serial": issued.serial(39),
        "serial_ranges": [],
        "party_id": world.producer.party.id,
        "facility_id": world.producer.facility.id,
        "product_id": world.producer.product.id,
        "batch_id": issued.batch.id,
        "request_id": world.ask(5, world.batch()),
        "run_id": issued.run.id,
        "activation_id": issued.activate(0, 9).id,
        "void_id": issued.void(20).id,
        "leave_id": issued.leave(0, 9).id,
        "drawing_id": drawing.id,
        "recall_id": world.issue(5).recall().id,
        "compromised_key_id": world.compromise(world.edge.hidden_keys.ring().newest.id).id,
        "alert_id": world.alert(issued),
        "scan_id": 1,
        "correction_id": correction.id,
    }


def bombard(
    world: Any, address: tuple[str, str], mode: GenerationMode, real: dict[str, Any]
) -> None:
    """Send what the document allows, or does not, and hold every answer against it.

    `real` are values that take the place of made-up ones, so that what is sent reaches the acts.
    """
    method, path = address
    generation = GenerationConfig(with_security_parameters=False)  # each request has a token
    project = ProjectConfig(generation=generation)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app=world.app, config=config)
    operation = schema[templated(path)][method]
    strategy = operation.as_strategy(generation_mode=mode)
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

    @settings(
        max_examples=EXAMPLES if world.edge.database.embedded else EXAMPLES // 3,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Any) -> None:
        if real:
            case.path_parameters = {name: real[name] for name in case.path_parameters or {}}
        if isinstance(case.body, dict):
            case.body |= {name: value for name, value in real.items() if name in case.body}
            if real and "net_content" in case.body:
                case.body["kind"] = "fish_sauce"
        case.call_and_validate(headers=world.officer.headers, checks=checks)

    send()


@pytest.mark.parametrize("address", ADDRESSES, ids=[" ".join(each) for each in ADDRESSES])
def test_what_it_allows_is_answered_as_it_says(world: Any, address: tuple[str, str]) -> None:
    bombard(world, address, GenerationMode.POSITIVE, real_values(world))


@pytest.mark.parametrize("address", ADDRESSES, ids=[" ".join(each) for each in ADDRESSES])
def test_what_it_does_not_allow_is_refused_as_it_says(world: Any, address: tuple[str, str]) -> None:
    bombard(world, address, GenerationMode.NEGATIVE, {})
