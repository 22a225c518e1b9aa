"""The phone's random id: a first-party cookie that tells "the same phone" and nothing else."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Response, request

COOKIE = "phone"
DAYS = 30
BYTES = 16  # 128 bits of randomness, 22 characters

_OURS = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Phone:
    """`fresh` where the id was given just now."""

    id: str
    fresh: bool


def recognise() -> Phone:
    """The phone behind this request. A cookie that we cannot have given is not believed."""
    sent = request.cookies.get(COOKIE, "")
    if _OURS.fullmatch(sent):
        return Phone(sent, fresh=False)
    return Phone(secrets.token_urlsafe(BYTES), fresh=True)


def remember(response: Response, phone: Phone, *, secure: bool) -> None:
    """Give a fresh phone its id. It is never renewed: after 30 days the phone is a new one."""
    if phone.fresh:
        response.set_cookie(
            COOKIE,
            phone.id,
            max_age=DAYS * 24 * 3600,
            path="/",
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
