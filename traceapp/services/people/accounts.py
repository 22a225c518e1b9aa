"""Accounts: who may sign in, as what, and for which party."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from traceapp.records.accounts import (
    Account,
    Invitation,
    Role,
    Token,
    by_sign_in_name,
    end_sign_ins,
    locked_account,
    locked_with_admins,
    withdraw_invitations,
)
from traceapp.records.parties import Party
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.people.passwords import check_password, hash_password
from traceapp.services.people.sign_in_names import OPERATOR, can_be_given, fold_sign_in_name
from traceapp.services.refusals import (
    Conflict,
    NotAllowed,
    NotSignedIn,
    Unacceptable,
    message,
    unknown,
)
from traceapp.services.values import Id, Maybe, Sent, Told, When, Word

_NAME: TypeAdapter[str | None] = TypeAdapter(Maybe[Word])


@dataclass(frozen=True)
class NewAccount:
    """Who may sign in. Passwords are kept by argon2id (RFC 9106), never as they are."""

    sign_in_name: str
    role: Role
    password: str = field(repr=False)
    party_id: int | None = None
    demonstration: bool = False
    name: str | None = None


class AccountTold(Told):
    """An account. `second_factor` tells whether a code is asked for besides the password."""

    id: int
    sign_in_name: str
    name: str | None
    role: Role
    party_id: int | None
    created_at: When
    closed_at: When | None
    second_factor: bool


class Appointment(Sent):
    """What an account is from now on."""

    role: Role
    party_id: Maybe[Id] = None


class Renaming(Sent):
    name: Word


def tell_account(row: Account) -> AccountTold:
    columns = {name: getattr(row, name) for name in AccountTold.model_fields if hasattr(row, name)}
    return AccountTold(**columns, second_factor=row.totp_key_id is not None)


def create_account(session: Session, new: NewAccount, now: datetime) -> AccountTold:
    """Create an account.

    Raises Unacceptable for a name, password or party that cannot be used, Conflict for a sign-in
    name that has an account.
    """
    sign_in_name = fold_sign_in_name(new.sign_in_name)
    if not can_be_given(sign_in_name):
        raise Unacceptable(
            "sign_in_name",
            message("Write a telephone number or an e-mail address."),
            field="sign_in_name",
        )
    check_password(new.password, sign_in_name, "password")
    check_party(session, new.role, new.party_id)
    if by_sign_in_name(session, sign_in_name) is not None:
        raise Conflict(
            "sign_in_name_taken",
            message("There is an account with this telephone number or e-mail address already."),
            field="sign_in_name",
        )
    row = Account(
        sign_in_name=sign_in_name,
        name=_plain_name(new.name),
        password_hash=hash_password(new.password),
        role=new.role,
        party_id=new.party_id,
        demonstration=new.demonstration,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return tell_account(row)


def _plain_name(name: str | None) -> str | None:
    try:
        return _NAME.validate_python(name)
    except ValidationError:
        raise Unacceptable(
            "name", message("Write a name of at most 100 letters."), field="name"
        ) from None


def check_party(session: Session, role: Role, party_id: int | None) -> None:
    """Refuse a party that is not there, and one for anybody but a producer. Raises Unacceptable."""
    if party_id is None:
        return
    if session.get(Party, party_id) is None:
        raise Unacceptable("party_id", message("There is no such party."), field="party_id")
    if role is not Role.PRODUCER:
        raise Unacceptable(
            "party_id", message("Only a producer belongs to a party."), field="party_id"
        )


def check_works(account: Account, *, demonstration: bool) -> None:
    """Refuse to act for a closed account, and for a demonstration's outside its mode.

    Raises NotSignedIn.
    """
    if account.closed_at is not None:
        raise NotSignedIn(
            "account_closed",
            message("This account is closed. Ask the officer of your commune to open it again."),
        )
    if account.demonstration and not demonstration:
        raise NotSignedIn(
            "demonstration_account",
            message("This is a demonstration account; it works in demonstration mode only."),
        )


def list_accounts(
    session: Session, actor: Actor, wish: PageWish, role: Role | None = None
) -> Page[AccountTold]:
    """A page of accounts, oldest first; to an officer, those of producers.

    Raises Unacceptable for a cursor that is not ours.
    """
    permit(actor, Act.ACCOUNT_READ)
    query = sa.select(Account).where(Account.sign_in_name != OPERATOR)
    if role is not None:
        query = query.where(Account.role == role)
    if actor.role is not Role.ADMIN:
        query = query.where(Account.role == Role.PRODUCER)
    return page_by_id(session, query, Account.id, wish, tell_account)


def show_account(session: Session, actor: Actor, account_id: int) -> AccountTold:
    """One account: everybody's own, and others as lists show them. Raises Unknown, NotAllowed."""
    own = account_id == actor.account_id
    permit(actor, Act.ACCOUNT_OWN if own else Act.ACCOUNT_READ)
    row = session.get(Account, account_id)
    if row is None or (row.sign_in_name == OPERATOR and not own):
        raise unknown("account")
    if not own:
        _check_reach(actor, row)
    return tell_account(row)


