"""Proving oneself again, before what protects an account is changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from traceapp.records.accounts import Account
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.people.passwords import matches
from traceapp.services.refusals import Unacceptable, message


def prove_oneself(session: Session, actor: Actor, password: str) -> None:
    """Raises Unacceptable, its field `password`, unless it is the actor's own.

    The caller counts the try first (`signing_in.count_factor_try`).
    """
    permit(actor, Act.ACCOUNT_OWN)
    if not matches(session.get_one(Account, actor.account_id).password_hash, password):
        raise Unacceptable(
            "password_wrong", message("This is not your password."), field="password"
        )
