"""Accounts that tests make, and sign-ins of theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from traceapp.records.accounts import Role
from traceapp.services.people.accounts import AccountTold, NewAccount, create_account
from traceapp.services.people.signing_in import begin_sign_in

LONG = "một mật khẩu dài"


def create(world: Any, sign_in: str, role: Role = Role.OFFICER, **given: Any) -> AccountTold:
    with world.writing() as session:
        new = NewAccount(sign_in, role, given.pop("password", LONG), **given)
        return create_account(session, new, world.now)


def sign_in(world: Any, account_id: int) -> str:
    with world.writing() as session:
        return begin_sign_in(session, account_id, timedelta(hours=1), world.now)
