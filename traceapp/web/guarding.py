"""The guard in front of every page and act.

A page is read in one transaction and rendered after it. An act is done in one transaction; what
cannot be done is told on the page of its form, with everything that was typed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from traceapp.services import repeating
from traceapp.services.authority import permit
from traceapp.services.lists import Role
from traceapp.services.people.signing_in import SignedIn, count_factor_try, take_draft
from traceapp.services.refusals import Conflict, NotAllowed, Refusal, Unknown, message
from traceapp.services.scans.noticing import count_notices
from traceapp.web.answering import (
    BUSY,
    CHANGED,
    LONGEST_DRAFT,
    SEND_AGAIN,
    TROUBLES,
    edge,
    file,
    from_own_page,
    furnish,
    render,
    status_of,
    token_fits,
    wait_for,
)
from traceapp.web.forms import PLUMBING, SECRET, Form, Slipped, say, sent_again
from traceapp.web.routing import LARGEST_FORM, Audience, Call, Done, File, Route, repeatable
from traceapp.web.sessions import current

SENT_BEFORE = message("This form was sent before, with other words. Send it again to do both.")
SENT_ALREADY = message("This was sent already. Look at what was done before sending it again.")
TOO_LARGE = message("This is too large; nothing was changed. Please take a smaller file.")


def publish(audience: Audience) -> Blueprint:
    """The blueprint of an audience: every page and act behind its guard."""
    blueprint = Blueprint(audience.name, __name__, url_prefix=audience.prefix)
    for route in audience.routes:
        view = _guarded_page(route) if route.method == "GET" else _guarded_act(route)
        blueprint.add_url_rule(
            route.path,
            route.view.__name__ if route.method == "GET" else f"{route.view.__name__}_act",
            view,
            methods=[route.method],
        )
    pages = {route.path for route in audience.routes if route.method == "GET"}
    for route in audience.routes:
        if route.method == "POST" and route.path not in pages:
            blueprint.add_url_rule(route.path, f"{route.view.__name__}_back", _back(route))
    furnish(blueprint)
    return blueprint


def address_of(page: Route, numbers: Mapping[str, int]) -> str:
    given: dict[str, Any] = dict(numbers)
    return url_for(page.endpoint, **given)


def _back(route: Route) -> Callable[..., AnyResponse]:
    """Whoever comes back to the address of an act is led to the page of its form."""

    def answer(**numbers: int) -> AnyResponse:
        page = route.audience.page_of(route)
        to = address_of(page, route.of_page(numbers))
        return redirect(to, HTTPStatus.SEE_OTHER)

    return answer


def _guarded_page(route: Route) -> Callable[..., AnyResponse]:
    def answer(**numbers: int) -> AnyResponse:
        now = edge().clock()
        signed = current(edge(), now)
        if signed is None:
            return redirect(url_for("entry.sign_in", next=_here()), HTTPStatus.SEE_OTHER)
        check(route, signed)
        if needs_second_factor(signed) and route.endpoint not in _BEFORE_SECOND_FACTOR:
            return redirect(url_for("account.second_factor"), HTTPStatus.SEE_OTHER)
        return show(route, numbers, signed, now, _draft(signed))

    return answer


# What an officer without a second factor may open: the pages on which she gets one.
_BEFORE_SECOND_FACTOR = frozenset({"account.second_factor", "account.enrol"})


def needs_second_factor(signed: SignedIn) -> bool:
    """Officers and administrators must have one; in demonstration mode it is offered."""
    if edge().settings.demonstration or signed.account.role is Role.PRODUCER:
        return False
    return not signed.account.second_factor


def check(route: Route, signed: SignedIn) -> None:
    """Raises NotAllowed for whom the audience or the rules do not let in."""
    if signed.actor.role not in route.audience.roles:
        raise NotAllowed("not_allowed", TROUBLES[403][0])
    permit(signed.actor, route.act)


def show(
    route: Route,
    numbers: Mapping[str, int],
    signed: SignedIn,
    now: datetime,
    again: Form | None = None,
    status: int = HTTPStatus.OK,
) -> AnyResponse:
    """A page, read in one transaction and rendered after it."""
    with edge().database.reading() as opened:
        call = Call(opened, signed, now, edge(), request.args, again=again)
        told = route.view(call, **numbers)
        notices = count_notices(opened, signed.actor) if signed.actor.party_id else 0
    if isinstance(told, File):
        return file(told)
    if isinstance(told, Done):
        return redirect(told.to, HTTPStatus.SEE_OTHER)
    told_status = told.status if status == HTTPStatus.OK else status
    return render(
        told.template, told_status, signed=signed, now=now, notices=notices, **dict(told.context)
    )


def _guarded_act(route: Route) -> Callable[..., AnyResponse]:
    def answer(**numbers: int) -> AnyResponse:
        now = edge().clock()
        signed = current(edge(), now)
        request.max_content_length = LARGEST_FORM if signed is None else route.most_bytes
        try:
            sent: MultiDict[str, str] = request.form
        except RequestEntityTooLarge:
            sent = MultiDict()
            if signed is not None:
                check(route, signed)
                form = Form(route.form, trouble=str(gettext(TOO_LARGE)), tried=True)
                return _again(route, numbers, signed, now, form, 413)
            raise
        if signed is None:
            return _ended(route, numbers, sent)
        check(route, signed)
        if needs_second_factor(signed) and route.endpoint not in _BEFORE_SECOND_FACTOR:
            return redirect(url_for("account.second_factor"), HTTPStatus.SEE_OTHER)
        if not token_fits(sent):
            form = _with_trouble(route, sent, SEND_AGAIN)
            return _again(route, numbers, signed, now, form, HTTPStatus.BAD_REQUEST)
        if route.guesses and (wait := _count_guess(signed, now)) is not None:
            form = _with_trouble(route, sent, wait)
            return _again(route, numbers, signed, now, form, HTTPStatus.TOO_MANY_REQUESTS)
        return _do(route, numbers, signed, now, sent)

    return answer


def _count_guess(signed: SignedIn, now: datetime) -> str | None:
    """Count a password or code that is asked for again; what to say where there were too many."""
    with edge().database.writing() as opened:
        minutes = count_factor_try(opened, signed.actor.account_id, now)
    return None if minutes is None else wait_for(minutes)


def _with_trouble(route: Route, sent: MultiDict[str, str], text: str) -> Form:
    form = sent_again(route.form, sent)
    return Form(form.name, form.values, form.slips, str(gettext(text)), tried=True)


def _again(
    route: Route,
    numbers: Mapping[str, int],
    signed: SignedIn,
    now: datetime,
    form: Form,
    status: int,
) -> AnyResponse:
    """The page of an act's form, with what was typed and what is wrong with it."""
    page = route.audience.page_of(route)
    return show(page, route.of_page(numbers), signed, now, form, status)


