"""Other processes of a test's installation, with settings of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask.testing import FlaskClient

from traceapp import build_app
from traceapp.edge import open_edge


@pytest.fixture
def asked(world: Any) -> Iterator[Callable[..., FlaskClient]]:
    """`asked(trusted_proxies=1)` asks a process that was started with this setting."""
    with ExitStack() as opened:

        def start(**changed: Any) -> FlaskClient:
            edge = open_edge(world.edge.settings.model_copy(update=changed))
            opened.callback(edge.database.close)
            return build_app(edge).test_client()

        yield start
