"""A bare Flask page under our server: the peer that looks at stamps are measured against."""

from __future__ import annotations

from flask import Flask

from traceapp.serving.server import Server
from traceapp.settings import read_settings


class Bare(Server):
    """The same server with the same settings, and an application that does nothing."""

    def load(self) -> Flask:
        app = Flask(__name__, static_folder=None)

        @app.get("/")
        def page() -> str:
            return "<!doctype html><title>Tem</title><h1>Tem</h1>"

        return app


if __name__ == "__main__":
    Bare(read_settings()).run()
