"""Coming in and going out: sign-in, the second factor, and the one-time links of invitations.

What is wrong with a sign-in is never said apart: a name that nobody has and a wrong password get
one sentence, after the same work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from traceapp.attending import SignIn, tell
from traceapp.services.lists import Role
from traceapp.services.people.inviting import (
    Acceptance,
    NewPassword,
    accept,
    accept_reset,
    read_invitation,
)
from traceapp.services.people.second_factor import check
from traceapp.services.people.signing_in import (
    Attempt,
    begin_sign_in,
    count_factor_try,
    count_link_try,
    count_try,
    credentials_of,
    end_sign_in,
    find_credentials,
    fits,
    keep_draft,
    sign_in_name_of,
)
from traceapp.services.refusals import Refusal, message
from traceapp.web.answering import (
    BUSY,
    CHANGED,
    LONGEST_DRAFT,
    SEND_AGAIN,
    edge,
    from_own_page,
    furnish,
    render,
    renew_token,
    status_of,
    token_fits,
    wait_for,
)
from traceapp.web.forms import Form, Slipped, read, say, sent_again
from traceapp.web.sessions import (
    cookie_name,
    current,
    drop_cookie,
    know_browser,
    known_browser,
    lifetime,
    put_cookie,
)

HALF_MINUTES = 5  # how long a second factor is waited for
WRONG = message("The name or the password is not right. Look at both, then try again.")
WRONG_CODE = message("This code is not right, or was used already. Type the one shown now.")
TOO_LATE = message("That took too long. Please begin again.")


@dataclass(frozen=True)
class DemonstrationAccount:
    """An account of the demonstration, offered on the sign-in page in that mode alone."""

    role: Role
    sign_in_name: str
    password: str


def build(accounts: Callable[[], list[DemonstrationAccount]]) -> Blueprint:
    """The blueprint of coming and going. `accounts` are those of the demonstration."""
    blueprint = Blueprint(
        "entry",
        __name__,
        static_folder="static",
        static_url_path="/ui",
        template_folder="templates",
    )
    furnish(blueprint)

    def sign_in_page(form: Form, status: int = HTTPStatus.OK, **more: Any) -> AnyResponse:
        shown = accounts() if edge().settings.demonstration else []
        given = {"next": _next(request.args), "draft": "", "ended": False, **more}
        return render(
            "entry/sign_in.html", status, form=form, demonstration_accounts=shown, **given
        )

    def sign_in() -> AnyResponse:
        if request.method == "GET":
            if current(edge(), edge().clock()) is not None:
                return redirect(_next(request.args) or url_for("entry.home"), HTTPStatus.SEE_OTHER)
            return sign_in_page(Form("sign_in"))
        return _try_to_sign_in(request.form, sign_in_page)

    blueprint.add_url_rule("/sign-in", "sign_in", sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule(
        "/sign-in/second-factor", "second_factor", _second_factor, methods=["GET", "POST"]
    )
    blueprint.add_url_rule("/sign-out", "sign_out", _sign_out, methods=["POST"])
    blueprint.add_url_rule("/join/<token>", "join", _join, methods=["GET", "POST"])
    blueprint.add_url_rule("/home", "home", home)
    return blueprint


def home() -> AnyResponse:
    """The first page of whoever is signed in."""
    signed = current(edge(), edge().clock())
    if signed is None:
        return redirect(url_for("entry.sign_in"), HTTPStatus.SEE_OTHER)
    first = {
        Role.PRODUCER: "producer.home",
        Role.OFFICER: "officer.desk",
        Role.ADMIN: "people.index",
    }
    return redirect(url_for(first[signed.actor.role]), HTTPStatus.SEE_OTHER)


def _next(sent: Mapping[str, str]) -> str:
    """Where to go on, if it is a path of ours: no other host, however it is written."""
    wished = sent.get("next", "")
    if len(wished) > 2000 or not wished.startswith("/") or wished.startswith(("//", "/\\")):
        return ""
    if any(ord(letter) < 32 or letter == "\\" for letter in wished):
        return ""
    parts = urlsplit(wished)
    return "" if parts.scheme or parts.netloc else wished


def _carried(sent: MultiDict[str, str]) -> dict[str, str]:
    """Where to go on, and the form that was cut off: only ours, never another site's."""
    draft = sent.get("draft", "")[:LONGEST_DRAFT] if from_own_page() else ""
    return {"next": _next(sent), "draft": draft}


