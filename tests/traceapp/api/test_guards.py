"""Every route, for everybody: who gets in, who does not, and that nothing changes for those."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from scenes import Scene, new_batch, new_facility, new_product, new_request, submitted

from traceapp.api import ROUTES
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.label_wishes import DrawingWish
from traceapp.services.scans.scanning import Look, scan

REASON = {"reason": "Thiếu giấy tờ"}


def of(what: str) -> Scene:
    def scene(world: Any) -> tuple[str, Any]:
        return str(getattr(world.producer, what).id), None

    return scene


def of_batch(world: Any) -> tuple[str, Any]:
    return str(world.batch().id), None


def of_request(world: Any) -> tuple[str, Any]:
    return str(world.ask(20, world.batch())), None


def of_run(world: Any) -> tuple[str, Any]:
    return str(world.issue(activate=False).run.id), None


def of_test_run(world: Any) -> tuple[str, Any]:
    return str(world.test_labels().run.id), None


def new_test_run(world: Any) -> tuple[str, Any]:
    """Of a product whose party has had none: the share of a day is small."""
    world.now += timedelta(days=2)
    return "", {"product_id": world.producer.product.id}


def of_drawing(world: Any) -> tuple[str, Any]:
    run_id, _ = of_run(world)
    with world.writing() as session:
        asks = (session, world.producer.actor, int(run_id))
        return str(draw_labels(*asks, DrawingWish(), world.edge.drawing, world.now).id), None


def new_print_report(world: Any) -> tuple[str, Any]:
    run_id, ends = new_activation(world)
    return run_id, {"good": [ends]}


def new_redraw_leave(world: Any) -> tuple[str, Any]:
    run = world.issue().run
    ends = {"first_serial": run.first_serial, "last_serial": run.last_serial}
    return str(run.id), ends | {"reason": "damaged"}


def of_redraw_leave(world: Any) -> tuple[str, Any]:
    """A wish that waits: the officer's own is granted at once."""
    run_id, body = new_redraw_leave(world)
    path = f"/api/v1/stamp-runs/{run_id}/redraw-leaves"
    sent = world.client().post(path, json=body, headers=world.producer.headers)
    return str(sent.json["id"]), None


def of_activation(world: Any) -> tuple[str, Any]:
    return str(world.issue(activate=False).activate().id), None


def of_void(world: Any) -> tuple[str, Any]:
    return str(world.issue(activate=False).void().id), None


def of_held_batch(world: Any) -> tuple[str, Any]:
    batch = world.batch()
    body, headers = REASON, world.producer.headers
    world.client().post(f"/api/v1/batches/{batch.id}/hold", json=body, headers=headers)
    return str(batch.id), None


def of_recall(world: Any) -> tuple[str, Any]:
    return str(world.issue().recall().id), None


def of_compromised_key(world: Any) -> tuple[str, Any]:
    return str(world.compromise(world.issue().run.key_id).id), None


def of_alert(world: Any) -> tuple[str, Any]:
    return str(world.alert()), None


def of_scan(world: Any) -> tuple[str, Any]:
    issued = world.issue()
    with world.writing() as session:
        scan(session, Look(issued.code(), "phone", "192.0.2.1"), world.edge.scanning, world.now)
    with world.edge.database.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT max(id) FROM scans").scalar()), None


def with_body(scene: Scene, body: Any) -> Scene:
    return lambda world: (scene(world)[0], body)


def no_object(body: Any = None) -> Scene:
    return lambda world: ("", body)


def new_activation(world: Any) -> tuple[str, Any]:
    run = world.issue(activate=False).run
    return str(run.id), {"first_serial": run.first_serial, "last_serial": run.last_serial}


def new_void(world: Any) -> tuple[str, Any]:
    run_id, body = new_activation(world)
    return run_id, body | {"reason": "lost"}


def new_recall(world: Any) -> tuple[str, Any]:
    batch_ids = [world.batch().id]
    return "", {"batch_ids": batch_ids, "severity": "info", "reason": "Sai", "notice": "Dừng"}


def of_correction(world: Any) -> tuple[str, Any]:
    """A correction that waits: the officer's own takes effect at once."""
    path = f"/api/v1/parties/{world.producer.party.id}/corrections"
    world.batches += 1
    body = {"address": f"Thôn {world.batches}", "reason": "Ghi nhầm"}
    sent = world.client().post(path, json=body, headers=world.producer.headers)
    return str(sent.json["id"]), None


def new_correction(scene: Scene, field: str) -> Scene:
    """A correction of what `scene` gives, to another value each time."""

    def new(world: Any) -> tuple[str, Any]:
        world.batches += 1
        value = world.batches if field == "quantity" else f"Thôn {world.batches}"
        return scene(world)[0], {field: value, "reason": "Ghi nhầm"}

    return new


