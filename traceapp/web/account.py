"""One's own account: name, password, second factor, and the way out."""

from __future__ import annotations

from typing import Annotated

import segno
from flask import session, url_for
from markupsafe import Markup
from pydantic import Field

from traceapp.services.authority import Act
from traceapp.services.people.accounts import Renaming, rename
from traceapp.services.people.proving import prove_oneself
from traceapp.services.people.second_factor import (
    Offer,
    Seed,
    drop,
    new_recovery_codes,
    offer,
)
from traceapp.services.people.second_factor import enrol as enrol_factor
from traceapp.services.people.signing_in import PasswordChange, change_password, end_sign_ins_of
from traceapp.services.refusals import message
from traceapp.services.values import Sent
from traceapp.web.routing import EVERYBODY, Answer, Audience, Call, done, page

audience = Audience("account", "/account", EVERYBODY)


class Password(Sent):
    """The password, asked for again before what protects the account is changed."""

    password: Annotated[str, Field(max_length=1000, repr=False)] = ""


class Enrolment(Password):
    code: Annotated[str, Field(max_length=40, repr=False)] = ""


@audience.page("", Act.ACCOUNT_OWN)
def own(call: Call) -> Answer:
    """The account of whoever is signed in."""
    return page(
        "account/own.html",
        account=call.signed_in.account,
        naming=call.form("call_me", {"name": call.signed_in.account.name}),
        password=call.form("change"),
        dropping=call.form("drop_factor"),
        renewing=call.form("renew_codes"),
    )


@audience.act("/name", Act.ACCOUNT_OWN, on=own)
def call_me(call: Call) -> Answer:
    """Change the name that others read beside what was done."""
    account_id = call.actor.account_id
    rename(call.session, call.actor, account_id, call.read(Renaming), call.now)
    return done(url_for("account.own"), message("The name is changed."))


@audience.act("/password", Act.ACCOUNT_OWN, on=own, guesses=True)
def change(call: Call) -> Answer:
    """Change the password; every other browser is signed out."""
    change_password(
        call.session, call.actor, call.read(PasswordChange), call.signed_in.sign_in_id, call.now
    )
    return done(
        url_for("account.own"),
        message("The new password holds. Other browsers were signed out."),
    )


@audience.page("/second-factor", Act.ACCOUNT_OWN)
def second_factor(call: Call) -> Answer:
    """A secret for the app on the phone, as a QR symbol and as text, and a field for its code."""
    if call.signed_in.account.second_factor:
        return done(url_for("account.own"))
    made = _offer(call)
    symbol = segno.make(made.uri, error="m", micro=False)
    return page(
        "account/second_factor.html",
        offer=made,
        symbol=Markup(symbol.svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr")),  # noqa: S704
        form=call.form("enrol"),
    )


def _offer(call: Call) -> Offer:
    """The secret that was shown before, as long as the browser comes back; else a new one."""
    kept = session.get("offer")
    seed = None if kept is None else Seed(kept["key"], bytes.fromhex(kept["nonce"]))
    keys, name = call.edge.session_keys.ring(), call.signed_in.account.sign_in_name
    made = offer(keys, call.actor.account_id, name, seed=seed)
    session["offer"] = {"key": made.key_id, "nonce": made.nonce.hex()}
    return made


@audience.act("/second-factor", Act.ACCOUNT_OWN, on=second_factor, guesses=True)
def enrol(call: Call) -> Answer:
    """Switch the second factor on, and show the recovery codes this once."""
    sent = call.read(Enrolment)
    prove_oneself(call.session, call.actor, sent.password)
    codes = enrol_factor(
        call.session,
        call.actor,
        _offer(call),
        sent.code,
        call.edge.session_keys.ring(),
        call.now,
    )
    end_sign_ins_of(call.session, call.actor.account_id, but=call.signed_in.sign_in_id)
    session.pop("offer", None)
    return page("account/recovery_codes.html", codes=codes)


@audience.act("/second-factor/recovery-codes", Act.ACCOUNT_OWN, on=own, guesses=True)
def renew_codes(call: Call) -> Answer:
    """New recovery codes in place of the old ones."""
    prove_oneself(call.session, call.actor, call.read(Password).password)
    codes = new_recovery_codes(call.session, call.actor, call.now)
    return page("account/recovery_codes.html", codes=codes)


@audience.act("/second-factor/removal", Act.ACCOUNT_OWN, on=own, guesses=True)
def drop_factor(call: Call) -> Answer:
    """Switch the second factor off."""
    prove_oneself(call.session, call.actor, call.read(Password).password)
    drop(call.session, call.actor, call.now)
    return done(url_for("account.own"), message("The second step at sign-in is switched off."))
