"""The province that a buyer names after a look, of her own will: once for a look, and no finer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from traceapp.database import insert
from traceapp.records.scan_days import Place
from traceapp.records.scans import Agent, Scan
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.registry.provinces import Provinces


def name_place(
    session: Session, scan_id: int, province: str, provinces: Provinces, now: datetime
) -> bool:
    """Keep where a product was bought; false where that was told before, or is nobody's to tell.

    Whoever calls has seen to it that the look was this buyer's. Raises Unacceptable for a province
    that is not in the list.
    """
    if province not in provinces:
        raise Unacceptable(
            "province", message("Choose one of the provinces in the list."), field="province"
        )
    look = session.get(Scan, scan_id)
    if look is None or look.agent is not Agent.PERSON or look.product_id is None:
        return False
    statement = insert(session, Place).values(
        scan_id=look.id, at=now, serial=look.serial, product_id=look.product_id, province=province
    )
    done = session.execute(statement.on_conflict_do_nothing().returning(Place.scan_id))
    return done.scalar_one_or_none() is not None