def _try_to_sign_in(sent: MultiDict[str, str], page: Callable[..., AnyResponse]) -> AnyResponse:
    carried = _carried(sent)

    def again(said: str, status: int) -> AnyResponse:
        form = sent_again("sign_in", sent)
        return page(Form(form.name, form.values, trouble=said, tried=True), status, **carried)

    if not token_fits(sent):
        return again(str(gettext(SEND_AGAIN)), HTTPStatus.BAD_REQUEST)
    now = edge().clock()
    attempt = Attempt(
        sign_in_name=sent.get("sign_in_name", "")[:254],
        password=sent.get("password", "")[:1000],
        source=request.remote_addr or "",
        browser=known_browser(edge(), sent.get("sign_in_name", "")[:254]),
    )
    with edge().database.writing() as opened:
        wait = count_try(opened, attempt, now)
    if wait is not None:
        tell(sign_in=SignIn.TOO_MANY)
        return again(wait_for(wait), HTTPStatus.TOO_MANY_REQUESTS)
    demonstration = edge().settings.demonstration
    with edge().database.reading() as opened:
        credentials = find_credentials(opened, attempt, demonstration=demonstration)
    if not fits(credentials, attempt.password) or credentials.account_id is None:
        tell(sign_in=SignIn.WRONG_PASSWORD)
        return again(str(gettext(WRONG)), HTTPStatus.UNPROCESSABLE_ENTITY)
    remember = sent.get("remember") == "yes"
    session.clear()
    if credentials.second_factor:
        session["half"] = {
            "account": credentials.account_id,
            "proof": credentials.proof,
            "at": now.timestamp(),
            "remember": remember,
        }
        return _ask_factor(Form("second_factor"), carried)
    return _let_in(credentials.account_id, credentials.role, remember, carried, now)


def _ask_factor(form: Form, carried: Mapping[str, str], status: int = HTTPStatus.OK) -> AnyResponse:
    return render("entry/second_factor.html", status, form=form, **carried)


