"""Ten test labels, to see how they come out of a printer before a whole run is drawn.

They are made at once and without an officer, with serials of their own that are never put to use:
a look at one says that it is a test, raises no alarm and counts nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import LinkForm
from traceapp.records.decided import State
from traceapp.records.stamp_requests import RunKind, StampRequest
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import TooMany, message
from traceapp.services.runs.issuing import Issuing, check_origin, keep_mark, new_run
from traceapp.services.runs.reading_runs import RunTold, tell_run
from traceapp.services.runs.requesting import check_approved, link_form_of, own_product
from traceapp.services.values import Id, Sent

TEST_LABELS = 10
_DAY = timedelta(hours=24)


class NewTestRun(Sent):
    """`link_form` defaults to gs1 where the product has a GTIN, as the run will have it."""

    product_id: Id
    hidden_code: bool = False
    link_form: LinkForm | None = None


@dataclass(frozen=True)
class Testing:
    """What a test run is issued with, and how many a party may have within a day."""

    issuing: Issuing
    per_day: int


def make_test_run(
    session: Session, actor: Actor, new: NewTestRun, testing: Testing, now: datetime
) -> RunTold:
    """Give a product ten serials for test labels.

    Raises Unacceptable for another party's product; Conflict where the product is not approved, or
    as an approval would; TooMany where the party had its share within a day; NotNow for a damaged
    mark.
    """
    permit(actor, Act.TEST_RUN_CREATE)
    product = own_product(session, actor, new.product_id)
    check_approved(session, product, None)
    check_origin(testing.issuing)
    request = StampRequest(
        kind=RunKind.TEST,
        party_id=product.party_id,
        product_id=product.id,
        quantity=TEST_LABELS,
        hidden_code=new.hidden_code,
        link_form=link_form_of(product, None, new.link_form),
        state=State.APPROVED,
        created_by=actor.account_id,
        created_at=now,
        decided_at=now,
    )
    session.add(request)
    session.flush()
    run = new_run(session, request, product, testing.issuing, now)
    # The counter is locked by now, so that no two make the last one of the day.
    _check_share(session, product.party_id, testing.per_day, now)
    session.add(run)
    session.flush()
    record_act(
        session,
        actor,
        Act.TEST_RUN_CREATE,
        run.id,
        now,
        product_id=product.id,
        first_serial=run.first_serial,
        last_serial=run.last_serial,
    )
    told = tell_run(session, run)
    session.flush()
    keep_mark(testing.issuing.mark, run)
    return told


def _check_share(session: Session, party_id: int, most: int, now: datetime) -> None:
    lately = sa.select(sa.func.count()).where(
        StampRun.party_id == party_id,
        StampRun.kind == RunKind.TEST,
        StampRun.created_at > now - _DAY,
    )
    if (session.scalar(lately) or 0) >= most:
        raise TooMany(
            "test_runs",
            message(
                "%(most)s sets of test labels a day are enough for now. Try again tomorrow, or "
                "print the ones you have once more."
            ),
            most=most,
        )
