"""Tries to sign in, and the sign-ins that come of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from traceapp.services.people.signing_in import (
    Attempt,
    Credentials,
    begin_sign_in,
    find_credentials,
    signed_in,
)

PASSWORD = "con cá vàng bơi"
HERE = "203.0.113.7"
LASTS = timedelta(hours=12)


def attempt(name: str = "producer@example.vn", source: str = HERE) -> Attempt:
    return Attempt(name, PASSWORD, source)


def begin(world: Any, source: str | None = None, lasts: timedelta = LASTS) -> str:
    with world.writing() as session:
        return begin_sign_in(session, world.producer.actor.account_id, lasts, world.now, source)


def whose(world: Any, text: str, demonstration: bool = True) -> Any:
    with world.reading() as session:
        return signed_in(session, text, world.now, demonstration)


def find(world: Any, name: str, demonstration: bool = True) -> Credentials:
    with world.reading() as session:
        return find_credentials(session, attempt(name), demonstration)
