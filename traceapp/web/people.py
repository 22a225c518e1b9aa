"""Who may sign in: invitations, new passwords, roles. Officers see to producers, administrators to
everybody."""

from __future__ import annotations

import segno
from flask import url_for
from flask_babel import gettext
from markupsafe import Markup

from traceapp.services.authority import Act
from traceapp.services.lists import Role, State
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.people.accounts import (
    Appointment,
    appoint,
    close_account,
    list_accounts,
    reopen_account,
    show_account,
)
from traceapp.services.people.inviting import (
    Invited,
    NewInvitation,
    invite_to_reset,
    list_invitations,
    withdraw_invitation,
)
from traceapp.services.people.inviting import invite as make_invitation
from traceapp.services.people.second_factor import drop_for
from traceapp.services.refusals import message
from traceapp.services.registry.registering import list_parties, show_party
from traceapp.web.rooms import ROLE_NAMES
from traceapp.web.routing import Answer, Audience, Call, done, page

audience = Audience("people", "/people", frozenset({Role.OFFICER, Role.ADMIN}))

INVITATIONS_SHOWN = 20


def _party_names(call: Call) -> dict[int, str]:
    """Parties that somebody may belong to, by number."""
    wish = PageWish(limit=LONGEST_PAGE)
    told = list_parties(call.session, call.actor, wish).items
    return {each.id: each.name for each in told if each.state is not State.REJECTED}


def _role_choices() -> list[tuple[str, str]]:
    return [(role.value, str(gettext(name))) for role, name in ROLE_NAMES.items()]


@audience.page("", Act.ACCOUNT_READ)
def index(call: Call) -> Answer:
    """Everybody whom the reader may see to, and the invitations that were made lately."""
    wish = PageWish(cursor=call.cursor)
    names = _party_names(call)
    return page(
        "people/index.html",
        accounts=list_accounts(call.session, call.actor, wish),
        invitations=list_invitations(call.session, call.actor, PageWish(limit=INVITATIONS_SHOWN)),
        party_names=names,
        party_choices=sorted(names.items(), key=lambda each: each[1]),
        role_choices=_role_choices(),
        form=call.form("invite", role=Role.PRODUCER.value),
    )


def _link_page(call: Call, made: Invited, *, resets: bool) -> Answer:
    """The link and its symbol, shown this once."""
    link = f"{call.edge.settings.base_url}{url_for('entry.join', token=made.token)}"
    symbol = segno.make(link, error="m", micro=False)
    svg = symbol.svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr")
    return page(
        "people/link.html",
        name=made.told.name,
        link=link,
        symbol=Markup(svg),  # noqa: S704  (segno draws modules alone)
        expires_at=made.expires_at,
        resets=resets,
    )


@audience.act("/invitations", Act.ACCOUNT_INVITE, on=index)
def invite(call: Call) -> Answer:
    """Invite somebody by a link that works once."""
    days = call.edge.settings.invitation_days
    new = call.read(NewInvitation)
    made = make_invitation(call.session, call.actor, new, days, call.now)
    return _link_page(call, made, resets=False)


@audience.act("/invitations/<id:invitation_id>/withdrawal", Act.ACCOUNT_INVITE, on=index)
def withdraw(call: Call, invitation_id: int) -> Answer:
    """Make a link worthless that was not used yet."""
    withdraw_invitation(call.session, call.actor, invitation_id, call.now)
    return done(url_for("people.index"), message("The link no longer works."))


@audience.page("/<id:account_id>", Act.ACCOUNT_READ)
def person(call: Call, account_id: int) -> Answer:
    """One account and what can be done to it."""
    account = show_account(call.session, call.actor, account_id)
    names = _party_names(call)
    if account.party_id is not None and account.party_id not in names:
        names[account.party_id] = show_party(call.session, call.actor, account.party_id).name
    return page(
        "people/person.html",
        account=account,
        party_name=None if account.party_id is None else names.get(account.party_id),
        party_choices=sorted(names.items(), key=lambda each: each[1]),
        role_choices=_role_choices(),
        appointing=call.form("appoint_to", role=account.role.value, party_id=account.party_id),
        closing=call.form("close"),
        reopening=call.form("reopen"),
        resetting=call.form("reset"),
        dropping=call.form("drop_factor"),
    )


@audience.act("/<id:account_id>/password", Act.ACCOUNT_RESET, on=person)
def reset(call: Call, account_id: int) -> Answer:
    """A link by which somebody at the office chooses a new password."""
    made = invite_to_reset(call.session, call.actor, account_id, call.now)
    return _link_page(call, made, resets=True)


@audience.act("/<id:account_id>/second-factor/removal", Act.ACCOUNT_RESET, on=person)
def drop_factor(call: Call, account_id: int) -> Answer:
    """Switch somebody's second step off, whose phone and codes are lost."""
    drop_for(call.session, call.actor, account_id, call.now)
    to = url_for("people.person", account_id=account_id)
    return done(to, message("The second step at sign-in is switched off."))


@audience.act("/<id:account_id>/closure", Act.ACCOUNT_CLOSE, on=person)
def close(call: Call, account_id: int) -> Answer:
    """Close an account; nobody signs in with it from now on."""
    close_account(call.session, call.actor, account_id, call.now)
    to = url_for("people.person", account_id=account_id)
    return done(to, message("The account is closed."))


@audience.act("/<id:account_id>/reopening", Act.ACCOUNT_CLOSE, on=person)
def reopen(call: Call, account_id: int) -> Answer:
    """Open an account again."""
    reopen_account(call.session, call.actor, account_id, call.now)
    to = url_for("people.person", account_id=account_id)
    return done(to, message("The account is open again."))


@audience.act("/<id:account_id>/role", Act.ACCOUNT_APPOINT, on=person)
def appoint_to(call: Call, account_id: int) -> Answer:
    """Give somebody another role; every browser of theirs is signed out."""
    appointment = call.read(Appointment)
    appoint(call.session, call.actor, account_id, appointment, call.now)
    to = url_for("people.person", account_id=account_id)
    return done(to, message("The role is changed. They have to sign in again."))
