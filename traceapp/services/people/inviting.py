"""One-time links: to join with an account of one's own, or to choose a new password.

A link carries 32 random bytes, of which the SHA-256 is kept. It works once, until its time is
over or it is withdrawn.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.accounts import (
    Account,
    Invitation,
    Role,
    end_sign_ins,
    locked_account,
    withdraw_invitations,
)
from traceapp.records.parties import Party
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, bad_cursor
from traceapp.services.people.accounts import (
    NewAccount,
    check_may_change,
    check_party,
    check_works,
    create_account,
)
from traceapp.services.people.passwords import check_password, hash_password
from traceapp.services.people.tokens import digest_of
from traceapp.services.refusals import Conflict, NotAllowed, message, unknown
from traceapp.services.values import Id, Maybe, Name, Sent, Told, When, Word

RESET_WORKS = timedelta(hours=24)
_CURSOR = re.compile(r"[0-9]{1,15}")


class NewInvitation(Sent):
    """Whom to invite: `name` says for whom the link is, to whoever sees the list."""

    role: Role
    name: Word
    party_id: Maybe[Id] = None


class InvitationTold(Told):
    """An invitation without its link. With `account_id` it is to choose a new password."""

    id: int
    role: Role
    name: str
    party_id: int | None
    party_name: str | None
    account_id: int | None
    sign_in_name: str | None
    created_by: int
    created_at: When
    expires_at: When
    used_by: int | None
    used_at: When | None
    withdrawn_at: When | None


@dataclass(frozen=True)
class Invited:
    """A link's token, which is told this once, and what it is for."""

    id: int
    token: str = field(repr=False)
    expires_at: datetime
    told: InvitationTold


class Acceptance(Sent):
    """Who joins, and how she will sign in."""

    sign_in_name: Name
    name: Word
    password: SecretStr


class NewPassword(Sent):
    password: SecretStr


def invite(session: Session, actor: Actor, new: NewInvitation, days: int, now: datetime) -> Invited:
    """Invite somebody to join. An officer invites producers, an administrator anybody.

    Raises NotAllowed, Unacceptable for a party that does not fit.
    """
    permit(actor, Act.ACCOUNT_INVITE)
    _check_reach(actor, new.role)
    check_party(session, new.role, new.party_id)
    row = Invitation(
        role=new.role, name=new.name, party_id=new.party_id, expires_at=now + timedelta(days=days)
    )
    return _send(session, actor, row, Act.ACCOUNT_INVITE, now)


def invite_to_reset(session: Session, actor: Actor, account_id: int, now: datetime) -> Invited:
    """A link by which the owner of an account chooses a new password, within 24 hours.

    An older one of the same account is withdrawn. Raises Unknown, NotAllowed, Conflict.
    """
    permit(actor, Act.ACCOUNT_RESET)
    account = check_may_change(actor, locked_account(session, account_id))
    if account.closed_at is not None:
        raise Conflict("account_closed", message("This account is closed. Open it again first."))
    withdraw_invitations(session, now, Invitation.account_id == account.id)
    row = Invitation(
        role=account.role,
        name=account.name or account.sign_in_name[:100],
        party_id=account.party_id,
        account_id=account.id,
        expires_at=now + RESET_WORKS,
    )
    return _send(session, actor, row, Act.ACCOUNT_RESET, now)


def _send(session: Session, actor: Actor, row: Invitation, act: Act, now: datetime) -> Invited:
    """Keep an invitation, and make its token."""
    token = secrets.token_urlsafe(32)
    row.digest, row.created_by, row.created_at = digest_of(token), actor.account_id, now
    session.add(row)
    session.flush()
    subject_id = row.account_id or row.id
    details = {"invitation": row.id, "role": row.role.value, "party_id": row.party_id}
    record_act(session, actor, act, subject_id, now, **details)
    told = _tell_one(session, row)
    return Invited(row.id, token, told.expires_at, told)


def list_invitations(session: Session, actor: Actor, wish: PageWish) -> Page[InvitationTold]:
    """A page of invitations, newest first; to an officer, those of producers.

    Raises Unacceptable for a cursor that is not ours.
    """
    permit(actor, Act.ACCOUNT_INVITE)
    query = _query()
    if actor.role is not Role.ADMIN:
        query = query.where(Invitation.role == Role.PRODUCER)
    if wish.cursor is not None:
        if not _CURSOR.fullmatch(wish.cursor):
            raise bad_cursor()
        query = query.where(Invitation.id < int(wish.cursor))
    query = query.order_by(Invitation.id.desc()).limit(wish.limit + 1)
    rows = session.execute(query).all()
    shown = rows[: wish.limit]
    return Page(
        items=[_tell(*row) for row in shown],
        next_cursor=str(shown[-1][0].id) if len(rows) > wish.limit else None,
    )


