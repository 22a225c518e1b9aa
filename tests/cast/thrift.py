"""What costs much, changes nothing between tests, and so is done once for all of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from traceapp.services.people import passwords

OUR_HASHER = passwords._HASHER


class CompiledTemplates(BytecodeCache):
    """What templates compile to, for as long as this process lives."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class KeptRule(Rule):
    """A route that writes its addresses by code that was compiled for an earlier application."""

    compiled: ClassVar[dict[Any, Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in self.compiled:
            self.compiled[key] = super()._compile_builder(append_unknown)
        return self.compiled[key]


# Each test has an application of its own. It takes over what only depends on the code.
Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}
Flask.url_rule_class = KeptRule


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Passwords are hashed at the least cost, but where a test asks for `our_hasher`."""
    passwords._HASHER = PasswordHasher.from_parameters(CHEAPEST)
    yield
    passwords._HASHER = OUR_HASHER


@pytest.fixture
def our_hasher(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """Passwords are hashed as they are for everybody, for a test of what that costs."""
    monkeypatch.setattr(passwords, "_HASHER", OUR_HASHER)
    return OUR_HASHER


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what stays until the end: all that was imported and found."""
    gc.collect()
    gc.freeze()
