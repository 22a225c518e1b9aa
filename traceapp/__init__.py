"""The service. `create_app` is the one place where the rooms meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse_many
from werkzeug.exceptions import HTTPException, TooManyRequests, UnsupportedMediaType
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

import scanner_page
from scanner_page.language import choose
from traceapp import api, headers, health, web
from traceapp.api.problems import from_http
from traceapp.attending import REQUEST_ID, Attendance, tell
from traceapp.demonstration import read_script
from traceapp.edge import Clock, Edge, open_edge, wall_clock
from traceapp.settings import Settings

__all__ = ["build_app", "create_app"]

ROOT = Path(__file__).resolve().parent.parent
LONGEST_BODY = 1_000_000  # bytes

_log = structlog.get_logger(__name__)


class Service(Flask):
    """Flask, which would write the path of a request that breaks into the log."""

    def log_exception(self, exc_info: Any) -> None:
        _log.error("request_broke", exc_info=exc_info)


class IdConverter(IntegerConverter):
    """A number of ours in a path; anything else is no address of ours."""

    regex = r"[1-9][0-9]{0,14}"


def create_app(settings: Settings, clock: Clock = wall_clock) -> Flask:
    """The WSGI application of one installation, whose database and keys are there already."""
    return build_app(open_edge(settings, clock))


def build_app(edge: Edge) -> Flask:
    """The application of an installation that is already open."""
    app = Service(__name__, static_folder=None)
    app.extensions["traceapp"] = edge
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.wsgi_app = scanner_page.PlainLooks(app, edge)  # type: ignore[method-assign]
    hops = edge.settings.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    headers.furnish(app, edge.settings)
    app.before_request(_arrive)
    app.context_processor(lambda: {"request_id": request.environ.get(REQUEST_ID, "")})
    _speak(app)
    doors = api.build(edge.kinds)
    limiter = _limit(app, edge.settings)  # held here: a limit keeps only a weak hand on it
    limiter.limit(edge.settings.api_rate_limit)(doors)
    app.register_blueprint(doors)
    web.furnish(app, edge, lambda: _players(edge))
    app.before_request(_sparing(limiter, edge.settings))
    app.register_blueprint(scanner_page.build(web.Insiders()))
    app.register_error_handler(HTTPException, _lost)
    watch = health.furnish(app, edge)
    app.wsgi_app = Attendance(app.wsgi_app, watch, behind_proxies=hops > 0)  # type: ignore[method-assign]
    return app


def _arrive() -> None:
    """Tell the log which route answers, and refuse what is packed: nothing here is ever inflated.

    A few bytes can be packed so that they fill the memory when they are unpacked.
    """
    tell(route=request.endpoint)
    named = [request.headers.get(f"{of}-Encoding", "") for of in ("Content", "Transfer")]
    codings = {each.strip().lower() for each in ",".join(named).split(",")}
    if codings - {"", "identity", "chunked"}:
        raise UnsupportedMediaType


def _players(edge: Edge) -> list[web.DemonstrationAccount]:
    """The accounts of the demonstration, to be offered on the sign-in page in that mode."""
    return [
        web.DemonstrationAccount(player.role, player.sign_in_name, player.password)
        for player in read_script().accounts
    ]


def _speak(app: Flask) -> None:
    """Vietnamese first, English second. The public face reads a catalogue of its own."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "traceapp" / "words")
    app.config["BABEL_DEFAULT_LOCALE"] = "vi"
    Babel(app, locale_selector=choose)


def _limit(app: Flask, settings: Settings) -> Limiter:
    """Limits of the API, by address. Each process counts for itself."""
    enabled = settings.rate_limit_enabled
    return Limiter(get_remote_address, app=app, storage_uri="memory://", enabled=enabled)


def _sparing(limiter: Limiter, settings: Settings) -> Callable[[], None]:
    """Stops an address that asks for pictures of labels without end: each has to be drawn."""
    rates = parse_many(settings.preview_rate_limit)

    def spare() -> None:
        if not settings.rate_limit_enabled or request.endpoint not in web.PREVIEWS:
            return
        if not all(limiter.limiter.hit(rate, "preview", get_remote_address()) for rate in rates):
            raise TooManyRequests

    return spare


def _lost(error: HTTPException) -> Response:
    """An address nobody answers: a problem inside the API, a page elsewhere."""
    return from_http(error) if request.path.startswith("/api/") else scanner_page.lost(error)
