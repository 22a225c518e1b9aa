"""Lists in pages: a frozen page, and the cursor that says where the next one starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from traceapp.services.refusals import Unacceptable, message
from traceapp.services.values import Sent, Told

T = TypeVar("T")
LONGEST_PAGE = 200


class PageWish(Sent):
    """Which page of a list is wanted: `cursor` is the `next_cursor` of the page before."""

    cursor: Annotated[str, Field(max_length=80)] | None = None
    limit: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = 50


class Page(Told, Generic[T]):
    items: Sequence[T]
    next_cursor: str | None = None


def bad_cursor() -> Unacceptable:
    return Unacceptable(
        "cursor", message("This cursor is not one of ours; start the list again."), field="cursor"
    )


def page_by_id(
    session: Session, query: sa.Select[Any], key: Any, wish: PageWish, tell: Callable[[Any], T]
) -> Page[T]:
    """A page in the order of ids, oldest first; the cursor is the last id that was shown."""
    if wish.cursor is not None:
        query = query.where(key > _last_id(wish.cursor))
    rows = session.scalars(query.order_by(key).limit(wish.limit + 1)).all()
    shown = rows[: wish.limit]
    return Page(
        items=[tell(row) for row in shown],
        next_cursor=str(shown[-1].id) if len(rows) > wish.limit else None,
    )


def newest_first(
    session: Session, query: sa.Select[*tuple[Any, ...]], key: Any, wish: PageWish
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """The rows of a page from the newest to the oldest, each with its `id`, and the next cursor."""
    if wish.cursor is not None:
        query = query.where(key < _last_id(wish.cursor))
    rows = session.execute(query.order_by(key.desc()).limit(wish.limit + 1)).all()
    shown = rows[: wish.limit]
    return shown, str(shown[-1].id) if len(rows) > wish.limit else None


def _last_id(cursor: str) -> int:
    """The last id that was shown. Raises Unacceptable."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise bad_cursor()
    return int(cursor)
