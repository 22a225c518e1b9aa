"""Alerts: the list, one of them with what to do about it, and marking it as handled."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.handling_alerts import (
    AlertState,
    AlertTold,
    Handling,
    handle_alert,
    list_alerts,
    show_alert,
)
from traceapp.services.lists import AlertKind
from traceapp.services.refusals import message
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.listing import alert_filter
from traceapp.web.officer.words import choices
from traceapp.web.routing import Answer, Call, done

# What each kind means, and what to do.
ADVICE: dict[AlertKind, tuple[str, str]] = {
    AlertKind.HIDDEN_CODE_GUESSING: (
        message(
            "Somebody sent more codes for these stamps than a buyer who mistypes does. The limit"
            " held: what came above it was not looked at. It may be a joke, or somebody who wants"
            " to print a working hidden code on a fake."
        ),
        message(
            "Look at the stamp. If its hidden code was used before a buyer scratched it, ask the"
            " producer to take the stamp out of use. Otherwise nothing has to be done; if it goes"
            " on for days, tell whoever runs the server."
        ),
    ),
    AlertKind.UNKNOWN_SERIAL: (
        message(
            "Somebody scanned stamps that carry our signature and that nobody ever issued. Either a"
            " key got into wrong hands, or records were lost when a backup was put back."
        ),
        message(
            "Tell whoever runs the server today, with this number. Ask where the products were"
            " bought, and keep one. If a backup was put back lately, its missing stamps come up"
            " here; if none was, a key has to be declared as leaked."
        ),
    ),
    AlertKind.WRONG_KEY: (
        message(
            "Somebody scanned stamps of this run that carry the signature of another run's key."
            " Buyers read that the system did not issue them. Most likely that key got into wrong"
            " hands."
        ),
        message(
            "Tell whoever runs the server today, with this number. Tell the producer, and ask where"
            " the products were bought."
        ),
    ),
}
BRAKED = (
    message(
        "So many wrong hidden codes came in within an hour that the brake is on: far fewer tries"
        " are looked at until the hour is over. A buyer's first try at a stamp is still looked at."
    ),
    message(
        "Tell whoever runs the server: it is an attack on the service, and may be stopped at the"
        " network. Buyers who ask why they have to wait can try again after the full hour."
    ),
)


@audience.page("/alerts", Act.ALERT_READ)
def alerts(call: Call) -> Answer:
    """Alerts, newest first."""
    wish = alert_filter(call)
    return framed(
        call,
        "alerts.html",
        lines=list_alerts(call.session, call.actor, wish),
        state=wish.state,
        states=choices(AlertState),
        AlertState=AlertState,
    )


@audience.page("/alerts/<id:alert_id>", Act.ALERT_READ)
def alert(call: Call, alert_id: int) -> Answer:
    """One alert: what was seen, what it means, and what to do."""
    told = show_alert(call.session, call.actor, alert_id)
    means, advised = _advice(told)
    return framed(
        call,
        "alert.html",
        told=told,
        means=means,
        advised=advised,
        AlertState=AlertState,
        AlertKind=AlertKind,
        handling=call.form("handle"),
    )


def _advice(told: AlertTold) -> tuple[str, str]:
    braked = told.kind is AlertKind.HIDDEN_CODE_GUESSING and told.run_id is None
    return BRAKED if braked else ADVICE[told.kind]


@audience.act("/alerts/<id:alert_id>/handling", Act.ALERT_HANDLE, on=alert)
def handle(call: Call, alert_id: int) -> Answer:
    """Mark an alert as handled."""
    handle_alert(call.session, call.actor, alert_id, call.read(Handling), call.now)
    to = url_for("officer.alert", alert_id=alert_id)
    return done(to, message("The alert is marked as handled."))