OWN = (200, 404, 200, 200)  # the producer's own, and whoever watches over all
ALL = (200, 200, 200, 200)
OFFICER = (403, 403, 200, 403)
WATCHERS = (403, 403, 200, 200)
MADE = (201, 422, 201, 403)  # a body that names another party's object is refused by its field
MADE_BELOW = (201, 404, 201, 403)
DONE = (200, 404, 200, 403)  # her own, and the officer's to do; who only reads does nothing

# What producer, neighbour, officer and administrator get, over an object of the producer's.
EXPECTED: dict[tuple[str, str], tuple[tuple[int, int, int, int], Scene]] = {
    ("POST", "/parties"): (
        (409, 409, 201, 403),  # a producer has one party, her own
        no_object({"kind": "household", "name": "Hộ", "address": "Thôn"}),
    ),
    ("GET", "/parties"): (ALL, no_object()),
    ("GET", "/parties/<id:party_id>"): (OWN, of("party")),
    ("POST", "/parties/<id:party_id>/approval"): (OFFICER, submitted("parties")),
    ("POST", "/parties/<id:party_id>/rejection"): (
        OFFICER,
        with_body(submitted("parties"), REASON),
    ),
    ("POST", "/facilities"): (MADE, lambda world: ("", new_facility(world)[1])),
    ("GET", "/facilities"): (ALL, no_object()),
    ("GET", "/facilities/<id:facility_id>"): (OWN, of("facility")),
    ("POST", "/facilities/<id:facility_id>/approval"): (OFFICER, submitted("facilities")),
    ("POST", "/facilities/<id:facility_id>/rejection"): (
        OFFICER,
        with_body(submitted("facilities"), REASON),
    ),
    ("POST", "/products"): (MADE, lambda world: ("", new_product(world)[1])),
    ("GET", "/products"): (ALL, no_object()),
    ("GET", "/products/<id:product_id>"): (OWN, of("product")),
    ("POST", "/products/<id:product_id>/approval"): (OFFICER, submitted("products")),
    ("POST", "/products/<id:product_id>/rejection"): (
        OFFICER,
        with_body(submitted("products"), REASON),
    ),
    ("POST", "/batches"): (MADE, new_batch),
    ("GET", "/batches"): (ALL, no_object()),
    ("GET", "/batches/<id:batch_id>"): (OWN, of_batch),
    ("POST", "/batches/<id:batch_id>/hold"): (DONE, with_body(of_batch, REASON)),
    ("POST", "/batches/<id:batch_id>/release"): (OFFICER, with_body(of_held_batch, REASON)),
    ("POST", "/parties/<id:party_id>/corrections"): (
        MADE_BELOW,
        new_correction(of("party"), "address"),
    ),
    ("POST", "/facilities/<id:facility_id>/corrections"): (
        MADE_BELOW,
        new_correction(of("facility"), "address"),
    ),
    ("POST", "/products/<id:product_id>/corrections"): (
        MADE_BELOW,
        new_correction(of("product"), "brand"),
    ),
    ("POST", "/batches/<id:batch_id>/corrections"): (
        MADE_BELOW,
        new_correction(of_batch, "quantity"),
    ),
    ("GET", "/corrections"): (ALL, no_object()),
    ("GET", "/corrections/<id:correction_id>"): (OWN, of_correction),
    ("POST", "/corrections/<id:correction_id>/approval"): (OFFICER, of_correction),
    ("POST", "/corrections/<id:correction_id>/rejection"): (
        OFFICER,
        with_body(of_correction, REASON),
    ),
    ("POST", "/stamp-requests"): (MADE, new_request),
    ("GET", "/stamp-requests"): (ALL, no_object()),
    ("GET", "/stamp-requests/<id:request_id>"): (OWN, of_request),
    ("POST", "/stamp-requests/<id:request_id>/approval"): (OFFICER, of_request),
    ("POST", "/stamp-requests/<id:request_id>/rejection"): (
        OFFICER,
        with_body(of_request, REASON),
    ),
    ("GET", "/stamp-runs"): (ALL, no_object()),
    ("GET", "/stamp-runs/<id:run_id>"): (OWN, of_run),
    ("GET", "/stamp-runs/<id:run_id>/labels"): ((200, 404, 200, 403), of_run),
    ("POST", "/test-runs"): (MADE, new_test_run),
    ("GET", "/test-runs"): (ALL, no_object()),
    ("GET", "/test-runs/<id:run_id>"): (OWN, of_test_run),
    ("GET", "/stamp-runs/<id:run_id>/label-parts"): ((200, 404, 200, 403), of_run),
    ("GET", "/stamp-runs/<id:run_id>/drawings"): (OWN, of_run),
    ("GET", "/stamp-runs/<id:run_id>/drawn-ranges"): (OWN, of_run),
    ("GET", "/drawings/<id:drawing_id>"): (OWN, of_drawing),
    ("POST", "/stamp-runs/<id:run_id>/print-reports"): (MADE_BELOW, new_print_report),
    ("GET", "/stamp-runs/<id:run_id>/print-reports"): (OWN, of_run),
    ("GET", "/stamp-runs/<id:run_id>/good-prints"): (OWN, of_run),
    ("POST", "/stamp-runs/<id:run_id>/redraw-leaves"): (MADE_BELOW, new_redraw_leave),
    ("GET", "/redraw-leaves"): (ALL, no_object()),
    ("GET", "/redraw-leaves/<id:leave_id>"): (OWN, of_redraw_leave),
    ("POST", "/redraw-leaves/<id:leave_id>/approval"): (OFFICER, of_redraw_leave),
    ("POST", "/redraw-leaves/<id:leave_id>/rejection"): (
        OFFICER,
        with_body(of_redraw_leave, REASON),
    ),
    ("POST", "/stamp-runs/<id:run_id>/activations"): (MADE_BELOW, new_activation),
    ("GET", "/stamp-runs/<id:run_id>/activations"): (OWN, of_run),
    ("GET", "/activations/<id:activation_id>"): (OWN, of_activation),
    ("POST", "/activations/<id:activation_id>/undo"): (DONE, with_body(of_activation, REASON)),
    ("POST", "/stamp-runs/<id:run_id>/voids"): (MADE_BELOW, new_void),
    ("GET", "/stamp-runs/<id:run_id>/voids"): (OWN, of_run),
    ("GET", "/voids/<id:void_id>"): (OWN, of_void),
    ("POST", "/voids/<id:void_id>/undo"): (DONE, with_body(of_void, REASON)),
    ("POST", "/recalls"): ((403, 403, 201, 403), new_recall),
    ("GET", "/recalls"): (ALL, no_object()),
    ("GET", "/recalls/<id:recall_id>"): (OWN, of_recall),
    ("POST", "/recalls/<id:recall_id>/closure"): (
        OFFICER,
        with_body(of_recall, {"outcome": "completed", "reason": "Xong"}),
    ),
    ("GET", "/compromised-keys"): (WATCHERS, no_object()),
    ("GET", "/compromised-keys/<id:compromised_key_id>"): (WATCHERS, of_compromised_key),
    ("GET", "/compromised-keys/<id:compromised_key_id>/stamp-runs"): (
        WATCHERS,
        of_compromised_key,
    ),
    ("GET", "/alerts"): (ALL, no_object()),
    ("GET", "/alerts/<id:alert_id>"): (OWN, of_alert),
    ("POST", "/alerts/<id:alert_id>/handling"): (
        OFFICER,
        with_body(of_alert, {"note": "Đã hỏi người bán"}),
    ),
    ("GET", "/scans"): (WATCHERS, no_object()),
    ("GET", "/scans/<id:scan_id>"): (WATCHERS, of_scan),
}


