"""What whoever takes labels out may wish for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stamps import HiddenLayer, LabelFormat, Language
from traceapp.services.values import Sent, Serial


class LabelWish(Sent):
    """Which labels, and how: `first` and `last` are serials, and default to the run's own ends.

    `hidden` says where hidden codes go. Where nobody says it, a CSV has them if the account may
    take them out, and a label goes by its sheet. `dpi` is the printer's, where it is a thermal one.
    """

    format: LabelFormat = LabelFormat.CSV
    sheet: str = Field(default="a4-40", max_length=20)
    first: Serial | None = None
    last: Serial | None = None
    hidden: HiddenLayer | None = None
    dpi: Annotated[int, Field(ge=1, le=10_000)] | None = None
    language: Language = Language.VI


class DrawingWish(LabelWish):
    """`part` is one of the parts that the labels come in, counted from 1; `zip` is all of them, a
    CSV and a manifest in one file."""

    part: Annotated[int, Field(ge=1, le=10**7)] | None = None
    zip: bool = False
