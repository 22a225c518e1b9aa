"""What people sign in with: a telephone number or an e-mail address, in one form each."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from traceapp.records.accounts import Account, by_sign_in_name
from traceapp.services.refusals import unknown

OPERATOR = "operator"  # no address, so that nobody can be given this account
LONGEST = 254  # RFC 5321, section 4.5.3.1.3, less its angle brackets
_PHONE = re.compile(r"\+?[0-9]{8,15}")
# No control characters, and no halves of surrogate pairs: no database takes those.
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f\ud800-\udfff]{1,64}@[A-Za-z0-9.-]{1,180}")


def fold_sign_in_name(text: str) -> str:
    """An address in small letters; a telephone number as Vietnam dials it: 0912345678."""
    text = text[: LONGEST * 2].strip().lower()
    if "@" in text:
        return text
    dialled = re.sub(r"[ .()-]", "", text)
    return re.sub(r"^(\+84|84(?=[0-9]{9}$))0?", "0", dialled)


def can_be_given(folded: str) -> bool:
    """Whether a folded name is a telephone number or an e-mail address."""
    fits = _EMAIL.fullmatch(folded) or _PHONE.fullmatch(folded)
    return fits is not None and len(folded) <= LONGEST


def look_up(session: Session, text: str) -> Account | None:
    """The account of a sign-in name as somebody wrote it."""
    folded = fold_sign_in_name(text)
    if folded != OPERATOR and not can_be_given(folded):
        return None
    return by_sign_in_name(session, folded)


def find_account(session: Session, text: str) -> Account:
    """The account of a sign-in name as somebody wrote it. Raises Unknown."""
    account = look_up(session, text)
    if account is None:
        raise unknown("account")
    return account
