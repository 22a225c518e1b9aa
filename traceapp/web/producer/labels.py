"""A producer's labels: the designer with its live picture, and the way out of the house."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from flask import request, url_for
from flask_babel import gettext
from pydantic import Field

from traceapp.handing_out import HandingOut
from traceapp.services.authority import Act
from traceapp.services.paging import PageWish
from traceapp.services.people.proving import prove_for_hidden_codes
from traceapp.services.refusals import NotAllowed, Refusal, Unknown, message
from traceapp.services.runs.choosing_designs import RESOLUTIONS
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.label_wishes import DrawingWish
from traceapp.services.runs.reading_drawings import list_drawings
from traceapp.services.runs.reading_runs import RunTold, show_run
from traceapp.services.values import Sent
from traceapp.web import label_words
from traceapp.web.answering import status_of
from traceapp.web.forms import Slipped, read
from traceapp.web.producer.audience import audience
from traceapp.web.producer.label_wish import Designed, designed, refused, told, wished
from traceapp.web.routing import Answer, Call, File, Page, done, page

DRAWINGS_SHOWN = 5


class Password(Sent):
    """The password, asked for again before hidden codes leave the house."""

    password: Annotated[str, Field(max_length=1000, repr=False)] = ""


@audience.page("/stamps/<id:run_id>/design", Act.RUN_DRAW)
def designing(call: Call, run_id: int) -> Answer:
    """The designer: what is printed, on what, which of them; and how the first one looks."""
    run = show_run(call.session, call.actor, run_id)
    return _designer(call, run, designed(call, run))


def _designer(call: Call, run: RunTold, found: Designed, status: int = HTTPStatus.OK) -> Page:
    lately = list_drawings(call.session, call.actor, run.id, PageWish(limit=DRAWINGS_SHOWN))
    shown = page(
        "producer/designing.html",
        **told(call, run, found),
        designs=[label_words.shown(each) for each in call.edge.sheets.values()],
        **choices(),
        drawings=lately.items,
        outcomes=label_words.OUTCOMES,
    )
    return replace(shown, status=status)


def choices() -> dict[str, Any]:
    """What the fields of a label's form offer."""
    return {
        "formats": [
            (each.value, each.value.upper(), str(gettext(means)))
            for each, means in label_words.FORMATS.items()
        ],
        "places": [
            (each.value, str(gettext(name)), str(gettext(means)))
            for each, (name, means) in label_words.PLACES.items()
        ],
        "languages": [
            (each.value, str(gettext(name)), "") for each, name in label_words.LANGUAGES.items()
        ],
        "resolutions": [(dpi, str(gettext("%(dpi)s dpi", dpi=dpi))) for dpi in RESOLUTIONS],
    }


@audience.page("/stamps/<id:run_id>/labels/preview", Act.RUN_DRAW)
def label_preview(call: Call, run_id: int) -> Answer:
    """The picture's place alone, for the page's script. Nothing is taken out by it."""
    run = show_run(call.session, call.actor, run_id)
    return page("producer/label_result.html", **told(call, run, designed(call, run)))


@audience.page("/stamps/<id:run_id>/labels", Act.RUN_DRAW)
def labels(call: Call, run_id: int) -> Answer:
    """The labels of a run or a part of it. Who takes them out is written down.

    What cannot be taken out is told on the designer, with what was chosen still in place.
    """
    try:
        return _taken_out(call, run_id, read(DrawingWish, call.query))
    except Slipped:
        return _not_taken(call, run_id, None)
    except Unknown:
        raise
    except NotAllowed as refusal:
        if refusal.code != "hidden_codes_secret":
            raise
        return done(url_for("producer.proving", run_id=run_id, **wished(call.query)))
    except Refusal as refusal:
        return _not_taken(call, run_id, refusal)


def _not_taken(call: Call, run_id: int, refusal: Refusal | None) -> Page:
    """The designer with what stands against a download; without a refusal, a field is wrong."""
    run = show_run(call.session, call.actor, run_id)
    found, status = designed(call, run), HTTPStatus.UNPROCESSABLE_ENTITY
    if refusal is not None:
        found = replace(refused(call, found.form, refusal), preview=found.preview)
        status = status_of(refusal)
    return _designer(call, run, found, status)


def _taken_out(call: Call, run_id: int, wish: DrawingWish) -> Answer:
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # Another site's link takes nothing out in her name.
        return done(url_for("producer.run", run_id=run_id))
    asks = (call.actor, run_id, wish, call.edge.drawing, call.now)
    if request.method == "HEAD":
        # What a page's own transaction writes is never kept: nothing was taken out.
        drawing = draw_labels(call.session, *asks)
        return File(drawing.media_type, drawing.filename, ())
    with call.edge.database.writing() as session:
        drawing = draw_labels(session, *asks)
    return File(drawing.media_type, drawing.filename, HandingOut(call.edge, drawing))


@audience.page("/labels/password", Act.RUN_DRAW)
def proving(call: Call) -> Answer:
    """Hidden codes are secret: the password again, for some minutes."""
    return page(
        "producer/proving.html",
        back=_back(call),
        to=url_for("producer.prove_act", **_carried(call)),
        form=call.form("prove"),
    )


@audience.act("/labels/password", Act.RUN_DRAW, on=proving, guesses=True)
def prove(call: Call) -> Answer:
    """Let this sign-in take hidden codes out, and go back to what was chosen."""
    password = call.read(Password).password
    sign_in_id = call.signed_in.sign_in_id
    prove_for_hidden_codes(call.session, call.actor, sign_in_id, password, call.now)
    return done(
        _back(call),
        message("Thank you. For ten minutes hidden codes can be taken out: press Download."),
    )


def _back(call: Call) -> str:
    """The designer that the address names, with what was chosen on it."""
    carried = _carried(call)
    return url_for("producer.designing" if "run_id" in carried else "producer.runs", **carried)


def _carried(call: Call) -> dict[str, Any]:
    """What the address carries on: nothing but fields that are known."""
    run_id = call.query.get("run_id", "")
    if not re.fullmatch(r"[1-9][0-9]{0,14}", run_id):
        return {}
    return {"run_id": run_id, **wished(call.query)}
