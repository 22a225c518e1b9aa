"""Proving oneself again, before what protects an account is changed, or hidden codes taken out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from traceapp.records.accounts import Account, SignIn
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.people.passwords import matches
from traceapp.services.refusals import Unacceptable, message


def prove_for_hidden_codes(
    session: Session, actor: Actor, sign_in_id: int, password: str, now: datetime
) -> None:
    """Let this sign-in take hidden codes out for some minutes. Raises as `prove_oneself`."""
    prove_oneself(session, actor, password)
    session.get_one(SignIn, sign_in_id).proved_at = now


def prove_oneself(session: Session, actor: Actor, password: str) -> None:
    """Raises Unacceptable, its field `password`, unless it is the actor's own.

    The caller counts the try first (`signing_in.count_factor_try`).
    """
    permit(actor, Act.ACCOUNT_OWN)
    if not matches(session.get_one(Account, actor.account_id).password_hash, password):
        raise Unacceptable(
            "password_wrong", message("This is not your password."), field="password"
        )
