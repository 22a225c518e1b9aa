"""Bodies that the API takes, and for each of their fields what nobody should send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

HUGE = 10**400
LONG = "x" * 5000
NAN, INFINITY = float("nan"), float("inf")
TEXT = [1, 1.5, True, [], {}, "", "   ", "a\x00b", "a\x07b", "a\x1bb", "a\u202eb", "a\u200fb"]
TEXT += ["\u2066a", "a\x85b", LONG]
ONE_LINE = [*TEXT, "a\nb", "a\tb"]
NUMBER = ["1", "", 1.5, True, -1, 2**63, 2**64, HUGE, -HUGE, [], {}, NAN, INFINITY]
ID = [*NUMBER, 0, 2**53]
COUNT = [*NUMBER, 0, 1_000_000_001]
DEGREES = ["1", True, 181, -181, HUGE, [], {}, NAN, INFINITY, -INFINITY, 1e308]
YES_NO = ["true", 1, 0, "", [], {}, 1.0]
CHOICE = ["nothing", "", 1, True, [], {}, LONG, "x\x00"]
TIME = ["2026-06-01", "2026-06-01T08:00:00", "2026-02-30T08:00:00Z", "2026-06-01T25:00:00Z"]
TIME += ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-06-01T08:00:00+99:00"]
TIME += ["hôm nay", "", 1717200000, 1.5, True, [], {}, HUGE, NAN, "1717200000", "2200-01-01T00:00Z"]
DATE = ["2026-02-30", "2026-13-01", "01/06/2026", "", 20260601, True, [], {}, HUGE, "x"]
GTIN = [
    "8938505974192",
    "89385059741",
    "8938505974193x",
    "８９３８５０５９７４１９２",
    "0" * 15,
    8938505974191,
]

TAX = [
    "123",
    "01234567890",
    "0123456789-01",
    "x" * 10,
    123456789012,
    "",
    "٠١٢٣٤٥٦٧٨٩",
    "0123456789\n",
]

PHONE = ["abc", "12", "+", "0" * 30, "09x", 912345678, "", "0912345678\n", "٠٩١٢٣٤٥٦٧٨"]
LIST = ["x", 1, {}, True]


def filled(values: list[Any]) -> list[Any]:
    """The values but the blank ones: a text that may be left out may also be empty."""
    return [each for each in values if not (isinstance(each, str) and not each.strip())]


OBJECT = ["x", 1, [], True]
Bodies = dict[str, tuple[Callable[[Any], tuple[str, dict[str, Any]]], dict[str, list[Any]]]]


def party(world: Any) -> tuple[str, dict[str, Any]]:
    return "/parties", {"kind": "household", "name": "Hộ", "address": "Thôn 1"}


def facility(world: Any) -> tuple[str, dict[str, Any]]:
    body = {"party_id": world.producer.party.id, "name": "Xưởng", "address": "Thôn 1"}
    return "/facilities", body


def product(world: Any) -> tuple[str, dict[str, Any]]:
    body = {"kind": "fish_sauce", "name": "Mắm", "net_content": "1 l"}
    return "/products", body | {"party_id": world.producer.party.id}


def batch(world: Any) -> tuple[str, dict[str, Any]]:
    return "/batches", {
        "product_id": world.producer.product.id,
        "facility_id": world.producer.facility.id,
        "lot": "L1",
        "produced_at": "2026-06-01T08:00:00+07:00",
        "expires_at": "2028-06-01T08:00:00+07:00",
        "quantity": 10,
    }


def stamp_request(world: Any) -> tuple[str, dict[str, Any]]:
    return "/stamp-requests", {"product_id": world.producer.product.id, "quantity": 10}


def request_rejection(world: Any) -> tuple[str, dict[str, Any]]:
    return f"/stamp-requests/{world.ask(5, None)}/rejection", {"reason": "Sai"}


def party_rejection(world: Any) -> tuple[str, dict[str, Any]]:
    return f"/parties/{world.producer.party.id}/rejection", {"reason": "Sai"}


def activation(world: Any) -> tuple[str, dict[str, Any]]:
    run = world.issue(activate=False).run
    body = {"first_serial": run.first_serial, "last_serial": run.last_serial}
    return f"/stamp-runs/{run.id}/activations", body


def void(world: Any) -> tuple[str, dict[str, Any]]:
    path, body = activation(world)
    return path.replace("activations", "voids"), body | {"reason": "lost"}


def test_run(world: Any) -> tuple[str, dict[str, Any]]:
    return "/test-runs", {"product_id": world.producer.product.id}


def redraw_leave(world: Any) -> tuple[str, dict[str, Any]]:
    run = world.issue().run
    body = {"first_serial": run.first_serial, "last_serial": run.last_serial}
    return f"/stamp-runs/{run.id}/redraw-leaves", body | {"reason": "damaged"}


def print_report(world: Any) -> tuple[str, dict[str, Any]]:
    path, ends = activation(world)
    return path.replace("activations", "print-reports"), {"good": [ends]}


def recall(world: Any) -> tuple[str, dict[str, Any]]:
    body = {"severity": "info", "reason": "Sai", "notice": "Dừng"}
    return "/recalls", body | {"batch_ids": [world.batch().id]}


def closure(world: Any) -> tuple[str, dict[str, Any]]:
    recall_id = world.issue().recall().id
    return f"/recalls/{recall_id}/closure", {"outcome": "completed", "reason": "Xong"}


def handling(world: Any) -> tuple[str, dict[str, Any]]:
    return f"/alerts/{world.alert()}/handling", {"note": "Xong"}


SERIAL = [*NUMBER, 31 * 2**31]
BODIES: Bodies = {
    "party": (
        party,
        {
            "kind": CHOICE,
            "name": ONE_LINE,
            "address": ONE_LINE,
            "tax_code": filled(TAX),
            "province": filled(ONE_LINE),
            "phone": filled(PHONE),
        },
    ),
    "facility": (
        facility,
        {
            "party_id": ID,
            "name": ONE_LINE,
            "address": ONE_LINE,
            "latitude": [*DEGREES, 90.1],
            "longitude": DEGREES,
        },
    ),
    "product": (
        product,
        {
            "party_id": ID,
            "kind": CHOICE,
            "name": ONE_LINE,
            "net_content": ONE_LINE,
            "shelf_life_days": COUNT,
            "gtin": GTIN,
            "brand": filled(ONE_LINE),
            "standard": filled(ONE_LINE),
            "storage": filled(TEXT),
            "warning": filled(TEXT),
            "ocop_stars": [*COUNT, 6],
            "ocop_certificate": filled(ONE_LINE),
            "ocop_until": DATE,
        },
    ),
    "batch": (
        batch,
        {
            "product_id": ID,
            "facility_id": ID,
            "lot": [*ONE_LINE, "x" * 21],
            "produced_at": TIME,
            "expires_at": TIME,
            "quantity": COUNT,
            "attributes": [*OBJECT, {"nothing": []}, {"x\x00": 1}, {"": 1}],
            "expiries": [*LIST, [1], [{}], [{"condition": "tủ lạnh"}]],
            "sold_as": [*filled(ONE_LINE), "tủ lạnh"],
        },
    ),
    "stamp request": (
        stamp_request,
        {
            "product_id": ID,
            "batch_id": ID,
            "quantity": [*COUNT, 1_000_001],
            "hidden_code": YES_NO,
            "link_form": [*CHOICE, "gs1", "gs1_lot"],
            "note": filled(TEXT),
        },
    ),
    "rejection of a request": (request_rejection, {"reason": TEXT}),
    "rejection of a party": (party_rejection, {"reason": TEXT}),
    "activation": (
        activation,
        {
            "first_serial": SERIAL,
            "last_serial": [*SERIAL, 20],
            "batch_id": ID,
            "destination": filled(ONE_LINE),
        },
    ),
    "void": (
        void,
        {
            "first_serial": SERIAL,
            "last_serial": [*SERIAL, 20],
            "reason": CHOICE,
            "note": filled(TEXT),
        },
    ),
    "test run": (
        test_run,
        {"product_id": ID, "hidden_code": YES_NO, "link_form": [*CHOICE, "gs1", "gs1_lot"]},
    ),
    "redraw leave": (
        redraw_leave,
        {
            "first_serial": SERIAL,
            "last_serial": [*SERIAL, 20],
            "reason": [*CHOICE, "stolen"],
            "note": filled(TEXT),
            "hidden_codes": YES_NO,
        },
    ),
    "print report": (
        print_report,
        {
            "good": [
                *LIST,
                [],
                [{"first_serial": 5, "last_serial": 4}],
                [{"first_serial": 0, "last_serial": 0}, {"first_serial": 0, "last_serial": 1}],
                [{"first_serial": 0, "last_serial": 31 * 2**31}],
            ],
            "spoiled": [
                *LIST,
                [{"first_serial": 0, "last_serial": 0, "reason": "lost"}],
                [{"first_serial": 1, "last_serial": 1}],
                [{"first_serial": 1, "last_serial": 1, "reason": "recalled"}],
            ],
        },
    ),
    "recall": (
        recall,
        {
            "batch_ids": [*LIST, [], [0], ["1"], [True], [2**63], [999_999], [1] * 201],
            "severity": CHOICE,
            "reason": TEXT,
            "notice": TEXT,
            "serial_ranges": [
                *LIST,
                [{"first_serial": 5, "last_serial": 4}],
                [{"first_serial": -1, "last_serial": 4}],
                [{"first_serial": 1}],
                [{"first_serial": 0, "last_serial": 31 * 2**31}],
            ],
        },
    ),
    "handling": (handling, {"note": TEXT}),
    "closure": (closure, {"outcome": [*CHOICE, "open"], "reason": TEXT}),
}