def _second_factor() -> AnyResponse:
    half = session.get("half")
    now = edge().clock()
    if half is None or now.timestamp() - half["at"] > HALF_MINUTES * 60:
        flash(str(gettext(TOO_LATE)))
        return redirect(url_for("entry.sign_in"), HTTPStatus.SEE_OTHER)
    sent = request.form
    carried = _carried(sent)
    if request.method == "GET":
        return _ask_factor(Form("second_factor"), {"next": _next(request.args), "draft": ""})

    def again(said: str, status: int) -> AnyResponse:
        return _ask_factor(Form("second_factor", trouble=said, tried=True), carried, status)

    if not token_fits(sent):
        return again(str(gettext(SEND_AGAIN)), HTTPStatus.BAD_REQUEST)
    account_id = half["account"]
    demonstration = edge().settings.demonstration
    with edge().database.reading() as opened:
        stands = credentials_of(opened, account_id, demonstration=demonstration)
    if stands is None or stands.role is None or stands.proof != half["proof"]:
        # The account was closed, or its password changed, since the password was right.
        session.clear()
        flash(str(gettext(TOO_LATE)))
        return redirect(url_for("entry.sign_in"), HTTPStatus.SEE_OTHER)
    with edge().database.writing() as opened:
        wait = count_factor_try(opened, account_id, now)
    if wait is not None:
        tell(sign_in=SignIn.TOO_MANY)
        return again(wait_for(wait), HTTPStatus.TOO_MANY_REQUESTS)
    with edge().database.writing() as opened:
        right = check(
            opened, account_id, sent.get("code", "")[:40], edge().session_keys.ring(), now
        )
    if not right:
        tell(sign_in=SignIn.WRONG_CODE)
        return again(str(gettext(WRONG_CODE)), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _let_in(account_id, stands.role, half["remember"], carried, now)


def _let_in(
    account_id: int, role: Role, remember: bool, carried: Mapping[str, str], now: datetime
) -> AnyResponse:
    """A new sign-in, by a cookie that nobody could have known before, and on to its page."""
    settings = edge().settings
    lasts = lifetime(settings, role, remember=remember)
    to = carried["next"] or url_for("entry.home")
    with edge().database.writing() as opened:
        name = sign_in_name_of(opened, account_id)
        end_sign_in(opened, request.cookies.get(cookie_name(settings), ""))
        text = begin_sign_in(opened, account_id, lasts, now, request.remote_addr or "")
        draft = _draft_of(carried)
        if draft is not None:
            parts = urlsplit(to)
            keep_draft(opened, text, {"path": parts.path, **draft})
            to = f"{parts.path}?{parts.query}&draft=1" if parts.query else f"{parts.path}?draft=1"
    tell(sign_in=SignIn.DONE, account=account_id)
    session.clear()
    renew_token()
    response = redirect(to, HTTPStatus.SEE_OTHER)
    kept = lasts if remember and role is Role.PRODUCER else None
    put_cookie(response, settings, text, kept)  # type: ignore[arg-type]
    know_browser(response, edge(), name)  # type: ignore[arg-type]
    return response


def _draft_of(carried: Mapping[str, str]) -> dict[str, Any] | None:
    """The form that an ended sign-in cut off, if what came back is one."""
    if not carried["draft"] or not carried["next"]:
        return None
    try:
        draft = json.loads(carried["draft"])
        form, values = draft["form"], draft["values"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(form, str) or not isinstance(values, dict):
        return None
    texts = {
        str(name)[:100]: [str(text) for text in found]
        for name, found in values.items()
        if isinstance(found, list)
    }
    return {"form": form[:40], "values": texts}


def _sign_out() -> AnyResponse:
    response = redirect(url_for("entry.sign_in"), HTTPStatus.SEE_OTHER)
    if not token_fits(request.form):
        return redirect(url_for("entry.home"), HTTPStatus.SEE_OTHER)
    text = request.cookies.get(cookie_name(edge().settings), "")
    with edge().database.writing() as opened:
        end_sign_in(opened, text)
    session.clear()
    drop_cookie(response, edge().settings)  # type: ignore[arg-type]
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _join(token: str) -> AnyResponse:
    """A one-time link: choose what to sign in with, or a new password."""
    now = edge().clock()
    token = token[:100]
    with edge().database.reading() as opened:
        invitation = read_invitation(opened, token, now)

    def page(form: Form, status: int = HTTPStatus.OK) -> AnyResponse:
        return render("entry/join.html", status, form=form, invitation=invitation, token=token)

    if request.method == "GET":
        return page(Form("join"))
    sent = request.form
    if not token_fits(sent):
        form = sent_again("join", sent)
        said = str(gettext(SEND_AGAIN))
        return page(Form("join", form.values, trouble=said, tried=True), HTTPStatus.BAD_REQUEST)
    with edge().database.writing() as opened:
        wait = count_link_try(opened, token, now)
    if wait is not None:
        kept = sent_again("join", sent).values
        return page(Form("join", kept, trouble=wait_for(wait), tried=True), 429)
    try:
        if invitation.account_id:
            password = read(NewPassword, sent)
            with edge().database.writing() as opened:
                account_id = accept_reset(opened, token, password, now)
        else:
            acceptance = read(Acceptance, sent)
            with edge().database.writing() as opened:
                account_id = accept(opened, token, acceptance, now)
    except (IntegrityError, OperationalError) as error:
        said = CHANGED if isinstance(error, IntegrityError) else BUSY
        kept = sent_again("join", sent).values
        again = Form("join", kept, trouble=str(gettext(said)), tried=True)
        return page(again, HTTPStatus.CONFLICT)
    except Slipped as slipped:
        return page(sent_again("join", sent, slipped.slips), HTTPStatus.UNPROCESSABLE_ENTITY)
    except Refusal as refusal:
        form = sent_again("join", sent)
        said = say(refusal.title, refusal.data)
        field = refusal.field or ""
        beside = {field: said} if field in sent else {}
        shown = Form("join", form.values, beside, None if beside else said, tried=True)
        return page(shown, status_of(refusal))
    # Whoever resets a password proves the second factor at the sign-in that follows.
    if invitation.account_id or invitation.role is not Role.PRODUCER:
        return redirect(url_for("entry.sign_in"), HTTPStatus.SEE_OTHER)
    return _let_in(account_id, invitation.role, False, {"next": "", "draft": ""}, now)
