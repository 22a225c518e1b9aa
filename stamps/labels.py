"""What labels are drawn as, and what all of a run say alike: all but code, symbol and serial."""

from dataclasses import dataclass
from enum import StrEnum


class LabelFormat(StrEnum):
    """What labels are drawn as; an SVG or PNG file holds one page."""

    CSV = "csv"
    PDF = "pdf"
    SVG = "svg"
    PNG = "png"
    ZPL = "zpl"


@dataclass(frozen=True)
class LabelFace:
    """What all labels of a run share, in any length and any Unicode form.

    host: the web address as people are shown it; hotline: may be empty;
    sample_mark: "MẪU" on demonstration labels, else empty; stars: 3 to 5 of an
    OCOP certificate that is in force, else 0: the caller knows the day.
    """

    product: str
    producer: str
    host: str
    hotline: str = ""
    sample_mark: str = ""
    stars: int = 0
