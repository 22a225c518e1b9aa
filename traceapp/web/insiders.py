"""Signed-in people who scan a stamp with the plain camera: what the public page does for them.

An officer is led to the stamp's whole story. A producer sees her own stamp as buyers see it, and
above that what she can do with it.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import redirect, render_template, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response

from traceapp.services.authority import Actor
from traceapp.services.runs.own_stamps import own_stamp
from traceapp.services.runs.undoing import may_undo_activation, may_undo_void
from traceapp.services.scans.looks import Answer
from traceapp.web.answering import edge
from traceapp.web.ranges import in_hand
from traceapp.web.sessions import current


class Insiders:
    """What the public face asks of us; it knows nothing of accounts."""

    def who(self) -> Actor | None:
        """Who is signed in. Costs nothing for a browser without our cookie."""
        signed = current(edge(), edge().clock())
        return None if signed is None else signed.actor

    def greet(self, actor: Actor, answer: Answer) -> Response | Markup | None:
        """Somewhere else to go, or what stands above the verdict; None for the page as it is.

        Whatever carries a right signature has a story, also a serial that was never issued.
        """
        if answer.serial is None:
            return None
        if actor.sees_all:
            to = url_for("officer.stamp", serial=answer.serial)
            return redirect(to, HTTPStatus.SEE_OTHER)
        return self._panel(actor, answer.serial)

    def _panel(self, actor: Actor, serial: int) -> Markup | None:
        now = edge().clock()
        within = edge().undo_limits
        with edge().database.reading() as opened:
            stamp = own_stamp(opened, actor, serial)
            if stamp is None:
                return None
            activation, void = stamp.activation_id, stamp.void_id
            undo_activation = activation is not None and may_undo_activation(
                opened, actor, activation, within, now
            )
            undo_void = void is not None and may_undo_void(opened, actor, void, within, now)
        kept = in_hand(now)
        return Markup(  # noqa: S704  (a template of ours, which escapes)
            render_template(
                "web/insider.html",
                stamp=stamp,
                first=kept[1] if kept is not None and kept[0] == stamp.run_id else None,
                elsewhere=kept[1] if kept is not None and kept[0] != stamp.run_id else None,
                undo_activation=undo_activation,
                undo_void=undo_void,
                csrf_token=generate_csrf,
            )
        )
