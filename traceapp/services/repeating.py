"""Requests that are sent again with the same Idempotency-Key: one act, and one answer.

The key is taken, and the answer kept, in the act's own transaction. A second request with the same
key waits for the first to end: then it gets the stored answer, or, where the first was refused and
undone, it is the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.database import insert
from traceapp.records.idempotency import IdempotencyKey
from traceapp.services.refusals import Unacceptable, message

KEPT = timedelta(hours=24)
LONGEST_KEY = 200


@dataclass(frozen=True)
class Repeatable:
    """A request that may come again: its account, method, path and key; SHA-256 of its body."""

    account_id: int
    method: str
    path: str
    key: str
    body_digest: bytes


@dataclass(frozen=True)
class StoredAnswer:
    status: int
    answer: str


def begin(session: Session, request: Repeatable, now: datetime) -> StoredAnswer | None:
    """Take the key; the stored answer where the request was answered before.

    Raises Unacceptable for a key that cannot be one, or that came with another body.
    """
    if not re.fullmatch(rf"[!-~]{{1,{LONGEST_KEY}}}", request.key):
        raise Unacceptable(
            "idempotency_key",
            message("An Idempotency-Key has 1 to %(most)s printable characters."),
            field="Idempotency-Key",
            most=LONGEST_KEY,
        )
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
    taken = (
        insert(session, IdempotencyKey)
        .values(**vars(request), status=0, answer="", created_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.status)
    )
    if session.execute(taken).first() is not None:
        return None
    kept = _row(session, request)
    if kept.body_digest != request.body_digest:
        raise Unacceptable(
            "idempotency_key_reused",
            message("This Idempotency-Key came with another body before; use a new key."),
            field="Idempotency-Key",
        )
    return StoredAnswer(kept.status, kept.answer)


def finish(session: Session, request: Repeatable, status: int, answer: str) -> None:
    """Keep the answer that the act was given."""
    row = _row(session, request)
    row.status = status
    row.answer = answer


def _row(session: Session, request: Repeatable) -> IdempotencyKey:
    identity = (request.account_id, request.method, request.path, request.key)
    return session.get_one(IdempotencyKey, identity, populate_existing=True)
