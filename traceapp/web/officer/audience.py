"""The officer's audience. An administrator reads along; the rules let him decide nothing."""

from traceapp.services.lists import Role
from traceapp.web.routing import Audience

audience = Audience("officer", "/officer", frozenset({Role.OFFICER, Role.ADMIN}))