def _check_reach(actor: Actor, account: Account) -> None:
    """Refuse an officer anybody's account but a producer's, and everybody the operator's."""
    if account.sign_in_name == OPERATOR:
        raise Conflict("operator", message("Nobody changes the built-in operator's account."))
    if actor.role is not Role.ADMIN and account.role is not Role.PRODUCER:
        raise NotAllowed(
            "not_allowed",
            message("Only an administrator may do this with an officer's account."),
        )


def check_may_change(actor: Actor, account: Account | None) -> Account:
    """The account, where the actor's role reaches it and it is not the actor's own.

    Raises Unknown, NotAllowed, and Conflict for the operator's account and for one's own.
    """
    if account is None:
        raise unknown("account")
    _check_reach(actor, account)
    if account.id == actor.account_id:
        raise Conflict(
            "own_account",
            message("You cannot do this with your own account. Ask another administrator."),
        )
    return account


def close_account(session: Session, actor: Actor, account_id: int, now: datetime) -> AccountTold:
    """Close an account: its sign-ins end, its tokens refuse, its open invitations are withdrawn.

    Raises Unknown, NotAllowed, Conflict (also for the last administrator, and if it is closed).
    """
    permit(actor, Act.ACCOUNT_CLOSE)
    account = _locked_to_lose(session, actor, account_id)
    if account.closed_at is not None:
        raise Conflict("account_closed", message("This account is closed already."))
    _check_not_last_admin(session, account)
    account.closed_at = now
    _take_away(session, account, now)
    record_act(session, actor, Act.ACCOUNT_CLOSE, account.id, now, closed=True)
    return tell_account(account)


def reopen_account(session: Session, actor: Actor, account_id: int, now: datetime) -> AccountTold:
    """Open a closed account again; it signs in anew. Raises Unknown, NotAllowed, Conflict."""
    permit(actor, Act.ACCOUNT_CLOSE)
    account = check_may_change(actor, locked_account(session, account_id))
    if account.closed_at is None:
        raise Conflict("account_open", message("This account is open already."))
    account.closed_at = None
    record_act(session, actor, Act.ACCOUNT_CLOSE, account.id, now, closed=False)
    return tell_account(account)


def appoint(
    session: Session, actor: Actor, account_id: int, appointment: Appointment, now: datetime
) -> AccountTold:
    """Give an account another role or party.

    Its sign-ins end and its tokens are revoked, since both were given for what it was.
    Raises Unknown, NotAllowed, Unacceptable for a party that does not fit, Conflict (also for the
    last administrator).
    """
    permit(actor, Act.ACCOUNT_APPOINT)
    account = _locked_to_lose(session, actor, account_id)
    check_party(session, appointment.role, appointment.party_id)
    before = (account.role, account.party_id)
    if before == (appointment.role, appointment.party_id):
        return tell_account(account)
    if appointment.role is not Role.ADMIN:
        _check_not_last_admin(session, account)
    account.role, account.party_id = appointment.role, appointment.party_id
    _take_away(session, account, now)
    session.execute(sa.delete(Token).where(Token.account_id == account.id))
    details = {"role": appointment.role.value, "party_id": appointment.party_id}
    details |= {"role_before": before[0].value, "party_id_before": before[1]}
    record_act(session, actor, Act.ACCOUNT_APPOINT, account.id, now, **details)
    return tell_account(account)


def rename(
    session: Session, actor: Actor, account_id: int, renaming: Renaming, now: datetime
) -> AccountTold:
    """Change the name of a person: everybody's own; of others an administrator.

    Raises Unknown, NotAllowed, Conflict for the operator's account.
    """
    act = Act.ACCOUNT_OWN if account_id == actor.account_id else Act.ACCOUNT_APPOINT
    permit(actor, act)
    account = locked_account(session, account_id)
    if account is None:
        raise unknown("account")
    if act is not Act.ACCOUNT_OWN or account.sign_in_name == OPERATOR:
        _check_reach(actor, account)
    account.name = renaming.name
    record_act(session, actor, act, account.id, now, changed="name")
    return tell_account(account)


def _locked_to_lose(session: Session, actor: Actor, account_id: int) -> Account:
    """The account that is to lose what it may do, and with it every open administrator, locked."""
    held = locked_with_admins(session, account_id)
    return check_may_change(actor, next((each for each in held if each.id == account_id), None))


def _check_not_last_admin(session: Session, account: Account) -> None:
    """Refuse to lose the last one who can appoint others.

    A demonstration's administrators do not count for others: they end with its mode.
    """
    if account.role is not Role.ADMIN or account.closed_at is not None:
        return
    others = sa.select(Account.id).where(
        Account.role == Role.ADMIN,
        Account.closed_at.is_(None),
        Account.demonstration == account.demonstration,
        Account.id != account.id,
    )
    if session.scalar(others.limit(1)) is None:
        raise Conflict(
            "last_admin",
            message("This is the last administrator. Appoint another one first."),
        )


def _take_away(session: Session, account: Account, now: datetime) -> None:
    """End what an account holds open: its sign-ins, and links that it gave or that are for it."""
    end_sign_ins(session, account.id)
    withdraw_invitations(
        session,
        now,
        sa.or_(Invitation.created_by == account.id, Invitation.account_id == account.id),
    )
