"""The producer's audience: one household, cooperative or enterprise, at its own things."""

from traceapp.services.lists import Role
from traceapp.web.routing import Audience

audience = Audience("producer", "/producer", frozenset({Role.PRODUCER}))
