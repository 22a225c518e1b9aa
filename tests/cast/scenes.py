"""What requests of the API are tried on: things of the producer's, and bodies for new ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Scene = Callable[[Any], tuple[str, Any]]  # a fresh object of the producer's: a path, and a body


def submitted(table: str) -> Scene:
    """Something of the producer's that waits for an officer."""

    def scene(world: Any) -> tuple[str, Any]:
        path, body = {
            "parties": ("/parties", {"kind": "household", "name": "Hộ", "address": "Thôn"}),
            "facilities": new_facility(world),
            "products": new_product(world),
        }[table]
        sent = world.client().post(f"/api/v1{path}", json=body, headers=world.officer.headers)
        with world.edge.database.engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE {table} SET state = 'submitted' WHERE id = {sent.json['id']}"
            )
        return str(sent.json["id"]), None

    return scene


def new_facility(world: Any) -> tuple[str, Any]:
    party = world.producer.party.id
    return "/facilities", {"party_id": party, "name": "Xưởng", "address": "Thôn"}


def new_product(world: Any) -> tuple[str, Any]:
    body = {"kind": "fish_sauce", "name": "Mắm", "net_content": "1 l"}
    return "/products", body | {"party_id": world.producer.party.id}


def new_batch(world: Any) -> tuple[str, Any]:
    world.batches += 1
    return "", {
        "product_id": world.producer.product.id,
        "facility_id": world.producer.facility.id,
        "lot": f"L{world.batches}",
        "produced_at": "2026-06-01T08:00:00+07:00",
        "expires_at": "2028-06-01T08:00:00+07:00",
        "quantity": 10,
    }


def new_request(world: Any) -> tuple[str, Any]:
    return "", {"product_id": world.producer.product.id, "quantity": 10}
