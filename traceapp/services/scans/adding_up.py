"""How often stamps are looked at: totals by day, verdict and province.

Days that are over are added up once, so that a year is read without its looks; what is not added
up yet is counted from the log. So totals are right whenever `add_up` last ran, and only slower
where it has not run for long. What people look at counts: staff and preview robots do
not, but for looks that are only counted, of which nobody knows any more who sent them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from traceapp.records import scan_days
from traceapp.records.products import Product
from traceapp.records.scan_days import Days
from traceapp.records.scans import Agent
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.refusals import Unacceptable, message, unknown
from traceapp.services.scans.judging import Verdict
from traceapp.services.values import VIETNAM, Id, Maybe, Sent, Told, in_vietnam

DAYS_SHOWN = 30  # where nobody says which
MOST_DAYS = 366
DAYS_AT_ONCE = 60  # days in one transaction, which meanwhile holds the embedded database

# A look is kept a little later than its own moment; until then its day is not over.
GRACE = timedelta(minutes=10)

_ONE_DAY = timedelta(days=1)
_ORDER = {verdict.value: place for place, verdict in enumerate(Verdict)}

Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]


class TotalsWish(Sent):
    """Vietnam's days, both of which belong to the span, and one product or all."""

    since: Maybe[Day] = None
    until: Maybe[Day] = None
    product_id: Maybe[Id] = None


class DayTold(Told):
    """One day: looks by verdict, without verdicts that nobody got."""

    day: date
    looks: dict[str, int]
    sum: int


class ProvinceTold(Told):
    """Looks whose province a buyer named; most name none."""

    province: str
    looks: int


class Totals(Told):
    """Every day of the span, also without a look; `verdicts` from the worst to the best."""

    since: date
    until: date
    product_id: int | None
    days: list[DayTold]
    verdicts: dict[str, int]
    provinces: list[ProvinceTold]
    sum: int


def behind(session: Session, now: datetime) -> bool:
    """Whether a day is over that was not added up."""
    through = scan_days.added_up_through(session)
    if through is None:
        first = scan_days.first_look(session)
        return first is not None and in_vietnam(first).date() <= _last_over(now)
    return through < _last_over(now)


def add_up(session: Session, now: datetime) -> int:
    """Add up days that are over, the oldest first; returns how many. The caller commits.

    At most DAYS_AT_ONCE: call it again while it is `behind`. Two that run at once wait for each
    other, and no day is counted twice. A look that enters the log later than GRACE after its day
    is counted by whoever enters it (`add_late`).
    Days that a clock which stood wrong took to be over are added up anew when they are.
    """
    last = _last_over(now)
    scan_days.forget_days_after(session, last)
    if scan_days.added_up_through(session) is None:
        first = scan_days.first_look(session)
        if first is None or in_vietnam(first).date() > last:
            return 0
        row = scan_days.lock_added_up(session, in_vietnam(first).date() - _ONE_DAY)
    else:
        row = scan_days.lock_added_up(session, last)
    done = 0
    while row.through < last and done < DAYS_AT_ONCE:
        day = row.through + _ONE_DAY
        bounds = _bounds(day)
        scan_days.keep_day(
            session,
            day,
            scan_days.verdicts_between(session, *bounds, None),
            scan_days.places_between(session, *bounds, None),
        )
        row.through = day
        done += 1
    session.flush()
    return done


def add_late(
    session: Session, at: datetime, product_id: int | None, verdict: Verdict, agent: Agent
) -> None:
    """Count a look that enters the log just now in its day, where that day was added up before."""
    day = in_vietnam(at).date()
    through = scan_days.lock_through(session)
    if agent is Agent.PERSON and through is not None and day <= through:
        product = scan_days.NO_PRODUCT if product_id is None else product_id
        scan_days.add_late(session, day, product, verdict.value)


def totals(session: Session, actor: Actor, wish: TotalsWish, now: datetime) -> Totals:
    """How often stamps were looked at, by day and province; the last DAYS_SHOWN days by default.

    A producer is told of her own products, a watcher of all, and of looks at what is no stamp of
    ours. Raises Unknown for a product that is not the actor's to see; Unacceptable for days the
    wrong way round, or more than MOST_DAYS of them.
    """
    permit(actor, Act.TOTALS_READ)
    products = _products(session, actor, wish.product_id)
    since, until = _span(wish, in_vietnam(now).date())
    # What is added up while this runs is counted from the log, and so not twice.
    through = scan_days.added_up_through(session) or since - _ONE_DAY
    through = min(through, _last_over(now))
    kept = Days(since, min(until, through), products)
    by_day: dict[date, Counter[str]] = {
        since + n * _ONE_DAY: Counter() for n in range((until - since).days + 1)
    }
    provinces: Counter[str] = Counter()
    for day, verdict, looks in scan_days.kept_verdicts(session, kept):
        by_day[day][verdict] += looks
    for province, looks in scan_days.kept_provinces(session, kept):
        provinces[province] += looks
    day = max(since, through + _ONE_DAY)
    while day <= min(until, in_vietnam(now).date()):
        for each in scan_days.verdicts_between(session, *_bounds(day), products):
            by_day[day][each.what] += each.looks
        for each in scan_days.places_between(session, *_bounds(day), products):
            provinces[each.what] += each.looks
        day += _ONE_DAY
    return _tell(by_day, provinces, wish.product_id)


def _tell(
    by_day: dict[date, Counter[str]], provinces: Counter[str], product_id: int | None
) -> Totals:
    verdicts = sum(by_day.values(), Counter[str]())
    return Totals(
        since=min(by_day),
        until=max(by_day),
        product_id=product_id,
        days=[
            DayTold(day=day, looks=dict(looks), sum=looks.total()) for day, looks in by_day.items()
        ],
        verdicts={
            verdict: verdicts[verdict]
            for verdict in sorted(verdicts, key=lambda each: _ORDER.get(each, len(_ORDER)))
        },
        provinces=[
            ProvinceTold(province=province, looks=looks)
            for province, looks in sorted(provinces.items(), key=lambda each: (-each[1], each[0]))
        ],
        sum=verdicts.total(),
    )


def _products(session: Session, actor: Actor, product_id: int | None) -> Sequence[int] | None:
    """The products whose looks are told; None for everything. Raises Unknown."""
    if product_id is not None:
        row = session.get(Product, product_id)
        if row is None or not actor.owns(row.party_id):
            raise unknown("product")
        return [product_id]
    if actor.sees_all:
        return None
    return session.scalars(sa.select(Product.id).where(Product.party_id == actor.party_id)).all()


def _span(wish: TotalsWish, today: date) -> tuple[date, date]:
    until = wish.until
    if until is None:
        until = today if wish.since is None else max(today, wish.since)
    since = wish.since or until - (DAYS_SHOWN - 1) * _ONE_DAY
    if since > until:
        raise Unacceptable(
            "days_order",
            message("The last day is before the first; swap them."),
            field="until",
        )
    if (until - since).days >= MOST_DAYS:
        raise Unacceptable(
            "too_many_days",
            message("At most %(most)s days are shown together; choose a shorter time."),
            field="since",
            most=MOST_DAYS,
        )
    return since, until


def _bounds(day: date) -> tuple[datetime, datetime]:
    """A day of Vietnam's; its end does not belong to it."""
    start = datetime.combine(day, time(), VIETNAM)
    return start, start + _ONE_DAY


def _last_over(now: datetime) -> date:
    return in_vietnam(now - GRACE).date() - _ONE_DAY
