"""The public face: everything a consumer meets.

The law of this room: no script but the one that `inlining` holds, which no page needs; no
third-party host; no sign-in: what a signed-in phone meets besides an answer, `insiders` tells.
Whatever a stranger sends is answered in the public form (design, section 6), after the record of it
is committed. Nothing that a producer wrote stands where a verdict stands.
"""

from __future__ import annotations

import mimetypes

from flask import Blueprint

from scanner_page import astray, headers, pictures, placing, views
from scanner_page.astray import lost
from scanner_page.insiders import Insiders, know
from scanner_page.plain_looks import PlainLooks

__all__ = ["Insiders", "PlainLooks", "build", "lost"]

# Two spellings, because a code may be read out, typed, or lowered by a scanner app on its way.
_STAMP = ("/S", "/s")

# Not every system knows what its files are called.
mimetypes.add_type("font/woff2", ".woff2")


def build(insiders: Insiders | None = None) -> Blueprint:
    """The blueprint of the public pages, to be registered at the root of the application.

    The application's URL map must neither merge slashes nor be strict about the last one, and
    Flask-Babel must have been given `scanner_page.language.choose`.
    """
    blueprint = Blueprint(
        "scanner_page",
        __name__,
        static_folder="static",
        static_url_path="/assets",
        template_folder="templates",
    )
    # Recorded first, so that the converter is known when the rules below are added.
    blueprint.record(lambda state: views.know_anything(state.app))
    blueprint.record(lambda state: know(state.app, insiders))
    blueprint.before_request(astray.refuse_long_paths)
    blueprint.after_request(headers.put)
    blueprint.add_url_rule("/", "home", views.home)
    blueprint.add_url_rule("/privacy", "privacy", views.privacy)
    for spelling in _STAMP:
        blueprint.add_url_rule(spelling, "stamp", views.stamp)
        blueprint.add_url_rule(f"{spelling}/<anything:text>", "stamp", views.stamp)
        hidden = f"{spelling}/<anything:text>/hidden-code"
        blueprint.add_url_rule(hidden, "hidden_code", views.hidden_code, methods=["POST"])
        blueprint.add_url_rule(hidden, "leave_form", views.leave_form)
        place = f"{spelling}/<anything:text>/place"
        blueprint.add_url_rule(place, "place", placing.place, methods=["POST"])
        blueprint.add_url_rule(place, "leave_form", views.leave_form)
    blueprint.add_url_rule("/01/<anything:link>", "digital_link", views.digital_link)
    blueprint.add_url_rule(pictures.RULE, "picture", pictures.picture)
    return blueprint
