"""Serial ranges that came back good from the printer, as their producer told. They never meet.

What was spoiled is a void.
"""

from __future__ import annotations

from traceapp.database import Base
from traceapp.records.ranges import InsideRun


class GoodPrint(InsideRun, Base):
    __tablename__ = "good_prints"