def test_every_route_is_in_the_table() -> None:
    declared = [(route.method, route.path) for route in ROUTES]
    assert len(declared) == len(set(declared))
    assert set(declared) == set(EXPECTED)


@pytest.mark.parametrize(("method", "path"), EXPECTED, ids=[" ".join(each) for each in EXPECTED])
def test_a_route_lets_in_whom_it_should(world: Any, unchanged: Any, method: str, path: str) -> None:
    statuses, scene = EXPECTED[(method, path)]
    nobody = {"Accept-Language": "en"}
    people = [
        ("nobody", nobody, 401),
        ("a token nobody has", nobody | {"Authorization": "Bearer c0ffee"}, 401),
        ("a token in the wrong form", nobody | {"Authorization": world.officer.token}, 401),
        ("basic", nobody | {"Authorization": f"Basic {world.officer.token}"}, 401),
        ("empty", nobody | {"Authorization": "Bearer "}, 401),
        ("admin", world.admin.headers, statuses[3]),
        ("neighbour", world.neighbour.headers, statuses[1]),
        ("producer", world.producer.headers, statuses[0]),
        ("officer", world.officer.headers, statuses[2]),
    ]
    place = path.partition("<")[2].partition(">")[0]

    def ask(number: str, body: Any, headers: Any) -> Any:
        address = "/api/v1" + path.replace(f"<{place}>", number)
        return world.client().open(address, method=method, json=body, headers=headers)

    number, body = scene(world)
    with unchanged():
        for who, headers, status in people:
            if status < 400:
                continue
            answer = ask(number, body, headers)
            assert answer.status_code == status, (who, answer.text)
            assert answer.content_type == "application/problem+json"
            assert answer.json["status"] == status and answer.json["title"]
            assert ("WWW-Authenticate" in answer.headers) == (status == 401)
            if status == 422:
                assert answer.json["errors"][0]["field"] in body
    for who, headers, status in people:
        if status < 400:
            number, body = scene(world)  # the one before may have been decided, or used up
            answer = ask(number, body, headers)
            assert answer.status_code == status, (who, answer.text)
