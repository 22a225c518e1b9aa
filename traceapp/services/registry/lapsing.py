"""OCOP stars that lapse: who is told, and how long before. Stars are hidden on the day they lapse.

The new assessment takes months, so that the first notice comes half a year before.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.decided import State
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.values import Told, in_vietnam


class LapseLevel(StrEnum):
    """How near it is, most pressing first."""

    LAPSED = "lapsed"
    WITHIN_30_DAYS = "within_30_days"
    WITHIN_60_DAYS = "within_60_days"
    WITHIN_90_DAYS = "within_90_days"
    WITHIN_180_DAYS = "within_180_days"


_LONGEST = {  # days that may be left, of each level
    LapseLevel.LAPSED: 0,
    LapseLevel.WITHIN_30_DAYS: 30,
    LapseLevel.WITHIN_60_DAYS: 60,
    LapseLevel.WITHIN_90_DAYS: 90,
    LapseLevel.WITHIN_180_DAYS: 180,
}


class Lapse(Told):
    """`days_left` is below one where the stars have lapsed."""

    level: LapseLevel
    days_left: int


class LapsingTold(Told):
    product_id: int
    party_id: int
    name: str
    net_content: str
    ocop_stars: int
    ocop_until: date
    lapse: Lapse


def ocop_lapse(ocop_until: date | None, today: date) -> Lapse | None:
    """What is to be said of stars that count until a day; None where it is far away, or unknown.

    On the day itself they have lapsed.
    """
    if ocop_until is None:
        return None
    days = (ocop_until - today).days
    level = next((level for level, longest in _LONGEST.items() if days <= longest), None)
    return None if level is None else Lapse(level=level, days_left=days)


def lapsing_products(session: Session, actor: Actor, now: datetime) -> list[LapsingTold]:
    """The products whose stars have lapsed or soon will, soonest first."""
    permit(actor, Act.PRODUCT_READ)
    today = in_vietnam(now).date()
    query = sa.select(Product).where(
        Product.ocop_stars.is_not(None),
        Product.ocop_until <= today + timedelta(days=max(_LONGEST.values())),
        Product.state != State.REJECTED,
    )
    if not actor.sees_all:
        query = query.where(Product.party_id == actor.party_id)
    rows = session.scalars(query.order_by(Product.ocop_until, Product.id))
    return [
        LapsingTold(
            product_id=row.id,
            party_id=row.party_id,
            name=row.name,
            net_content=row.net_content,
            ocop_stars=row.ocop_stars,
            ocop_until=row.ocop_until,
            lapse=lapse,
        )
        for row in rows
        if row.ocop_stars and row.ocop_until and (lapse := ocop_lapse(row.ocop_until, today))
    ]