def _do(
    route: Route,
    numbers: Mapping[str, int],
    signed: SignedIn,
    now: datetime,
    sent: MultiDict[str, str],
) -> AnyResponse:
    once = repeatable(signed.actor, request.path, sent) if route.once else None
    try:
        with edge().database.writing() as opened:
            call = Call(opened, signed, now, edge(), request.args, sent, request.files)
            stored = None if once is None else repeating.begin(opened, once, now)
            if stored is not None and not stored.answer:
                raise Conflict("sent_before", SENT_ALREADY)
            if stored is not None:
                told: Any = Done(**json.loads(stored.answer))
            else:
                told = route.view(call, **numbers)
                if once is not None and isinstance(told, Done):
                    repeating.finish(opened, once, HTTPStatus.SEE_OTHER, told.as_text())
    except Slipped as slipped:
        form = sent_again(route.form, sent, slipped.slips)
        return _again(route, numbers, signed, now, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Unknown:
        raise
    except Refusal as refusal:
        status = status_of(refusal)
        return _again(route, numbers, signed, now, _refused_form(route, sent, refusal), status)
    except IntegrityError:
        form = _with_trouble(route, sent, CHANGED)
        return _again(route, numbers, signed, now, form, HTTPStatus.CONFLICT)
    except OperationalError:
        form = _with_trouble(route, sent, BUSY)
        return _again(route, numbers, signed, now, form, HTTPStatus.SERVICE_UNAVAILABLE)
    if isinstance(told, File):
        return file(told)
    if isinstance(told, Done):
        if told.said:
            flash(say(told.said, told.data))
        return redirect(told.to, HTTPStatus.SEE_OTHER)
    return render(told.template, HTTPStatus.OK, signed=signed, now=now, **dict(told.context))


def _refused_form(route: Route, sent: MultiDict[str, str], refusal: Refusal) -> Form:
    """What a refusal says stands beside its field, where the form has that field."""
    form = sent_again(route.form, sent)
    if refusal.code == "idempotency_key_reused":
        return Form(form.name, form.values, trouble=str(gettext(SENT_BEFORE)), tried=True)
    said = say(refusal.title, refusal.data)
    if refusal.field is not None and refusal.field in [*sent, *request.files]:
        return Form(form.name, form.values, {refusal.field: said}, tried=True)
    return Form(form.name, form.values, {}, said, tried=True)


def _ended(route: Route, numbers: Mapping[str, int], sent: MultiDict[str, str]) -> AnyResponse:
    """A form that came after its sign-in had ended: ask to sign in, and carry what was typed."""
    page = route.audience.page_of(route)
    path = address_of(page, route.of_page(numbers))
    if request.query_string:
        path += f"?{request.query_string.decode('ascii', 'replace')}"
    draft = ""
    if from_own_page():
        values = {key: texts for key, texts in sent.lists() if key not in PLUMBING | SECRET}
        draft = json.dumps({"form": route.form, "values": values})
    if len(draft) > LONGEST_DRAFT:
        draft = ""
    return render(
        "entry/sign_in.html",
        HTTPStatus.UNAUTHORIZED,
        form=Form("sign_in"),
        next=path,
        draft=draft,
        ended=True,
    )


def _draft(signed: SignedIn) -> Form | None:
    """What was typed before a sign-in ended, for the page that it was typed on."""
    if request.args.get("draft") != "1":
        return None
    with edge().database.writing() as opened:
        draft = take_draft(opened, signed.sign_in_id, request.path)
    if draft is None:
        return None
    return Form(draft["form"], draft["values"], trouble=str(gettext(SEND_AGAIN)), tried=True)


def _here() -> str:
    return request.full_path.removesuffix("?")