def withdraw_invitation(
    session: Session, actor: Actor, invitation_id: int, now: datetime
) -> InvitationTold:
    """Make a link useless before it is used. Raises Unknown, NotAllowed, Conflict."""
    permit(actor, Act.ACCOUNT_INVITE)
    row = session.scalar(locked(sa.select(Invitation).where(Invitation.id == invitation_id)))
    if row is None:
        raise unknown("invitation")
    _check_reach(actor, row.role)
    _check_unused(row)
    row.withdrawn_at = now
    record_act(session, actor, Act.ACCOUNT_INVITE, row.id, now, withdrawn=True)
    return _tell_one(session, row)


def read_invitation(session: Session, token: str, now: datetime) -> InvitationTold:
    """What a link is for, while it works.

    Raises Unknown for one that nobody was given, Conflict (invitation_used, invitation_withdrawn,
    invitation_expired) for one that works no more.
    """
    return _tell_one(session, _open(_by_token(session, token), now))


def accept(session: Session, token: str, acceptance: Acceptance, now: datetime) -> int:
    """Join: make the account that a link is for; returns its id.

    What a demonstration's account invites is the demonstration's too: it must not outlive it.
    Raises Unknown, Conflict (also for a sign-in name that is taken), Unacceptable.
    """
    row = _open(_by_token(session, token, lock=True), now)
    if row.account_id is not None:
        raise unknown("invitation")
    host = session.get_one(Account, row.created_by)
    new = NewAccount(
        acceptance.sign_in_name,
        row.role,
        acceptance.password.get_secret_value(),
        row.party_id,
        demonstration=host.demonstration,
        name=acceptance.name,
    )
    account = create_account(session, new, now)
    _use(session, row, Actor(account.id, account.role, account.party_id), "joined", now)
    return account.id


def accept_reset(session: Session, token: str, new: NewPassword, now: datetime) -> int:
    """Choose a new password; returns the account's id. Every sign-in of the account ends.

    Its second factor and its tokens stay. Raises Unknown, Conflict, Unacceptable, and NotSignedIn
    for an account that is closed.
    """
    account_id = _by_token(session, token).account_id
    # The account is locked before its invitation, as where it is closed: neither waits for ever.
    account = None if account_id is None else locked_account(session, account_id)
    if account is None:
        raise unknown("invitation")
    row = _open(_by_token(session, token, lock=True), now)
    check_works(account, demonstration=True)
    password = new.password.get_secret_value()
    check_password(password, account.sign_in_name, "password")
    account.password_hash = hash_password(password)
    end_sign_ins(session, account.id)
    _use(session, row, Actor(account.id, account.role, account.party_id), "password", now)
    return account.id


def _use(session: Session, row: Invitation, actor: Actor, changed: str, now: datetime) -> None:
    """Use an invitation up, by the account that it made or that it is for."""
    row.used_by, row.used_at = actor.account_id, now
    details = {"invitation": row.id, "changed": changed}
    record_act(session, actor, Act.ACCOUNT_OWN, actor.account_id, now, **details)


def _by_token(session: Session, token: str, *, lock: bool = False) -> Invitation:
    """The invitation of a token. Of two who use it at once, the lock lets one find it used."""
    query = sa.select(Invitation).where(Invitation.digest == digest_of(token))
    row = session.scalar(locked(query) if lock else query)
    if row is None:
        raise unknown("invitation")
    return row


def _open(row: Invitation, now: datetime) -> Invitation:
    """The invitation, if it still works."""
    _check_unused(row)
    if row.expires_at <= now:
        raise Conflict(
            "invitation_expired",
            message("This link is too old. Ask the officer of your commune for a new one."),
        )
    return row


def _check_unused(row: Invitation) -> None:
    if row.used_at is not None:
        raise Conflict(
            "invitation_used",
            message("This link was used already. Sign in, or ask your officer for a new one."),
        )
    if row.withdrawn_at is not None:
        raise Conflict(
            "invitation_withdrawn",
            message("This link was withdrawn. Ask the officer of your commune for a new one."),
        )


def _check_reach(actor: Actor, role: Role) -> None:
    if actor.role is not Role.ADMIN and role is not Role.PRODUCER:
        raise NotAllowed(
            "not_allowed", message("An officer invites producers only. Ask an administrator.")
        )


def _query() -> sa.Select[Invitation, str, str]:
    return (
        sa.select(Invitation, Party.name, Account.sign_in_name)
        .outerjoin(Party, Invitation.party_id == Party.id)
        .outerjoin(Account, Invitation.account_id == Account.id)
    )


def _tell_one(session: Session, row: Invitation) -> InvitationTold:
    session.flush()
    found = session.execute(_query().where(Invitation.id == row.id)).one()
    return _tell(*found)


def _tell(row: Invitation, party_name: str | None, sign_in_name: str | None) -> InvitationTold:
    columns = {
        name: getattr(row, name) for name in InvitationTold.model_fields if hasattr(row, name)
    }
    return InvitationTold(**columns, party_name=party_name, sign_in_name=sign_in_name)
